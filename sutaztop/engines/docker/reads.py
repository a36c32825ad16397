"""What is read from the engine: identity, containers, counters, streams. Only GET is ever sent."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sutaztop.contracts import (
    DeadlineExceeded,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
    NotPermitted,
)
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.decode import (
    decode_container,
    decode_info,
    decode_listed,
    decode_reclaimable,
    has_fixed_host_port,
    tells_the_same,
)
from sutaztop.engines.docker.kernel import belongs_to, read_kernel_limits
from sutaztop.engines.docker.lines import decode_events, decode_logs
from sutaztop.engines.docker.stats import decode_counters
from sutaztop.engines.docker.stream import Following
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.docker.window import Window
from sutaztop.engines.identity import path_part, short
from sutaztop.engines.payload import Fields, objects

EVENTS = {
    "type": ["container", "service", "node", "network"],
    "event": [
        "create", "start", "die", "oom", "kill", "stop", "restart", "pause", "unpause", "destroy", "rename",
        "update", "health_status", "connect", "disconnect", "remove",
    ],
}  # fmt: skip
"""Asked of the engine by name: probes alone would make three exec events each."""
_PROOFS = 3
"""So many running containers are looked at for a process of this host."""
_PATIENCE = 12
"""How many deadlines the engine may take to add up its disks: it walks every layer and volume."""
_ONE = Seconds(3.0)
"""How long one container's inspect may take among all of them."""
_SILENT = 2
"""So many inspects in a row without an answer are the engine's silence, and not a container's."""
_EACH = 0.02
"""Seconds that each container adds to the deadline of them all: ten times what an inspect takes at leisure."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last inspect of a container told, kept for answers that do not carry it."""

    container: Container
    fixed_host_port: bool

    @property
    def run(self) -> str:
        """The run of the container: counters of two runs are never subtracted."""
        started = self.container.started_at
        return started.isoformat() if started else ""


