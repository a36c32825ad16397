"""The timeline as it is kept while a recording is written."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.change import JournalEntry, Result
from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB
from sutaztop.domain.resources import Resources
from sutaztop.domain.sample import CollectorReport
from sutaztop.store.journal import FileJournal
from sutaztop.store.recording.happenings import newest
from sutaztop.store.recording.schema import create, microseconds
from sutaztop.store.recording.teller import Teller
from tests.given import NOW, container, limits, measured_container
from tests.given import frame as given_frame
from tests.given import snapshot as given_snapshot
from tests.store.entries import entry

QUOTA = Finding(Subject("container", container().id, "backend"), Severity.WARNING, "QUOTA", "93 % of its limit")


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = create(tmp_path / "recording.db", {})
    yield connection
    connection.close()


def frame(seconds: float, *findings: Finding, cpu: float = 2.0) -> Frame:
    it = replace(container(), resources=Resources(limits(cpu, 4 * GIB)))
    made = given_snapshot([measured_container(it)], at=NOW + timedelta(seconds=seconds))
    reports = (CollectorReport("stack", NOW),)
    return given_frame(replace(made, clock_ns=round(seconds * 1e9), reports=reports), findings=findings)


class Run:
    """A program that records: its frames' rows stand in the recording as the writer leaves them."""

    def __init__(self, connection: sqlite3.Connection, journal: Path, began: float, boot: str = "a") -> None:
        self.connection = connection
        self.teller = Teller(connection, began=NOW + timedelta(seconds=began), boot=boot, journal=journal)
        connection.execute("INSERT INTO run (began_us, boot, program, pid) VALUES (0, ?, '', 1)", (boot,))
        connection.commit()

    def take(self, *frames: Frame) -> None:
        for it in frames:
            self.teller.take(it)
            at = microseconds(it.snapshot.at)
            self.connection.execute(
                "INSERT INTO minute (run, slot, first_us, last_us, first_ns, last_ns, rows) "
                "VALUES (1, 0, ?1, ?1, 0, 0, 1)", (at,),
            )  # fmt: skip
            self.connection.commit()


def told(connection: sqlite3.Connection) -> list[str]:
    return [f"{it.kind.value} {it.action}" for it in newest(connection, 99)]


def ours(change_id: str, seconds: float) -> list[JournalEntry]:
    """Give a raise of the container's CPU from 2 to 3, made from here."""
    made = entry(change_id)
    assert made.change is not None
    change = replace(made.change, id=container().id)
    intent = replace(
        made, at=NOW + timedelta(seconds=seconds), engine="unix:///var/run/docker.sock", change=change
    )  # fmt: skip
    return [intent, replace(intent, phase="outcome", result=Result.APPLIED)]


def test_two_runs_with_a_kill_between_are_one_story(recording: sqlite3.Connection, tmp_path: Path) -> None:
    first = Run(recording, tmp_path, 0)
    first.take(*(frame(it) for it in range(20)), *(frame(it, QUOTA) for it in range(20, 30)))
    second = Run(recording, tmp_path, 60)
    second.take(*(frame(60 + it, QUOTA) for it in range(20)), *(frame(80 + it) for it in range(40)))
    assert told(recording) == ["finding began", "gap killed", "finding ended"]


def test_a_change_made_here_is_one_line_and_one_of_others_another(
    recording: sqlite3.Connection, tmp_path: Path
) -> None:
    journal = FileJournal(tmp_path)
    run = Run(recording, tmp_path, 0)
    run.take(frame(0), frame(1))
    for it in ours("c1", 1.5):
        journal.append(it)
    run.take(*(frame(it, cpu=3.0) for it in range(2, 8)), frame(8, cpu=5.0))
    lines = newest(recording, 9)
    assert [(it.action, it.text, it.who) for it in lines] == [
        ("applied", "cpu 2 → 3", "alice"), ("seen", "cpu 3 → 5", ""),
    ]  # fmt: skip


def test_what_was_not_committed_is_told_by_the_next_run(recording: sqlite3.Connection, tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    run = Run(recording, tmp_path, 0)
    for it in ours("c1", 1.0):
        journal.append(it)
    run.teller.take(frame(2))
    recording.rollback()
    assert told(recording) == []
    Run(recording, tmp_path, 3).take(frame(3), frame(4))
    assert told(recording) == ["change applied"]


def test_a_closed_run_is_no_killed_one(recording: sqlite3.Connection, tmp_path: Path) -> None:
    first = Run(recording, tmp_path, 0)
    first.take(frame(0), frame(1))
    first.teller.end(NOW + timedelta(seconds=1))
    recording.commit()
    Run(recording, tmp_path, 301, boot="b")
    (gap,) = newest(recording, 9)
    assert gap.text == "nobody recorded for 5 min: sutaztop was closed"


def test_what_changed_while_nobody_recorded_is_told_once(recording: sqlite3.Connection, tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    Run(recording, tmp_path, 0).take(frame(0), frame(1, cpu=2.0))
    # By a program that recorded nothing, and told of it; and then by somebody else.
    for it in ours("c1", 100):
        journal.append(it)
    Run(recording, tmp_path, 200).take(frame(200, cpu=3.0), frame(201, cpu=3.0))
    assert told(recording) == ["gap killed", "change applied"]
    Run(recording, tmp_path, 400).take(frame(400, cpu=7.0), frame(401, cpu=7.0))
    assert told(recording) == ["gap killed", "change applied", "gap killed", "change meanwhile"]
    assert newest(recording, 1)[0].text == "cpu 3 → 7"


def test_what_was_told_as_it_changed_is_not_told_again_after_a_kill(
    recording: sqlite3.Connection, tmp_path: Path
) -> None:
    Run(recording, tmp_path, 0).take(frame(0), frame(1), frame(2, cpu=5.0))
    Run(recording, tmp_path, 200).take(frame(200, cpu=5.0), frame(201, cpu=5.0))
    assert told(recording) == ["change seen", "gap killed"]


def test_what_was_kept_and_cannot_be_read_is_compared_with_nothing(
    recording: sqlite3.Connection, tmp_path: Path
) -> None:
    Run(recording, tmp_path, 0).take(frame(0))
    recording.execute("UPDATE state SET body = x'00' WHERE key = 'known'")
    Run(recording, tmp_path, 200).take(frame(200, cpu=3.0))
    assert told(recording) == ["gap killed"]


def test_a_machine_without_a_journal_has_a_timeline(recording: sqlite3.Connection) -> None:
    teller = Teller(recording, began=NOW, boot="a", journal=None)
    teller.take(frame(0))
    teller.take(frame(1, cpu=3.0))
    assert told(recording) == ["change seen"]
