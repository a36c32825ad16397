"""Services of a real Swarm and a real Compose are borrowed and taken back as containers are."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.lend import is_watched
from tests.lab.client import Lab
from tests.lab.project import SCALABLE, Project
from tests.lab.requirements import compose_binary
from tests.lab.swarm import REPLICAS, REPLICATED, Swarm
from tests.terminal import ROOT

pytestmark = pytest.mark.docker
DEADLINE = 150.0


def run(lab: Lab, home: Path, *words: str, status: int = 0) -> str:
    """Run the program on the lab's engine, with the lab's Compose in reach; give what it said, blanks made one."""
    found = compose_binary()
    path = f"{found.parent}:{os.environ['PATH']}" if found is not None else os.environ["PATH"]
    environment = {**os.environ, "XDG_STATE_HOME": str(home), "HOME": str(home), "PATH": path, "COLUMNS": "110"}
    done = subprocess.run(
        [sys.executable, "-m", "sutaztop", "--host", lab.host, *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def journal(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "sutaztop/journal.jsonl").read_text().splitlines()]


def until_over(home: Path) -> dict[str, Any]:
    """Wait until the first change is taken back and its reverter has ended; give the last line of the journal."""
    change_id = journal(home)[0]["change_id"]
    end = time.monotonic() + DEADLINE
    while journal(home)[-1]["undoes"] != change_id or is_watched(home / "sutaztop", change_id):
        assert time.monotonic() < end, (home / "sutaztop/reverter.log").read_text()
        time.sleep(0.2)
    return journal(home)[-1]


@pytest.mark.swarm
def test_limits_of_a_swarm_service_come_back_by_themselves(lab_swarm: Swarm, tmp_path: Path) -> None:
    said = run(lab_swarm.lab, tmp_path, "limits", REPLICATED, "--cpus", "0.75", "--for", "1s", "--yes")
    assert "running tasks say cpu 0.75" in said
    over = until_over(tmp_path)
    assert (over["phase"], over["result"]) == ("outcome", "applied")
    spec = json.loads(lab_swarm.lab.docker("service", "inspect", REPLICATED))[0]["Spec"]["TaskTemplate"]["Resources"]
    assert (spec["Limits"]["NanoCPUs"], spec["Limits"]["MemoryBytes"]) == (500_000_000, 64 << 20)


@pytest.mark.swarm
def test_replicas_of_a_swarm_service_are_taken_back_by_hand(lab_swarm: Swarm, tmp_path: Path) -> None:
    run(lab_swarm.lab, tmp_path, "replicas", REPLICATED, str(REPLICAS + 1), "--yes")
    said = run(lab_swarm.lab, tmp_path, "undo", "--yes")
    assert f"{REPLICAS} of {REPLICAS} replicas run" in said
    assert lab_swarm.running() == REPLICAS


@pytest.mark.compose
def test_replicas_of_a_compose_service_come_back_by_themselves(lab_compose: Project, tmp_path: Path) -> None:
    before = lab_compose.containers()
    run(lab_compose.lab, tmp_path, "replicas", f"{lab_compose.name}/{SCALABLE}", "3", "--for", "1s", "--yes")
    over = until_over(tmp_path)
    assert (over["phase"], over["result"]) == ("outcome", "applied"), over
    assert len(lab_compose.containers()) == len(before) == 2
