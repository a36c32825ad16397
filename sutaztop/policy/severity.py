"""How bad a figure is: held against two lines, strictly above."""

from typing import TypeAlias

from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.snapshot import ContainerSnapshot

HAIR = 1e-6
"""Histories keep 4-byte floats: 0.85 comes back as 0.85000002, which is not above 85 %."""

UNRANKED = 99
"""The tier rank of what belongs to no tier."""

Ranked: TypeAlias = tuple[int, Finding]
"""A finding with the rank of its subject's tier, by which equals are ordered."""


def is_over(value: float, line: float) -> bool:
    """Whether a figure is strictly above a line.

    >>> is_over(0.75, 0.75), is_over(0.76, 0.75)
    (False, True)
    """
    return value > line + HAIR


def grade(value: float, warning: float, critical: float) -> Severity:
    """Give the severity of a figure for its two lines.

    >>> grade(0.9, 0.8, 0.95).word
    'warning'
    """
    if is_over(value, critical):
        return Severity.CRITICAL
    return Severity.WARNING if is_over(value, warning) else Severity.OK


def grade_by_tier(container: ContainerSnapshot) -> Severity:
    """Give the severity of a failure: critical in the highest tier, a warning in the others."""
    return Severity.CRITICAL if container.tier.rank <= 1 else Severity.WARNING
