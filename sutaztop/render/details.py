"""Everything about one container in words: what is wrong and why first, what it is made of last."""

from dataclasses import dataclass

from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.counters import Pressure
from sutaztop.domain.exit_codes import exit_words
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import Reading, Unmeasured, measured
from sutaztop.domain.resources import Limits
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.helped import Effect, did_it_help
from sutaztop.render.arrange import plain_judgement
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, cell_width, fit, fit_line, line_width
from sutaztop.render.format import (
    bytes_text,
    cores_text,
    cores_words,
    memory_words,
    percent_words,
    rate_text,
)
from sutaztop.render.keep import files_lines
from sutaztop.render.makeup import (
    ago,
    environment_lines,
    label_lines,
    mount_lines,
    network_lines,
    origin_lines,
    probe_lines,
)
from sutaztop.render.paragraph import labelled, wrap

_COLUMN = 13


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for: values of the environment, and what was read beyond the frame.

    ``kernel`` are the limits that the kernel's own files give, ``None`` where they are not known.
    """

    environment: bool = False
    kernel: Limits | None = None


NOTHING_ASKED = Asked()
_USUAL = Thresholds()


def details_title(frame: Frame, container_id: str, *, known_as: str = "") -> Line:
    """Write the title: the worst finding's glyph, the name as in the list, its state, and since when.

    ``known_as`` is what a container was called that is no longer there.
    """
    found = frame.snapshot.by_id.get(container_id)
    if found is None:
        return (Span("? ", Tone.UNKNOWN), Span(known_as or container_id[:12], Tone.TITLE), Span(" · gone", Tone.MUTED))
    it = found.container
    worst = max((finding.severity for finding in findings_of(frame, found)), default=Severity.OK)
    spans = [
        Span(f"{SEVERITY_GLYPH[worst]} ", SEVERITY_TONE[worst]),
        Span(found.display_name or it.name, Tone.TITLE),
        Span(f" · {_state_words(it)}", Tone.MUTED),
    ]
    if it.is_running and it.started_at is not None:
        spans.append(Span(f" · up {ago(it.started_at, frame.snapshot.at)}", Tone.MUTED))
    if found.oom_killed:
        spans.append(Span(" · OOM", Tone.CRITICAL))
    return tuple(spans)


def details_lines(
    frame: Frame, container_id: str, width: int, asked: Asked = NOTHING_ASKED, thresholds: Thresholds = _USUAL
) -> list[Line]:
    """Write all that is known of a container, most telling first. Long texts wrap; a word too wide for the pane is cut.

    A section without content is left out. Values of the environment stay masked unless asked for.
    """
    found = frame.snapshot.by_id.get(container_id)
    if found is None:
        return _gone(container_id, width)
    it = found.container
    sections = (
        ("", _findings(frame, found, width)),
        ("", _life(frame, found, width, thresholds)),
        ("Limits and use", [*_limits(found, asked.kernel, width), *files_lines(found, width), *_use(found, width)]),
        ("Last health probe", probe_lines(it, frame.snapshot.at, width)),
        ("Mounts", mount_lines(it, frame.snapshot.disks, width)),
        ("Network", network_lines(it, width)),
        ("Made of", origin_lines(frame, found, width)),
        (f"Environment · {len(it.environment)}", environment_lines(it, width, shown=asked.environment)),
        (f"Labels · {len(it.labels)}", label_lines(it, width)),
    )
    lines: list[Line] = []
    for title, body in sections:
        if not body:
            continue
        if lines:
            lines.append(())
        if title:
            lines.append((Span(title, Tone.TITLE),))
        lines.extend(body)
    fitted = [line if line_width(line) <= width else fit_line(line, width) for line in lines]
    return fitted if frame.trouble is None else [*_old(frame, width), *(_dimmed(line) for line in fitted)]


def _old(frame: Frame, width: int) -> list[Line]:
    """Say that nothing here is current, since when, and why."""
    if frame.trouble is None:
        return []
    since = "" if frame.stale_since is None else f"These values are {ago(frame.stale_since, frame.snapshot.at)} old. "
    return [*((Span(row, Tone.WARNING),) for row in wrap(f"{since}{frame.trouble}", width)), ()]


def _dimmed(line: Line) -> Line:
    return tuple(Span(text, Tone.STALE) for text, _ in line)


def _gone(container_id: str, width: int) -> list[Line]:
    words = (
        f"The container {container_id[:12]} is no longer there: it was removed, or made anew under another id. "
        "Choose another in the list."
    )
    return [(Span(row, Tone.WARNING),) for row in wrap(words, width)]


# --- what is wrong ------------------------------------------------------------------------------


def findings_of(frame: Frame, found: ContainerSnapshot) -> list[Finding]:
    """Give what policy says of a container and of the service that owns it, worst first."""
    service = frame.snapshot.service_of(found.container)
    ids = {found.id} | ({service.id} if service is not None else set())
    return sorted((it for it in frame.findings if it.subject.id in ids), key=lambda it: -it.severity)


def _findings(frame: Frame, found: ContainerSnapshot, width: int) -> list[Line]:
    findings = findings_of(frame, found)
    if not findings:
        plain = plain_judgement(found, frame.snapshot.at)
        text = plain.text if plain.word == "IDLE" else "nothing found wrong"
        word = plain.word if plain.word == "IDLE" else "OK"
        return [(Span(f"{SEVERITY_GLYPH[Severity.OK]} {word}", Tone.OK), Span(f"  {text}", Tone.MUTED))]
    lines: list[Line] = []
    for finding in findings:
        head = f"{SEVERITY_GLYPH[finding.severity]} {finding.word}"
        column = max(_COLUMN, cell_width(head) + 1) if width >= 40 else 2
        rows = wrap(finding.text, width - column)
        first = Span(fit(head, column), SEVERITY_TONE[finding.severity])
        if column == 2:
            lines.append((Span(head, SEVERITY_TONE[finding.severity]),))
            first = Span("  ")
        lines.append((first, Span(rows[0] if rows else "")))
        lines.extend((Span(" " * column), Span(row)) for row in rows[1:])
        evidence = [f"{it.name} {it.value}" for it in finding.evidence]
        if finding.since is not None:
            evidence.append(f"since {ago(finding.since, frame.snapshot.at)}")
        lines.extend((Span(" " * column), Span(row, Tone.MUTED)) for row in wrap(" · ".join(evidence), width - column))
    return lines


def _life(frame: Frame, found: ContainerSnapshot, width: int, thresholds: Thresholds) -> list[Line]:
    """Write state, restarts, exit code and out-of-memory kills."""
    it, now = found.container, frame.snapshot.at
    state = [_state_words(it)]
    if it.is_running and it.started_at is not None:
        state.append(f"up {ago(it.started_at, now)}")
    elif it.finished_at is not None:
        state.append(f"ended {ago(it.finished_at, now)} ago")
    bad = it.state in (ContainerState.DEAD, ContainerState.RESTARTING) or it.health is Health.UNHEALTHY
    lines = labelled("state", " · ".join(state), width, tone=Tone.WARNING if bad else Tone.PLAIN)
    if it.exit_code is not None:
        tone = Tone.PLAIN if it.exit_code == 0 else Tone.WARNING
        meaning = exit_words(it.exit_code, oom=found.oom_killed)
        lines += labelled("exit code", f"{it.exit_code}{f' ({meaning})' if meaning else ''}", width, tone=tone)
    restarts = f"{it.restart_count} of this container"
    if it.restart_policy:
        restarts += f" · policy {it.restart_policy}"
    if found.ends:
        restarts += f" · {len(found.ends)} seen in the last hour"
    if frame.snapshot.engine is None or not frame.snapshot.engine.without_engine:
        lines += labelled("restarts", restarts, width, tone=Tone.WARNING if it.restart_count else Tone.PLAIN)
    lines += _changed(frame, found, width, thresholds)
    if found.oom_killed:
        kills = measured(found.usage.oom_kills)
        words = f"{kills} process{'es' if kills != 1 else ''} killed for memory" if kills else "killed for memory"
        lines += labelled("OOM", f"{words}, in this run or the one before", width, tone=Tone.CRITICAL)
    return lines


def _changed(frame: Frame, found: ContainerSnapshot, width: int, thresholds: Thresholds) -> list[Line]:
    """Write when limits or replicas were last seen to change, and what that did."""
    changed = frame.last_change(found.container)
    if changed is None:
        return []
    words = f"its {changed.what}, {ago(changed.at, frame.snapshot.at)} ago"
    verdict = did_it_help(frame, found, thresholds)
    if verdict is None:
        return labelled("changed", words, width)
    bad = verdict.effect in (Effect.NONE, Effect.WORSE)
    return labelled("changed", f"{words}: {verdict.text}", width, tone=Tone.WARNING if bad else Tone.PLAIN)


def _state_words(it: Container) -> str:
    return it.state.value if it.health is Health.NONE else f"{it.state.value}, {it.health.value}"


# --- limits and use -----------------------------------------------------------------------------


def _limits(found: ContainerSnapshot, kernel: Limits | None, width: int) -> list[Line]:
    """Write limit, kernel's value, reservation, use and share of limit, a row each for CPU and memory."""
    limits, kept = found.container.resources.limits, found.container.resources.reservations
    usage = found.usage
    cpu = [cores_words(limits.cpu), _kernel_cpu(kernel), "–" if kept.cpu is None else cores_words(kept.cpu),
           cores_text(usage.cpu), percent_words(usage.cpu_utilization)]  # fmt: skip
    memory = [memory_words(limits.memory), _kernel_memory(kernel), bytes_text(kept.memory),
              bytes_text(usage.memory), percent_words(usage.memory_utilization)]  # fmt: skip
    heads = ["limit", "kernel", "reserved", "used", "of limit"]
    wrong = [_differs(limits.cpu, kernel, "cpu"), _differs(limits.memory, kernel, "memory")]
    shown = [0, *([1] if kernel is not None else []), *([2] if kept.cpu or kept.memory else []), 3, 4]
    columns = [(n, max(cell_width(heads[n]), cell_width(cpu[n]), cell_width(memory[n])) + 2) for n in shown]
    label = 8
    if label + sum(room for _, room in columns) > width:
        rows = zip(("cpu", "memory"), (cpu, memory), strict=True)
        return [
            line
            for name, cells in rows
            for line in labelled(name, ", ".join(f"{heads[n]} {cells[n]}" for n in shown), width, column=label)
        ]
    lines: list[Line] = [(Span(" " * label + "".join(fit(heads[n], room) for n, room in columns), Tone.MUTED),)]
    for name, cells, odd in zip(("cpu", "memory"), (cpu, memory), wrong, strict=True):
        spans = [Span(fit(name, label), Tone.MUTED)]
        spans.extend(Span(fit(cells[n], room), Tone.WARNING if odd and n == 1 else Tone.PLAIN) for n, room in columns)
        lines.append(tuple(spans))
    return lines


