"""From the spike to the line: fetching within bounds, and the keys that lead there."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from sutaztop.contracts import EngineRefused
from sutaztop.domain.container import Container
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Seconds
from sutaztop.store.kept_texts import keep_text
from sutaztop.ui.screens.around import AroundScreen
from sutaztop.ui.widgets.around import AroundBook, Subject
from sutaztop.ui.widgets.fetch import OWN, Bounds, LogFetch
from tests.given import NOW, container
from tests.ui.sitting import Sitting, sitting

DEADLINE = 10.0
DEPENDS = "com.docker.compose.depends_on"
WEB = replace(
    container("web", project="shop", service="web", labels={DEPENDS: "db:service_healthy:true"}),
    started_at=NOW - timedelta(seconds=2), finished_at=NOW - timedelta(seconds=3),
)  # fmt: skip
DB = container("db", project="shop", service="db")


class Logs:
    """An engine's logs by container: lines by their seconds from ``NOW``, an error, or a silence until closed."""

    def __init__(self, **lines: "Sequence[tuple[float, str]] | Exception | None") -> None:
        self.lines = {container(name).id: it for name, it in lines.items()}
        self.asked: list[tuple[str, datetime | None, datetime | None]] = []
        self.closed = threading.Event()

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        del tail, follow
        self.asked.append((container_id, since, until))
        given = self.lines[container_id]
        if isinstance(given, Exception):
            raise given
        if given is None:
            return Silent(self.closed)
        assert since is not None
        assert until is not None
        lines = (LogLine(text, at=NOW + timedelta(seconds=after)) for after, text in given)
        return (it for it in lines if it.at is not None and since <= it.at <= until)


class Silent(Iterator[LogLine]):
    """A log that says nothing until it is closed."""

    def __init__(self, closed: threading.Event) -> None:
        self._closed = closed

    def __next__(self) -> LogLine:
        assert self._closed.wait(DEADLINE)
        raise StopIteration

    def close(self) -> None:
        self._closed.set()


