"""Which way containers' counters are read, and why: kernel files where they work, else the engine's stats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sutaztop.collectors.api_counters import EngineCounters
from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import Clock, CountersCollector, Engine, NotSupported
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.quantity import Seconds

TRY_AGAIN = Seconds(60.0)
"""Files that could not be read are tried again this often: a permission may have been given."""
FAILURES_BELIEVED = 3
"""So many sweeps in a row without a single container may pass, once the files have worked."""


class StackView(Protocol):
    """What is known of the engine now; the stack's collector."""

    def latest(self) -> StackReading | None:
        """Give the last good reading."""
        ...


@dataclass(frozen=True, slots=True)
class CountersChoice:
    """Which way to read. ``why`` is empty where there is nothing to explain."""

    kernel: bool
    why: str = ""


def choose_counters(engine: EngineInfo, wish: str = "auto") -> CountersChoice:
    """Choose before anything was tried: ``wish`` is ``auto``, ``kernel`` or ``engine``.

    >>> choose_counters(EngineInfo("tcp://far:2376", "--host"))
    CountersChoice(kernel=False, why='the engine is on another host')
    >>> choose_counters(EngineInfo("unix:///s", "default", is_local=True), "engine")
    CountersChoice(kernel=False, why='as configured')
    """
    if wish == "engine":
        return CountersChoice(kernel=False, why="as configured")
    if wish == "kernel":
        return CountersChoice(kernel=True, why="as configured")
    if not engine.is_local:
        return CountersChoice(kernel=False, why="the engine is on another host")
    return CountersChoice(kernel=True)


class ChosenCounters:
    """Reads counters the way that works here, and says which that is. It is a ``CountersCollector``.

    With ``auto`` the kernel's files are used if they can be read for any of the running
    containers. If for none, the engine is asked from then on, and the files are tried again
    every ``TRY_AGAIN``. A local socket proves nothing: the engine may live in a virtual machine.
    """

    name = "counters"
    deadline = Seconds(3.0)

    def __init__(
        self,
        engine: Engine,
        stack: StackView,
        clock: Clock,
        *,
        wish: str = "auto",
        kernel: CountersCollector | None = None,
    ) -> None:
        self._stack = stack
        self._clock = clock
        self._wish = wish
        self._kernel = kernel or KernelCounters(clock)
        self._api = EngineCounters(engine)
        self._choice = CountersChoice(kernel=True)
        self._not_before = 0
        self._failures_left = 0

    @property
    def source(self) -> str:
        """Say which way of reading is in use and why."""
        way = self._kernel.source if self._choice.kernel else self._api.source
        return f"{way}: {self._choice.why}" if self._choice.why else way

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        """Read once, for running containers."""
        seen = self._stack.latest()
        if seen is None:
            raise NotSupported("Counters were not read", "the engine has not been asked yet")
        choice = choose_counters(seen.engine, self._wish)
        if not choice.kernel or self._wish == "kernel":
            self._choice = choice
            return (self._kernel if choice.kernel else self._api).collect(containers)
        if self._clock.monotonic_ns() >= self._not_before:
            why = "cannot be read"
            try:
                read = self._kernel.collect(containers)
            except NotSupported as error:
                why = error.trouble.why
            else:
                if read or not containers:
                    self._failures_left = FAILURES_BELIEVED if read else self._failures_left
                    self._choice = choice
                    return read
                if self._failures_left:
                    # They worked just now: the few containers there are may be starting anew.
                    self._failures_left -= 1
                    return read
                why = self._kernel.source.rpartition(": ")[2] or why
            self._not_before = self._clock.monotonic_ns() + int(TRY_AGAIN * 1e9)
            self._choice = CountersChoice(kernel=False, why=f"kernel files: {why}")
        return self._api.collect(containers)

    def close(self) -> None:
        """Close both ways; twice is fine."""
        self._kernel.close()
        self._api.close()
