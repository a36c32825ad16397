"""The timeline's lines in a recording: kept and found again, the journal's news, and gaps."""

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.contracts import RecordingError
from sutaztop.domain.change import JournalEntry, Result
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.text import clean_line
from sutaztop.store.journal import FileJournal
from sutaztop.store.recording.gaps import note_end, tell_gap
from sutaztop.store.recording.happenings import (
    LONGEST_NOTE,
    between,
    insert,
    newest,
    next_to,
    note_of,
    open_findings,
    put_note,
)
from sutaztop.store.recording.journal_news import JournalNews
from sutaztop.store.recording.schema import _TABLES, create
from tests.given import NOW
from tests.store.entries import entries, entry

ENGINE = "unix:///docker.sock"
BACKEND = Subject("container", "f" * 64, "backend")


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = create(tmp_path / "recording.db", {})
    yield connection
    connection.close()


def in_memory() -> sqlite3.Connection:
    """Give the tables alone: a hundred cases of a property want no hundred files."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(_TABLES)
    return connection


def at(seconds: float) -> Happening:
    return Happening(
        NOW + timedelta(seconds=seconds), HappeningKind.EVENT, BACKEND, "die", f"at {seconds:g}", Severity.WARNING
    )


def texts(found: list[Happening]) -> list[str]:
    return [it.text for it in found]


anything = st.text(st.characters())
"""Lone surrogates too: they are no text, and a journal may hold them."""
lines = st.builds(
    Happening, st.datetimes().map(lambda it: it.replace(tzinfo=NOW.tzinfo)), st.sampled_from(HappeningKind),
    st.builds(Subject, anything, anything, anything), st.just("act"), anything, st.sampled_from(Severity), anything,
    anything, st.none() | st.just(NOW),
)  # fmt: skip


@for_all(lines)
def test_a_line_comes_back_as_it_was_but_clean(line: Happening) -> None:
    connection = in_memory()
    insert(connection, [line])
    found = newest(connection, 5)
    connection.close()
    subject = Subject(*(clean_line(it) for it in (line.subject.kind, line.subject.id, line.subject.name)))
    assert found == [replace(
        line, subject=subject, text=clean_line(line.text), who=clean_line(line.who),
        reference=clean_line(line.reference), number=1,
    )]  # fmt: skip


def test_lines_are_found_by_time_in_their_order(recording: sqlite3.Connection) -> None:
    insert(recording, [at(3), at(1), at(2), replace(at(2), action="stop")])
    assert texts(between(recording, at(1).at, at(2).at)) == ["at 1", "at 2", "at 2"]
    assert texts(newest(recording, 2)) == ["at 2", "at 3"]
    assert texts(newest(recording, 2, until=at(2.5).at)) == ["at 2", "at 2"]
    after, before = next_to(recording, at(1).at), next_to(recording, at(2).at, back=True)
    assert after is not None
    assert before is not None
    assert (after.text, before.text) == ("at 2", "at 1")
    assert next_to(recording, at(3).at) is None
    assert next_to(recording, at(1).at, kinds=[HappeningKind.NOTE]) is None
    assert between(recording, at(0).at, at(9).at, [HappeningKind.NOTE, HappeningKind.GAP]) == []


def test_an_event_that_the_engine_gives_again_is_told_once(recording: sqlite3.Connection) -> None:
    insert(recording, [at(1), at(2)])
    insert(recording, [at(2), at(3)])
    assert texts(newest(recording, 9)) == ["at 1", "at 2", "at 3"]


def test_what_only_a_later_version_knows_is_left_out(recording: sqlite3.Connection) -> None:
    insert(recording, [at(1), at(2)])
    recording.execute("UPDATE happening SET kind = 'dream' WHERE id = 1")
    recording.execute("UPDATE happening SET severity = 17, subject_name = x'00', until_us = 'soon' WHERE id = 2")
    (found,) = newest(recording, 9)
    assert (found.severity, found.subject.name, found.until) == (Severity.UNKNOWN, "", None)


def test_a_finding_without_an_end_is_open(recording: sqlite3.Connection) -> None:
    began = Happening(NOW, HappeningKind.FINDING, BACKEND, "began", "QUOTA", Severity.WARNING, reference="QUOTA")
    other = replace(began, reference="OOM", action="worsened")
    insert(recording, [began, other, replace(began, action="ended", at=NOW + timedelta(seconds=5))])
    assert [it.reference for it in open_findings(recording, NOW)] == ["OOM"]
    assert open_findings(recording, NOW + timedelta(days=8)) == []


# --- notes ---------------------------------------------------------------------------------------


def test_a_note_is_cleaned_and_bounded() -> None:
    note = note_of("deploy \x1b[31mred\nnow " + "x" * 9000, "alice", BACKEND, NOW)
    assert note.text.startswith("deploy red now xxx")
    assert len(note.text) <= LONGEST_NOTE
    with pytest.raises(ValueError, match="wants words"):
        note_of(" \x1b[31m ", "alice", None, NOW)


def test_a_note_goes_in_beside_a_program_that_writes(recording: sqlite3.Connection, tmp_path: Path) -> None:
    insert(recording, [at(1)])
    recording.commit()
    put_note(tmp_path / "recording.db", note_of("we begin", "alice", None, NOW))
    assert texts(newest(recording, 9, kinds=[HappeningKind.NOTE])) == ["we begin"]


def test_a_note_into_nothing_says_so_and_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="made by the screen"):
        put_note(tmp_path / "none.db", note_of("we begin", "alice", None, NOW))
    assert not (tmp_path / "none.db").exists()


# --- the journal ---------------------------------------------------------------------------------


def outcome(change_id: str = "1", result: Result = Result.APPLIED, message: str = "", **more: str) -> JournalEntry:
    made = replace(entry(change_id, "outcome", message), result=result, at=NOW + timedelta(seconds=2))
    return replace(made, **more)  # type: ignore[arg-type] # the names are JournalEntry's own


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "state")


@pytest.fixture
def news(journal: FileJournal) -> JournalNews:
    return JournalNews(journal.path.parent)


def look(news: JournalNews, recording: sqlite3.Connection) -> int:
    return news.look(recording, {ENGINE}, NOW + timedelta(seconds=9))


def changes(recording: sqlite3.Connection) -> list[tuple[str, str]]:
    return [(it.action, it.text) for it in newest(recording, 99, kinds=[HappeningKind.CHANGE])]


def test_a_change_is_one_line_from_its_intent_to_its_outcome(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    assert look(news, recording) == 0
    journal.append(entry(message="it is throttled"))
    look(news, recording)
    assert changes(recording) == [("begun", "cpu 2 → 3; because: it is throttled")]
    journal.append(outcome())
    look(news, recording)
    assert changes(recording) == [("applied", "cpu 2 → 3; because: it is throttled")]
    (line,) = newest(recording, 9)
    assert (line.who, line.reference, line.subject, line.at) == ("alice", "1", BACKEND, NOW)


def test_what_was_refused_undone_or_kept_is_told_as_such(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(entry())
    journal.append(outcome())
    journal.append(outcome("2", Result.REFUSED, "read-only"))
    journal.append(outcome("3", Result.DRY_RUN))
    journal.append(replace(entry("4", message="takes back change 1 of alice"), undoes="1"))
    journal.append(outcome("4", undoes="1"))
    journal.append(entry("5"))
    journal.append(replace(entry("5"), phase="kept"))
    look(news, recording)
    assert changes(recording) == [
        ("applied", "cpu 2 → 3; taken back by 4"),
        ("applied", "cpu 2 → 3; takes back change 1 of alice"),
        ("begun", "cpu 2 → 3"),
        ("kept", "cpu 2 → 3; it stays"),
        ("refused", "cpu 2 → 3; read-only"),
    ]
    assert [it.severity for it in newest(recording, 1)] == [Severity.WARNING]


def test_another_program_that_starts_anew_doubles_nothing(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(entry())
    look(news, recording)
    journal.append(outcome())
    again = JournalNews(journal.path.parent)
    assert look(again, recording) == 1
    assert look(JournalNews(journal.path.parent), recording) == 0
    # Even where it was forgotten how far was read.
    recording.execute("DELETE FROM state")
    assert look(JournalNews(journal.path.parent), recording) == 0
    assert [action for action, _ in changes(recording)] == ["applied"]


def test_a_look_that_was_not_committed_is_looked_again(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(entry())
    look(news, recording)
    recording.rollback()
    look(JournalNews(journal.path.parent), recording)
    assert len(changes(recording)) == 1


def test_another_engines_changes_and_old_ones_are_not_told(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(replace(entry(), at=NOW - timedelta(days=2)))
    journal.append(replace(entry("2"), engine="tcp://elsewhere"))
    assert look(news, recording) == 0
    assert changes(recording) == []


def test_what_is_no_unicode_stops_nothing(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(replace(entry("\ud800x", message="\udfff why"), who="\ud800", undoes="\ud800"))
    assert look(news, recording) == 1
    assert newest(recording, 1)[0].reference == "x"


def test_the_journal_is_followed_over_its_rotation(tmp_path: Path, recording: sqlite3.Connection) -> None:
    journal = FileJournal(tmp_path / "state", rotate_at=2000)
    news = JournalNews(journal.path.parent)
    for number in range(30):
        journal.append(entry(f"c{number}"))
        if number % 7 == 0:
            look(news, recording)
    look(news, recording)
    assert len(list(journal.path.parent.glob("journal.jsonl.*"))) > 3
    assert len(changes(recording)) == 30


def test_a_torn_line_and_what_is_no_journal_are_stepped_over(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(entry("1"))
    with journal.path.open("ab") as file:
        file.write(b'{"v": 1, "torn')
    look(news, recording)
    journal.append(entry("2"))
    look(news, recording)
    assert len(changes(recording)) == 2


@for_all(st.lists(entries, max_size=5))
def test_no_entry_whatever_it_holds_stops_the_timeline(found: list[JournalEntry]) -> None:
    connection = in_memory()
    with tempfile.TemporaryDirectory() as directory:
        journal = FileJournal(directory)
        for it in found:
            journal.append(it)
        JournalNews(directory).look(connection, {it.engine for it in found}, min([NOW, *(it.at for it in found)]))
    newest(connection, 99)
    connection.close()


def seen(seconds: float, text: str = "cpu 2 → 3") -> Happening:
    return Happening(NOW + timedelta(seconds=seconds), HappeningKind.CHANGE, BACKEND, "seen", text)


@pytest.mark.parametrize("journal_first", [True, False])
def test_a_change_made_here_and_seen_is_one_line_whichever_comes_first(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection, *, journal_first: bool
) -> None:
    journal.append(entry())
    journal.append(outcome())
    if journal_first:
        look(news, recording)
    insert(recording, [seen(1)])
    look(news, recording)
    assert changes(recording) == [("applied", "cpu 2 → 3")]


def test_a_change_that_others_made_stays(
    news: JournalNews, journal: FileJournal, recording: sqlite3.Connection
) -> None:
    journal.append(entry())
    journal.append(outcome())
    insert(recording, [seen(1, "cpu 3 → 5"), seen(300)])
    look(news, recording)
    assert [action for action, _ in changes(recording)] == ["applied", "seen", "seen"]


# --- gaps ----------------------------------------------------------------------------------------


def recorded(recording: sqlite3.Connection, boot: str = "a", until: float = 0) -> None:
    recording.execute("INSERT INTO run (began_us, boot, program, pid) VALUES (0, ?, '', 1)", (boot,))
    last = round((NOW + timedelta(seconds=until)).timestamp() * 1e6)
    recording.execute(
        "INSERT INTO minute (run, slot, first_us, last_us, first_ns, last_ns, rows) VALUES (1, 0, ?1, ?1, 0, 0, 1)",
        (last,),
    )


def test_the_first_run_has_no_gap(recording: sqlite3.Connection) -> None:
    assert tell_gap(recording, NOW, "a") is None


@pytest.mark.parametrize(
    ("boot", "closed", "action"), [("a", True, "closed"), ("a", False, "killed"), ("b", False, "rebooted")]
)
def test_a_gap_has_its_ends_and_its_reason(
    recording: sqlite3.Connection, boot: str, action: str, *, closed: bool
) -> None:
    recorded(recording)
    if closed:
        note_end(recording, NOW + timedelta(seconds=1))
    later = NOW + timedelta(minutes=5)
    gap = tell_gap(recording, later, boot)
    assert gap is not None
    assert (gap.at, gap.until, gap.action) == (NOW, later, action)
    assert newest(recording, 9)[0].text == gap.text


def test_an_earlier_end_does_not_explain_a_later_kill(recording: sqlite3.Connection) -> None:
    note_end(recording, NOW - timedelta(hours=1))
    recorded(recording)
    gap = tell_gap(recording, NOW + timedelta(minutes=5), "a")
    assert gap is not None
    assert gap.action == "killed"


def test_a_restart_of_moments_and_a_clock_set_back_are_no_gap(recording: sqlite3.Connection) -> None:
    recorded(recording)
    assert tell_gap(recording, NOW + timedelta(seconds=3), "a") is None
    assert tell_gap(recording, NOW - timedelta(hours=1), "a") is None
