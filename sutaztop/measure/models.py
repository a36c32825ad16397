"""What becomes of loaded models from one snapshot to the next: how long they rest, and what unloading freed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sutaztop.domain.llm import NOTHING_WATCHED, MemoryAround, ModelServer, ModelWatch, ObservedUnload
from sutaztop.domain.reading import measured
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot

SETTLES = timedelta(seconds=10)
"""A runner ends after the server's list says so, and a GPU is waited for: then memory is looked at."""
KEPT = timedelta(minutes=10)
"""How long an unload is remembered."""
_MOST_UNLOADS = 16


def watch_models(
    earlier: Snapshot | None, after: Sample, host: HostUsage, by_id: Mapping[str, ContainerSnapshot]
) -> ModelWatch:
    """Carry on what was watched. Readings of a silent server, which are old, change nothing."""
    before = earlier.watch if earlier is not None else NOTHING_WATCHED
    unloads = before.unloads
    servers = {it.endpoint: it for it in after.models}
    if unloads:
        unloads = tuple(_settled(it, servers, host, by_id, after.at) for it in unloads if after.at - it.at <= KEPT)
    if earlier is not None and earlier.models is after.models:
        # Nothing was read anew: that is so most of the time.
        return before if unloads == before.unloads else replace(before, unloads=unloads)
    then = {it.endpoint: it for it in earlier.models} if earlier is not None else {}
    memory = {endpoint: _memory(it, host, by_id) for endpoint, it in servers.items() if not it.trouble}
    for endpoint, server in servers.items():
        was = then.get(endpoint)
        if was is not None and not server.trouble:
            unloads = _with_changes(unloads, was, server, before.memory.get(endpoint, MemoryAround()), after.at)
    return ModelWatch(
        _expiries(before, servers.values(), after.at),
        {**_of(before.memory, servers), **memory},
        unloads[-_MOST_UNLOADS:],
    )


def _of(memory: Mapping[str, MemoryAround], servers: Mapping[str, ModelServer]) -> dict[str, MemoryAround]:
    return {endpoint: it for endpoint, it in memory.items() if endpoint in servers}


def _expiries(
    before: ModelWatch, servers: Iterable[ModelServer], at: datetime
) -> dict[tuple[str, str], tuple[datetime | None, datetime]]:
    found = {}
    for server in servers:
        for model in server.loaded:
            key = server.endpoint, model.name
            known = before.expiries.get(key)
            same = known is not None and known[0] == model.expires_at
            found[key] = known if known is not None and same else (model.expires_at, at)
    return found


def _with_changes(
    unloads: tuple[ObservedUnload, ...], was: ModelServer, server: ModelServer, memory: MemoryAround, at: datetime
) -> tuple[ObservedUnload, ...]:
    earlier, now = {it.name: it for it in was.loaded}, {it.name for it in server.loaded}
    gone, come = sorted(set(earlier) - now), now - set(earlier)
    if gone or come:
        # What waits for its figures is no longer alone.
        unloads = tuple(
            replace(it, is_alone=False) if it.endpoint == server.endpoint and it.after is None else it for it in unloads
        )
    # What is loaded again is not gone any more.
    unloads = tuple(it for it in unloads if it.endpoint != server.endpoint or it.model not in come)
    return unloads + tuple(
        ObservedUnload(
            at, server.endpoint, name, earlier[name].on_host, server.container_id, memory,
            is_alone=len(gone) == 1 and not come,
        )
        for name in gone
    )  # fmt: skip


def _settled(
    it: ObservedUnload,
    servers: Mapping[str, ModelServer],
    host: HostUsage,
    by_id: Mapping[str, ContainerSnapshot],
    at: datetime,
) -> ObservedUnload:
    server = servers.get(it.endpoint)
    if it.after is not None or server is None or at - it.at < SETTLES:
        return it
    return replace(it, after=_memory(server, host, by_id))


def _memory(server: ModelServer, host: HostUsage, by_id: Mapping[str, ContainerSnapshot]) -> MemoryAround:
    container = by_id.get(server.container_id)
    return MemoryAround(
        measured(host.memory_available), measured(container.usage.memory) if container is not None else None
    )
