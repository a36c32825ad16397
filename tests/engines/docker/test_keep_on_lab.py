"""Drift and keeping on a real engine, with the real Compose: a limit raised live outlasts the next up."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path

import pytest

from sutaztop.cli.act import run_change
from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble
from sutaztop.domain.change import Plan, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.keep import ChangeComposeFile
from sutaztop.domain.quantity import MIB, Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from tests.lab.client import Lab
from tests.lab.proxy import RecordingProxy
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

pytestmark = [pytest.mark.docker, pytest.mark.compose]

NAME = "kept"
BASE = """\
name: {name}
x-limits: &limits {{cpus: "0.5", memory: 64M}}
include: [more.yaml]
services:
  worker:
    image: {image}
    command: ["sleep", "1000000"]
    stop_grace_period: 1s
    deploy: {{replicas: 2, resources: {{limits: *limits}}}}
  gateway:
    image: {image}
    command: ["sleep", "1000000"]
    stop_grace_period: 1s
    mem_limit: 64m
    memswap_limit: 64m
    cpus: 0.5
"""
MORE = """\
services:
  side: {{image: {image}, command: ["sleep", "1000000"], stop_grace_period: 1s, mem_limit: 64m}}
"""
OVERRIDE = "# mine\r\nservices:\n  gateway:   {environment: {A: 'b'}}   # odd   spacing\n"


@dataclass
class Here:
    """A project of its own on the lab's engine."""

    lab: Lab
    folder: Path

    @property
    def ours(self) -> Path:
        return self.folder / "compose.sutaztop.yaml"

    def limit(self, container: str, *options: str) -> None:
        self.lab.docker("update", *options, f"{NAME}-{container}")

    def hostconfig(self, container: str) -> str:
        return self.lab.inspect(f"{NAME}-{container}", "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}")

    @contextmanager
    def assembly(self, command: str = "snapshot", host: str = "") -> Iterator[Assembly]:
        configuration = self.folder / "sutaztop.config"
        configuration.write_text(f"engine:\n  compose_command: {json.dumps([str(compose_binary())])}\n")
        words = ["--host", host or self.lab.host, "--profile", "none", "--config", str(configuration), command]
        environment = {"XDG_STATE_HOME": str(self.folder / "state"), "HOME": str(self.folder)}
        it = assemble(parse([*words, *(["x"] if command == "keep-limits" else [])]), environment=environment)
        try:
            yield it
        finally:
            it.close()

    def frame(self, name: str) -> Frame:
        """Give a frame in which the files of a container were asked."""
        with self.assembly() as it:
            for _ in range(20):
                frame = it.monitor.tick(judge_now=True, patience=Seconds(5.0))
                if self.found(frame, name).wish is not None:
                    return frame
        raise AssertionError("its files were not asked")

    @staticmethod
    def found(frame: Frame, name: str) -> ContainerSnapshot:
        return next(it for it in frame.snapshot.containers if it.container.name == f"{NAME}-{name}")

    def keep(self, name: str, *options: str, host: str = "") -> tuple[int, str]:
        """Run the command as a script does; give its status and its words."""
        out = io.StringIO()
        arguments = parse(["--host", host or self.lab.host, "keep-limits", f"{NAME}-{name}", *options])
        with self.assembly("keep-limits", host) as it, redirect_stderr(out):
            status = run_change(arguments, it, out=out, ask=None)
        return status, " ".join(out.getvalue().split())

    def up(self, *options: str) -> str:
        """Bring it up with all files, as the preview says."""
        names = ("compose.yaml", "compose.override.yaml", "compose.sutaztop.yaml")
        files = [word for name in names if (self.folder / name).exists() for word in ("-f", str(self.folder / name))]
        return self.lab.compose("-p", NAME, "--project-directory", str(self.folder), *files, *options, "up", "-d")


@pytest.fixture
def here(lab: Lab, tmp_path: Path) -> Iterator[Here]:
    if reason := missing_for_compose():
        give_up("compose", reason)
    (tmp_path / "compose.yaml").write_text(BASE.format(name=NAME, image=lab.image))
    (tmp_path / "more.yaml").write_text(MORE.format(image=lab.image))
    (tmp_path / "compose.override.yaml").write_text(OVERRIDE, newline="")
    lab.compose("up", "-d", directory=tmp_path)
    yield Here(lab, tmp_path)
    lab.compose("-p", NAME, "down", "--timeout", "1", directory=tmp_path)


def test_a_limit_raised_live_is_drift_is_kept_and_outlasts_the_next_up(here: Here) -> None:
    assert here.found(here.frame("gateway-1"), "gateway-1").drift == ()
    here.limit("gateway-1", "--cpus", "1.5", "--memory", "96m", "--memory-swap", "96m")
    frame = here.frame("gateway-1")
    (finding,) = [it for it in frame.findings if it.word == "DRIFT"]
    assert "cpu 0.5 → 1.5, memory 64 MiB → 96 MiB" in finding.text

    status, words = here.keep("gateway-1", "--dry-run")
    assert status == 0, words
    assert f"Container {NAME}-gateway-1 Recreated" in words
    assert f"Container {NAME}-worker-1 Running" in words
    assert not here.ours.exists()
    status, words = here.keep("gateway-1", "--yes")
    assert status == 0, words
    assert "Compose reads cpu 1.5, memory 96m from the files together" in words
    assert here.ours.read_text().endswith(
        'services:\n  gateway:\n    cpus: "1.5"\n    mem_limit: 96m\n    memswap_limit: 96m\n'
    )
    assert (here.folder / "compose.override.yaml").read_bytes() == OVERRIDE.encode()
    assert (here.folder / "compose.yaml").read_text() == BASE.format(name=NAME, image=here.lab.image)
    assert "compose.sutaztop.yaml keeps them" in next(
        it.text for it in here.frame("gateway-1").findings if it.word == "DRIFT"
    )

    before = here.lab.inspect(f"{NAME}-gateway-1", "{{.Id}}")
    here.up()
    assert here.lab.inspect(f"{NAME}-gateway-1", "{{.Id}}") != before
    assert here.hostconfig("gateway-1") == f"1500000000 {96 * MIB}"
    assert here.found(here.frame("gateway-1"), "gateway-1").drift == ()


