"""Containers' counters from the kernel's own files: a hundred times cheaper than asking the engine (ADR 0008)."""

import errno
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sutaztop.collectors import kernel_text as text
from sutaztop.collectors.kept_files import Budget, KeptFile, Pread
from sutaztop.contracts import Clock, NotSupported
from sutaztop.domain.cgroup import CgroupMount, CgroupPlace, locate, parse_mounts
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Bytes, Seconds

PRESSURES = ("cpu.pressure", "memory.pressure", "io.pressure")
_NOT_HERE = "its process has ended, or is not one of this host"
_GONE = (errno.ENODEV, errno.ENOENT, errno.ESRCH)
_V1 = {
    "cpu time": ("cpuacct", "cpuacct.usage"),
    "cpu.stat": ("cpu", "cpu.stat"),
    "memory": ("memory", "memory.usage_in_bytes"),
    "memory.stat": ("memory", "memory.stat"),
    "memory limit": ("memory", "memory.limit_in_bytes"),
    "oom": ("memory", "memory.oom_control"),
    "pids": ("pids", "pids.current"),
    "block": ("blkio", "blkio.throttle.io_service_bytes_recursive"),
}
_V2 = {
    "cpu.stat": "cpu.stat",
    "memory": "memory.current",
    "memory.stat": "memory.stat",
    "memory limit": "memory.max",
    "oom": "memory.events",
    "pids": "pids.current",
    "block": "io.stat",
}


class KernelCounters:
    """Reads counters from cgroup and /proc files of local containers. It is a ``CountersCollector``.

    Works on version 1, version 2 and the hybrid of both, with either driver: see
    ``domain.cgroup``. Files are kept open and opened anew when the container's run changes or the
    kernel says that they have gone. ``proc`` and ``sys`` are where those trees are mounted.
    """

    name = "counters"
    deadline = Seconds(2.0)

    def __init__(
        self,
        clock: Clock,
        *,
        proc: str = "/proc",
        sys: str = "/sys",
        budget: Budget | None = None,
        pread: Pread = os.pread,
    ) -> None:
        self._clock = clock
        self._proc = proc.rstrip("/")
        self._sys = sys.rstrip("/")
        self._budget = budget or Budget.of_this_process()
        self._pread = pread
        self._mounts: tuple[CgroupMount, ...] | None = None
        self._open: dict[str, _ContainerFiles] = {}
        self._stat = self._kept(f"{self._proc}/stat")
        self._unreadable: dict[str, str] = {}

    @property
    def source(self) -> str:
        """Say where the values come from, and how many containers could not be read and why."""
        unreadable = self._unreadable
        if not unreadable:
            return "kernel files"
        return f"kernel files; {len(unreadable)} not readable: {next(iter(unreadable.values()))}"

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        """Read every container that can be read here. Raises ``NotSupported`` where this host has no cgroup mount."""
        now = self._clock.now()
        try:
            system_ns, cpus = text.system_cpu(self._stat.read())
        except (OSError, ValueError, IndexError) as error:
            raise NotSupported(
                "The kernel's files cannot be read", f"{self._proc}/stat: {error}", "Use the engine's stats"
            ) from error
        found: dict[str, ContainerCounters] = {}
        unreadable: dict[str, str] = {}
        for container in containers:
            try:
                read = self._read(container, now, system_ns, cpus)
            except PermissionError as error:
                unreadable[container.id] = f"permission denied: {error.filename or 'cgroup files'}"
            except OSError as error:
                unreadable[container.id] = _NOT_HERE if error.errno in _GONE else str(error)
            except (ValueError, KeyError) as error:
                unreadable[container.id] = f"{type(error).__name__}: {error}"
            else:
                if read is None:
                    unreadable[container.id] = _NOT_HERE
                else:
                    found[container.id] = read
        self._forget({it.id for it in containers})
        self._unreadable = unreadable
        return found

    def close(self) -> None:
        """Close every file; twice is fine."""
        self._forget(set())
        self._stat.close()

    def _kept(self, path: str) -> KeptFile:
        return KeptFile(path, self._budget, self._pread)

    def _read(self, container: Container, now: datetime, system_ns: int, cpus: int) -> ContainerCounters | None:
        run = f"{container.pid}/{container.started_at.isoformat() if container.started_at else ''}"
        for last_try in (False, True):
            files = self._open.get(container.id)
            if files is not None and files.run != run:
                files.close()
                del self._open[container.id]
                files = None
            if files is None:
                files = self._find(container, run)
                if files is None:
                    return None
                self._open[container.id] = files
            try:
                return files.read(self._clock.monotonic_ns(), now, system_ns, cpus)
            except OSError as error:
                # The cgroup has gone: the container ended, or started anew under the same path.
                files.close()
                del self._open[container.id]
                if last_try or error.errno not in _GONE:
                    raise
        return None

    def _find(self, container: Container, run: str) -> "_ContainerFiles | None":
        if not container.pid:
            return None
        if self._mounts is None:
            self._mounts = parse_mounts(Path(self._proc, "self/mountinfo").read_text("utf-8", "replace"))
        cgroup = Path(self._proc, str(container.pid), "cgroup").read_text("utf-8", "replace")
        place = locate(cgroup, self._mounts, container.id)
        if place is None:
            return None
        paths = {figure: self._here(path) for figure, path in _files_of(place).items()}
        if container.network_mode != "host":
            paths["network"] = f"{self._proc}/{container.pid}/net/dev"
        files = {figure: self._kept(path) for figure, path in paths.items()}
        return _ContainerFiles(run, place.version, files)

    def _here(self, path: str) -> str:
        """Put a path under /sys where sysfs is mounted for us."""
        return self._sys + path.removeprefix("/sys") if path.startswith("/sys/") else path

    def _forget(self, kept: set[str]) -> None:
        for container_id in [it for it in self._open if it not in kept]:
            self._open.pop(container_id).close()


