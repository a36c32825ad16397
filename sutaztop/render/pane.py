"""How the details pane shares its room between charts, facts and the log: pure arithmetic."""

from dataclasses import dataclass

_SMALL_CHARTS = 3
_BESIDE_CHARTS = 100
_BESIDE_LOG = 130
_LOG_ROWS = 18
_CURSOR_ROWS = 3
"""The lines that tell what is under the cursor, with a blank one."""
_CURSOR_CHART = 5


@dataclass(frozen=True, slots=True)
class PanePlan:
    """Heights in lines; ``*_beside`` puts the two charts, or facts and log, next to each other.

    ``log`` includes the line of its title. Where they stand beside each other, ``facts`` and
    ``log`` are equally high and ``facts_width`` is what the facts take.
    """

    cpu: int
    memory: int
    charts_beside: bool
    facts: int
    log: int
    log_beside: bool
    facts_width: int

    @property
    def charts(self) -> int:
        """The lines of all charts, with the blank one beneath."""
        lines = max(self.cpu, self.memory) if self.charts_beside else self.cpu + self.memory
        return lines + 1 if lines else 0


def plan_pane(width: int, height: int, *, log_first: bool) -> PanePlan:
    """Share the room. Facts stay longest; with ``log_first`` the log takes their place."""
    cpu, memory, beside = _charts(width, height, log_first=log_first)
    taken = (max(cpu, memory) if beside else cpu + memory) + (1 if cpu else 0)
    rest = max(0, height - taken)
    if width >= _BESIDE_LOG and rest >= _SMALL_CHARTS:
        return PanePlan(cpu, memory, beside, rest, rest, log_beside=True, facts_width=min(80, width // 2))
    if log_first:
        return PanePlan(cpu, memory, beside, 0, rest, log_beside=False, facts_width=width)
    log = max(5, rest // 3) if rest >= _LOG_ROWS else 0
    return PanePlan(cpu, memory, beside, rest - log, log, log_beside=False, facts_width=width)


def plan_cursor(width: int, height: int) -> PanePlan:
    """Share the room while a cursor is on the charts: they take what they can use, and the log waits."""
    beside = width >= _BESIDE_CHARTS
    if height < _CURSOR_ROWS + _CURSOR_CHART:
        return plan_pane(width, height, log_first=False)
    room = height - _CURSOR_ROWS - 1
    if beside:
        cpu = memory = min(14, room)
    elif room >= 2 * _CURSOR_CHART:
        cpu = memory = min(10, room // 2)
    else:
        cpu, memory = min(10, room), 0
    taken = max(cpu, memory) if beside else cpu + memory
    return PanePlan(cpu, memory, beside, height - taken - 1, 0, log_beside=False, facts_width=width)


def _charts(width: int, height: int, *, log_first: bool) -> tuple[int, int, bool]:
    beside = width >= _BESIDE_CHARTS
    if height < 8:
        return 0, 0, False
    if height < 20 or (log_first and not beside):
        return (2, 2, True) if beside else (2, 1, False)
    if beside:
        rows = min(14, height // 3)
        return rows, rows, True
    return min(10, height // 4 + 1), min(8, height // 5 + 1), False
