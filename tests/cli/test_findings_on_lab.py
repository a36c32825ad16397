"""What is found wrong on a real engine, by the words that a person would read."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.client import Lab
from tests.lab.requirements import give_up, missing_for_compose

FILE = """
name: findings
services:
  web:
    image: sutazai/lab:latest
    mem_limit: 64m
    stop_grace_period: 1s
  cache:
    image: redis:7-alpine
    command: [sh, -c, "sleep 1000000", redis-server, --maxmemory, 32mb]
    mem_limit: 32m
    stop_grace_period: 1s
  letta: {image: "sutazai/lab:latest"}
  debug: {image: "sutazai/lab:latest", profiles: [debug]}
  none: {image: "sutazai/lab:latest", deploy: {replicas: 0}}
  old: {image: "sutazai/lab:latest", stop_grace_period: 1s}
"""


@pytest.fixture
def project(lab: Lab, tmp_path: Path) -> Iterator[Lab]:
    """A project half of which runs, an orphan, three clones and a container that cannot run."""
    missing = missing_for_compose()
    if missing:
        give_up("compose", missing)
    lab.docker("tag", lab.image, "redis:7-alpine")
    file = tmp_path / "compose.yaml"
    file.write_text(FILE)
    lab.compose("up", "-d", "web", "cache", "old", directory=tmp_path)
    without_old, _, _ = FILE.rpartition("  old:")
    file.write_text(without_old)
    clones = [f"happy_{letter}oyce" for letter in "abc"]
    for name in clones:
        lab.run(name)
    lab.docker("run", "-d", "--name", "looping", "--restart", "always", lab.image, "sh", "-c", "exit 127")
    try:
        yield lab
    finally:
        lab.remove("looping", *clones)
        file.write_text(FILE)
        lab.compose("down", "-v", "--remove-orphans", directory=tmp_path)
        lab.docker("rmi", "redis:7-alpine")


def findings(lab: Lab) -> dict[tuple[str, str], dict[str, Any]]:
    # The Compose that the development group brings along lies beside the interpreter.
    path = f"{Path(sys.executable).parent}:{lab.environment['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "sutaztop", "--host", lab.host, "snapshot", "--json"], capture_output=True, text=True,
        timeout=60, check=False, env={**lab.environment, "PATH": path},
    )  # fmt: skip
    found = json.loads(done.stdout)["findings"]
    return {(it["subject"]["name"], it["word"]): it for it in found}


@pytest.mark.docker
def test_what_a_stack_of_half_a_project_and_strays_is_told(project: Lab) -> None:
    project.wait_for("looping", "{{ge .RestartCount 3}}", "true")
    time.sleep(0.5)
    found = findings(project)
    missing = found["findings", "MISSING"]
    assert missing["text"].startswith("1 of 5 services that compose.yaml defines have no container: letta.")
    assert missing["severity"] == "warning"
    assert "findings-old-1" in found["findings", "ORPHANS"]["text"]
    clones = next(it for (_, word), it in found.items() if word == "CLONES")
    assert clones["text"].startswith("3 containers under names that Docker makes up, of no project: 3 of sutazai/lab")
    assert "happy_aoyce, happy_boyce, happy_coyce" in clones["text"]
    assert "3 containers write json-file logs" in found["findings", "LOGS"]["text"]
    settings = found["findings-cache-1", "SETTINGS"]
    assert "--maxmemory is 32 MiB, 100 % of its memory limit of 32 MiB" in settings["text"]
    loop = next(it for (name, word), it in found.items() if name == "looping" and word == "RESTARTS")
    assert loop["text"].startswith("crash loop: ")