def _files_of(place: CgroupPlace) -> dict[str, str]:
    """Name the file of each figure; a controller that is not there has none."""
    if place.version == 1:
        found = {
            figure: f"{place.controllers[controller]}/{name}"
            for figure, (controller, name) in _V1.items()
            if controller in place.controllers
        }
    else:
        found = {figure: f"{place.unified}/{name}" for figure, name in _V2.items()}
    if place.unified:
        found |= {name: f"{place.unified}/{name}" for name in PRESSURES}
    return found


class _ContainerFiles:
    """The open files of one run of one container."""

    __slots__ = ("_files", "_missing", "_version", "run")

    def __init__(self, run: str, version: int, files: dict[str, KeptFile]) -> None:
        self.run = run
        self._version = version
        self._files = files
        self._missing: set[str] = set()

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def read(self, clock_ns: int, now: datetime, system_ns: int, cpus: int) -> ContainerCounters:
        """Read every figure. The one that must be there is CPU time: it fails when the cgroup has gone."""
        v1 = self._version == 1
        schedule = text.keyed(self._must("cpu.stat") if not v1 else self._may("cpu.stat") or "")
        cpu_ns = int(self._must("cpu time")) if v1 else schedule["usage_usec"] * 1000
        memory = text.keyed(self._may("memory.stat") or "")
        usage = text.number(self._may("memory"))
        throttled = text.first_of(schedule, "throttled_time")
        if not v1 and "throttled_usec" in schedule:
            throttled = schedule["throttled_usec"] * 1000
        block = (text.block_v1 if v1 else text.block_v2)(self._may("block"))
        network = text.network(self._may("network"))
        return ContainerCounters(
            read_at=now,
            clock_ns=clock_ns,
            run=self.run,
            cpu_time_ns=cpu_ns,
            system_cpu_time_ns=system_ns,
            online_cpus=cpus,
            periods=schedule.get("nr_periods"),
            throttled_periods=schedule.get("nr_throttled"),
            throttled_time_ns=throttled,
            memory_usage_bytes=Bytes(usage) if usage is not None else None,
            memory_inactive_file_bytes=_bytes(memory, "total_inactive_file", "inactive_file"),
            memory_anon_bytes=_bytes(memory, "total_rss", "anon"),
            memory_cache_bytes=_bytes(memory, "total_cache", "file"),
            memory_limit_bytes=text.limit(self._may("memory limit")),
            oom_kills=text.keyed(self._may("oom") or "").get("oom_kill"),
            pids=text.number(self._may("pids")),
            network_rx_bytes=network[0] if network else None,
            network_tx_bytes=network[1] if network else None,
            block_read_bytes=block[0] if block else None,
            block_write_bytes=block[1] if block else None,
            cpu_pressure=text.pressure(self._may("cpu.pressure")),
            memory_pressure=text.pressure(self._may("memory.pressure")),
            io_pressure=text.pressure(self._may("io.pressure")),
        )

    def _must(self, figure: str) -> str:
        return self._files[figure].read()

    def _may(self, figure: str) -> str | None:
        """Read a file that this kernel may not have; once found missing it is not tried again."""
        if figure in self._missing or figure not in self._files:
            return None
        try:
            return self._files[figure].read()
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise
            self._missing.add(figure)
            return None


def _bytes(stats: Mapping[str, int], *names: str) -> Bytes | None:
    value = text.first_of(stats, *names)
    return Bytes(value) if value is not None else None
