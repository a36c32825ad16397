"""Containers' counters from the kernel's own files: a hundred times cheaper than asking the engine (ADR 0008)."""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from sutaztop.collectors import kernel_text as text
from sutaztop.collectors.kept_files import Budget, KeptFile, Pread
from sutaztop.contracts import Clock, NotSupported
from sutaztop.domain.cgroup import CgroupMount, CgroupPlace, locate, parse_mounts
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters, Pressure
from sutaztop.domain.quantity import Bytes, Seconds

T = TypeVar("T")
REST_NS = 5_000_000_000
"""A container that rests is read in full this often: it has used no CPU, and its memory is what it was."""
PRESSURE_NS = 1_900_000_000
"""The kernel reckons its pressure averages anew every two seconds (PSI_FREQ): to ask more often tells nothing new."""
PRESSURES = ("cpu.pressure", "memory.pressure", "io.pressure")
_NOT_HERE = "its process has ended, or is not one of this host"
_NOT_TO_BE_HAD = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL)
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
        unreadable: dict[str, str] = {}
        # All are opened before any is read: opening takes many times as long, and the host's time is
        # read once for all. A first figure would be too small by what passed in between.
        ready = [it for it in containers if self._told(it, unreadable, self._prepare)]
        try:
            system_ns, cpus = text.system_cpu(self._stat.read())
        except (OSError, ValueError, IndexError) as error:
            raise NotSupported(
                "The kernel's files cannot be read", f"{self._proc}/stat: {error}", "Use the engine's stats"
            ) from error
        found: dict[str, ContainerCounters] = {}
        for container in ready:
            read = self._told(container, unreadable, lambda it: self._read(it, now, system_ns, cpus))
            if read is not None:
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

    @staticmethod
    def _told(container: Container, unreadable: dict[str, str], do: Callable[[Container], T | None]) -> T | None:
        """Do something with a container, and note where it cannot be done and why."""
        try:
            done = do(container)
        except PermissionError as error:
            unreadable[container.id] = f"permission denied: {error.filename or 'cgroup files'}"
        except OSError as error:
            unreadable[container.id] = _NOT_HERE if error.errno in _GONE else str(error)
        except (ValueError, KeyError) as error:
            unreadable[container.id] = f"{type(error).__name__}: {error}"
        else:
            if done is None:
                unreadable[container.id] = _NOT_HERE
            return done
        return None

    def _prepare(self, container: Container) -> "_ContainerFiles | None":
        """Give the files of the container's present run, opened; ``None`` where it is not of this host."""
        files = self._open.get(container.id)
        if files is not None and files.of is not container:
            if files.run == _run_of(container):
                files.of = container
            else:
                files.close()
                del self._open[container.id]
                files = None
        if files is None:
            files = self._find(container)
            if files is not None:
                files.open()
                self._open[container.id] = files
        return files

    def _read(self, container: Container, now: datetime, system_ns: int, cpus: int) -> ContainerCounters | None:
        for last_try in (False, True):
            files = self._prepare(container)
            if files is None:
                return None
            try:
                return files.read(self._clock.monotonic_ns(), now, system_ns, cpus)
            except OSError as error:
                # The cgroup has gone: the container ended, or started anew under the same path.
                files.close()
                del self._open[container.id]
                if last_try or error.errno not in _GONE:
                    raise
        return None

    def _find(self, container: Container) -> "_ContainerFiles | None":
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
        return _ContainerFiles(container, _run_of(container), place.version, files)

    def _here(self, path: str) -> str:
        """Put a path under /sys where sysfs is mounted for us."""
        return self._sys + path.removeprefix("/sys") if path.startswith("/sys/") else path

    def _forget(self, kept: set[str]) -> None:
        for container_id in [it for it in self._open if it not in kept]:
            self._open.pop(container_id).close()


def _run_of(container: Container) -> str:
    """Name a run of a container: counters of two runs are never subtracted."""
    return f"{container.pid}/{container.started_at.isoformat() if container.started_at else ''}"


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


_V1_MEMORY = ("inactive_file", "active_file", "rss", "cache")
_V2_MEMORY = ("inactive_file", "active_file", "anon", "file")


class _Slow(NamedTuple):
    """Figures that stay as they are while a container uses no CPU and the kernel takes no memory from it."""

    periods: int | None
    throttled_periods: int | None
    throttled_time_ns: int | None
    memory_inactive_file: Bytes | None
    memory_active_file: Bytes | None
    memory_anon: Bytes | None
    memory_cache: Bytes | None
    memory_limit: Bytes | None
    oom_kills: int | None
    pids: int | None


