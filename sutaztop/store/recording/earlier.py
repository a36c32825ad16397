"""What earlier programs saw, read back into the memory of the present one, a little at a time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sutaztop.domain.past import Past
from sutaztop.history.aggregates import Aggregates
from sutaztop.history.memory import RINGS, Series, new_series
from sutaztop.history.series import Ring, decode
from sutaztop.history.sizes import State
from sutaztop.store.recording.columns import GAP, Minute
from sutaztop.store.recording.memory import read_aggregates, read_past
from sutaztop.store.recording.recorded_history import FigureStore
from sutaztop.store.recording.schema import microseconds, open_to_read
from sutaztop.store.recording.writer import read_part

_SECOND = 1_000_000_000
_ONCE = {"figures": 1, "coarse": 1}
"""Each minute is read once, and none is kept."""
AT_ONCE = 100
"""Series that are made at a time: all of a thousand containers would take twice the memory that they have."""
_FINE_NS = RINGS[0][0] * RINGS[0][1] * _SECOND
_DAY_NS = RINGS[-1][0] * RINGS[-1][1] * _SECOND


class Earlier:
    """Reads one recording for a program that began at an instant of a boot.

    Raises ``RecordingError`` where there is none; every call may raise ``sqlite3.Error``, and ``ValueError``,
    ``Undecodable`` or ``zlib.error`` for a file that is damaged.
    """

    def __init__(self, path: Path, at: datetime, clock_ns: int, boot: str) -> None:
        self._connection = open_to_read(path)
        self._at_us = microseconds(at)
        self._clock_ns = clock_ns
        self._figures = FigureStore(
            self._connection, threading.RLock(), lambda number: list(read_part(self._connection, number)), kept=_ONCE
        )
        self._run = self._figures.present(boot)

    def past(self) -> Past:
        """Give what judging remembered."""
        return read_past(self._connection, self._at_us)

    def aggregates(self) -> Aggregates | None:
        """Give what was kept of days."""
        return read_aggregates(self._connection)

    def sizes(self) -> State:
        """Give how large the parts of the disk plan were."""
        return self._figures.sizes(self._at_us).state()

    def series(self, keys: Sequence[str], rest: Callable[[], bool]) -> Iterator[tuple[str, Series]]:
        """Give the series of keys, as a program would have them that had never ended; of a day.

        ``rest`` is called after each minute that was read, and says whether to go on.
        """
        for start in range(0, len(keys), AT_ONCE):
            yield from self._some(keys[start : start + AT_ONCE], rest)

    def _some(self, keys: Sequence[str], rest: Callable[[], bool]) -> Iterator[tuple[str, Series]]:
        made = {key: new_series(key) for key in keys}
        since = self._clock_ns - _DAY_NS
        for kind, put in (("coarse", _put_codes), ("figures", _put_readings)):
            for times, minute in self._pieces(kind, since):
                for key, series in made.items():
                    for figure, rings in series.rings.items():
                        column = minute.column(key, figure)
                        # Of a minute that was thinned its quarters come, which the coarse ones have had already.
                        if column is not None and (column.typecode == "H") == (kind == "coarse"):
                            put(rings, times, column)
                if not rest():
                    return
            since = self._clock_ns - _FINE_NS
        yield from made.items()

    def _pieces(self, kind: str, since_ns: int) -> Iterator[tuple[list[int], Minute]]:
        for piece in self._figures.pieces(kind, self._run, self._at_us, self._clock_ns, since_ns):
            times = [it + piece.shift_ns for it in piece.minute.times]
            if times and times[-1] <= self._clock_ns:
                yield times, piece.minute

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def _put_codes(rings: Sequence[Ring], times: Sequence[int], codes: Sequence[int]) -> None:
    """Put the highest of quarter minutes into all rings but the finest."""
    for clock_ns, code in zip(times, codes, strict=True):
        if code and clock_ns >= 0:
            value = decode(code)
            for ring in rings[1:]:
                ring.put(clock_ns, value)


def _put_readings(rings: Sequence[Ring], times: Sequence[int], values: Sequence[float]) -> None:
    """Put readings into the finest ring."""
    for clock_ns, value in zip(times, values, strict=True):
        if value > GAP and clock_ns >= 0:
            rings[0].put(clock_ns, value)
