"""A container with everything that the details pane can show, and some of it hostile."""

import math
from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.container import Mount, Port, Probe
from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Component, Medium
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Ratio
from sutaztop.domain.reading import PENDING
from sutaztop.domain.snapshot import ComponentUsage, ContainerSnapshot, Disks, DiskTier
from tests.given import NOW, KeptSeries, container, frame, measured_container, snapshot, usage

OLLAMA = Component("ollama models", Medium.SSD, volumes=("ollama_models",), recommended=Bytes(150 * GIB))
BACKUPS = Component("backups", Medium.HDD, paths=("/srv/backups",))
NIGHTLY = Component("nightly", Medium.HDD, paths=("/srv/backups/nightly",))
ENGINE = Component("engine", Medium.SSD, engine_root=True)
SECRET = "hunter2-very-secret"  # noqa: S105 - of nobody


def disks(*components: Component) -> Disks:
    used = tuple(ComponentUsage(it, (), PENDING, PENDING, None) for it in components)
    return Disks((DiskTier(Medium.UNKNOWN, used, PENDING, None, ()),))


def rich_container() -> ContainerSnapshot:
    it = replace(
        container("sutazai-backend", restart_count=2, oom_killed=True),
        restart_policy="unless-stopped", command="uvicorn app:main --workers 4", networks=("sutazai_default",),
        mounts=(
            Mount("volume", "/var/lib/docker/volumes/sutazaiapp_ollama_models/_data", "/root/.ollama",
                  "sutazaiapp_ollama_models"),
            Mount("bind", "/srv/backups/nightly/db", "/backups", read_only=True),
            Mount("bind", "/etc/elsewhere", "/etc/app"),
            Mount("tmpfs", "", "/tmp"),
        ),
        ports=(Port(8000, "tcp", "10.0.0.7", 10010), Port(9090, "tcp"), Port(53, "udp", "::1", 5353)),
        probes=(Probe(NOW - timedelta(seconds=12), 1, "curl: (7) Failed to connect\n[bold]not markup[/bold]"),),
        environment=(("DATABASE_PASSWORD", SECRET), ("LOG_LEVEL", "[red]info[/red]")),
        labels={"com.docker.compose.project": "sutazaiapp", "weird": "[/nope]"},
    )  # fmt: skip
    used = replace(
        usage(), cpu_pressure=Pressure(Ratio(0.12)), memory_pressure=Pressure(Ratio(0.003)),
        io_pressure=Pressure(Ratio(0.04)), oom_kills=1,
    )  # fmt: skip
    return measured_container(it, used)


def rich_frame() -> Frame:
    found = rich_container()
    finding = Finding(
        Subject("container", found.id, "backend"), Severity.CRITICAL, "QUOTA",
        "uses 93 % of its CPU limit and is throttled while the host has cores to spare",
        (Evidence("share of limit", "93 %"), Evidence("throttled", "41 %")), NOW - timedelta(minutes=7),
    )  # fmt: skip
    wave = [1.3 + 0.5 * math.sin(index / 7) + 0.2 * math.sin(index * 1.7) for index in range(121)]
    history = KeptSeries({
        (found.id, "cpu"): [None if 40 < n < 48 else it for n, it in enumerate(wave)],
        (found.id, "throttled"): [max(0.0, it - 1.4) for it in wave],
        (found.id, "memory"): [(1.6 + n / 150) * GIB for n in range(121)],
        (found.id, "memory_anon"): [(1.2 + n / 200) * GIB for n in range(121)],
    })  # fmt: skip
    shown = replace(snapshot([found]), disks=disks(OLLAMA, BACKUPS, NIGHTLY, ENGINE))
    return frame(shown, findings=[finding], history=history)
