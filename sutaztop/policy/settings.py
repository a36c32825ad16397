"""Settings that fight the container's limits: programs that size themselves without asking what they may have.

Each rule names the key, the size that it sets, the limit, and what to set instead. What would not fit at
all is a warning; what leaves too little room is told. A value that is no size is never repeated.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sutaztop.domain.finding import Evidence, Finding, Severity
from sutaztop.domain.quantity import KIB, MIB, exact_bytes
from sutaztop.domain.quantity import Bytes as _Bytes
from sutaztop.domain.resources import Limits
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.container_findings import subject_of
from sutaztop.policy.ollama_settings import ollama_conflicts
from sutaztop.policy.settings_conflict import Conflict, fits
from sutaztop.policy.settings_read import Setting, Settings, SettingsBook
from sutaztop.policy.severity import Ranked
from sutaztop.policy.sizes import jvm_size, neo4j_size, postgres_size, redis_size, whole_number
from sutaztop.policy.wording import cores, memory

REDIS_SHARE = 0.75
"""Saving to disk copies pages that are written meanwhile, and the allocator leaves holes: a quarter is for those."""
POSTGRES_BUFFERS_SHARE = 0.40
"""More than this of the memory hardly ever serves a PostgreSQL better (its manual, 20.4); a quarter is usual."""
POSTGRES_BUFFERS_USUAL = 0.25
POSTGRES_CONNECTIONS = 100
"""PostgreSQL's default of ``max_connections``."""
POSTGRES_BUFFERS = 128 * MIB
"""PostgreSQL's default of ``shared_buffers``."""
NEO4J_SHARE = 0.70
"""Heap and page cache together: threads, metaspace and network buffers of a JVM come on top."""
JVM_SHARE = 0.75
"""A heap: what a JVM holds beside it is a quarter and more in small containers."""
SEARCH_SHARE = 0.50
"""Elasticsearch reads its files through the page cache and wants half for it (its manual, "heap size")."""
_SAYS = {"redis": "Redis", "postgres": "PostgreSQL", "neo4j": "Neo4j", "jvm": "a JVM", "workers": "the server"}
_BOOK = SettingsBook()


def settings_findings(snapshot: Snapshot, book: SettingsBook = _BOOK) -> Iterator[Ranked]:
    """Give a finding for each running container with settings that fight its limits, or are no sizes."""
    for it in snapshot.containers:
        if not it.container.is_running:
            continue
        settings = book.of(it.container)
        if settings is None:
            continue
        sizes_known = any(server.container_id == it.id and server.installed for server in snapshot.models)
        if (found := _finding(it, settings, sizes_known=sizes_known)) is not None:
            yield found


def _finding(container: ContainerSnapshot, settings: Settings, *, sizes_known: bool) -> Ranked | None:
    limits = container.container.resources.limits
    conflicts = [conflict for rule in _RULES for conflict in rule(settings, limits)]
    conflicts += ollama_conflicts(settings, limits, sizes_known=sizes_known)
    conflicts = [_unheard(it, container.container.image_name) for it in conflicts]
    if not conflicts:
        return None
    severity = max(it.severity for it in conflicts)
    text = "; ".join(it.text for it in sorted(conflicts, key=lambda it: -it.severity))
    evidence = tuple(Evidence(it.key, it.value) for it in conflicts)
    return container.tier.rank, Finding(subject_of(container), severity, "SETTINGS", text, evidence)


def _unheard(it: Conflict, image: str) -> Conflict:
    """Add that the official image takes no such variable, where the setting stands in one."""
    if image == "postgres" and it.key.startswith("POSTGRES_"):
        option = f"-c {it.key.removeprefix('POSTGRES_').lower()}=…"
    elif image == "redis" and it.key == "REDIS_MAXMEMORY":
        option = "--maxmemory"
    else:
        return it
    text = f"{it.text} (the {image} image does not read {it.key} by itself: {option} in the command counts)"
    return Conflict(it.key, it.value, text, Severity.OK)


# --- the rules ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Sized:
    setting: Setting
    size: int


def _read(setting: Setting | None, parse: Callable[[str], int | None]) -> tuple[_Sized | None, list[Conflict]]:
    """Read a setting's size; what is none is a conflict of its own, in which the value is not repeated."""
    if setting is None:
        return None, []
    size = parse(setting.value)
    if size is not None:
        return _Sized(setting, size), []
    text = f"the value of {setting.key} is nothing that {_SAYS[setting.program]} understands there"
    return None, [Conflict(setting.key, "not understood", text, Severity.WARNING)]


def _redis(settings: Settings, limits: Limits) -> Iterator[Conflict]:
    found, wrong = _read(settings.find("redis", "maxmemory"), redis_size)
    yield from wrong
    if found is None or not found.size or limits.memory is None or fits(found.size, limits.memory, REDIS_SHARE):
        return
    key = found.setting.key
    yield Conflict.of_share(
        key, found.size, limits.memory,
        f"copies while it saves and holes come on top: set {key} to {_size(limits.memory * REDIS_SHARE)}b, "
        f"or the limit to {memory(_up(found.size / REDIS_SHARE))}",
    )  # fmt: skip


