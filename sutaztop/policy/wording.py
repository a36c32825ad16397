"""Figures in words, the same in every sentence of policy."""

from collections.abc import Sequence

from sutaztop.domain.quantity import GIB, MIB, exact_cores
from sutaztop.domain.quantity import Cores as _Cores


def percent(ratio: float) -> str:
    """Write a share; one over zero is never written as nothing.

    >>> percent(0.934), percent(0.004), percent(0)
    ('93 %', '<1 %', '0 %')
    """
    # 0.925 is 92 and not 93: a share must not read as being over a line that it is not over.
    whole = int(ratio * 100 + 1e-4)
    return "<1 %" if whole == 0 and ratio > 0 else f"{whole} %"


def cores(amount: float) -> str:
    """Write an amount of CPU.

    >>> cores(1.0), cores(2.5)
    ('1 core', '2.5 cores')
    """
    figure = exact_cores(_Cores(round(amount, 2)))
    return f"{figure} core" if figure == "1" else f"{figure} cores"


def memory(amount: int) -> str:
    """Write an amount of memory.

    >>> memory(4 * GIB), memory(2496 * MIB), memory(384 * MIB)
    ('4 GiB', '2.44 GiB', '384 MiB')
    """
    if abs(amount) < GIB:
        return f"{amount / MIB:.0f} MiB"
    return f"{amount / GIB:.2f}".rstrip("0").rstrip(".") + " GiB"


def count(number: int, one: str) -> str:
    """Write a number of things.

    >>> count(1, "replica"), count(3, "replica")
    ('1 replica', '3 replicas')
    """
    return f"{number} {one if number == 1 else one + 's'}"


def names(found: Sequence[str], most: int = 6) -> str:
    """List names in their order; those over ``most`` are counted.

    >>> names(["b", "a"]), names(["a", "b", "c", "d"], most=2)
    ('a, b', 'a, b and 2 more')
    """
    ordered = sorted(found)
    told = ", ".join(ordered[:most])
    return f"{told} and {len(ordered) - most} more" if len(ordered) > most else told


def times(number: int) -> str:
    """Write how often something happened.

    >>> times(1), times(2), times(5)
    ('once', 'twice', '5 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
