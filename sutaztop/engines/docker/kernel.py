"""What the kernel enforces on a container, from its own files: cgroup v1 and v2, any layout."""

from collections.abc import Mapping
from pathlib import Path

from sutaztop.domain.cgroup import locate, parse_mounts
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.resources import Limits

PROC = Path("/proc")
_UNLIMITED = 1 << 62
"""v1 writes "no limit" as the largest page-aligned number, a little under 2^63."""


def belongs_to(pid: int, container_id: str, *, proc: Path = PROC) -> bool | None:
    """Say whether that process here is the container's; ``None`` where it cannot be seen.

    A remote or virtual engine's pids mean other processes here, so only a cgroup path that
    holds the container's own id proves anything.
    """
    text = _text(proc / str(pid) / "cgroup") if pid > 0 else None
    return None if text is None else bool(container_id) and container_id in text


def read_kernel_limits(pid: int, container_id: str, *, proc: Path = PROC) -> Limits | None:
    """Read the ceilings; ``None`` where the files are not there, not readable, or another's."""
    if not belongs_to(pid, container_id, proc=proc):
        return None
    mounts = parse_mounts(_text(proc / "self" / "mountinfo") or "")
    place = locate(_text(proc / str(pid) / "cgroup") or "", mounts, container_id)
    if place is None:
        return None
    if place.version == 1:
        cpu, memory, pids = (_folder(place.controllers, name) for name in ("cpu", "memory", "pids"))
        return _read_v1(cpu, memory, pids)
    return _read_v2(Path(place.unified)) if place.unified else None


def _folder(controllers: Mapping[str, str], name: str) -> Path | None:
    return Path(controllers[name]) if name in controllers else None


def _read_v1(cpu: Path | None, memory: Path | None, pids: Path | None) -> Limits | None:
    quota, period = _number(cpu, "cpu.cfs_quota_us"), _number(cpu, "cpu.cfs_period_us")
    ceiling, swap = _number(memory, "memory.limit_in_bytes"), _number(memory, "memory.memsw.limit_in_bytes")
    if quota is None and ceiling is None:
        return None
    limited = ceiling is not None and ceiling < _UNLIMITED
    return Limits(
        cpu=Cores(quota / period) if quota and period and quota > 0 else None,
        memory=Bytes(ceiling) if limited and ceiling is not None else None,
        memory_and_swap=_swap(swap) if limited else None,
        pids=_number(pids, "pids.max"),
    )


def _read_v2(folder: Path) -> Limits | None:
    cpu = (_text(folder / "cpu.max") or "").split()
    memory, swap = _text(folder / "memory.max"), _number(folder, "memory.swap.max")
    if not cpu and memory is None:
        return None
    ceiling = _number(folder, "memory.max")
    unlimited_swap = (_text(folder / "memory.swap.max") or "").strip() == "max"
    total = None
    if ceiling is not None:
        total = Bytes(-1) if unlimited_swap else Bytes(ceiling + swap) if swap is not None else None
    return Limits(
        cpu=Cores(int(cpu[0]) / int(cpu[1])) if len(cpu) == 2 and cpu[0].isdigit() and cpu[1].isdigit() else None,
        memory=None if ceiling is None else Bytes(ceiling),
        memory_and_swap=total,
        pids=_number(folder, "pids.max"),
    )


def _swap(value: int | None) -> Bytes | None:
    return None if value is None else Bytes(value if value < _UNLIMITED else -1)


def _number(folder: Path | None, name: str) -> int | None:
    """Read one number; ``max`` and an absent file are ``None``."""
    text = (_text(folder / name) or "").strip() if folder is not None else ""
    try:
        return int(text)
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
