"""What the kernel's accounting files say: text in, numbers out. Pure; a part that is missing is ``None``."""

from sutaztop.domain.counters import Pressure
from sutaztop.domain.quantity import Bytes, Ratio

NS_PER_TICK = 10_000_000
"""``/proc/stat`` counts in USER_HZ, 100 a second on every architecture Docker runs on (proc(5))."""
_UNLIMITED = 1 << 62
"""cgroup v1 writes the largest page-aligned 64-bit number for "no limit"."""


def picked(text: str | None, name: str) -> int | None:
    r"""Give the number of one line of ``name number``; ``None`` where there is none.

    Looking for three lines of ``memory.stat`` costs a third of what reading all of them does.

    >>> picked("total_cache 3\nrss 4\n", "rss"), picked("total_rss 3\nrss 4\n", "rss"), picked("rss 4", "cache")
    (4, 4, None)
    """
    if text is None:
        return None
    key = name + " "
    at = text.find(key)
    while at > 0 and text[at - 1] != "\n":
        at = text.find(key, at + 1)
    if at < 0:
        return None
    start = at + len(key)
    end = text.find("\n", start)
    figure = text[start:end] if end >= 0 else text[start:]
    return int(figure) if figure.isdecimal() else None


def number(text: str | None) -> int | None:
    """Read a file that holds one number; ``None`` where it holds none, as ``max``."""
    stripped = (text or "").strip()
    return int(stripped) if stripped.isdecimal() else None


def limit(text: str | None) -> Bytes | None:
    r"""Read ``memory.max`` or ``memory.limit_in_bytes``; ``None`` where there is no limit.

    >>> limit("67108864\n"), limit("max\n"), limit("9223372036854771712\n")
    (67108864, None, None)
    """
    value = number(text)
    return Bytes(value) if value is not None and value < _UNLIMITED else None


def pressure(text: str | None) -> Pressure | None:
    r"""Read a PSI file (``avg10`` and ``avg60``, in percent there); ``None`` where the kernel keeps none.

    >>> pressure("some avg10=12.50 avg60=2.5 avg300=0.49 total=9\nfull avg10=6.25 avg60=0 avg300=0 total=9\n")
    Pressure(some=0.125, full=0.0625, some_minute=0.025, full_minute=0.0)
    """
    found: dict[str, tuple[Ratio, Ratio | None]] = {}
    for line in (text or "").splitlines():
        kind, _, rest = line.partition(" avg10=")
        ten, _, minute = rest.partition(" avg60=")
        try:
            found[kind] = (
                Ratio(float(ten.partition(" ")[0]) / 100),
                Ratio(float(minute.partition(" ")[0]) / 100) if minute else None,
            )
        except ValueError:
            continue
    if "some" not in found:
        return None
    (some, some_minute), (full, full_minute) = found["some"], found.get("full", (None, None))
    return Pressure(some, full, some_minute, full_minute)


def block_v1(text: str | None) -> tuple[int, int] | None:
    """Add up ``blkio.throttle.io_service_bytes_recursive`` (``8:0 Read 4096``): bytes read, written.

    ``None`` where no device is named: newer kernels count there only once a throttle is set, and
    400 MB of traffic then stand as nothing at all (measured on 6.18).
    """
    read = written = 0
    devices = False
    for line in (text or "").splitlines():
        words = line.split()
        if len(words) != 3 or not words[2].isdecimal():
            continue
        devices = True
        if words[1] == "Read":
            read += int(words[2])
        elif words[1] == "Write":
            written += int(words[2])
    return (read, written) if devices else None


def block_v2(text: str | None) -> tuple[int, int] | None:
    r"""Add up ``io.stat`` over its devices: bytes read, written; ``None`` where it is empty.

    >>> block_v2("254:0 rbytes=4096 wbytes=100 rios=3 wios=0 dbytes=0 dios=0\n")
    (4096, 100)
    """
    read = written = 0
    devices = False
    for word in (text or "").split():
        name, _, value = word.partition("=")
        if name == "rbytes":
            devices = True
            read += int(value)
        elif name == "wbytes":
            written += int(value)
    return (read, written) if devices else None


def network(text: str | None) -> tuple[int, int] | None:
    """Add up ``/proc/<pid>/net/dev`` over its interfaces without ``lo``: bytes in, out.

    ``None`` where ``lo`` is all there is: a container without a network counts nothing, and the
    file of a process that has ended shows just that (measured).
    """
    received = sent = 0
    interfaces = False
    for line in (text or "").splitlines()[2:]:
        name, _, rest = line.partition(":")
        fields = rest.split()
        if name.strip() == "lo" or len(fields) < 9:
            continue
        interfaces = True
        received += int(fields[0])
        sent += int(fields[8])
    return (received, sent) if interfaces else None


def system_cpu(text: str) -> tuple[int, int]:
    r"""Read ``/proc/stat``: the host's CPU time in ns as the engine sums it, and the online CPUs.

    The sum is of the first seven fields: guest time is within user time already, and steal is
    left out by the engine (moby, ``daemon/stats_unix.go``).

    >>> system_cpu("cpu  100 0 50 800 5 0 1 44 0 0\ncpu0 100 0 50 800 5 0 1 44 0 0\nintr 1\n")
    (9560000000, 1)
    """
    lines = text.splitlines()
    ticks = sum(map(int, lines[0].split()[1:8]))
    cpus = sum(1 for line in lines[1:] if line.startswith("cpu"))
    return ticks * NS_PER_TICK, cpus
