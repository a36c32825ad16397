"""What became of a container whose limits were to change, whatever the engine answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sutaztop.contracts import EngineError, EngineRefused
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.reads import Reads
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.docker.update import send_limits
from tests.engines.docker.scripted import ScriptedEngine, answer

ID = "5" * 64
BEFORE = Limits(Cores(0.5), Bytes(64 * MIB), Bytes(64 * MIB))
AFTER = BEFORE.with_cpu(Cores(0.25))
HOST = {"NanoCpus": 500_000_000, "Memory": 64 * MIB, "MemorySwap": 64 * MIB}
RUNNING = {"Status": "running", "Running": True, "Pid": 7, "StartedAt": "2026-11-25T10:00:00Z"}
ANEW = {**RUNNING, "Pid": 8, "StartedAt": "2026-11-25T10:00:01Z"}
KILLED = {"Status": "exited", "Running": False, "Pid": 0, "OOMKilled": True, "ExitCode": 137,
          "StartedAt": "2026-11-25T10:00:00Z", "FinishedAt": "2026-11-25T10:00:01Z"}  # fmt: skip
REFUSAL = answer(500, {"message": "runc: write cpu.max: invalid argument"})
DONE = answer(200, {"Warnings": None})


class KernelSays(Reads):
    """Reads whose kernel enforces what a test says."""

    enforced: Callable[[], Limits | None]

    def kernel_limits(self, container_id: str) -> Limits | None:
        del container_id
        return self.enforced()


class Attempt:
    """An engine that answers an update in one way, after which the container's state is another."""

    def __init__(self, folder: Path, said: bytes, *, state: object = RUNNING, heals: bool = True) -> None:
        self._said = said
        self._after = state
        self._heals = heals
        self._updates = 0
        self.engine = ScriptedEngine(folder, self._script)

    def _script(self, method: str, path: str) -> bytes | None:
        if method == "POST" and path.endswith("/update"):
            self._updates += 1
            return self._said if self._updates == 1 else DONE
        if path.endswith("/json"):
            state = self._after if self._updates else RUNNING
            return answer(200, {"Id": ID, "Name": "/web", "State": state, "HostConfig": HOST, "Config": {}})
        return None

    def enforced(self) -> Limits:
        """Give what the kernel enforces: the first update moves it, a second one puts it back, if it heals."""
        return AFTER if self._updates == 1 or (self._updates and not self._heals) else BEFORE

    @contextmanager
    def reads(self, enforced: Callable[[], Limits | None] | None = None) -> Iterator[tuple[Transport, Reads]]:
        with self.engine as engine:
            transport = Transport(resolve_endpoint(host=engine.host, environment={}), deadline=Seconds(5.0))
            reads = KernelSays(transport)
            reads.enforced = enforced or (lambda: BEFORE)
            yield transport, reads
            transport.close()

    def bodies(self) -> list[Any]:
        return [it.body for it in self.engine.asked if it.path.endswith("/update")]


def test_a_refusal_that_changed_nothing_is_a_refusal(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, REFUSAL)
    with attempt.reads() as (transport, reads), pytest.raises(EngineRefused, match="invalid argument"):
        send_limits(transport, reads, ID, BEFORE, AFTER)
    assert len(attempt.bodies()) == 1


def test_what_a_refusal_changed_in_the_kernel_is_taken_back(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, REFUSAL)
    with attempt.reads(attempt.enforced) as (transport, reads), pytest.raises(EngineRefused, match="invalid argument"):
        send_limits(transport, reads, ID, BEFORE, AFTER)
    assert attempt.bodies() == [b'{"NanoCpus": 250000000}', b'{"NanoCpus": 500000000}']


def test_what_cannot_be_taken_back_is_no_mere_refusal(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, REFUSAL, heals=False)
    with attempt.reads(attempt.enforced) as (transport, reads), pytest.raises(EngineError) as failed:
        send_limits(transport, reads, ID, BEFORE, AFTER)
    assert not isinstance(failed.value, EngineRefused)
    assert "no longer enforces the earlier limits" in str(failed.value)


def test_a_container_that_died_of_a_refused_change_is_no_mere_refusal(tmp_path: Path) -> None:
    attempt = Attempt(tmp_path, REFUSAL, state=KILLED)
    with attempt.reads() as (transport, reads), pytest.raises(EngineError) as failed:
        send_limits(transport, reads, ID, BEFORE, AFTER)
    assert not isinstance(failed.value, EngineRefused)
    assert "ended meanwhile (killed for want of memory)" in str(failed.value)


@pytest.mark.parametrize(("state", "how"), [(KILLED, "killed for want of memory"), (ANEW, "it was started anew")])
def test_a_container_that_died_of_an_accepted_change_is_warned_of(tmp_path: Path, state: object, how: str) -> None:
    attempt = Attempt(tmp_path, DONE, state=state)
    with attempt.reads() as (transport, reads):
        assert send_limits(transport, reads, ID, BEFORE, AFTER) == (f"The container ended meanwhile ({how})",)


def test_a_change_that_went_well_has_nothing_to_warn_of(tmp_path: Path) -> None:
    with Attempt(tmp_path, DONE).reads() as (transport, reads):
        assert send_limits(transport, reads, ID, BEFORE, AFTER) == ()