def test_without_the_file_the_same_up_would_lose_it(here: Here) -> None:
    here.limit("gateway-1", "--cpus", "1.5")
    here.up("--progress", "quiet")
    assert here.hostconfig("gateway-1").startswith("1500000000")
    here.lab.compose("-p", NAME, "up", "-d", "--force-recreate", "gateway", directory=here.folder)
    assert here.hostconfig("gateway-1").startswith("500000000")


def test_deploy_anchors_replicas_and_an_included_service_are_kept_beside_what_was_there(here: Here) -> None:
    first = "# mine\nservices:\n  gateway: {labels: {a: 'b'}}   # odd   spacing\n"
    here.ours.write_text(first)
    here.lab.compose("up", "-d", "--no-recreate", "--scale", "worker=3", "worker", directory=here.folder)
    here.limit("worker-1", "--cpus", "1.25")
    here.limit("side-1", "--memory", "100000001", "--memory-swap", "200000002")
    for name in ("worker-1", "side-1"):
        status, words = here.keep(name, "--yes")
        assert status == 0, words
    text = here.ours.read_text()
    assert text.startswith(first)
    assert '      resources:\n        limits:\n          cpus: "1.25"\n' in text
    assert "      replicas: 3\n" in text
    backups = sorted(here.folder.glob("compose.sutaztop.yaml.*.bak"))
    assert backups[0].read_text() == first
    here.up()
    assert here.hostconfig("worker-3") == f"1250000000 {64 * MIB}"
    # Whole pages: the engine keeps what it was told.
    assert here.hostconfig("side-1") == "0 100000001"


def test_a_preview_asks_the_engine_only_to_read_and_read_only_writes_nothing(here: Here) -> None:
    here.limit("gateway-1", "--cpus", "1.5")
    with RecordingProxy(here.lab.host) as proxy:
        status, words = here.keep("gateway-1", "--dry-run", host=proxy.host)
        assert status == 0, words
        assert len(proxy.asked) > 5
        assert {method for method, _ in proxy.asked} <= {"GET", "HEAD"}
    assert not here.ours.exists()


def test_what_is_taken_back_is_there_byte_for_byte(here: Here) -> None:
    first = "# mine\r\nservices: {}   # odd\r\n"
    here.ours.write_text(first, newline="")
    here.limit("gateway-1", "--cpus", "1.5")
    status, words = here.keep("gateway-1", "--yes")
    assert status == 0, words
    with here.assembly("keep-limits") as it:
        lines = [json.loads(line) for line in Path(it.state_directory, "journal.jsonl").read_text().splitlines()]
        assert [line["change"]["kind"] for line in lines] == ["ChangeComposeFile"] * 2
        (_, entry) = it.actuator._journal.entries()
        assert isinstance(entry.change, ChangeComposeFile)
        back = Plan("Take it back", entry.object, entry.change.inverse, (), "")
        outcome = it.actuator.apply(back)
        assert outcome.result is Result.APPLIED, outcome
        assert here.ours.read_bytes() == first.encode()
        assert it.actuator.apply(back).result is Result.REFUSED


def test_files_that_are_gone_claim_no_drift_and_refuse_with_the_reason(here: Here) -> None:
    here.limit("gateway-1", "--cpus", "1.5")
    base = here.folder / "compose.yaml"
    kept = base.read_text()
    base.unlink()
    try:
        found = here.found(here.frame("gateway-1"), "gateway-1")
        assert found.drift == ()
        assert found.wish is not None
        assert f"There is no {base} on this host" in found.wish.trouble
        status, words = here.keep("gateway-1", "--yes")
        assert status == 1
        assert f"There is no {base} on this host".replace(" ", "") in words.replace(" ", "")
    finally:
        base.write_text(kept)


def test_replicas_are_rehearsed_by_the_real_compose_before_anybody_says_yes(here: Here) -> None:
    def replicas(count: str, *options: str) -> tuple[int, str]:
        out = io.StringIO()
        arguments = parse(["--host", here.lab.host, "replicas", f"{NAME}/worker", count, *options])
        with here.assembly() as it, redirect_stderr(out):
            status = run_change(arguments, it, out=out, ask=None)
        return status, " ".join(out.getvalue().split())

    before = here.lab.docker("ps", "-a", "--format", "{{.Names}}")
    status, words = replicas("3", "--dry-run")
    assert status == 0, words
    assert f"Container {NAME}-worker-3 Created" in words
    assert "Recreated" not in words
    assert here.lab.docker("ps", "-a", "--format", "{{.Names}}") == before
    status, words = replicas("3", "--yes")
    assert status == 0, words
    assert "3 of 3 replicas run" in words
