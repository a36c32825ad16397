"""Trees of /proc and /sys as the recordings have them, written under a test's own directory."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.collectors.kept_files import Budget, Pread
from sutaztop.domain.container import Container
from tests.clock import SetClock
from tests.given import container

V1_CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
HYBRID_MOUNTS = "".join(
    f"{32 + n} 31 0:{29 + n} / /sys/fs/cgroup/{name} rw,relatime - cgroup cgroup rw,{name}\n"
    for n, name in enumerate(V1_CONTROLLERS)
) + ("41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n")
V2_MOUNT = "31 21 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate\n"
STAT = "cpu  371127 0 49902 327199 1305 0 1167 10219 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\ncpu1 1 0 1 1 0 0 0 0 0 0\nintr 5\n"
_CONTROLLER_OF = {"cpuacct": "cpuacct", "cpu": "cpu", "memory": "memory", "pids": "pids", "blkio": "blkio"}


@dataclass
class KernelTree:
    """A host's /proc and /sys under ``root``."""

    root: Path

    @property
    def proc(self) -> str:
        return str(self.root / "proc")

    @property
    def sys(self) -> str:
        return str(self.root / "sys")

    def write(self, path: str, text: str) -> None:
        """Write one file, given as the kernel's absolute path."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def host(self, mounts: str, stat: str = STAT) -> None:
        """Write what belongs to the host."""
        self.write("/proc/self/mountinfo", mounts)
        self.write("/proc/stat", stat)

    def collector(
        self, *, files: int = 1000, pread: Pread | None = None, clock: SetClock | None = None
    ) -> KernelCounters:
        """Give a collector that reads this tree."""
        more: dict[str, Any] = {} if pread is None else {"pread": pread}
        return KernelCounters(clock or SetClock(), proc=self.proc, sys=self.sys, budget=Budget(files), **more)

    def hybrid(self, snapshot: dict[str, Any], files: dict[str, Any], pid: int) -> Container:
        """Write a version 1 container with version 2 beside it, as recorded, and give it as inspect would."""
        self.host(HYBRID_MOUNTS, str(files["proc/stat"]))
        where = f"docker/{snapshot['id']}"
        for name, text in files.items():
            if name.startswith("proc/PID/"):
                self.write(f"/proc/{pid}/{name.removeprefix('proc/PID/')}", text)
            elif name.endswith(" (unified)"):
                self.write(f"/sys/fs/cgroup/unified/{where}/{name.removesuffix(' (unified)')}", text)
            elif (controller := _CONTROLLER_OF.get(name.partition(".")[0])) is not None:
                self.write(f"/sys/fs/cgroup/{controller}/{where}/{name}", text)
        oom = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"
        self.write(f"/sys/fs/cgroup/memory/{where}/memory.oom_control", oom)
        blkio = "blkio.throttle.io_service_bytes_recursive"
        self.write(f"/sys/fs/cgroup/blkio/{where}/{blkio}", "Total 0\n")
        return replace(container(snapshot["name"]), id=snapshot["id"], pid=pid)

    def unified(self, snapshot: dict[str, Any]) -> Container:
        """Write a version 2 container as recorded, and give it as inspect would."""
        self.host("\n".join(snapshot["mountinfo"]) + "\n")
        pid = snapshot["pid"]
        self.write(f"/proc/{pid}/cgroup", snapshot["cgroup"])
        self.write(f"/proc/{pid}/net/dev", snapshot["net_dev"])
        for name, text in snapshot["files"].items():
            self.write(f"{snapshot['path']}/{name}", text)
        return replace(container(snapshot["name"]), id=snapshot["stats"]["id"], pid=pid)

    def change(self, it: Container, name: str, text: str) -> None:
        """Have the kernel say something else in one of a plain container's files."""
        self.write(f"/sys/fs/cgroup/system.slice/docker-{it.id}.scope/{name}", text)

    def plain(self, name: str = "web", pid: int = 300, driver: str = "systemd") -> Container:
        """Write the least version 2 container, without recordings."""
        it = replace(container(name), pid=pid)
        where = f"/system.slice/docker-{it.id}.scope" if driver == "systemd" else f"/docker/{it.id}"
        self.host(V2_MOUNT)
        self.write(f"/proc/{pid}/cgroup", f"0::{where}\n")
        self.write(f"/sys/fs/cgroup{where}/cpu.stat", "usage_usec 1000\nnr_periods 0\nnr_throttled 0\n")
        self.write(f"/sys/fs/cgroup{where}/memory.current", "4096\n")
        return it
