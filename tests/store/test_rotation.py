"""A full journal gets a number and a new one goes on from it; the chain holds over all, and is proven."""

import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sutaztop.contracts import JournalError
from sutaztop.store.chain import NO_LINE, hash_line, read_files, rotated_files
from sutaztop.store.journal import FileJournal
from tests.store.entries import entry

ROOT = Path(__file__).parents[2]
SMALL = 4096


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path, rotate_at=SMALL)


def fill(journal: FileJournal, count: int = 30) -> list[str]:
    ids = [f"{number:03}" for number in range(count)]
    for change_id in ids:
        journal.append(entry(change_id))
    return ids


def names(journal: FileJournal) -> list[str]:
    return sorted(it.name for it in journal.path.parent.iterdir())


def test_a_full_file_gets_a_number_and_none_is_larger_than_it_may_be(journal: FileJournal) -> None:
    fill(journal)
    rotated = rotated_files(journal.path)
    assert [it.name for it in rotated] == [f"journal.jsonl.{number}" for number in range(1, len(rotated) + 1)]
    assert len(rotated) > 2
    assert all(it.stat().st_size <= SMALL for it in (*rotated, journal.path))
    assert all(it.stat().st_mode & 0o777 == 0o600 for it in (*rotated, journal.path))


def test_the_new_file_begins_with_the_hash_of_the_old_ones_last_line(journal: FileJournal) -> None:
    fill(journal)
    for older, newer in zip(rotated_files(journal.path), [*rotated_files(journal.path)[1:], journal.path], strict=True):
        last = older.read_bytes().splitlines()[-1]
        assert json.loads(newer.read_bytes().splitlines()[0])["previous"] == hash_line(last)


def test_reading_gives_all_files_in_their_order_and_finds_nothing_wrong(journal: FileJournal) -> None:
    ids = fill(journal)
    reading = journal.read()
    assert [it.change_id for it in reading.entries] == ids
    assert reading.troubles == ()


def test_the_newest_lines_are_read_first_and_older_files_only_where_they_are_wanted(journal: FileJournal) -> None:
    ids = fill(journal)
    paths = [*rotated_files(journal.path), journal.path]
    paths[0].unlink()
    os.mkdir(paths[0])  # noqa: PTH102 - what can't be read is not opened where nothing of it is wanted
    assert [it.change_id for it in read_files(paths, most=7).entries] == ids[-7:]
    with pytest.raises(JournalError, match="can't be read"):
        read_files(paths, most=30)


def test_the_whole_chain_is_proven(journal: FileJournal) -> None:
    fill(journal)
    proven = journal.verify()
    assert (proven.wrong, proven.lines, proven.notes) == (None, 30, ())
    assert proven.files == len(rotated_files(journal.path)) + 1


def test_an_empty_journal_is_proven_too(journal: FileJournal) -> None:
    assert journal.verify().wrong is None


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_word_changed_in_any_file_is_found_at_the_line_after_it(which: int, journal: FileJournal) -> None:
    fill(journal)
    path = [*rotated_files(journal.path), journal.path][which]
    path.write_bytes(path.read_bytes().replace(b"alice", b"mallo", 1))
    wrong = journal.verify().wrong
    assert wrong is not None
    assert "Line 2 of" in wrong.what
    assert path.name in wrong.what


def test_a_line_taken_out_is_found_where_the_next_one_stands(journal: FileJournal) -> None:
    fill(journal)
    path = rotated_files(journal.path)[1]
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    wrong = journal.verify().wrong
    assert wrong is not None
    assert wrong.what == f"Line 4 of {path} does not follow the line before it"


def test_a_last_line_changed_in_a_full_file_is_found_at_the_first_of_the_next(journal: FileJournal) -> None:
    fill(journal)
    first, second = rotated_files(journal.path)[:2]
    lines = first.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"alice", b"mallo")]))
    wrong = journal.verify().wrong
    assert wrong is not None
    assert wrong.what.startswith(f"Line 1 of {second}")


def test_a_whole_file_taken_out_of_the_middle_is_found(journal: FileJournal) -> None:
    fill(journal)
    rotated_files(journal.path)[1].unlink()
    assert journal.verify().wrong is not None


