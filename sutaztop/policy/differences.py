"""What is different from then: two frames held against each other, what explains an incident first.

A figure that moves by itself is only told where its mean of the last minute left the range in which it moved before:
the least and greatest mean of the ten minutes up to then, a tenth of it and a floor on either side. Means, for the
peaks of what is read twice as often are higher by that alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sutaztop.domain.change_words import replicas_words
from sutaztop.domain.container import Container
from sutaztop.domain.difference import Divergence
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.quantity import MIB, Seconds
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.wording import cores, memory, names, percent

CHANGED, BROKE, GREW, OTHER = 90, 70, 50, 30
_NOTHING = "–"
_SECOND, _MINUTE, _MINUTES = Seconds(1.0), 60, 10
_LEAST = 20
"""Readings that make a minute's mean, and the fewest minutes that make a range …"""
_LEAST_MINUTES = 3
_SLACK = 0.1
_LEVELS: Sequence[tuple[str, str, float, Callable[[float], str]]] = (
    ("cpu", "CPU", 0.1, cores),
    ("memory", "memory", 32 * MIB, lambda it: memory(int(it))),
    ("throttled", "throttled", 0.15, percent),
)
"""Figure, its name, the floor under which a move is nothing, how it is written."""
_HOST_LEVELS: Sequence[tuple[str, str, float, Callable[[float], str]]] = (
    ("cpu_utilization", "CPU", 0.1, percent),
    ("memory_utilization", "memory", 0.03, percent),
)


Range: TypeAlias = tuple[float, float]
Spread: TypeAlias = Mapping[tuple[str, str], Range]


def spread_of(frame: Frame) -> Spread:
    """Give in which range each figure moved in the ten minutes up to a frame, by id and figure.

    It costs a tenth of a second for 160 containers: whoever compares with the same moment again keeps it.
    """
    running = [(it.id, _LEVELS) for it in frame.snapshot.containers if it.container.is_running]
    found = {}
    for key, figures in [(HOST, _HOST_LEVELS), *running]:
        for figure, *_ in figures:
            means = _means(frame, key, figure, _MINUTES)
            if len(means) >= _LEAST_MINUTES:
                found[key, figure] = min(means), max(means)
    return found


def _means(frame: Frame, key: str, figure: str, minutes: int) -> list[float]:
    values = frame.history.series(key, figure, points=minutes * _MINUTE, bucket=_SECOND)
    found = []
    for at in range(0, len(values), _MINUTE):
        known = [it for it in values[at : at + _MINUTE] if it is not None]
        if len(known) >= _LEAST:
            found.append(sum(known) / len(known))
    return found


def differences(then: Frame, now: Frame, spread: Spread | None = None) -> tuple[Divergence, ...]:
    """Give what is different, the heaviest first, then by name. ``spread`` is that of ``then``, where it is known.

    Containers are the same by project, service and place, else by name: one that was made anew is not another.
    Values of the environment are never told, only that they are others; where one side has but a fingerprint and the
    other the value itself, nothing is said of them.
    """
    spread = spread_of(then) if spread is None else spread
    was, it = then.snapshot, now.snapshot
    found = [*_containers(then, now, spread), *_services(was, it), *_models(was, it), *_host(then, now, spread),
             *_disks(was, it), *_findings(then, now)]  # fmt: skip
    return tuple(sorted(found, key=lambda it: (-it.weight, it.subject.name, it.figure)))


def key_of(it: Container) -> str:
    """Name a container by what outlives its id: a task loses its own id, which each start changes."""
    if it.swarm_task_id and it.name.endswith(f".{it.swarm_task_id}"):
        return it.name.removesuffix(f".{it.swarm_task_id}")
    return it.name


def _containers(then: Frame, now: Frame, spread: Spread) -> Iterator[Divergence]:
    before = {key_of(it.container): it for it in then.snapshot.containers}
    after = {key_of(it.container): it for it in now.snapshot.containers}
    for key in sorted(before.keys() | after.keys()):
        was, it = before.get(key), after.get(key)
        if was is None or it is None:
            there = it or was
            if there is not None and (it is not None or there.container.is_running):
                here, gone = _state(it), _state(was)
                yield Divergence(_subject(there), "container", gone, here, CHANGED if it is None else OTHER)
            continue
        yield from _set(was.container, it.container, _subject(it))
        yield from _lived(was, it)
        if was.container.is_running and it.container.is_running:
            yield from _levels(now, spread, (was.id, it.id), _subject(it), _LEVELS)


def _subject(it: ContainerSnapshot) -> Subject:
    return Subject("container", it.id, it.display_name or it.container.name)


def _state(it: ContainerSnapshot | None) -> str:
    return _NOTHING if it is None else it.container.state.value


