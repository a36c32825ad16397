"""The host that sutaztop runs on, and what sutaztop itself costs: psutil, and the kernel's pressure files."""

import os
import platform
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from sutaztop.collectors import kernel_text
from sutaztop.contracts import Clock, NotSupported
from sutaztop.domain.counters import HostCounters, Pressure
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.text import clean_line

_IDLE = ("idle", "iowait")
_WITHIN_OTHERS = ("guest", "guest_nice")
"""Guest time is counted in user and nice already (proc(5))."""
_SOFTWARE_INTERFACES = ("lo", "veth", "br-", "docker", "virbr", "cni", "flannel", "cali", "tap", "tun", "dummy", "ifb")
_WIRES_NS = 60_000_000_000
"""Which interfaces are physical is looked up this often."""
_SOFTWARE_DISKS = ("loop", "ram", "zram", "dm-", "md", "sr", "fd", "zd")


class HostCollector:
    """Reads CPU, load, memory, swap, pressure, disk and network totals of this host, and our own cost.

    Disk totals are of whole physical disks: a partition, a mapping or an array would count the
    same bytes again. Network totals are of physical interfaces, for the same reason; where
    none shows a device behind it (a virtual machine), those that are not plainly software.
    """

    name = "host"
    every = Seconds(0.0)
    deadline = Seconds(2.0)

    def __init__(self, clock: Clock, *, proc: str = "/proc", sys: str = "/sys") -> None:
        self._clock = clock
        self._pressure = Path(proc, "pressure")
        self._sys = Path(sys)
        self._self = psutil.Process()
        self._wires: tuple[Path, ...] = ()
        self._wires_ns: int | None = None
        self._hostname = clean_line(platform.node())

    @property
    def source(self) -> str:
        """Say in words where the values come from."""
        return "this host's kernel"

    def collect(self) -> HostCounters:
        """Read once. Raises ``NotSupported`` where the system tells nothing."""
        try:
            return self._read()
        except (OSError, psutil.Error) as error:
            raise NotSupported(
                "This host cannot be read", str(error), "Mount /proc if sutaztop runs in a container"
            ) from error

    def close(self) -> None:
        """Nothing is held open."""

    def _read(self) -> HostCounters:
        times = psutil.cpu_times()._asdict()
        clock_ns = self._clock.monotonic_ns()
        busy, total = cpu_time(times)
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        disk = self._disk_totals()
        network = self._network_totals()
        own_cpu, own_memory = self._own_cost()
        return HostCounters(
            read_at=self._clock.now(),
            clock_ns=clock_ns,
            cpus=psutil.cpu_count() or os.cpu_count() or 1,
            cpu_busy_ns=busy,
            cpu_total_ns=total,
            load=psutil.getloadavg(),
            memory_total_bytes=Bytes(memory.total),
            memory_available_bytes=Bytes(memory.available),
            swap_total_bytes=Bytes(swap.total),
            swap_used_bytes=Bytes(swap.used),
            disk_read_bytes=disk[0] if disk else None,
            disk_write_bytes=disk[1] if disk else None,
            network_rx_bytes=network[0] if network else None,
            network_tx_bytes=network[1] if network else None,
            cpu_pressure=self._read_pressure("cpu"),
            memory_pressure=self._read_pressure("memory"),
            io_pressure=self._read_pressure("io"),
            own_cpu_time_ns=own_cpu,
            own_memory_bytes=own_memory,
            hostname=self._hostname,
        )

    def _read_pressure(self, resource: str) -> Pressure | None:
        try:
            return kernel_text.pressure((self._pressure / resource).read_text("ascii", "replace"))
        except OSError:
            return None

    def _disk_totals(self) -> tuple[int, int] | None:
        traffic = psutil.disk_io_counters(perdisk=True) or {}
        block = self._sys / "block"
        disks = physical(traffic, (it for it in traffic if (block / it / "device").exists()), _SOFTWARE_DISKS)
        if block.exists():
            # Named by the kernel's own list: a partition of a virtual disk has no device either.
            disks = [it for it in disks if (block / it).exists()]
        if not disks:
            return None
        return sum(traffic[it].read_bytes for it in disks), sum(traffic[it].write_bytes for it in disks)

    def _network_totals(self) -> tuple[int, int] | None:
        """Add up the physical interfaces alone: every container brings one that is not, and 500 of them cost time."""
        now = self._clock.monotonic_ns()
        if self._wires_ns is None or now - self._wires_ns >= _WIRES_NS:
            self._wires, self._wires_ns = self._find_wires(), now
        try:
            counts = [(_count(it / "rx_bytes"), _count(it / "tx_bytes")) for it in self._wires]
        except (OSError, ValueError):
            self._wires_ns = None  # one was taken out; the next read looks for them anew
            return None
        return (sum(received for received, _ in counts), sum(sent for _, sent in counts)) if counts else None

    def _find_wires(self) -> tuple[Path, ...]:
        folder = self._sys / "class/net"
        try:
            names = sorted(it.name for it in folder.iterdir() if (it / "statistics").exists())
        except OSError:
            return ()
        with_device = (it for it in names if (folder / it / "device").exists())
        return tuple(folder / it / "statistics" for it in physical(names, with_device, _SOFTWARE_INTERFACES))

    def _own_cost(self) -> tuple[int, Bytes]:
        """Give the CPU time and resident memory of this process, its children with it."""
        # psutil tells ticks of 10 ms, which at one read a second is a whole percent; the process's own clock is exact.
        used_ns = time.process_time_ns()
        # Children that have ended are in the times of ours; those that live are few and short.
        times = os.times()
        return used_ns + int((times.children_user + times.children_system) * 1e9), Bytes(self._self.memory_info().rss)


def _count(file: Path) -> int:
    return int(file.read_text("ascii"))


def cpu_time(times: Mapping[str, float]) -> tuple[int, int]:
    """Give busy and total nanoseconds of all cores, from seconds by kind.

    >>> cpu_time({"user": 2.0, "system": 1.0, "idle": 6.0, "iowait": 1.0, "guest": 2.0})
    (3000000000, 10000000000)
    """
    total = sum(seconds for kind, seconds in times.items() if kind not in _WITHIN_OTHERS)
    idle = sum(times.get(kind, 0.0) for kind in _IDLE)
    return round((total - idle) * 1e9), round(total * 1e9)


def physical(names: Iterable[str], with_device: Iterable[str], software: tuple[str, ...]) -> list[str]:
    """Choose the names with a device behind them; if none has, all but those that begin like software.

    >>> physical(["eth0", "veth1", "docker0"], ["eth0"], ("veth", "docker"))
    ['eth0']
    >>> physical(["eth0", "veth1", "docker0"], [], ("veth", "docker"))
    ['eth0']
    """
    return list(with_device) or [name for name in names if not name.startswith(software)]
