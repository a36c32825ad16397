"""The fleet's columns: what each shows, how wide, and how early it gives way when room is short."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.quantity import Ratio, Seconds
from sutaztop.domain.reading import Reading, Unmeasured, measured
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.arrange import Judgement, SortKey
from sutaztop.render.cells import ASCII_GLYPH, SEVERITY_GLYPH, SEVERITY_TONE, Tone
from sutaztop.render.format import (
    ABSENT,
    absent,
    age_text,
    cores_text,
    mebibytes,
    percent,
    rate_text,
    rates_pair,
)
from sutaztop.render.graphs import Glyphs, spark
from sutaztop.render.look import Look

Cell: TypeAlias = tuple[str, Tone]

CHANGE_MARK = "╿"
"""Marks on a time line that limits or replicas were changed then."""
NAME = "name"
SPARKS = ("cpu-spark", "memory-spark")

STATE_LETTER = {
    ContainerState.RUNNING: "r",
    ContainerState.PAUSED: "P",
    ContainerState.RESTARTING: "S",
    ContainerState.CREATED: "c",
    ContainerState.EXITED: "x",
    ContainerState.DEAD: "D",
    ContainerState.REMOVING: "v",
}
"""Small letters are quiet states, capitals want a look; an exit with an error is a capital X."""
HEALTH_LETTER = {Health.HEALTHY: "h", Health.UNHEALTHY: "U", Health.STARTING: "s", Health.NONE: " "}


@dataclass(frozen=True, slots=True)
class Row:
    """All that a cell may look at. ``bucket`` is the span of one sparkline column."""

    it: ContainerSnapshot
    judgement: Judgement
    frame: Frame
    look: Look
    bucket: Seconds

    @property
    def calm(self) -> Tone:
        """The tone of figures that say nothing bad: plain in a row that needs attention, else quieter."""
        if not self.it.container.is_running:
            return Tone.MUTED
        return Tone.PLAIN

    def share_tone(self, share: Reading[Ratio], warning: Ratio, critical: Ratio) -> Tone:
        """Give the tone of a share against its two lines."""
        value = measured(share)
        if value is None:
            return Tone.MUTED
        if value >= critical:
            return Tone.CRITICAL
        return Tone.WARNING if value >= warning else self.calm


@dataclass(frozen=True, slots=True)
class Column:
    """A column. The lower its priority number, the longer it stays; an optional one may be skipped over."""

    id: str
    heading: str
    width: int
    priority: int
    cell: Callable[[Row, int], Cell]
    right: bool = True
    sort: SortKey | None = None
    optional: bool = True


def _figure(row: Row, text: str, tone: Tone) -> Cell:
    """Leave figures of a container that does not run blank: its state says why, once."""
    return (text, tone) if row.it.container.is_running or text.isdigit() else ("", Tone.MUTED)


def _mark(row: Row, _width: int) -> Cell:
    severity = row.judgement.severity
    glyph = (ASCII_GLYPH if row.look.glyphs is Glyphs.ASCII else SEVERITY_GLYPH)[severity]
    return glyph, SEVERITY_TONE[severity] if severity is not Severity.OK else Tone.MUTED


def _state(row: Row, _width: int) -> Cell:
    """State, health, and an O that stays where a process was killed for memory."""
    container = row.it.container
    state = STATE_LETTER[container.state]
    if container.state is ContainerState.EXITED and container.exit_code not in (None, 0):
        state = "X"
    running = container.state is ContainerState.RUNNING
    health = HEALTH_LETTER[container.health] if running else " "
    text = state + health + ("O" if row.it.oom_killed else " ")
    bad = not text.replace(" ", "").islower()
    severity = row.judgement.severity
    if not bad:
        return text, Tone.MUTED
    return text, SEVERITY_TONE[severity] if severity is not Severity.OK else Tone.WARNING


def _name(row: Row, width: int) -> Cell:
    name = row.it.display_name or row.it.container.name
    # A long name keeps its end too: that is where phases, exporters and clones differ.
    if len(name) > width > 12 and name.isascii():
        keep = width - 1
        name = f"{name[: keep - keep // 3]}…{name[-(keep // 3) :]}"
    if row.judgement.severity >= Severity.WARNING:
        return name, Tone.STRONG
    return name, row.calm


def _why(row: Row, _width: int) -> Cell:
    severity = row.judgement.severity
    return row.judgement.word, Tone.MUTED if severity is Severity.OK else SEVERITY_TONE[severity]


def _cpu(row: Row, _width: int) -> Cell:
    return cores_text(row.it.usage.cpu), row.calm


def _cpu_share(row: Row, _width: int) -> Cell:
    share = row.it.usage.cpu_utilization
    tone = row.share_tone(share, row.look.thresholds.cpu_warning, row.look.thresholds.cpu_critical)
    return _figure(row, percent(share), tone)


def _throttled(row: Row, _width: int) -> Cell:
    share, lines = row.it.usage.throttled, row.look.thresholds
    return _figure(row, percent(share), row.share_tone(share, lines.throttled_warning, lines.throttled_critical))


def _memory(row: Row, _width: int) -> Cell:
    return mebibytes(row.it.usage.memory), row.calm


def _memory_share(row: Row, _width: int) -> Cell:
    share, lines = row.it.usage.memory_utilization, row.look.thresholds
    return _figure(row, percent(share), row.share_tone(share, lines.memory_warning, lines.memory_critical))


def _spark(row: Row, width: int, figure: str, ceiling: float) -> str:
    """Draw against the own limit; where there is none, against the host, which is then the limit."""
    share = f"{figure}_utilization"
    unlimited = isinstance(getattr(row.it.usage, share), Unmeasured)
    values = row.frame.history.series(row.it.id, figure if unlimited else share, points=width, bucket=row.bucket)
    text = spark(values, (ceiling if unlimited else 1.0) or None, glyphs=row.look.glyphs)
    changed = row.frame.last_change(row.it.container)
    return text if changed is None else _marked(text, changed, row)


def _marked(text: str, changed: ObservedChange, row: Row) -> str:
    """Put a mark where the limits or replicas were changed: what comes after it is what the change did."""
    ago = (row.frame.snapshot.at - changed.at).total_seconds()
    place = len(text) - 1 - int(ago // row.bucket)
    mark = "|" if row.look.glyphs is Glyphs.ASCII else CHANGE_MARK
    return f"{text[:place]}{mark}{text[place + 1 :]}" if 0 <= place < len(text) else text


def _cpu_spark(row: Row, width: int) -> Cell:
    text = _spark(row, width, "cpu", float(row.frame.snapshot.host.cpus))
    return text, Tone.CPU if row.it.container.is_running else Tone.MUTED


def _memory_spark(row: Row, width: int) -> Cell:
    text = _spark(row, width, "memory", float(row.frame.snapshot.host.memory_total))
    return text, Tone.MEMORY if row.it.container.is_running else Tone.MUTED


def _quiet_zero(text: str, row: Row) -> Cell:
    return _figure(row, text, Tone.MUTED if text in ("0", ABSENT) else row.calm)


def _network(row: Row, _width: int) -> Cell:
    return _quiet_zero(rate_text(rates_pair(row.it.usage.network_rx, row.it.usage.network_tx)), row)


def _block(row: Row, _width: int) -> Cell:
    return _quiet_zero(rate_text(rates_pair(row.it.usage.block_read, row.it.usage.block_write)), row)


def _pids(row: Row, _width: int) -> Cell:
    pids = row.it.usage.pids
    return _figure(row, absent(pids), Tone.MUTED) if isinstance(pids, Unmeasured) else (str(pids), row.calm)


def _restarts(row: Row, _width: int) -> Cell:
    count = row.it.container.restart_count
    if not count:
        return "0", Tone.MUTED
    text = str(count) if count < 1000 else "1k+"
    return text, Tone.WARNING if count >= row.look.thresholds.restarts_warning else row.calm


def _tier(row: Row, _width: int) -> Cell:
    return (ABSENT, Tone.MUTED) if row.it.tier.rule == "none" else (row.it.tier.name, Tone.MUTED)


def _project(row: Row, _width: int) -> Cell:
    return row.it.container.project or ABSENT, Tone.MUTED


def _image(row: Row, _width: int) -> Cell:
    return row.it.container.image, Tone.MUTED


def _age(row: Row, _width: int) -> Cell:
    container = row.it.container
    since = container.started_at if container.is_running else container.finished_at
    return age_text(since, row.look.now), Tone.MUTED


def _limit_cpu(row: Row, _width: int) -> Cell:
    limit = row.it.container.resources.limits.cpu
    return (ABSENT, Tone.MUTED) if limit is None else (f"{limit:.2f}".rstrip("0").rstrip("."), Tone.MUTED)


def _limit_memory(row: Row, _width: int) -> Cell:
    limit = row.it.container.resources.limits.memory
    return (ABSENT, Tone.MUTED) if limit is None else (mebibytes(limit), Tone.MUTED)


# In the order of the screen; priorities say who stays on a narrow one.
COLUMNS: tuple[Column, ...] = (
    Column("mark", " ", 1, 0, _mark, right=False, sort=SortKey.SEVERITY, optional=False),
    Column("state", "STA", 3, 4, _state, right=False),
    Column(NAME, "NAME", 12, 1, _name, right=False, sort=SortKey.NAME, optional=False),
    Column("why", "WHY", 9, 3, _why, right=False),
    Column("cpu", "CPU", 5, 2, _cpu, sort=SortKey.CPU, optional=False),
    Column("cpu-share", "%LIM", 4, 5, _cpu_share, sort=SortKey.CPU_SHARE),
    Column("cpu-limit", "OF", 4, 24, _limit_cpu),
    Column("cpu-spark", "", 8, 9, _cpu_spark, right=False),
    Column("throttled", "THR%", 4, 8, _throttled, sort=SortKey.THROTTLED),
    Column("memory", "MEM MiB", 7, 6, _memory, sort=SortKey.MEMORY),
    Column("memory-share", "%LIM", 4, 7, _memory_share, sort=SortKey.MEMORY_SHARE),
    Column("memory-limit", "OF MiB", 6, 23, _limit_memory),
    Column("memory-spark", "", 8, 10, _memory_spark, right=False),
    Column("network", "NET/s", 5, 11, _network, sort=SortKey.NETWORK),
    Column("block", "IO/s", 5, 12, _block, sort=SortKey.BLOCK),
    Column("restarts", "↻", 3, 13, _restarts, sort=SortKey.RESTARTS),
    Column("age", "AGE", 4, 14, _age, sort=SortKey.AGE),
    Column("pids", "PIDS", 5, 15, _pids),
    Column("tier", "TIER", 8, 20, _tier, right=False, sort=SortKey.TIER),
    Column("project", "PROJECT", 10, 21, _project, right=False),
    Column("image", "IMAGE", 22, 25, _image, right=False),
)