def _set(was: Container, it: Container, subject: Subject) -> Iterator[Divergence]:
    """Give what somebody set otherwise: image, command, limits, reservations, environment, mounts, networks."""
    limits, now = was.resources.limits, it.resources.limits
    kept, keeps = was.resources.reservations, it.resources.reservations
    for figure, old, new in (
        ("image", was.image, it.image),
        *_builds(was, it),
        ("command", was.command, it.command),
        ("cpu limit", _cores(limits.cpu), _cores(now.cpu)),
        ("memory limit", _memory(limits.memory), _memory(now.memory)),
        ("process limit", str(limits.pids or "none"), str(now.pids or "none")),
        ("cpu reservation", _cores(kept.cpu), _cores(keeps.cpu)),
        ("memory reservation", _memory(kept.memory), _memory(keeps.memory)),
        ("restart policy", was.restart_policy or "no", it.restart_policy or "no"),
        ("networks", names(was.networks) or _NOTHING, names(it.networks) or _NOTHING),
        ("mounts", names([str(m.destination) for m in was.mounts]) or _NOTHING,
         names([str(m.destination) for m in it.mounts]) or _NOTHING),
    ):  # fmt: skip
        if old != new:
            yield Divergence(subject, figure, old, new, CHANGED)
    sources, others = _sources(was), _sources(it)
    if sources != others and sources.keys() == others.keys():
        moved = [destination for destination, source in sources.items() if others[destination] != source]
        yield Divergence(subject, "source of mounts", names(moved), "elsewhere", CHANGED)
    yield from _environment(dict(was.environment), dict(it.environment), subject)


def _builds(was: Container, it: Container) -> Iterator[tuple[str, str, str]]:
    """Give which builds two images of one name are: a tag such as ``latest`` moves, and nothing else tells of it."""
    if was.image == it.image and was.image_id and it.image_id:
        yield "image's build", _digest(was.image_id), _digest(it.image_id)


def _digest(image_id: str) -> str:
    """Give as much of a digest as Docker shows."""
    return image_id.removeprefix("sha256:")[:12]


def _sources(it: Container) -> Mapping[str, tuple[str, str]]:
    return {mount.destination: (mount.volume or mount.source, mount.kind) for mount in it.mounts}


_HIDDEN = "‹hidden "


def _environment(was: Mapping[str, str], it: Mapping[str, str], subject: Subject) -> Iterator[Divergence]:
    def differs(name: str) -> bool:
        old, new = was[name], it[name]
        comparable = old.startswith(_HIDDEN) == new.startswith(_HIDDEN)
        return comparable and old != new

    changed = [name for name in was.keys() & it.keys() if differs(name)]
    for words, found in (("removed", was.keys() - it.keys()), ("added", it.keys() - was.keys()), ("changed", changed)):
        if found:
            yield Divergence(subject, "environment", names(sorted(found)), words, CHANGED)


def _lived(was: ContainerSnapshot, it: ContainerSnapshot) -> Iterator[Divergence]:
    """Give what became of a container: its state and health, restarts, kills, and that it was made anew."""
    old, new, subject = was.container, it.container, _subject(it)
    for figure, before, after in (
        ("state", old.state.value, new.state.value),
        ("health", old.health.value, new.health.value),
    ):
        if before != after:
            yield Divergence(subject, figure, before, after, BROKE)
    if old.id != new.id:
        yield Divergence(subject, "container", old.short_id, f"made anew, {new.short_id}", OTHER)
    else:
        yield from _run(old, new, subject)
    kills, killed = measured(was.usage.oom_kills) or 0, measured(it.usage.oom_kills) or 0
    if (it.oom_killed and not was.oom_killed) or (old.id == new.id and killed > kills):
        yield Divergence(subject, "OOM kills", str(kills), str(max(killed, kills + 1)), BROKE)
    if not new.is_running and old.exit_code != new.exit_code and new.exit_code is not None:
        yield Divergence(subject, "exit code", _text(old.exit_code), str(new.exit_code), BROKE)


def _run(old: Container, new: Container, subject: Subject) -> Iterator[Divergence]:
    """Give that it was started anew: its policy's restarts tell so in any state, also while it waits for the next."""
    risen = max(0, new.restart_count - old.restart_count)
    began = old.started_at != new.started_at and new.is_running and old.started_at is not None
    if risen or began:
        times = "once" if risen == 1 else f"{risen} times"
        words = f"started anew, {times} by its policy" if risen else "started anew"
        since = "never started" if old.started_at is None else f"since {old.started_at:%Y-%m-%d %H:%M:%S} UTC"
        yield Divergence(subject, "run", since, words, BROKE)


def _levels(
    now: Frame, spread: Spread, ids: tuple[str, str], subject: Subject,
    figures: Sequence[tuple[str, str, float, Callable[[float], str]]],
) -> Iterator[Divergence]:  # fmt: skip
    was, it = ids
    for figure, name, floor, write in figures:
        before = spread.get((was, figure))
        level = _means(now, it, figure, 1) if before is not None else []
        if before is None or not level:
            continue
        low, high = before
        slack = max(floor, _SLACK * high)
        if not low - slack <= level[-1] <= high + slack:
            yield Divergence(subject, name, _range(before, write), write(level[-1]), GREW)


def _range(before: Range, write: Callable[[float], str]) -> str:
    low, high = write(before[0]), write(before[1])
    return low if low == high else f"{low} to {high}"


