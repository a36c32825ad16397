"""What happened to a container, as marks on its charts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

from sutaztop.contracts import RecordingError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.render.cells import Tone, plain
from sutaztop.render.chart import Chart, Trace, chart_body
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.widgets.marks import Marks
from tests.given import NOW
from tests.ui.kept_recording import KeptRecording
from tests.ui.lived import lived_stack
from tests.ui.sitting import Sitting

IDS = frozenset({"b"})
MINUTE = Seconds(60.0)


def line(ago: float, action: str = "die", subject: str = "b", kind: HappeningKind = HappeningKind.EVENT) -> Happening:
    return Happening(
        NOW - timedelta(seconds=ago), kind, Subject("container", subject, subject), action, "", Severity.OK
    )


def until(claim: Callable[[], bool]) -> None:
    """Wait for what another thread brings about."""
    deadline = monotonic() + 10
    while not claim():
        assert monotonic() < deadline, "it did not come about in time"
        sleep(0.005)


def marks_of(*lines: Happening) -> tuple[Marks, KeptRecording]:
    recording = KeptRecording()
    recording.add(*lines)
    return Marks(lambda: recording), recording


def test_what_may_explain_a_line_is_marked_and_nothing_of_others() -> None:
    change = HappeningKind.CHANGE
    marks, _ = marks_of(
        line(50), line(40, "applied", kind=change), line(30, "refused", kind=change), line(20, "healthy"),
        line(10, subject="other"), line(5, "seen", kind=change), line(-5),
    )  # fmt: skip
    marks.keep_up(IDS, NOW, MINUTE)
    until(lambda: bool(marks.ago(IDS, NOW)))
    assert marks.ago(IDS, NOW) == (5.0, 40.0, 50.0)
    assert marks.ago(frozenset({"other"}), NOW) == ()


def test_it_is_read_only_now_and_then() -> None:
    marks, recording = marks_of(line(50))
    for seconds in range(25):
        marks.keep_up(IDS, NOW + timedelta(seconds=seconds), MINUTE)
        until(lambda: not marks._busy.locked())
    assert len(recording.asked) == 3


def test_a_recording_that_cannot_be_read_marks_nothing() -> None:
    def broken() -> Recording:
        raise RecordingError("broken")

    marks = Marks(broken)
    marks.keep_up(IDS, NOW, MINUTE)
    until(lambda: not marks._busy.locked())
    assert marks.ago(IDS, NOW) == ()
    Marks(None).keep_up(IDS, NOW, MINUTE)


def test_an_axis_carries_every_mark_in_its_place() -> None:
    chart = Chart(
        "cpu",
        (Trace("used", Tone.CPU, [1.0] * 60, ""),),
        MINUTE,
        write=str,
        marks=(10.0, 30.0, 30.2, 55.0, 300.0, -4.0),
    )
    axis = plain(chart_body(chart, 80, 9, glyphs=Glyphs.BRAILLE)[-1])
    assert axis.count("▲") == 3
    places = [place for place, char in enumerate(axis) if char == "▲"]
    assert places[0] < places[1] < places[2]


async def test_the_pane_marks_what_happened_to_its_container() -> None:
    stack = lived_stack("incident", seconds=200)
    recording = KeptRecording()
    app = SutaztopApp(replace(stack.desk(), recording=lambda: recording))
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        await here.select("backend")
        container = here.main.board.container
        assert container is not None
        for ago in (60, 200):
            at = here.main.board.time() - timedelta(seconds=ago)
            recording.add(Happening(at, HappeningKind.EVENT, Subject("container", container.id, "x"), "die", ""))
        await here.press("enter")
        await here.until(lambda: bool(recording.asked))
        await here.live(6)
        await here.until(lambda: any(row.count("▲") >= 2 for row in here.text.splitlines()))
