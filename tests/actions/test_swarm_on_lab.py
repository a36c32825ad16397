"""Changes of Swarm services on a real Swarm: what fails is told, and nobody else's change is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaztop.actions.apply import Actuator
from sutaztop.actions.lease import Permission
from sutaztop.cli.clock import SystemClock
from sutaztop.domain.change import ChangeLimits, ChangeReplicas, Outcome, Plan, Result
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.store.journal import FileJournal
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until
from tests.lab.swarm import Swarm, running_tasks

pytestmark = [pytest.mark.docker, pytest.mark.swarm]
NAME = "actions_agents"
BEFORE = Limits(Cores(0.5), Bytes(64 * MIB))


class Bench:
    """An actuator on the Swarm's engine, and one service of two replicas."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.engine = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(20.0))
        self.journal = FileJournal(folder)
        self.actuator = Actuator(
            engine=self.engine, model_host=lambda _: None, journal=self.journal, clock=SystemClock(), who="tester",
            permission=Permission(),
        )  # fmt: skip
        lab.docker(
            "service", "create", "--detach", "--name", NAME, "--replicas", "2", "--limit-cpu", "0.5",
            "--limit-memory", "64M", "--reserve-memory", "16M", "--env", "KEPT=yes", "--label", "owner=lab",
            "--update-monitor", "1s", "--update-failure-action", "rollback", "--rollback-monitor", "1s",
            "--stop-grace-period", "1s", "--no-resolve-image", lab.image, "sleep", "1000000",
        )  # fmt: skip
        wait_until(lambda: running_tasks(lab, NAME) == 2, 60.0)

    @property
    def id(self) -> str:
        return str(json.loads(self.lab.docker("service", "inspect", NAME))[0]["ID"])

    def spec(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.lab.docker("service", "inspect", NAME))[0]["Spec"]
        return found

    def apply(self, change: ChangeLimits | ChangeReplicas) -> Outcome:
        return self.actuator.apply(Plan("It", "service", change, (), "docker …"))

    def limits(self, after: Limits) -> ChangeLimits:
        return ChangeLimits(self.lab.host, self.id, NAME, BEFORE, after, swarm=True)


@pytest.fixture
def bench(lab_swarm: Swarm, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(lab_swarm.lab, tmp_path)
    yield made
    made.engine.close()
    made.lab.docker("service", "rm", NAME)
    wait_until(lambda: running_tasks(made.lab, NAME) == 0, 60.0)


def test_limits_reach_every_task_and_nothing_else_of_the_service_is_touched(bench: Bench) -> None:
    before = bench.spec()
    outcome = bench.apply(bench.limits(Limits(Cores(0.25), Bytes(96 * MIB))))
    assert outcome.result is Result.APPLIED, outcome
    after = bench.spec()
    resources = after["TaskTemplate"].pop("Resources")  # type: ignore[attr-defined]
    earlier = before["TaskTemplate"].pop("Resources")  # type: ignore[attr-defined]
    assert resources["Limits"]["NanoCPUs"] == 250_000_000
    assert resources["Reservations"] == earlier["Reservations"]
    assert after == before


def test_an_update_that_fails_and_is_rolled_back_is_told_as_a_failure(bench: Bench) -> None:
    # Swarm takes more CPU than any node has, and each task is then rejected.
    outcome = bench.apply(bench.limits(Limits(Cores(512.0), BEFORE.memory)))
    assert outcome.result is Result.FAILED, outcome
    assert "rolled it back" in outcome.message
    wait_until(lambda: running_tasks(bench.lab, NAME) == 2, 60.0)
    assert bench.engine.service(bench.id).resources.limits.cpu == 0.5, "what was there stands again"
    assert [it.result for it in bench.journal.entries()] == [None, Result.FAILED]


def test_what_somebody_else_changed_since_the_preview_is_not_overwritten(bench: Bench) -> None:
    change = bench.limits(Limits(Cores(0.25), BEFORE.memory))
    bench.lab.docker("service", "update", "--detach", "--limit-cpu", "0.75", NAME)
    outcome = bench.apply(change)
    assert outcome.result is Result.REFUSED
    assert "changed since the preview was made" in outcome.message
    assert bench.engine.service(bench.id).resources.limits.cpu == 0.75


def test_a_label_that_somebody_else_sets_meanwhile_is_kept(bench: Bench) -> None:
    change = bench.limits(Limits(Cores(0.25), BEFORE.memory))
    bench.lab.docker("service", "update", "--detach", "--label-add", "theirs=yes", NAME)
    outcome = bench.apply(change)
    assert outcome.result is Result.APPLIED, outcome
    labels = bench.spec()["Labels"]
    assert labels == {"owner": "lab", "theirs": "yes"}


def test_replicas_go_up_and_down_and_are_seen_to_run(bench: Bench) -> None:
    for before, after in ((2, 3), (3, 1)):
        outcome = bench.apply(ChangeReplicas(bench.lab.host, bench.id, NAME, before, after))
        assert outcome.result is Result.APPLIED, outcome
        assert running_tasks(bench.lab, NAME) == after
