"""The history of a recorded instant: what the live one would answer then, read when it is asked."""

import logging
import sqlite3
import struct
import threading
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sizes import SizeSeries
from sutaztop.history.memory import BRIEF_FIGURES, CONTAINER_FIGURES, HOST_FIGURES, RINGS, fitting_step
from sutaztop.history.series import Ring, decode
from sutaztop.history.sizes import SizeHistory
from sutaztop.store.recording.columns import GAP, Minute, MinuteColumns, unpack, unpack_coarse
from sutaztop.store.recording.inflate import BROKEN, inflate
from sutaztop.store.recording.schema import microseconds

_SECOND = 1_000_000_000
_US = 1000
_MINUTE_US = 60_000_000
_KEPT = {"figures": 24, "coarse": 512}
"""Minutes that stay unpacked: ten minutes of readings, which most graphs show, and hours of their maxima."""
_DAY, _HOUR = 86_400, 3600
_PRESENT = -1
_NUMBER = struct.Struct("<q")
NO_PART = -1
"""In the place of a part's number: no container was running."""

_LOG = logging.getLogger(__name__)
Part = Callable[[int], list[str]]
_Row = tuple[int, int, int, int, int]


def tick_body(part: int, figures: "array[float]") -> bytes:
    """Write the figures of one tick: the part that lists its containers, then the figures."""
    return zlib.compress(_NUMBER.pack(part) + figures.tobytes(), 1)


def tick_of(body: bytes, part: Part) -> tuple[list[str], "array[float]"]:
    """Read one tick's figures."""
    raw = inflate(body)
    number = _NUMBER.unpack_from(raw)[0]
    return [] if number == NO_PART else part(number), array("f", raw[_NUMBER.size :])


def part_of(body: bytes) -> int:
    """Give the number of the part that lists a tick's containers."""
    return int(_NUMBER.unpack_from(inflate(body))[0])


@dataclass(frozen=True, slots=True)
class _Piece:
    """A minute's figures with what its clock is to be moved by: another boot's counts from elsewhere."""

    minute: Minute
    shift_ns: int


class FigureStore:
    """Reads figures from the file, some minutes of which stay unpacked. Every call holds ``lock``."""

    def __init__(
        self, connection: sqlite3.Connection, lock: threading.RLock, part: Part, *, kept: Mapping[str, int] = _KEPT
    ) -> None:
        self._kept = kept
        self._connection = connection
        self._lock = lock
        self._part = part
        self._unpacked: dict[str, OrderedDict[int, Minute]] = {kind: OrderedDict() for kind in _KEPT}
        self._boots: dict[int, str] = {}
        self._open: tuple[tuple[int, int], Minute] | None = None
        self._sizes: tuple[int, SizeHistory] | None = None
        self._complained = False

    def present(self, boot: str) -> int:
        """Give the number by which a program is known here that has no run of its own yet."""
        self._boots[_PRESENT] = boot
        return _PRESENT

    def history(self, run: int, at: datetime, clock_ns: int) -> "RecordedHistory":
        """Give the history as it was at an instant of a run."""
        return RecordedHistory(self, run, microseconds(at), clock_ns)

    def pieces(self, kind: str, run: int, at_us: int, now_ns: int, since_ns: int) -> Iterator[_Piece]:
        """Give the minutes of a span before an instant, oldest first: of every run, with clocks that agree with its.

        Of a minute whose every reading is no longer kept, the highest of its quarters are given in their place. What
        can't be read is left out: a graph has a gap there, and the screen goes on.
        """
        with self._lock:
            try:
                rows = self._rows(run, at_us, now_ns, since_ns)
            except sqlite3.Error as error:
                self._complain(error)
                return
            for number, other, last_us, last_ns, thinned in rows:
                with self._lenient():
                    minute = self._minute("coarse" if thinned else kind, number)
                    if minute is not None:
                        yield _Piece(minute, self._shift(run, other, at_us, now_ns, last_us, last_ns))
            with self._lenient():
                opened = self._open_minute(run)
                if opened is not None:
                    yield _Piece(opened, 0)

    def _rows(self, run: int, at_us: int, now_ns: int, since_ns: int) -> list[_Row]:
        """Find the minutes of a span: by the wall clock, and those of the same run by its own, be the wall's set."""
        what = "SELECT id, run, last_us, last_ns, figures IS NULL FROM minute WHERE"
        # By the index alone, which a month of minutes would be too long to go through: none is longer than this.
        since_us = at_us - (now_ns - since_ns) // _US - 2 * _MINUTE_US
        found = {
            it[0]: it
            for it in self._connection.execute(
                f"{what} first_us BETWEEN ? AND ? AND last_us >= ? AND coarse IS NOT NULL",
                (since_us, at_us, since_us + _MINUTE_US),
            )
        }
        newest = self._connection.execute("SELECT max(id) FROM minute").fetchone()[0] or 0
        start = max((number for number, other, *_ in found.values() if other == run), default=newest)
        # The same run's minutes stand one after another; the walk ends with the span, or where another run begins.
        for it in self._connection.execute(f"{what} id <= ? ORDER BY id DESC", (start,)):
            if it[1] != run or it[3] < since_ns:
                break
            found.setdefault(it[0], it)
        return [found[number] for number in sorted(found)]

    @contextmanager
    def _lenient(self) -> Iterator[None]:
        try:
            yield
        except BROKEN as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Say once that a part of the graphs can't be read."""
        if not self._complained:
            self._complained = True
            _LOG.warning("a part of the recording's graphs can't be read: %s", error)

    def _shift(self, run: int, other: int, at_us: int, now_ns: int, last_us: int, last_ns: int) -> int:  # noqa: PLR0913, PLR0917 - two clocks of two runs
        if other == run or self.boot(other) == self.boot(run):
            return 0
        return now_ns - (at_us - last_us) * _US - last_ns

    def boot(self, run: int) -> str:
        """Give the boot that a run was in: runs of one boot have one clock."""
        if run not in self._boots:
            found = self._connection.execute("SELECT boot FROM run WHERE id = ?", (run,)).fetchone()
            self._boots[run] = found[0] if found is not None and found[0] else f"run {run}"
        return self._boots[run]

    def _minute(self, kind: str, number: int) -> Minute | None:
        kept = self._unpacked[kind]
        found = kept.get(number)
        if found is None:
            row = self._connection.execute(f"SELECT {kind} FROM minute WHERE id = ?", (number,)).fetchone()  # noqa: S608 - our own words
            if row is None or row[0] is None:
                return None  # it has just become too old
            found = kept[number] = unpack(row[0]) if kind == "figures" else unpack_coarse(row[0])
            if len(kept) > self._kept[kind]:
                kept.popitem(last=False)
        else:
            kept.move_to_end(number)
        return found

    def _open_minute(self, run: int) -> Minute | None:
        """Put the rows that are not packed yet together, once for as many as there are."""
        newest = self._connection.execute("SELECT run, max(id), count(*) FROM row WHERE run = ?", (run,)).fetchone()
        if not newest[2]:
            return None
        key = newest[1], newest[2]
        if self._open is None or self._open[0] != key:
            columns = MinuteColumns()
            for clock_ns, body in self._connection.execute(
                "SELECT clock_ns, figures FROM row WHERE run = ? ORDER BY id", (run,)
            ):
                columns.add(clock_ns, *tick_of(body, self._part))
            self._open = key, unpack(columns.close()[0])
        return self._open[1]

    def sizes(self, at_us: int) -> SizeHistory:
        """Give sizes as they were known at a time: all of a day, and before it the first of each hour."""
        seconds = at_us // 1_000_000
        with self._lock:
            if self._sizes is None or self._sizes[0] != seconds:
                made = SizeHistory()
                older = self._connection.execute(
                    "SELECT key, min(at), bytes FROM size WHERE at < ? GROUP BY key, at / ? ORDER BY min(at)",
                    (seconds - _DAY - _HOUR, _HOUR),
                )
                for key, at, size in older:
                    made.put(key, at, size)
                newer = self._connection.execute(
                    "SELECT key, at, bytes FROM size WHERE at >= ? AND at <= ? ORDER BY at",
                    (seconds - _DAY - _HOUR, seconds),
                )
                for key, at, size in newer:
                    made.put(key, at, size)
                self._sizes = seconds, made
            return self._sizes[1]


