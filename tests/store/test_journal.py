"""The journal is durable, private and chained; trouble with it is told and loses nothing earlier."""

import fcntl
import json
import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sutaztop.contracts import Journal, JournalError
from sutaztop.store.chain import NO_LINE, hash_line
from sutaztop.store.codec import encode
from sutaztop.store.journal import FileJournal
from tests.store.entries import entry

ROOT = Path(__file__).parents[2]


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "state" / "sutaztop")


def test_it_is_a_journal(journal: FileJournal) -> None:
    seam: Journal = journal
    assert seam.entries() == ()


def test_entries_are_given_back_oldest_first(journal: FileJournal) -> None:
    for number in "123":
        journal.append(entry(number))
    assert [it.change_id for it in journal.entries()] == ["1", "2", "3"]


def test_only_its_owner_may_read_it(journal: FileJournal) -> None:
    journal.append(entry())
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_each_line_carries_the_hash_of_the_line_before_it(journal: FileJournal) -> None:
    for number in "123":
        journal.append(entry(number, message="x" * 5000))
    lines = journal.path.read_bytes().splitlines()
    assert [json.loads(line)["previous"] for line in lines] == [NO_LINE, hash_line(lines[0]), hash_line(lines[1])]
    assert journal.read().troubles == ()


def test_a_word_that_is_no_unicode_keeps_no_line_from_being_written(journal: FileJournal) -> None:
    journal.append(entry("1", message="no text: \udcff"))
    journal.append(entry("2"))
    reading = journal.read()
    assert [it.message for it in reading.entries] == ["no text: \udcff", ""]
    assert reading.troubles == ()


def test_a_line_taken_out_is_noticed(journal: FileJournal) -> None:
    for number in "123":
        journal.append(entry(number))
    first, _, third = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(first + third)
    reading = journal.read()
    assert [it.change_id for it in reading.entries] == ["1", "3"]
    assert "does not follow the line before it" in str(reading.troubles[0])


def test_a_torn_last_line_is_left_out_and_told(journal: FileJournal) -> None:
    journal.append(entry("1"))
    with journal.path.open("ab") as file:
        file.write(b'{"v":1,"type":"jour')
    reading = journal.read()
    assert [it.change_id for it in reading.entries] == ["1"]
    assert "torn" in str(reading.troubles[0])


def test_writing_goes_on_after_a_torn_line(journal: FileJournal) -> None:
    journal.append(entry("1"))
    with journal.path.open("ab") as file:
        file.write(b'{"v":1,"type":"jour')
    journal.append(entry("2"))
    reading = journal.read()
    assert [it.change_id for it in reading.entries] == ["1", "2"]
    assert [it.what.split(" is ")[-1] for it in reading.troubles] == ["damaged"]


def test_a_line_of_a_newer_format_is_refused_with_its_number(journal: FileJournal) -> None:
    journal.append(entry("1"))
    with journal.path.open("a") as file:
        file.write(json.dumps({**encode(entry()), "v": 2}) + "\n")
    with pytest.raises(JournalError, match=r"Line 2 .* format 2"):
        journal.entries()


def test_a_full_disk_is_an_error_and_loses_nothing_earlier(journal: FileJournal) -> None:
    journal.append(entry("1"))
    before = journal.path.read_bytes()
    # A limit on file size stands for a full disk: the kernel cuts the write off in the middle.
    script = (
        "import resource, signal, sys\n"
        "from sutaztop.contracts import JournalError\n"
        "from sutaztop.store.journal import FileJournal\n"
        "from tests.store.entries import entry\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100}, {len(before) + 100}))\n"
        "try:\n"
        "    FileJournal(sys.argv[1]).append(entry('2'))\n"
        "except JournalError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(journal.path.parent)],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert "can't be written" in run.stdout
    assert journal.path.read_bytes() == before
    journal.append(entry("3"))
    assert [it.change_id for it in journal.entries()] == ["1", "3"]


def test_a_device_that_is_full_gives_the_reason(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    journal = FileJournal(tmp_path)
    journal.path.symlink_to("/dev/full")
    with pytest.raises(JournalError, match="symbolic link"):
        journal.append(entry())


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="can't be written"):
        FileJournal(tmp_path / "file" / "state").append(entry())


def test_waiting_for_another_writer_ends(journal: FileJournal) -> None:
    journal.append(entry("1"))
    impatient = FileJournal(journal.path.parent, lock_seconds=0.05)
    with journal.path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(JournalError, match="another program held it"):
            impatient.append(entry("2"))
    assert [it.change_id for it in journal.entries()] == ["1"]


def write_many(directory: str, who: str) -> None:
    journal = FileJournal(directory, lock_seconds=60)
    for number in range(25):
        journal.append(entry(f"{who}{number}", message="y" * 3000))


def test_two_programs_do_not_mix_their_lines(journal: FileJournal) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(str(journal.path.parent), who)) for who in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
        assert writer.exitcode == 0
    reading = journal.read()
    assert reading.troubles == ()
    assert len(reading.entries) == 50
    assert [it.change_id for it in reading.entries if it.change_id[0] == "a"] == [f"a{n}" for n in range(25)]


def test_a_journal_that_may_not_be_read_is_an_error(journal: FileJournal) -> None:
    journal.append(entry())
    journal.path.unlink()
    os.mkdir(journal.path)  # noqa: PTH102 - a directory where the file belongs
    with pytest.raises(JournalError, match="can't be read"):
        journal.entries()