class Reads:
    """The reading half of an engine. Any thread may call anything."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._seen: dict[str, Seen] = {}
        self._memory: Bytes | None = None
        self._local: tuple[str, bool] | None = None

    def info(self) -> EngineInfo:
        """Read ``/info``. See ``_is_local`` for what makes an engine local."""
        payload = self._transport.get("/info", asked="its own description")
        endpoint = self._transport.endpoint
        info = decode_info(
            payload,
            endpoint=endpoint.address,
            origin=endpoint.origin,
            api_version=self._transport.api_version,
            is_local=self._is_local(Fields(payload, "info")),
        )
        self._memory = info.memory or None
        return info

    def list_payload(self) -> Any:
        """Read the list of containers, stopped ones too, as the engine gives it; forgets those that have gone."""
        listed = self._transport.get("/containers/json", asked="the list of containers", parameters={"all": 1})
        present = {entry.raw_text("Id") for entry in objects(listed, "containers")}
        self._seen = {key: seen for key, seen in list(self._seen.items()) if key in present}
        return listed

    def containers(self, known: Mapping[str, Container]) -> list[Container]:
        """Inspect every container of which the list tells news, all within one deadline, which grows with their number.

        One that the engine cannot inspect (a dead one whose layer is gone, for example) is given
        as the list tells of it: it must not hide the others.
        """
        listed = objects(self.list_payload(), "containers")
        patience = self._transport.deadline + _EACH * len(listed)
        ends = time.monotonic() + patience
        found: dict[str, Seen] = {}
        silent = 0
        for entry in listed:
            unchanged = self._unchanged(entry, known)
            if unchanged is not None:
                found[unchanged.container.id] = unchanged
                continue
            left = min(self._transport.deadline, _ONE, ends - time.monotonic())
            if left <= 0:
                raise DeadlineExceeded(
                    f"The engine at {self._transport.endpoint.address} is slow",
                    f"Its {len(listed)} containers could not all be inspected within {patience:g} s",
                    "Raise the engine's deadline in the configuration",
                )
            try:
                seen = self._look_or_list(entry, Seconds(left))
                silent = 0
            except NotFound:
                continue  # it went between the list and the look
            except DeadlineExceeded:
                # One that hangs must not hide the others; several in a row are the engine's own silence.
                silent += 1
                if silent >= _SILENT:
                    raise
                seen = Seen(decode_listed(entry), fixed_host_port=False)
            found[seen.container.id] = seen
        self._seen = found
        return [seen.container for seen in found.values()]

    def inspect(self, container_id: str) -> Container:
        """Read one container anew."""
        return self.look(container_id).container

    def look(self, container_id: str) -> Seen:
        """Read one container anew, and remember what it told."""
        seen = self._look(container_id, self._transport.deadline)
        self._seen[seen.container.id] = seen
        return seen

    def seen(self, container_id: str) -> Seen:
        """Give what the last inspect told; inspect where there was none."""
        return self._seen.get(container_id) or self.look(container_id)

    def host_config(self, container_id: str) -> Fields:
        """Read the ``HostConfig`` of a container as it stands."""
        return Fields(self._inspect(container_id, self._transport.deadline), "inspect").part("HostConfig")

    def counters(self, container_id: str) -> ContainerCounters:
        """Read the engine's stats once. ``NotFound`` also for a container that does not run."""
        run = self.seen(container_id).run
        if self._memory is None:
            self.info()
        payload = self._transport.get(
            f"/containers/{path_part(container_id, 'container')}/stats",
            asked=f"stats of {short(container_id)}",
            # Without one-shot the engine waits for a second sample, a second later. Engines
            # before 1.41 do not know the word and take the second.
            parameters={"stream": "false", "one-shot": "true"},
        )
        counters = decode_counters(payload, run=run, clock_ns=time.monotonic_ns(), host_memory=self._memory)
        if counters is None:
            raise NotFound(f"{short(container_id)} does not run", "A container that is stopped has no counters")
        return counters

    def events(self, since_ns: int | None) -> Iterator[Event]:
        """Follow events. The engine is listening when this returns."""
        parameters: dict[str, str | int] = {"filters": json.dumps(EVENTS)}
        if since_ns is not None:
            seconds, rest = divmod(since_ns + 1, 10**9)
            parameters["since"] = f"{seconds}.{rest:09d}"
        stream = self._transport.stream("/events", asked="its events", parameters=parameters)
        return Following(stream, decode_events)

    def logs(
        self, container_id: str, *, tail: int, follow: bool, since: datetime | None, until: datetime | None
    ) -> Iterator[LogLine]:
        """Read a container's last lines, or those of a span, and follow."""
        path = f"/containers/{path_part(container_id, 'container')}"
        payload = Fields(self._inspect(container_id, self._transport.deadline), "inspect")
        terminal = payload.part("Config").flag("Tty")
        driver = payload.part("HostConfig").part("LogConfig").text("Type")
        if driver == "none":
            raise EngineRefused(f"{short(container_id)} keeps no log", "Its logging driver is 'none'")

        def begin(parameters: Mapping[str, str | int]) -> Following[LogLine]:
            stream = self._transport.stream(
                f"{path}/logs",
                asked=f"the log of {short(container_id)}",
                parameters={"stdout": 1, "stderr": 1, "timestamps": 1, **parameters},
            )
            return Following(stream, lambda pieces: decode_logs(pieces, terminal=terminal))

        if since is not None or until is not None:
            return Window(begin, since, until, datetime.now(UTC), follow=follow)
        return begin({"tail": max(0, tail), "follow": int(follow)})

    def reclaimable(self) -> Reclaimable:
        """Read ``/system/df``."""
        patience = Seconds(self._transport.deadline * _PATIENCE)
        return decode_reclaimable(self._transport.get("/system/df", asked="its use of disk", deadline=patience))

    def kernel_limits(self, container_id: str) -> Limits | None:
        """Read what the kernel enforces; ``None`` where its files are not this host's."""
        container = self.inspect(container_id)
        if not self._transport.endpoint.socket_path or not container.pid:
            return None
        return read_kernel_limits(container.pid, container.id)

    def _unchanged(self, entry: Fields, known: Mapping[str, Container]) -> Seen | None:
        """Give what was seen of a container if the list tells the same of it as is known."""
        seen = self._seen.get(entry.raw_text("Id"))
        if seen is None or known.get(seen.container.id) != seen.container:
            return None
        return seen if tells_the_same(entry, seen.container) else None

    def _look_or_list(self, entry: Fields, deadline: Seconds) -> Seen:
        try:
            return self._look(entry.raw_text("Id"), deadline)
        except (NotFound, NotPermitted, EngineUnreachable, DeadlineExceeded):
            raise
        except EngineError:
            return Seen(decode_listed(entry), fixed_host_port=False)

    def _look(self, container_id: str, deadline: Seconds) -> Seen:
        payload = self._inspect(container_id, deadline)
        return Seen(decode_container(payload), has_fixed_host_port(payload))

    def _inspect(self, container_id: str, deadline: Seconds) -> Any:
        path = f"/containers/{path_part(container_id, 'container')}/json"
        return self._transport.get(path, asked=f"inspect of {short(container_id)}", deadline=deadline)

    def _is_local(self, info: Fields) -> bool:
        """Decide whether the engine's containers run under this kernel.

        Only a Unix socket can be local, but one may lead elsewhere: into a virtual machine or
        through ssh. The proof is a running container whose pid, here, sits in a control group
        that names the container; once proven either way it holds for that engine's id. With
        none running, host name, kernel release and memory must all be this host's.
        """
        if not self._transport.endpoint.socket_path:
            return False
        identity = info.text("ID")
        if self._local is not None and self._local[0] == identity and identity:
            return self._local[1]
        proven = self._proof()
        if proven:
            self._local = (identity, proven)
        if proven is not None:
            # What speaks against it is asked for again each time: one look may have met a process that just ended.
            return proven
        here = os.uname()
        return (
            info.text("Name") == here.nodename
            and info.text("KernelVersion") == here.release
            and info.integer("MemTotal") == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        )

    def _proof(self) -> bool | None:
        """Look for running containers' processes here; ``None`` where none runs, is seen, or may be asked for.

        A process that is another's is proof against; one that can't be seen may just have ended.
        """
        try:
            parameters: dict[str, str | int] = {"limit": _PROOFS, "filters": json.dumps({"status": ["running"]})}
            given = Seconds(min(1.0, self._transport.deadline))
            listed = self._transport.get(
                "/containers/json", asked="a running container", parameters=parameters, deadline=given
            )
            for entry in objects(listed, "containers"):
                container = self._look(entry.raw_text("Id"), given).container
                belongs = belongs_to(container.pid, container.id) if container.pid else None
                if belongs is not None:
                    return belongs
        except EngineError:
            return None
        return None
