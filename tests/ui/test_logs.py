"""Reading a log: bounded, in order, counted where something was left out, and closed with its pane."""

import threading
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.contracts import EngineRefused
from sutaztop.domain.event import LogLine
from sutaztop.render.boxes import text_of
from sutaztop.render.cells import Tone, line_width, plain
from sutaztop.render.log_filter import parse_log_filter
from sutaztop.render.logs import LogState, Notice, Skipped, log_lines, log_title
from sutaztop.ui.widgets.logs import Batch, LogBook, LogReader
from tests.given import NOW

DEADLINE = 10.0


class Scripted:
    """A log that gives what the test says; it may wait for a sign, and knows whether it was closed."""

    def __init__(self, lines: int = 0, *, waits: bool = False, error: Exception | None = None) -> None:
        self.lines, self.waits, self.error = lines, waits, error
        self.asked: list[tuple[str, int, bool]] = []
        self.given = threading.Event()
        self.closed = threading.Event()
        self._go_on = threading.Event()

    def logs(self, container_id: str, *, tail: int = 200, follow: bool = False) -> "Scripted":
        self.asked.append((container_id, tail, follow))
        if self.error is not None:
            raise self.error
        self._source = self._lines()
        return self

    def _lines(self) -> Iterator[LogLine]:
        for number in range(self.lines):
            yield LogLine(f"line {number}")
        self.given.set()
        if self.waits:
            assert self._go_on.wait(DEADLINE)

    def __iter__(self) -> "Scripted":
        return self

    def __next__(self) -> LogLine:
        return next(self._source)

    def close(self) -> None:
        self.closed.set()
        self._go_on.set()


def finished(reader: LogReader) -> LogReader:
    reader.start()
    reader._thread.join(DEADLINE)
    assert not reader.is_reading
    return reader


def texts(book: LogBook, count: int = 100) -> list[str]:
    return [it.text for it in book.newest_first(count) if isinstance(it, LogLine)][::-1]


def filled(count: int, keep: int = 100) -> LogBook:
    book = LogBook(keep=keep)
    book.add(Batch(tuple(LogLine(f"line {number}") for number in range(count))))
    return book


def test_a_reader_gives_the_lines_in_order_and_says_that_the_log_ended() -> None:
    source = Scripted(lines=3)
    batch = finished(LogReader(source, "abc", tail=50)).take()
    assert [line.text for line in batch.lines] == ["line 0", "line 1", "line 2"]
    assert source.asked == [("abc", 50, True)]
    assert batch.notice is not None
    assert not batch.notice.bad


def test_lines_are_given_once() -> None:
    reader = finished(LogReader(Scripted(lines=3), "abc"))
    assert reader.take().lines
    assert reader.take() == Batch()


def test_a_flood_keeps_the_newest_and_counts_the_rest() -> None:
    reader = finished(LogReader(Scripted(lines=12_000), "abc", keep=1_000))
    batch = reader.take()
    assert (len(batch.lines), batch.skipped) == (1_000, 11_000)
    assert batch.lines[-1].text == "line 11999"


def test_an_error_of_the_engine_is_a_line_that_says_why() -> None:
    error = EngineRefused("abc keeps no log", "Its logging driver is 'none'")
    notice = finished(LogReader(Scripted(error=error), "abc")).take().notice
    assert notice == Notice("The log can't be read. abc keeps no log. Its logging driver is 'none'.", bad=True)


def test_an_unforeseen_error_does_not_end_the_thread_unseen() -> None:
    notice = finished(LogReader(Scripted(error=ZeroDivisionError("oops")), "abc")).take().notice
    assert notice is not None
    assert "ZeroDivisionError: oops" in notice.text


def test_closing_ends_a_reader_that_waits_for_the_next_line() -> None:
    source = Scripted(lines=1, waits=True)
    reader = LogReader(source, "abc")
    reader.start()
    assert source.given.wait(DEADLINE)
    reader.close()
    reader.close()
    reader._thread.join(DEADLINE)
    assert source.closed.is_set()
    assert not reader.is_reading


def test_a_closed_reader_says_nothing_more() -> None:
    source = Scripted(lines=1, waits=True)
    reader = LogReader(source, "abc")
    reader.start()
    assert source.given.wait(DEADLINE)
    reader.close()
    reader._thread.join(DEADLINE)
    assert reader.take().notice is None


