"""The key E: which span, with or without names, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sutaztop.contracts import RecordingError
from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.recording import ClipMade, ClipWish
from sutaztop.ui.screens.clipping import spans
from sutaztop.ui.screens.pick import PickScreen
from tests import given
from tests.ui.sitting import Sitting, sitting


@dataclass
class Exporter:
    """Notes what it was asked for, and says that it wrote it."""

    trouble: str = ""
    asked: list[ClipWish] = field(default_factory=list)

    def __call__(self, wish: ClipWish) -> ClipMade:
        self.asked.append(wish)
        if self.trouble:
            raise RecordingError("It can't be written", self.trouble)
        return ClipMade("/state/clips/clip.db", wish.since, wish.until, 3, 2, 1, 5 << 20, 3600.0, wish.anonymised)


def give(here: Sitting, export: Callable[[ClipWish], ClipMade]) -> None:
    here.main.board.desk = replace(here.main.board.desk, export_clip=export)


async def until_told(here: Sitting, word: str) -> None:
    for _ in range(200):
        await here.pilot.pause(0.01)
        if word in here.text:
            return
    raise AssertionError(here.text)


async def test_a_clip_of_the_last_quarter_is_written_and_its_place_and_size_are_said() -> None:
    async with sitting((200, 50), seconds=30) as here:
        export = Exporter()
        give(here, export)
        await here.press("E")
        assert isinstance(here.app.screen, PickScreen)
        assert "the last 15 min" in here.text
        await here.press("enter", "j", "enter")
        await until_told(here, "/state/clips/clip.db")
        assert "Clip, anonymised, 5 MiB" in here.text
        now = here.stack.clock.now()
        assert export.asked == [ClipWish(now - timedelta(minutes=15), now, anonymised=True)]


async def test_what_goes_wrong_is_said_and_the_next_one_may_be_asked_for() -> None:
    async with sitting((200, 50), seconds=30) as here:
        export = Exporter("the disk is full")
        give(here, export)
        await here.press("E", "enter", "enter")
        await until_told(here, "the disk is full")
        await here.press("E", "escape")
        assert len(export.asked) == 1
        assert not here.stack.applied


async def test_where_nothing_is_recorded_there_is_nothing_to_export() -> None:
    async with sitting((200, 50), seconds=5) as here:
        await here.press("E")
        assert "Nothing is recorded here" in here.text


def test_an_incident_begins_with_its_oldest_critical_finding() -> None:
    now = given.NOW
    subject = Subject("container", "1", "web")
    found = [
        Finding(subject, Severity.CRITICAL, "OOM", "", since=now - timedelta(minutes=7)),
        Finding(subject, Severity.CRITICAL, "OOM", "", since=now - timedelta(minutes=20)),
        Finding(subject, Severity.WARNING, "QUOTA", "", since=now - timedelta(hours=3)),
    ]
    frame = replace(given.frame(), findings=tuple(found))
    at = frame.snapshot.at
    offered = spans(frame, now)
    assert list(offered)[2] == f"since the incident began at {now - timedelta(minutes=20):%H:%M:%S}"
    assert offered[list(offered)[2]] == (now - timedelta(minutes=22), at)
    assert offered[list(offered)[1]] == (at - timedelta(minutes=10), min(now, at + timedelta(minutes=5)))
    assert len(spans(replace(frame, findings=()), now)) == 2
    before = spans(frame, now + timedelta(days=3), live=False)
    assert before["the 15 min before"] == (at - timedelta(minutes=15), at)
