"""What the lab needs of this machine, and what becomes of a test where it is missing."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRE = "SUTAZTOP_REQUIRE"
"""Names, divided by commas, whose absence fails a test instead of skipping it: docker, swarm, compose."""
DAEMON_TOOLS = ("dockerd", "docker", "unshare", "setpriv", "busybox", "iptables")


def missing_for_docker() -> str | None:
    """Say why no engine can be started here, or ``None`` if one can be tried."""
    if os.geteuid() != 0:
        return "the lab's engine needs root"
    absent = [tool for tool in DAEMON_TOOLS if shutil.which(tool) is None]
    if absent:
        return f"the lab's engine needs {', '.join(absent)} (Debian: docker.io, iptables, busybox-static, util-linux)"
    busybox = shutil.which("busybox")
    # The loader's name stands at the head of a program that needs one, and would not start in an image without it.
    if busybox and b"/ld-" in Path(busybox).read_bytes()[:4096]:
        return "the lab's images need a static busybox (Debian: busybox-static)"
    return None


def compose_binary() -> Path | None:
    """Find the real Compose: beside this Python first, then on the path."""
    beside = Path(sys.prefix) / "bin" / "docker-compose"
    if beside.exists():
        return beside
    found = shutil.which("docker-compose")
    return Path(found) if found else None


def missing_for_compose() -> str | None:
    """Say why Compose cannot be run here, or ``None``."""
    if compose_binary() is None:
        return "no docker-compose beside this Python or on the path (make test installs it)"
    return None


def is_required(name: str) -> bool:
    """Tell whether the absence of ``name`` must fail."""
    return name in {part.strip() for part in os.environ.get(REQUIRE, "").split(",")}


def give_up(name: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where ``SUTAZTOP_REQUIRE`` names what is missing."""
    if is_required(name):
        pytest.fail(f"{REQUIRE} names {name}, and it is missing: {reason}", pytrace=False)
    pytest.skip(f"needs {name}: {reason}")
