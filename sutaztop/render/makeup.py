"""What a container is made of: probe, mounts with their disk tier, ports, image, environment and labels."""

from datetime import datetime

from sutaztop.domain.container import Container, Logging, Mount, Port
from sutaztop.domain.disk import Component
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.domain.snapshot import ContainerSnapshot, Disks
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import labelled, wrap

MASK = "•••"
"""What stands for a value of the environment: as long for a short secret as for a long one."""
_PROBE_LINES = 6


def ago(since: datetime, now: datetime) -> str:
    """Write how long ago something was."""
    return span_words((now - since).total_seconds())


def probe_lines(it: Container, now: datetime, width: int) -> list[Line]:
    """Write the last run of the health probe: verdict, age, exit code and what it said."""
    if not it.probes:
        return []
    probe = it.probes[-1]
    failed = probe.exit_code != 0
    when = "" if probe.at is None else f" · {ago(probe.at, now)} ago"
    head = f"{'failed' if failed else 'passed'} · exit code {probe.exit_code}{when}"
    lines: list[Line] = [(Span(head, Tone.WARNING if failed else Tone.PLAIN),)]
    rows = wrap(probe.output.strip() or "(it said nothing)", width - 2)
    lines.extend((Span("  "), Span(row, Tone.MUTED)) for row in rows[:_PROBE_LINES])
    if len(rows) > _PROBE_LINES:
        lines.append((Span(f"  … {len(rows) - _PROBE_LINES} more lines", Tone.MUTED),))
    return lines


def component_of(mount: Mount, disks: Disks | None) -> Component | None:
    """Find the component of the disk plan that a mount belongs to: by volume, else by the longest path.

    A volume that no component names belongs to the one that stands for the engine's own directory.
    """
    if disks is None:
        return None
    components = [used.component for tier in disks.tiers for used in tier.components]
    if mount.volume:
        for component in components:
            if any(mount.volume == name or mount.volume.endswith(f"_{name}") for name in component.volumes):
                return component
    best: tuple[int, Component] | None = None
    for component in components:
        for path in component.paths:
            root = path.rstrip("/")
            inside = mount.source == root or mount.source.startswith(f"{root}/")
            if inside and (best is None or len(root) > best[0]):
                best = (len(root), component)
    if best is not None:
        return best[1]
    return next((it for it in components if it.engine_root), None) if mount.volume else None


def mount_lines(it: Container, disks: Disks | None, width: int) -> list[Line]:
    """Write each mount: where it appears, what it is, and on which disk tier."""
    lines: list[Line] = []
    for mount in it.mounts:
        component = component_of(mount, disks)
        tier = f"{component.medium.value.upper()} · {component.name}" if component else _no_tier(mount)
        kind = f"volume {mount.volume}" if mount.volume else f"{mount.kind} {mount.source}".strip()
        words = f"{mount.destination}{' (read-only)' if mount.read_only else ''}"
        lines.extend((Span(row),) for row in wrap(words, width))
        rows = wrap(f"{kind} · {tier}", width - 2)
        lines.extend((Span("  "), Span(row, Tone.MUTED)) for row in rows)
    return lines


def _no_tier(mount: Mount) -> str:
    return "in memory" if mount.kind == "tmpfs" else "tier unknown"


def network_lines(it: Container, width: int) -> list[Line]:
    """Write ports and networks."""
    lines = labelled("ports", ", ".join(_port(port) for port in it.ports), width)
    lines += labelled("networks", ", ".join(it.networks), width)
    if it.network_mode and it.network_mode not in it.networks and it.network_mode != "default":
        lines += labelled("mode", it.network_mode, width)
    return lines


def _port(port: Port) -> str:
    inside = f"{port.container_port}/{port.protocol}"
    if port.host_port is None:
        return f"{inside} not published"
    address = f"[{port.host_address}]" if ":" in port.host_address else port.host_address or "*"
    return f"{address}:{port.host_port} → {inside}"


def origin_lines(frame: Frame, found: ContainerSnapshot, width: int) -> list[Line]:
    """Write image, command, identity, project, service, and the tier with the rule that gave it."""
    it = found.container
    number = f" · number {it.number}" if it.number is not None else ""
    service = frame.snapshot.service_of(it)
    owner = f"{service.orchestrator.value.capitalize()} service {service.name}" if service else it.service
    created = "" if it.created_at is None else f"{ago(it.created_at, frame.snapshot.at)} ago"
    rows = (
        ("name", it.name),
        ("id", it.short_id),
        ("image", it.image),
        ("command", it.command),
        ("project", it.project),
        ("service", f"{owner}{number}" if owner else ""),
        ("tier", f"{found.tier.name} · by {found.tier.rule}"),
        ("swarm", " · ".join(part[:12] for part in (it.swarm_service_id, it.swarm_task_id) if part)),
        ("log", "" if it.logging is None else _log_words(it.logging)),
        ("created", created),
        ("process id", str(it.pid) if it.pid else ""),
    )
    return [line for label, text in rows for line in labelled(label, text, width)]


def _log_words(logging: Logging) -> str:
    if logging.grows_for_ever:
        return f"{logging.driver}, without max-size: its file grows until the disk is full"
    return f"{logging.driver}, up to {logging.max_size} a file" if logging.max_size else logging.driver


def environment_lines(it: Container, width: int, *, shown: bool) -> list[Line]:
    """Write the variables' names, and their values only where they were asked for."""
    if not it.environment:
        return []
    lines: list[Line] = []
    if not shown:
        lines.append((Span("values are hidden; e shows them", Tone.MUTED),))
    for name, value in it.environment:
        rows = wrap(f"{name}={value if shown else MASK}", width)
        lines.extend((Span(row),) for row in rows)
    return lines


def label_lines(it: Container, width: int) -> list[Line]:
    """Write the labels by name."""
    pairs = sorted(it.labels.items())
    return [(Span(row),) for name, value in pairs for row in wrap(f"{name}={value}" if value else name, width)]