def until(claim: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if claim():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come about in time")


def fetched(source: Logs, bounds: Bounds = OWN, reach: float = 30.0) -> LogFetch:
    fetch = LogFetch(source, WEB.id, NOW, Seconds(reach), bounds)
    fetch.start(0.0)
    until(lambda: fetch.is_done)
    return fetch


def texts(book: AroundBook) -> list[str]:
    return [it.line.text if it.line is not None else f"-- {it.words}" for it in book.shown]


def read(source: Logs | None, *, merge: bool = False, of: Container = WEB, events: Sequence[Event] = ()) -> AroundBook:
    book = AroundBook(source, Subject(of, NOW, (WEB, DB), events))
    book.is_merged = merge
    book.fetch(0.0)
    until(lambda: not book.is_reading)
    book.look(0.0)
    return book


def test_of_a_flood_the_lines_nearest_to_the_instant_are_kept_and_the_others_counted() -> None:
    flood = [(n / 1000, f"line {n}") for n in range(-20_000, 20_000)]
    fetch = fetched(Logs(web=flood), Bounds(100, 10**6, Seconds(60.0)))
    lines = [it.text for it in fetch.lines()]
    assert (len(lines), lines[0], lines[-1]) == (200, "line -99", "line 100")
    assert fetch.words == "19,901 lines long before the instant are left out; more lines follow than are kept"


def test_characters_are_bounded_too() -> None:
    fetch = fetched(Logs(web=[(n / 100, "x" * 8000) for n in range(-500, 500)]), Bounds(5_000, 80_000, Seconds(60.0)))
    assert sum(len(it.text) for it in fetch.lines()) <= 2 * 80_000


def test_one_that_hangs_is_given_up_and_told() -> None:
    source = Logs(web=None)
    fetch = LogFetch(source, WEB.id, NOW, Seconds(30.0), OWN)
    fetch.start(100.0)
    fetch.look(100.0 + OWN.patience - 0.1)
    before = fetch.is_done
    fetch.look(100.0 + OWN.patience + 0.1)
    assert (before, fetch.is_done) == (False, True)
    assert fetch.words == "not read within 15 s: left out"
    assert source.closed.wait(DEADLINE)


def test_a_log_that_can_not_be_read_says_why() -> None:
    refused = EngineRefused("web keeps no log", "Its logging driver is 'none'")
    assert read(Logs(web=refused)).troubles == ["web: web keeps no log. Its logging driver is 'none'."]
    broken = cast("Exception", ZeroDivisionError("oops"))
    assert "ZeroDivisionError: oops" in read(Logs(web=broken)).troubles[0]
    assert read(None).troubles == ["There is no log here: no engine can be asked."]


def test_the_nearest_line_is_chosen_and_runs_stand_between_the_lines() -> None:
    book = read(
        Logs(web=[(-20, "long before"), (-3.5, "out of heap"), (-1.5, "started again"), (0.4, "boom"), (40, "no")])
    )
    assert texts(book) == [
        "long before", "out of heap", "-- the run ended", "-- a run began", "started again", "-- here", "boom",
    ]  # fmt: skip
    assert texts(book)[book.chosen] == "boom"
    book.move(-100)
    assert texts(book)[book.chosen] == "long before"
    book.to_instant()
    assert texts(book)[book.chosen] == "boom"


def test_neighbours_are_merged_by_time_and_one_that_hangs_is_left_out() -> None:
    book = read(Logs(web=[(-1, "web asks"), (1, "web fails")], db=[(0.5, "db is gone")]), merge=True)
    assert [it for it in texts(book) if not it.startswith("--")] == ["web asks", "db is gone", "web fails"]
    slow = AroundBook(Logs(web=[(1, "web fails")], db=None), Subject(WEB, NOW, (WEB, DB)))
    slow.is_merged = True
    slow.fetch(0.0)
    until(lambda: slow.look(0.0) and any(it.line is not None for it in slow.shown))
    slow.look(60.0)
    assert not slow.is_reading
    assert slow.troubles == ["db: not read within 5 s: left out"]
    assert "web fails" in texts(slow)


def test_without_neighbours_that_is_said() -> None:
    assert read(Logs(db=[(0, "alone")]), merge=True, of=replace(DB, project="")).troubles[0].startswith("no neighbours")


def test_a_filter_hides_marks_and_leads_from_match_to_match() -> None:
    book = read(Logs(web=[(n, f"{'error' if n % 3 == 0 else 'info'} {n}") for n in range(-9, 10)]))
    book.filter(r"/^error -?\d$/")
    assert [it for it in texts(book) if not it.startswith("--")] == [f"error {n}" for n in range(-9, 10, 3)]
    book.show_all()
    assert len(texts(book)) == 19 + 3
    at = book.chosen
    assert book.to_match(1)
    assert book.matches(book.shown[book.chosen])
    assert book.chosen > at
    while book.to_match(1):
        pass
    assert texts(book)[book.chosen] == "error 9"
    book.filter("/(/")
    assert book.troubles == ["/(/ there is a ( without its )"]
    assert len(texts(book)) == 19 + 3


def test_further_around_reads_more_and_stops_at_the_ends() -> None:
    source = Logs(web=[(-200, "far"), (0, "near")])
    book = read(source)
    while book.step_reach(1):
        book.fetch(0.0)
    until(lambda: not book.is_reading)
    book.look(0.0)
    assert "far" in texts(book)
    assert source.asked[-1][1:] == (NOW - timedelta(minutes=5), NOW + timedelta(minutes=5))


# --- with keys ----------------------------------------------------------------------------------------


def around(here: Sitting) -> AroundScreen:
    assert isinstance(here.app.screen, AroundScreen)
    return here.app.screen


async def test_three_keys_lead_from_the_overview_to_the_line() -> None:
    async with sitting(seconds=120) as here:
        await here.select("backend")
        await here.press("c", "enter")
        screen = around(here)
        await here.until(lambda: not screen.book.is_reading)
        await here.until(lambda: "Log of sutazai-backend" in here.text and "──▸ here" in here.text)
        chosen = screen.book.shown[screen.book.chosen]
        assert chosen.line is not None
        assert abs(chosen.at - screen.book.subject.at) <= timedelta(seconds=30)
        await here.press("escape")
        assert here.app.screen is here.main
        assert here.main.details.body.cursor is not None


async def test_the_cursor_moves_by_cells_and_goes_from_spike_to_spike() -> None:
    async with sitting(seconds=120) as here:
        await here.select("backend")
        await here.press("c")
        body = here.main.details.body
        first = body.cursor
        assert first is not None
        assert "▸ " in here.text
        assert "ago" in here.text
        await here.press("end")
        newest = body.cursor
        assert newest is not None
        assert body.scale is not None
        assert body.scale.place(newest) == body.scale.cells - 1
        await here.press("left", "pageup")
        assert body.cursor is not None
        assert body.scale.place(body.cursor) == body.scale.cells - 12
        await here.press("home")
        assert body.scale.place(body.cursor) == 0
        await here.press("^")
        assert body.spike_of == "memory"
        await here.live(3)
        await here.press("escape")
        assert (here.main.details.body.cursor, here.main.details_open) == (None, True)


async def test_the_cursor_goes_when_the_log_or_another_container_comes() -> None:
    async with sitting(seconds=30) as here:
        await here.press("c", "l")
        body = here.main.details.body
        assert (body.cursor, body.log_first) == (None, True)
        await here.press("c")
        assert here.main.details.body.cursor is not None
        await here.press("escape", "escape")
        assert not here.main.details_open


async def test_the_cursor_and_the_lines_fit_every_size() -> None:
    for size in ((40, 12), (60, 18), (80, 24), (200, 50)):
        async with sitting(size, seconds=60) as here:
            await here.press("c", "left", "enter")
            screen = around(here)
            await here.until(lambda screen=screen: not screen.book.is_reading)  # type: ignore[misc]
            await here.press("m", "w", "+", "-", "G", "g", "c", "n")
            assert screen.view.failure == ""
            await here.press("escape", "escape", "escape")
            assert here.main.details.body.failure == ""


async def test_what_is_shown_is_written_where_it_says(tmp_path: Path) -> None:
    async with sitting(seconds=60) as here:
        here.main.board.desk = replace(
            here.main.board.desk, keep_text=lambda name, text: keep_text(tmp_path, name, text)
        )
        await here.select("backend")
        await here.press("c", "enter")
        screen = around(here)
        await here.until(lambda: not screen.book.is_reading and bool(screen.book.shown))
        await here.press("slash", *"INFO", "enter", "E")
        await here.until(lambda: "Written to" in screen.view.message)
        written = next((tmp_path / "logs").iterdir())
        assert str(written) in screen.view.message
        text = written.read_text(encoding="utf-8")
        assert "# filter: INFO" in text
        lines = [it for it in text.splitlines() if not it.startswith("#")]
        assert all("INFO" in it or "===" in it for it in lines)


async def test_without_a_place_to_write_it_says_so() -> None:
    async with sitting(seconds=20) as here:
        await here.press("c", "enter", "E")
        assert "Nothing can be kept here." in here.text
