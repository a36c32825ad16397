"""The lines of a span out of a long log: few are read, all of the span are given."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sutaztop.domain.event import LogLine
from sutaztop.engines.docker.stream import Following
from sutaztop.engines.docker.window import Window

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Log:
    """A log as json-file gives it: ``tail`` counts first, ``since`` and ``until`` are looked at afterwards."""

    def __init__(self, times: list[datetime], *, knows_bounds: bool = True) -> None:
        self.lines = [LogLine(f"line {n}", at=at) for n, at in enumerate(times)]
        self.knows_bounds = knows_bounds
        self.asked: list[Mapping[str, str | int]] = []
        self.open = 0

    def begin(self, parameters: Mapping[str, str | int]) -> Following[LogLine]:
        self.asked.append(parameters)
        self.open += 1
        return cast("Following[LogLine]", Opened(self, self._given(parameters)))

    def _given(self, parameters: Mapping[str, str | int]) -> Iterator[LogLine]:
        tail = parameters["tail"]
        for line in self.lines if tail == "all" else self.lines[-int(tail) :]:
            stamp = cast("datetime", line.at).timestamp()
            if self.knows_bounds and stamp < float(parameters.get("since", 0)):
                continue
            if self.knows_bounds and stamp > float(parameters.get("until", "inf")):
                return
            yield line


class Opened(Iterator[LogLine]):
    """One reading of a log."""

    def __init__(self, log: Log, lines: Iterator[LogLine]) -> None:
        self._log, self._lines, self._closed = log, lines, False

    def __next__(self) -> LogLine:
        if self._closed:
            raise StopIteration
        try:
            return next(self._lines)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._log.open -= 1


def each_second(count: int) -> list[datetime]:
    return [NOW - timedelta(seconds=count - n) for n in range(count)]


def around(log: Log, ago: float, reach: float = 5.0) -> list[LogLine]:
    at = NOW - timedelta(seconds=ago)
    found = list(Window(log.begin, at - timedelta(seconds=reach), at + timedelta(seconds=reach), NOW))
    assert log.open == 0
    return found


def expected(log: Log, ago: float, reach: float = 5.0) -> list[LogLine]:
    return [it for it in log.lines if it.at and abs((NOW - it.at).total_seconds() - ago) <= reach]


def test_a_span_of_a_moment_ago_is_found_among_the_last_lines() -> None:
    log = Log(each_second(200_000))
    assert around(log, 60) == expected(log, 60)
    assert [it["tail"] for it in log.asked] == [2000, 2000]


def test_a_span_of_long_ago_is_found_by_the_logs_pace() -> None:
    log = Log(each_second(200_000))
    assert around(log, 90_000) == expected(log, 90_000)
    tails = [it["tail"] for it in log.asked]
    assert "all" not in tails
    assert len(tails) == 3


def test_a_flood_after_the_span_is_looked_past() -> None:
    flood = [NOW - timedelta(seconds=10) + timedelta(microseconds=20 * n) for n in range(100_000)]
    log = Log(sorted([*each_second(5000), *flood]))
    assert around(log, 600) == expected(log, 600)


def test_a_short_log_is_read_whole() -> None:
    log = Log(each_second(30))
    assert around(log, 28) == expected(log, 28)
    assert around(log, 15) == expected(log, 15)


def test_a_span_before_the_log_asks_for_nothing() -> None:
    log = Log(each_second(30))
    assert around(log, 9_000) == []
    assert not any("until" in it for it in log.asked)


def test_an_empty_log_has_no_lines() -> None:
    assert around(Log([]), 10) == []


def test_an_engine_that_ignores_the_bounds_is_held_to_them() -> None:
    log = Log(each_second(500), knows_bounds=False)
    assert around(log, 60) == expected(log, 60)


def test_a_window_that_is_closed_before_it_is_read_asks_nothing() -> None:
    log = Log(each_second(10))
    window = Window(log.begin, NOW, None, NOW)
    window.close()
    assert list(window) == []
    assert log.asked == []


def test_closing_ends_what_is_being_read() -> None:
    log = Log(each_second(100))
    window: Any = Window(log.begin, NOW - timedelta(seconds=50), None, NOW)
    assert next(window).text == "line 50"
    window.close()
    assert list(window) == []
    assert log.open == 0