class _ContainerFiles:
    """The open files of one run of one container, and what they last said."""

    __slots__ = (
        "_block", "_cpu_ns", "_files", "_missing", "_network", "_network_text", "_pressed_ns", "_pressures", "_slow",
        "_slow_ns", "_usage", "_version", "of", "run",
    )  # fmt: skip

    def __init__(self, of: Container, run: str, version: int, files: dict[str, KeptFile]) -> None:
        self.of = of
        self.run = run
        self._version = version
        self._files = files
        self._missing: set[str] = set()
        self._cpu_ns = -1
        self._usage: str | None = None
        self._slow: _Slow | None = None
        self._slow_ns = 0
        self._block: tuple[int, int] | None = None
        self._network: tuple[int, int] | None = None
        self._network_text: str | None = None
        self._pressures: tuple[Pressure | None, ...] = (None, None, None)
        self._pressed_ns: int | None = None

    def open(self) -> None:
        for file in self._files.values():
            file.open()

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def read(self, clock_ns: int, now: datetime, system_ns: int, cpus: int) -> ContainerCounters:
        """Read what can have changed. CPU time must be there: reading it fails when the cgroup has gone."""
        schedule, cpu_ns = self._read_cpu()
        usage = self._may("memory")
        self._read_network()
        slow = self._slow
        rested = cpu_ns == self._cpu_ns and usage == self._usage and clock_ns - self._slow_ns < REST_NS
        if slow is None or not rested:
            slow = self._slow = self._read_slow(schedule)
            self._slow_ns = clock_ns
            self._read_pressures(clock_ns)
        if not rested or self._block is not None:
            # What was written earlier may reach the device only now.
            self._block = (text.block_v1 if self._version == 1 else text.block_v2)(self._may("block"))
        self._cpu_ns, self._usage = cpu_ns, usage
        cpu_pressure, memory_pressure, io_pressure = self._pressures
        network, block = self._network, self._block
        return ContainerCounters(
            read_at=now,
            clock_ns=clock_ns,
            run=self.run,
            cpu_time_ns=cpu_ns,
            system_cpu_time_ns=system_ns,
            online_cpus=cpus,
            periods=slow.periods,
            throttled_periods=slow.throttled_periods,
            throttled_time_ns=slow.throttled_time_ns,
            memory_usage_bytes=_bytes(text.number(usage)),
            memory_inactive_file_bytes=slow.memory_inactive_file,
            memory_active_file_bytes=slow.memory_active_file,
            memory_anon_bytes=slow.memory_anon,
            memory_cache_bytes=slow.memory_cache,
            memory_limit_bytes=slow.memory_limit,
            oom_kills=slow.oom_kills,
            pids=slow.pids,
            network_rx_bytes=network[0] if network else None,
            network_tx_bytes=network[1] if network else None,
            block_read_bytes=block[0] if block else None,
            block_write_bytes=block[1] if block else None,
            cpu_pressure=cpu_pressure,
            memory_pressure=memory_pressure,
            io_pressure=io_pressure,
        )

    def _read_cpu(self) -> tuple[str | None, int]:
        """Give the text that tells of throttling, where it is read already, and the CPU time."""
        if self._version == 1:
            return None, int(self._must("cpu time"))
        schedule = self._must("cpu.stat")
        used = text.picked(schedule, "usage_usec")
        if used is None:
            raise ValueError("cpu.stat tells no usage_usec")
        return schedule, used * 1000

    def _read_network(self) -> None:
        said = self._may("network")
        if said != self._network_text:
            self._network_text = said
            self._network = text.network(said)

    def _read_slow(self, schedule: str | None) -> _Slow:
        memory = self._may("memory.stat")
        if self._version == 1:
            schedule = self._may("cpu.stat")
            throttled = text.picked(schedule, "throttled_time")
            inactive, active, anon, cache = (_either(memory, name) for name in _V1_MEMORY)
        else:
            microseconds = text.picked(schedule, "throttled_usec")
            throttled = None if microseconds is None else microseconds * 1000
            inactive, active, anon, cache = (text.picked(memory, name) for name in _V2_MEMORY)
        return _Slow(
            text.picked(schedule, "nr_periods"), text.picked(schedule, "nr_throttled"), throttled,
            _bytes(inactive), _bytes(active), _bytes(anon), _bytes(cache),
            text.limit(self._may("memory limit")), text.picked(self._may("oom"), "oom_kill"),
            text.number(self._may("pids")),
        )  # fmt: skip

    def _read_pressures(self, clock_ns: int) -> None:
        if self._pressed_ns is None or clock_ns - self._pressed_ns >= PRESSURE_NS:
            self._pressures = tuple(text.pressure(self._may(name)) for name in PRESSURES)
            self._pressed_ns = clock_ns

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
            # What is only for the moment (too many open files) is tried again.
            if error.errno in _NOT_TO_BE_HAD:
                self._missing.add(figure)
            return None


def _either(stats: str | None, name: str) -> int | None:
    """Give a figure of version 1 with what lies beneath the container counted in, else without."""
    total = text.picked(stats, f"total_{name}")
    return text.picked(stats, name) if total is None else total


def _bytes(value: int | None) -> Bytes | None:
    return None if value is None else Bytes(value)