def _services(then: Snapshot, now: Snapshot) -> Iterator[Divergence]:
    before, after = {it.id: it for it in then.services}, {it.id: it for it in now.services}
    for key in sorted(before.keys() & after.keys()):
        was, it = before[key], after[key]
        subject = Subject("service", it.id, it.name)
        if was.replicas != it.replicas:
            told = replicas_words(was.replicas, it.replicas).removesuffix(" replicas")
            old, _, new = told.partition(" → ")
            yield Divergence(subject, "replicas", old, new, CHANGED)
        elif was.running != it.running:
            yield Divergence(subject, "running replicas", str(was.running), str(it.running), BROKE)
        if was.rollout != it.rollout and it.rollout:
            yield Divergence(subject, "rollout", was.rollout or _NOTHING, it.rollout, CHANGED)
    for key in sorted(before.keys() ^ after.keys()):
        there = after.get(key) or before[key]
        words = (_NOTHING, "created") if key in after else ("there", "removed")
        yield Divergence(Subject("service", there.id, there.name), "service", *words, CHANGED)


def _models(then: Snapshot, now: Snapshot) -> Iterator[Divergence]:
    loaded = [
        {(server.endpoint, model.name): model for server in snapshot.models for model in server.loaded}
        for snapshot in (then, now)
    ]
    before, after = loaded
    for key in sorted(before.keys() | after.keys()):
        was, it = before.get(key), after.get(key)
        subject = Subject("model", "/".join(key), key[1])
        if was is None or it is None:
            old = _NOTHING if was is None else f"loaded, {memory(was.size)}"
            new = "unloaded" if it is None else f"loaded, {memory(it.size)}"
            yield Divergence(subject, "model", old, new, GREW)
        elif was.context_length != it.context_length or was.size != it.size:
            yield Divergence(subject, "model", memory(was.size), memory(it.size), GREW)


def _host(then: Frame, now: Frame, spread: Spread) -> Iterator[Divergence]:
    subject = Subject("host", HOST, now.snapshot.host.hostname or "host")
    yield from _levels(now, spread, (HOST, HOST), subject, _HOST_LEVELS)
    old, new = then.snapshot.host, now.snapshot.host
    for figure, before, after, least in (
        ("swap used", old.swap_used, new.swap_used, 64 * MIB),
        ("sum of memory limits", old.memory_limits, new.memory_limits, MIB),
    ):
        if abs(after - before) >= least:
            yield Divergence(subject, figure, memory(before), memory(after), GREW)
    for name in ("cpu_pressure", "memory_pressure", "io_pressure"):
        was, it = measured(getattr(old, name)), measured(getattr(new, name))
        if was is not None and it is not None and abs(it.some - was.some) >= _SLACK:
            yield Divergence(subject, name.replace("_", " "), percent(was.some), percent(it.some), GREW)
    if then.snapshot.engine is not None and now.snapshot.engine is not None:
        versions = then.snapshot.engine.version, now.snapshot.engine.version
        if versions[0] != versions[1]:
            yield Divergence(subject, "engine", *versions, CHANGED)


def _disks(then: Snapshot, now: Snapshot) -> Iterator[Divergence]:
    sizes = [
        {it.component.name: measured(it.used) for tier in snapshot.disks.tiers for it in tier.components}
        if snapshot.disks is not None else {}
        for snapshot in (then, now)
    ]  # fmt: skip
    before, after = sizes
    for name in sorted(before.keys() & after.keys()):
        was, it = before[name], after[name]
        if was is not None and it is not None and abs(it - was) >= max(64 * MIB, was // 50):
            yield Divergence(Subject("component", name, name), "size", memory(was), memory(it), GREW)
    fill = [
        {fs.mount_point: fs for tier in snapshot.disks.tiers for fs in tier.filesystems} if snapshot.disks else {}
        for snapshot in (then, now)
    ]
    for point in sorted(fill[0].keys() & fill[1].keys()):
        share, shared = fill[0][point].utilization, fill[1][point].utilization
        if abs(shared - share) >= 0.01:
            yield Divergence(Subject("filesystem", point, point), "full", percent(share), percent(shared), GREW)


def _findings(then: Frame, now: Frame) -> Iterator[Divergence]:
    """Give findings of weight that one of the two has and the other not."""
    sides = [
        {(it.subject.kind, it.subject.name, it.word): it for it in frame.findings if it.severity >= Severity.WARNING}
        for frame in (then, now)
    ]
    before, after = sides
    for key in sorted(before.keys() ^ after.keys()):
        it = after.get(key) or before[key]
        words = (_NOTHING, it.text) if key in after else (it.text, "no more")
        yield Divergence(it.subject, it.word, *words, BROKE if it.severity is Severity.CRITICAL else OTHER)


def _cores(amount: Any) -> str:
    return "none" if amount is None else cores(amount)


def _memory(amount: Any) -> str:
    return "none" if amount is None else memory(amount)


def _text(value: object) -> str:
    return _NOTHING if value is None else str(value)
