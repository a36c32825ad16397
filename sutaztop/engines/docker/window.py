"""The lines of a span of time out of a log that may be gigabytes long, which the engine need not read from its start.

Measured with Docker 20.10 and json-file: ``since`` alone has the engine decode the file from its first line, 95 MB a
second, before it says a word; ``tail`` finds its place from the end at once. But ``tail`` counts first and ``since``
and ``until`` are looked at afterwards: ``tail=10&until=…`` gives nothing where ten lines were written since. So it is
sought how far back the span begins: a request for so many lines is broken off after its first, whose time tells.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sutaztop.domain.event import LogLine
from sutaztop.engines.docker.stream import Following

Open = Callable[[Mapping[str, str | int]], Following[LogLine]]
"""Begins to read the log with these parameters, besides those that every reading has."""
_FIRST = 2000
"""Lines that are looked back first: a spike of a minute ago is mostly among them."""
_AT_LEAST, _MARGIN = 4.0, 1.5
_MOST_LOOKS = 8
_SLACK = timedelta(seconds=5)
"""Two streams of a container are written by two threads: lines can stand a little out of their order."""


class Window(Iterator[LogLine]):
    """Gives the lines from ``since`` to ``until``, both included. Any thread may close it; nothing is read before."""

    def __init__(
        self, begin: Open, since: datetime | None, until: datetime | None, now: datetime, *, follow: bool = False
    ) -> None:
        self._begin = begin
        self._follow = follow
        self._since, self._until, self._now = since, until, now
        self._lock = threading.Lock()
        self._open: Following[LogLine] | None = None
        self._closed = False

    def __next__(self) -> LogLine:
        if self._open is None and not self._closed:
            tail = "all" if self._since is None else self._depth(self._since)
            if tail and not self._closed:
                self._take(self._begin({"tail": tail, "follow": int(self._follow), **self._bounds()}))
        while self._open is not None and not self._closed:
            line = next(self._open)
            if self._is_within(line):
                return line
        raise StopIteration

    def close(self) -> None:
        """End it, a look that is under way too; twice is fine."""
        with self._lock:
            self._closed = True
            stream = self._open
        if stream is not None:
            stream.close()

    def _is_within(self, line: LogLine) -> bool:
        """Tell whether a line is of the span, for an engine that does not know one of the bounds (Podman's until)."""
        if line.at is None:
            return True
        return (self._since is None or line.at >= self._since) and (self._until is None or line.at <= self._until)

    def _bounds(self) -> dict[str, str | int]:
        # Lines are stamped to the nanosecond: one within the last microsecond is held against the bound here.
        until = None if self._until is None else self._until + timedelta(microseconds=1)
        named = (("since", self._since), ("until", until))
        return {name: api_time(at) for name, at in named if at is not None}

    def _depth(self, since: datetime) -> str | int:
        """Give how many lines back the span begins, rather too many, or ``all``; 0 for one that ends before the log."""
        lines = _FIRST
        oldest: datetime | None = None
        for _ in range(_MOST_LOOKS):
            before, oldest = oldest, self._time_back(lines)
            if oldest is None or oldest < since - _SLACK:
                # Lines without times come from an engine that gives none: then its own bounds have to do.
                return lines if oldest is not None else "all"
            if oldest == before:
                # That is the log's first line.
                return 0 if self._until is not None and self._until + _SLACK < oldest else "all"
            reached = max(1.0, (self._now - oldest).total_seconds())
            wanted = (self._now - since + _SLACK).total_seconds()
            lines = int(lines * max(_AT_LEAST, _MARGIN * wanted / reached))
        return "all"

    def _time_back(self, lines: int) -> datetime | None:
        stream = self._begin({"tail": lines, "follow": 0})
        self._take(stream)
        try:
            first = next(stream, None)
        finally:
            stream.close()
            with self._lock:
                self._open = None
        return first.at if first is not None else None

    def _take(self, stream: Following[LogLine]) -> None:
        with self._lock:
            self._open = stream
            closed = self._closed
        if closed:
            stream.close()


def api_time(at: datetime) -> str:
    """Write a time as the engine's API takes it: seconds since the epoch with a fraction.

    >>> api_time(datetime(2026, 11, 26, 1, 43, 7, 250_000, tzinfo=UTC))
    '1795657387.250000'
    """
    whole = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"
