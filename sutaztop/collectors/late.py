"""A collector that is made when it is first asked: what is not read at once need not be loaded at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sutaztop.domain.quantity import Seconds

if TYPE_CHECKING:
    from sutaztop.contracts import Collector

T = TypeVar("T")
C = TypeVar("C", bound="Collector[Any]")


class LateCollector(Generic[C, T]):
    """Stands in for a collector that ``make`` gives, on the thread that collects. It is a ``Collector``."""

    def __init__(self, name: str, make: Callable[[], C], *, every: Seconds, deadline: Seconds) -> None:
        self.name = name
        self.every = every
        self.deadline = deadline
        self._make = make
        self._made: C | None = None

    @property
    def made(self) -> C | None:
        """The collector, or ``None`` before the first read."""
        return self._made

    @property
    def source(self) -> str:
        """Say in words where the values come from; nothing before the first read."""
        return self._made.source if self._made is not None else ""

    def collect(self) -> T:
        """Read once."""
        if self._made is None:
            self._made = self._make()
        return cast("T", self._made.collect())

    def close(self) -> None:
        """Close what was made; twice is fine."""
        if self._made is not None:
            self._made.close()
