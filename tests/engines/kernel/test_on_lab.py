"""The kernel alone beside the engine, on a real one: the same containers, processes and limits."""

import json
import os
import pwd
import subprocess
import sys

import pytest

from sutaztop.domain.quantity import Seconds
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.engines.kernel.engine import KernelEngine
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until
from tests.lab.stack import Stack

pytestmark = pytest.mark.docker


def test_it_sees_what_the_engine_sees(lab: Lab) -> None:
    ids = [
        lab.run("bare-limited", "--cpus", "0.5", "-m", "64m", command=("sleep", "1000")),
        lab.run("bare-host", "--pid", "host", command=("sleep", "1000")),
        lab.run("bare-paused", command=("sleep", "1000")),
    ]
    lab.docker("pause", "bare-paused")
    engine = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(10.0))
    try:
        told = {it: engine.inspect(it) for it in ids}
        seen = {it.id: it for it in KernelEngine("not asked").containers()}
        for it in ids:
            mine, its = seen[it], told[it]
            assert (mine.pid, mine.state) == (its.pid, its.state)
            assert mine.resources.limits.cpu == its.resources.limits.cpu
            assert mine.resources.limits.memory == its.resources.limits.memory
            assert mine.started_at is not None
            assert its.started_at is not None
            # The kernel's boot time is whole seconds.
            assert abs((mine.started_at - its.started_at).total_seconds()) < 2.5
    finally:
        engine.close()
        lab.docker("unpause", "bare-paused")
        lab.remove(*ids)


def test_it_tells_of_a_container_that_starts_and_of_its_end(lab: Lab) -> None:
    kernel = KernelEngine("not asked", look_every=Seconds(0.05))
    events = iter(kernel.events())
    container_id = lab.run("bare-coming", command=("sleep", "1000"))
    started = next(it for it in events if it.subject_id == container_id)
    assert started.action == "start"
    assert kernel.inspect(container_id).resources.limits.cpu is None
    lab.remove(container_id)
    ended = next(it for it in events if it.subject_id == container_id and it.action == "destroy")
    assert ended.at >= started.at
    kernel.close()


def test_a_user_who_may_not_open_the_socket_still_sees_cpu_and_memory(lab_stack: Stack) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    command = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", sys.executable, "-m", "sutaztop",
               "--host", lab_stack.host, "snapshot", "--json"]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    if subprocess.run([*command[:4], sys.executable, "-c", "import sutaztop"], env=environment, check=False).returncode:
        pytest.skip("this checkout cannot be read by the user nobody")
    found: dict[str, dict[str, object]] = {}

    def read() -> bool:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        document = json.loads(done.stdout)
        assert "permission denied" in document["engine"]["without_engine"]
        found.update({it["id"]: it for it in document["containers"]})
        return True

    wait_until(read, 60)
    backend = json.loads(lab_stack.lab.docker("inspect", "sutazai-backend"))[0]
    seen = found[backend["Id"]]
    assert seen["memory_limit_bytes"] == backend["HostConfig"]["Memory"]
    assert isinstance(seen["cpu_cores"], float)
    assert isinstance(seen["memory_working_set_bytes"], int)