def test_oldest_files_that_were_taken_elsewhere_are_told_and_are_nothing_wrong(journal: FileJournal) -> None:
    fill(journal)
    rotated_files(journal.path)[0].unlink()
    proven = journal.verify()
    assert proven.wrong is None
    assert "taken elsewhere" in proven.notes[0]
    assert journal.read().troubles == ()


def test_a_journal_cut_off_at_its_beginning_is_found(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    fill(journal, 5)
    journal.path.write_bytes(b"".join(journal.path.read_bytes().splitlines(keepends=True)[2:]))
    assert "Line 1 of" in str(journal.verify().wrong)


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_journal_cut_off_in_a_line_is_found(cut: int, journal: FileJournal) -> None:
    fill(journal)
    journal.path.write_bytes(journal.path.read_bytes()[:-cut])
    assert "torn or damaged" in str(journal.verify().wrong)


def test_a_line_torn_by_a_crash_and_closed_by_the_next_is_told_and_is_nothing_wrong(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    fill(journal, 3)
    journal.path.write_bytes(journal.path.read_bytes()[:-25])
    journal.append(entry("after"))
    proven = journal.verify()
    assert (proven.wrong, proven.lines) == (None, 4)
    assert "Line 3 of" in proven.notes[0]


def test_a_torn_line_that_was_changed_afterwards_is_found(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    fill(journal, 3)
    journal.path.write_bytes(journal.path.read_bytes()[:-25])
    journal.append(entry("after"))
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"alice", b"mallo")
    journal.path.write_bytes(b"".join(lines))
    assert "Line 3 of" in str(journal.verify().wrong)


def test_a_torn_line_at_the_end_of_a_full_file_is_vouched_for_by_the_next_file(journal: FileJournal) -> None:
    fill(journal, 4)
    full = journal.path.stat().st_size
    assert not rotated_files(journal.path)
    with journal.path.open("ab") as file:
        file.write(b'{"v":1,"type":"jour' + b"x" * (SMALL - full))
    journal.append(entry("after"))
    assert len(rotated_files(journal.path)) == 1
    assert json.loads(journal.path.read_bytes().splitlines()[0])["previous"] != NO_LINE
    proven = journal.verify()
    assert proven.wrong is None
    assert "torn by a crash" in proven.notes[0]
    assert [it.change_id for it in journal.read().entries][-1] == "after"


def test_a_full_disk_while_a_new_file_is_begun_loses_nothing_and_the_next_line_goes_on(journal: FileJournal) -> None:
    ids = fill(journal, 4)
    # Room for no byte more in any file stands for a full disk: the new file can be made and not be written.
    script = (
        "import resource, signal, sys\n"
        "from sutaztop.contracts import JournalError\n"
        "from sutaztop.store.journal import FileJournal\n"
        "from tests.store.entries import entry\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "journal = FileJournal(sys.argv[1], rotate_at=1000)\n"
        "try:\n"
        "    journal.append(entry('lost'))\n"
        "except JournalError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(journal.path.parent)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert "can't be written" in run.stdout
    assert names(journal) == ["journal.jsonl", "journal.jsonl.1"]
    journal.append(entry("next"))
    assert [it.change_id for it in journal.read().entries] == [*ids, "next"]
    assert journal.verify().wrong is None


def test_a_file_that_cannot_be_renamed_grows_on(journal: FileJournal) -> None:
    fill(journal, 4)
    (journal.path.parent / "journal.jsonl.1").mkdir()
    (journal.path.parent / "journal.jsonl.1" / "in the way").touch()
    fill(journal, 3)
    assert journal.path.stat().st_size > SMALL
    assert journal.verify().wrong is None


def write_many(directory: str, who: str) -> None:
    journal = FileJournal(directory, lock_seconds=60, rotate_at=SMALL)
    for number in range(40):
        journal.append(entry(f"{who}{number}"))


def test_two_programs_that_rotate_at_once_lose_no_line_and_break_no_chain(journal: FileJournal) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(str(journal.path.parent), who)) for who in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
        assert writer.exitcode == 0
    proven = journal.verify()
    assert (proven.wrong, proven.lines) == (None, 80)
    assert len(journal.read().entries) == 80


def test_what_is_exported_is_every_line_as_it_stands(journal: FileJournal) -> None:
    fill(journal)
    out: list[bytes] = []
    assert journal.copy_to(out.append) == 30
    assert b"".join(out) == b"".join(it.read_bytes() for it in [*rotated_files(journal.path), journal.path])