def _kernel_cpu(kernel: Limits | None) -> str:
    return "" if kernel is None else cores_words(kernel.cpu)


def _kernel_memory(kernel: Limits | None) -> str:
    return "" if kernel is None else memory_words(kernel.memory)


def _differs(limit: float | None, kernel: Limits | None, figure: str) -> bool:
    """Tell whether the kernel enforces something else; a thousandth is rounding of the quota."""
    if kernel is None:
        return False
    enforced: float | None = kernel.cpu if figure == "cpu" else kernel.memory
    if limit is None or enforced is None:
        return (limit is None) != (enforced is None)
    return abs(limit - enforced) > 0.001 * max(limit, enforced)


def _use(found: ContainerSnapshot, width: int) -> list[Line]:
    """Write what the memory consists of, pressure, throttling, rates and processes."""
    usage, limits = found.usage, found.container.resources.limits
    if not found.container.is_running:
        return labelled("use", "nothing: it is not running", width, tone=Tone.MUTED)
    memory = f"anonymous {bytes_text(usage.memory_anon)} · page cache {bytes_text(usage.memory_cache)}"
    if limits.memory_and_swap is not None and limits.memory is not None:
        swap = Bytes(max(0, limits.memory_and_swap - limits.memory))
        memory += " · swap without limit" if limits.memory_and_swap < 0 else f" · swap up to {bytes_text(swap)}"
    pids = _number(usage.pids) + (f" of {limits.pids}" if limits.pids else "")
    lines = labelled("throttled", _throttled(found), width)
    lines += labelled("memory", memory, width)
    lines += labelled("pressure", _pressures(found), width)
    lines += labelled("network", f"in {_rate(usage.network_rx)} · out {_rate(usage.network_tx)}", width)
    lines += labelled("disk", f"read {_rate(usage.block_read)} · written {_rate(usage.block_write)}", width)
    lines += labelled("processes", pids, width)
    return lines


def _rate(reading: Reading[float]) -> str:
    text = rate_text(reading)
    if isinstance(reading, Unmeasured):
        return text
    return f"{text[:-1]} {text[-1]}B/s" if text[-1].isalpha() else f"{text} B/s"


def _throttled(found: ContainerSnapshot) -> str:
    share = found.usage.throttled
    if isinstance(share, Unmeasured):
        return f"not measured: {share}"
    return f"{percent_words(share)} of periods"


def _number(reading: Reading[int]) -> str:
    return f"not measured: {reading}" if isinstance(reading, Unmeasured) else str(reading)


def _pressures(found: ContainerSnapshot) -> str:
    usage = found.usage
    named = (("cpu", usage.cpu_pressure), ("memory", usage.memory_pressure), ("io", usage.io_pressure))
    known = [(name, it) for name, it in named if isinstance(it, Pressure)]
    if not known:
        return f"not measured: {usage.cpu_pressure}"
    return " · ".join(f"{name} {percent_words(it.some, decimals=1)}" for name, it in known)
