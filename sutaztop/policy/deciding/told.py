"""Evidence and the sentences made of it: no number gets into words without standing in the evidence."""

from sutaztop.domain.decision import Figure, Unit
from sutaztop.domain.quantity import span_words
from sutaztop.policy.wording import cores, memory, percent


class Told:
    """The figures of one decision, in the order in which they were first named."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}

    def put(self, name: str, value: int, unit: Unit) -> str:
        """Keep a figure and give it in words. The same name again takes the newer value."""
        figure = self._figures[name] = Figure(name, value, unit)
        return written(figure)

    def share(self, name: str, value: int) -> str:
        """Keep a share in basis points."""
        return self.put(name, value, Unit.SHARE)

    def cores(self, name: str, value: int) -> str:
        """Keep an amount of CPU in milli-cores."""
        return self.put(name, value, Unit.CORES)

    def memory(self, name: str, value: int) -> str:
        """Keep an amount of memory in bytes."""
        return self.put(name, value, Unit.BYTES)

    def span(self, name: str, value: int) -> str:
        """Keep a span in seconds."""
        return self.put(name, value, Unit.SECONDS)

    def count(self, name: str, value: int) -> str:
        """Keep a number of things."""
        return self.put(name, value, Unit.COUNT)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All that was kept."""
        return tuple(self._figures.values())


def written(figure: Figure) -> str:
    """Write a figure with its unit.

    >>> written(Figure("share", 9340, Unit.SHARE)), written(Figure("limit", 2500, Unit.CORES))
    ('93 %', '2.5 cores')
    """
    match figure.unit:
        case Unit.SHARE:
            return percent(figure.value / 10_000)
        case Unit.CORES:
            return cores(figure.value / 1000)
        case Unit.BYTES:
            return memory(figure.value)
        case Unit.SECONDS:
            return span_words(figure.value)
        case Unit.COUNT:
            return str(figure.value)