def _postgres(settings: Settings, limits: Limits) -> Iterator[Conflict]:
    read = {
        name: _read(settings.find("postgres", name), parse)
        for name, parse in (
            ("shared_buffers", partial(postgres_size, bare=8 * KIB)),
            ("effective_cache_size", partial(postgres_size, bare=8 * KIB)),
            ("work_mem", postgres_size),
            ("max_connections", whole_number),
        )
    }
    for _, wrong in read.values():
        yield from wrong
    limit = limits.memory
    if limit is None:
        return
    buffers, cache = read["shared_buffers"][0], read["effective_cache_size"][0]
    if buffers is not None and not fits(buffers.size, limit, POSTGRES_BUFFERS_SHARE):
        advice = f"a quarter is usual: set it to {_size(limit * POSTGRES_BUFFERS_USUAL).upper()}B"
        yield Conflict.of_share(buffers.setting.key, buffers.size, limit, advice)
    if cache is not None and cache.size > limit:
        text = (
            f"{cache.setting.key} of {memory(cache.size)} has plans made for more cache than the limit of "
            f"{memory(limit)} can hold: set it to {_size(limit * 0.75).upper()}B"
        )
        yield Conflict(cache.setting.key, memory(cache.size), text)
    yield from _work_mem(read["work_mem"][0], buffers, read["max_connections"][0], limit)


def _work_mem(work: _Sized | None, buffers: _Sized | None, most: _Sized | None, limit: int) -> Iterator[Conflict]:
    if work is None:
        return
    connections = most.size if most is not None else POSTGRES_CONNECTIONS
    shared = buffers.size if buffers is not None else POSTGRES_BUFFERS
    whole = shared + work.size * connections
    if whole <= limit or not connections:
        return
    each = max(MIB, (limit - shared) // 2 // connections // MIB * MIB)
    text = (
        f"{work.setting.key} of {memory(work.size)} for each sort of {connections} connections"
        f"{'' if most is not None else ', the default,'} could come to {memory(whole)} with its buffers, over the "
        f"limit of {memory(limit)}: set it to {_size(each).upper()}B, or max_connections lower"
    )
    yield Conflict(work.setting.key, memory(work.size), text)


def _neo4j(settings: Settings, limits: Limits) -> Iterator[Conflict]:
    parts: list[_Sized] = []
    for name in ("heap_max__size", "pagecache_size", "off__heap_max__size"):
        found, wrong = _read(settings.find("neo4j", name), neo4j_size)
        yield from wrong
        if found is not None:
            parts.append(found)
    whole = sum(it.size for it in parts)
    if limits.memory is None or not whole or fits(whole, limits.memory, NEO4J_SHARE):
        return
    keys = " + ".join(f"{it.setting.name} {memory(it.size)}" for it in parts)
    yield Conflict.of_share(
        parts[0].setting.key, whole, limits.memory,
        f"that is {keys}, and a JVM's threads and buffers come on top: lower them to "
        f"{memory(int(limits.memory * NEO4J_SHARE))} together, or set the limit to {memory(_up(whole / NEO4J_SHARE))}",
    )  # fmt: skip


def _jvm(settings: Settings, limits: Limits) -> Iterator[Conflict]:
    for setting in settings.all_of("jvm"):
        found, wrong = _read(setting, jvm_size)
        yield from wrong
        share = SEARCH_SHARE if setting.name == "ES_JAVA_OPTS" else JVM_SHARE
        if found is None or limits.memory is None or fits(found.size, limits.memory, share):
            continue
        why = "the page cache wants the other half" if share == SEARCH_SHARE else "what is no heap comes on top"
        advice = f"{why}: set -Xmx{_size(limits.memory * share)}, or the limit to {memory(_up(found.size / share))}"
        yield Conflict.of_share(setting.key, found.size, limits.memory, advice)


def _workers(settings: Settings, limits: Limits) -> Iterator[Conflict]:
    found, wrong = _read(settings.find("workers", "workers"), whole_number)
    yield from wrong
    if found is None or limits.cpu is None:
        return
    # Two for each core and one more is gunicorn's own rule of thumb (its manual, "How many workers").
    most = max(1, int(2 * limits.cpu + 1))
    if found.size > most:
        text = (
            f"{found.setting.key} starts {found.size} workers for {cores(limits.cpu)}: they wait for each other "
            f"and each holds its own memory; {most} are as many as that can keep busy"
        )
        yield Conflict(found.setting.key, str(found.size), text)


_RULES: tuple[Callable[[Settings, Limits], Iterator[Conflict]], ...] = (_redis, _postgres, _neo4j, _jvm, _workers)


def _size(amount: float) -> str:
    """Write a size for a setting, cut to whole MiB."""
    return exact_bytes(_Bytes(max(MIB, int(amount) // MIB * MIB)))


def _up(amount: float) -> int:
    """Round up to 16 MiB."""
    return -(-int(amount) // (16 * MIB)) * 16 * MIB