class RecordedHistory:
    """Answers as the live history did at an instant; satisfies ``HistoryView``. Of days it remembers nothing."""

    def __init__(self, store: FigureStore, run: int, at_us: int, now_ns: int) -> None:
        self._store = store
        self._run = run
        self._at_us = at_us
        self._now_ns = now_ns
        self._rings: dict[tuple[str, str, int, int], Ring] = {}

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """See ``HistoryView``."""
        known = HOST_FIGURES if key == HOST else CONTAINER_FIGURES
        steps = [step for step, _ in RINGS]
        if figure not in known:
            if key == HOST or figure not in BRIEF_FIGURES:
                return [None] * points
            steps = steps[:1]
        bucket_ns = max(_SECOND, round(bucket * _SECOND))
        step = fitting_step(steps, points, bucket_ns)
        ring = self._ring(key, figure, step, points * max(1, bucket_ns // (step * _SECOND)))
        return ring.read(self._now_ns, points, max(1, bucket_ns // (step * _SECOND)))

    def _ring(self, key: str, figure: str, step: int, slots: int) -> Ring:
        """Give a ring as it stood: fed with what it was fed with."""
        capacity = dict(RINGS)[step]
        slots = min(slots, capacity)
        name = key, figure, step, slots
        if name not in self._rings:
            ring = Ring(step * _SECOND, capacity, coarse=step > 1 or figure in BRIEF_FIGURES)
            since = self._now_ns - (slots + 1) * step * _SECOND
            for clock_ns, value in self._readings(key, figure, since, fine=step == 1):
                ring.put(clock_ns, value)
            self._rings[name] = ring
        return self._rings[name]

    def _readings(self, key: str, figure: str, since_ns: int, *, fine: bool) -> Iterator[tuple[int, float]]:
        now = self._now_ns
        minute = now - now % 60_000_000_000
        if not fine:
            for piece in self._store.pieces("coarse", self._run, self._at_us, now, since_ns):
                column = piece.minute.column(key, figure)
                if column is None or column.typecode != "H":
                    continue
                for slot_ns, code in zip(piece.minute.times, column, strict=True):
                    at = slot_ns + piece.shift_ns
                    if code and since_ns <= at + 15 * _SECOND and at < minute:
                        yield at, decode(code)
            since_ns = minute
        for piece in self._store.pieces("figures", self._run, self._at_us, now, since_ns):
            column = piece.minute.column(key, figure)
            if column is None:
                continue
            codes = column.typecode == "H"
            for clock_ns, kept in zip(piece.minute.times, column, strict=True):
                at = clock_ns + piece.shift_ns
                value = kept if not codes else decode(kept) if kept else GAP
                if value > GAP and since_ns <= at <= now:
                    yield at, value

    def sizes(self, key: str) -> SizeSeries:
        """See ``HistoryView``."""
        return self._store.sizes(self._at_us).sizes(key)

    def aggregate(self, key: str) -> Aggregate | None:
        """Give nothing: what was decided from days is in the decisions, and is not decided anew here."""
        del key
        return None
