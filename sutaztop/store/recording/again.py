"""A recording as a source of samples: today's formulas and numbers read what was seen then."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Sample

_SECOND = 1_000_000_000
_MICROSECOND = timedelta(microseconds=1)
_JUMP_NS = 60 * _SECOND
"""A clock that runs ahead of the wall by more than this is another boot's."""


class RecordedSource:
    """Gives one sample after another; satisfies ``Source``. Whoever reads the recording hands them in.

    The monotonic clock goes on over a reboot, by the wall clock: the histories behind it know one clock only.
    """

    def __init__(self) -> None:
        self._next: Sample | None = None
        self._last: Sample | None = None
        self._shift_ns = 0
        self._moved: dict[str, tuple[ContainerCounters, ContainerCounters]] = {}

    def put(self, sample: Sample) -> None:
        """Have this one read next."""
        last = self._last
        if last is not None:
            by_clock, by_wall = sample.clock_ns - last.clock_ns, (sample.at - last.at) // _MICROSECOND * 1000
            if by_clock <= 0 or by_clock > max(0, by_wall) + _JUMP_NS:
                self._shift_ns += max(by_wall, _SECOND) - by_clock
                self._moved = {}
        self._last = sample
        self._next = self._in_one_clock(sample) if self._shift_ns else sample

    def read(self, patience: Seconds | None = None) -> Sample:
        """See ``Source``."""
        del patience
        if self._next is None:
            raise RuntimeError("no sample was handed in")
        return self._next

    def close(self) -> None:
        """See ``Source``: whoever opened the recording closes it."""

    def _in_one_clock(self, sample: Sample) -> Sample:
        host = sample.host
        return replace(
            sample,
            clock_ns=sample.clock_ns + self._shift_ns,
            counters=self._counters(sample.counters),
            host=None if host is None else replace(host, clock_ns=host.clock_ns + self._shift_ns),
        )

    def _counters(self, counters: Mapping[str, ContainerCounters]) -> Mapping[str, ContainerCounters]:
        """Move the counters' clocks; what was not read anew stays the same object, as it does live."""
        moved: dict[str, tuple[ContainerCounters, ContainerCounters]] = {}
        for key, it in counters.items():
            known = self._moved.get(key)
            moved[key] = (
                known if known is not None and known[0] is it
                else (it, replace(it, clock_ns=it.clock_ns + self._shift_ns))
            )  # fmt: skip
        self._moved = moved
        return {key: it[1] for key, it in moved.items()}