def test_a_book_keeps_the_last_lines_and_no_more() -> None:
    book = filled(250, keep=100)
    assert texts(book, 1_000) == [f"line {number}" for number in range(150, 250)]
    assert (book.state.kept, book.state.seen) == (100, 250)


def test_a_book_shows_where_lines_were_left_out() -> None:
    book = LogBook()
    book.add(Batch((LogLine("after"),), skipped=7))
    assert list(book.newest_first(5)) == [LogLine("after"), Skipped(7)]


def test_a_filter_wants_words_and_refuses_others() -> None:
    book = LogBook()
    book.add(Batch(tuple(LogLine(text) for text in ("GET /healthz error", "ERROR in db", "all well"))))
    book.filter("error !healthz")
    assert texts(book) == ["ERROR in db"]
    book.filter("")
    assert len(texts(book)) == 3


def test_new_lines_go_through_the_filter() -> None:
    book = filled(3)
    book.filter("line 1")
    book.add(Batch((LogLine("line 1 again"), LogLine("other"))))
    assert texts(book) == ["line 1", "line 1 again"]


def test_scrolling_back_holds_the_picture_while_lines_come() -> None:
    book = filled(50)
    book.scroll(-10)
    before = texts(book, 5)
    book.add(Batch((LogLine("new"),)))
    assert texts(book, 5) == before
    assert (book.state.following, book.state.new) == (False, 1)


def test_scrolling_to_the_end_follows_again() -> None:
    book = filled(50)
    book.scroll(-10)
    book.scroll(10)
    book.add(Batch((LogLine("new"),)))
    assert book.state.following
    assert texts(book, 1) == ["new"]


def test_holding_at_the_end_stands_still_and_counts() -> None:
    book = filled(5)
    book.hold()
    book.add(Batch((LogLine("new"),)))
    assert texts(book, 1) == ["line 4"]
    book.hold()
    assert texts(book, 1) == ["new"]
    assert book.state.new == 0


def test_clearing_forgets_lines_and_keeps_the_filter() -> None:
    book = filled(5)
    book.filter("line")
    book.clear()
    assert (texts(book), book.filter_text) == ([], "line")


@given(st.lists(st.integers(-80, 80), max_size=30), st.integers(0, 40))
def test_no_scrolling_leaves_the_book(moves: list[int], lines: int) -> None:
    book = filled(lines)
    for by in moves:
        book.scroll(by)
    assert 0 <= book.back <= max(0, lines - 1)


@given(st.text(max_size=80))
def test_any_text_is_a_filter(text: str) -> None:
    assert parse_log_filter(text).lets_through(LogLine("x")) in (True, False)


def test_stderr_is_marked_by_a_letter_and_not_by_colour_alone() -> None:
    line = log_lines(LogLine("boom", "stderr", NOW), 80, zone=UTC)[0]
    assert plain(line) == "12:04:31 e boom" + " " * 65


def test_a_long_line_is_cut_or_wrapped() -> None:
    long = LogLine("word " * 40, at=NOW + timedelta(seconds=1))
    assert plain(log_lines(long, 60)[0]).endswith("…")
    wrapped = log_lines(long, 60, wrapped=True)
    assert len(wrapped) > 2
    assert max(line_width(line) for line in wrapped) <= 60


def test_markup_in_a_log_is_only_text() -> None:
    assert "[red]x[/nope]" in text_of(log_lines(LogLine("[red]x[/nope]"), 40))


@pytest.mark.parametrize("width", [1, 3, 20, 56, 200])
def test_no_entry_is_wider_than_its_room(width: int) -> None:
    for entry in (LogLine("a" * 300, "stderr", NOW), LogLine("模型" * 30), Skipped(1_234_567), Notice("b" * 200)):
        for wrapped in (False, True):
            assert max(line_width(line) for line in log_lines(entry, width, wrapped=wrapped)) <= max(4, width)


def test_the_title_says_whether_it_follows_and_what_filters_it() -> None:
    held = log_title(LogState(following=False, kept=100, seen=250, matching=3, new=12, filter_text="error"))
    assert plain(held) == "Log · 3 of 100 lines · last of 250 · filter error · held, 12 new"
    assert held[-1].tone is Tone.WARNING
    assert plain(log_title(LogState(kept=1, seen=1))) == "Log · 1 lines · following"
