import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sutaztop.actions.apply import Actuator
from sutaztop.actions.lease import Lease, Permission
from sutaztop.actions.plan import plan
from sutaztop.collectors.gather import Gather
from sutaztop.collectors.stack import StackCollector
from sutaztop.contracts import DeadlineExceeded, Engine, EngineError, EngineUnreachable, JournalError, Unreachable
from sutaztop.demo.engine import DemoEngine
from sutaztop.demo.host import no_own_cost
from sutaztop.demo.open import DemoWorld, open_demo
from sutaztop.demo.world import World
from sutaztop.domain.change import ChangeLimits, JournalEntry, Outcome, Plan, Refusal, Result
from sutaztop.domain.container import Container, Health
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import Circumstances
from sutaztop.domain.intent import Intent, ScaleUpLimits, SetLimits, SetReplicas, UnloadModel
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.monitor import Monitor
from sutaztop.policy.judge import judge
from sutaztop.store.turns import SharedTurns
from tests.clock import SetClock


@dataclass
class KeptJournal:
    """A journal in memory that can be told to fail."""

    kept: list[JournalEntry] = field(default_factory=list)
    full: bool = False

    def append(self, entry: JournalEntry) -> None:
        if self.full:
            raise JournalError("The journal can't be written", "no space left on device", "Make room")
        self.kept.append(entry)

    def entries(self) -> Sequence[JournalEntry]:
        return self.kept


class FailingEngine(DemoEngine):
    """A demo engine whose changes of replicas fail: before they are made, or after ``made`` of them."""

    error: BaseException = KeyboardInterrupt()
    made: int | None = None

    def set_replicas(self, service_id: str, replicas: int) -> None:
        del replicas
        if self.made is not None:
            super().set_replicas(service_id, self.made)
        raise self.error


class FarEngine(DemoEngine):
    """One of a service's tasks runs on another node."""

    def service(self, service_id: str) -> Service:
        it = super().service(service_id)
        return replace(it, container_ids=(*it.container_ids[:-1], "f" * 64))


class Console:
    """A demo world with a frame of it and an actuator on it."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.clock = SetClock()
        self.demo: DemoWorld = open_demo(self.clock, own_cost=no_own_cost)
        self.journal = KeptJournal()
        source = Gather(
            self.clock,
            StackCollector(self.demo.engine, self.clock),
            self.demo.counters_collector,
            models=self.demo.models_collector,
        )
        self.monitor = Monitor(source, Profile(), judge, self.clock)
        self.failing = FailingEngine(self.demo.world)
        self.actuator = self.actuator_on(self.demo.engine, read_only=read_only)

    def actuator_on(self, engine: Engine, *, read_only: bool = False) -> Actuator:
        return Actuator(
            engine=engine,
            model_host=lambda endpoint: self.demo.models if endpoint == self.demo.models.endpoint else None,
            journal=self.journal,
            clock=self.clock,
            who="tester",
            permission=Permission(read_only=read_only),
        )

    def plan(self, intent: Intent, *, force: bool = False) -> Plan:
        planned = plan(intent, self.whole_frame(), Profile(), circumstances=Circumstances(force=force))
        assert not isinstance(planned, Refusal), planned
        return planned

    def whole_frame(self) -> Frame:
        """Give a frame for which slow readers were waited for and to which all news has come.

        What happened reaches a frame through the engine's events, on a thread of its own.
        """
        for _ in range(500):
            frame = self.monitor.tick(patience=Seconds(10.0))
            shown = {it.id: (it.container.resources, it.container.state) for it in frame.snapshot.containers}
            if shown == {it.id: (it.resources, it.state) for it in self.demo.engine.containers()}:
                return frame
            threading.Event().wait(0.01)
        raise AssertionError("the frames never showed what the engine lists")

    def container_id(self, name: str) -> str:
        return self.demo.engine.inspect(name).id

    def apply(self, intent: Intent, *, force: bool = False) -> Outcome:
        return self.actuator.apply(self.plan(intent, force=force))


@pytest.fixture
def console() -> Console:
    return Console()


def test_more_limits_are_verified_in_inspect_and_in_the_kernel(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    outcome = console.apply(ScaleUpLimits(backend))
    assert outcome.result is Result.APPLIED, outcome
    assert "the kernel" in outcome.observed
    kernel = console.demo.engine.kernel_limits(backend)
    assert kernel is not None
    assert kernel.cpu == console.demo.engine.inspect(backend).resources.limits.cpu


def test_a_change_stands_in_the_journal_before_and_after(console: Console) -> None:
    console.apply(ScaleUpLimits(console.container_id("sutazai-backend")))
    before, after = console.journal.kept
    assert (before.phase, before.result, after.phase, after.result) == ("intent", None, "outcome", Result.APPLIED)
    assert (before.change_id, before.who) == (after.change_id, "tester")


def test_putting_the_earlier_limits_back_restores_them_exactly(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources.limits
    console.apply(ScaleUpLimits(backend))
    assert before.cpu is not None
    assert before.memory is not None
    assert console.apply(SetLimits(backend, before.cpu, before.memory), force=True).result is Result.APPLIED
    assert console.demo.engine.inspect(backend).resources.limits == before


@pytest.mark.parametrize("orchestrator", list(Orchestrator))
def test_replicas_are_followed_until_they_run(console: Console, orchestrator: Orchestrator) -> None:
    service = next(
        it for it in console.demo.engine.services() if it.orchestrator is orchestrator and not it.not_scalable
    )
    outcome = console.apply(SetReplicas(service.id, service.running + 1))
    assert outcome.result is Result.APPLIED, outcome
    assert console.demo.engine.service(service.id).running == service.running + 1


def test_limits_of_a_swarm_service_are_followed_until_every_task_has_them(console: Console) -> None:
    service = next(
        it for it in console.demo.engine.services()
        if it.orchestrator is Orchestrator.SWARM and not it.not_scalable and it.container_ids
    )  # fmt: skip
    assert service.resources.limits.cpu is not None
    wanted = Cores(service.resources.limits.cpu + 0.5)
    outcome = console.apply(SetLimits(service.container_ids[0], cpu=wanted))
    assert outcome.result is Result.APPLIED, outcome
    after = console.demo.engine.service(service.id)
    assert {console.demo.engine.inspect(it).resources.limits.cpu for it in after.container_ids} == {wanted}


def test_an_unloaded_model_is_followed_until_it_is_gone_and_stays_installed(console: Console) -> None:
    server = console.demo.models.read()
    model = server.loaded[-1].name
    outcome = console.apply(UnloadModel(server.endpoint, model))
    assert outcome.result is Result.APPLIED, outcome
    after = console.demo.models.read()
    assert model not in {it.name for it in after.loaded}
    assert model in {it.name for it in after.installed}


def test_read_only_changes_nothing_and_says_so_in_the_journal() -> None:
    console = Console(read_only=True)
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend)
    outcome = console.apply(ScaleUpLimits(backend))
    assert outcome.result is Result.REFUSED
    assert console.demo.engine.inspect(backend).resources == before.resources
    assert [entry.result for entry in console.journal.kept] == [Result.REFUSED]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_dry_run_changes_nothing_and_is_no_attempt(*, read_only: bool) -> None:
    console = Console(read_only=read_only)
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources
    assert console.actuator.apply(console.plan(ScaleUpLimits(backend)), dry_run=True).result is Result.DRY_RUN
    assert console.demo.engine.inspect(backend).resources == before


def test_a_plan_is_refused_when_its_object_changed_after_the_preview(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    planned = console.plan(ScaleUpLimits(backend))
    limits = console.demo.engine.inspect(backend).resources.limits
    console.demo.engine.set_limits(backend, limits, limits.with_cpu(Cores(1.5)))
    outcome = console.actuator.apply(planned)
    assert outcome.result is Result.REFUSED
    assert "since the preview" in outcome.message
    assert console.demo.engine.inspect(backend).resources.limits.cpu == 1.5


def test_without_a_journal_nothing_is_changed(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources
    planned = console.plan(ScaleUpLimits(backend))
    console.journal.full = True
    outcome = console.actuator.apply(planned)
    assert (outcome.result, "no space left" in outcome.message) == (Result.REFUSED, True)
    assert console.demo.engine.inspect(backend).resources == before


def test_what_the_engine_refuses_is_told_in_its_own_words(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    planned = console.plan(ScaleUpLimits(backend))
    assert isinstance(planned.change, ChangeLimits)
    too_much = replace(planned.change, after=planned.change.before.with_cpu(Cores(400.0)))
    outcome = console.actuator.apply(replace(planned, change=too_much))
    assert (outcome.result, "Range of CPUs" in outcome.message) == (Result.REFUSED, True)


def test_a_container_that_grew_over_the_lower_limit_of_an_old_preview_keeps_its_limit(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    planned = console.plan(ScaleUpLimits(backend))
    assert isinstance(planned.change, ChangeLimits)
    lower = replace(planned.change, after=planned.change.before.with_memory(Bytes(64 * MIB)))
    outcome = console.actuator.apply(replace(planned, change=lower))
    assert (outcome.result, "grew to" in outcome.message) == (Result.REFUSED, True)
    assert console.demo.engine.inspect(backend).resources.limits == planned.change.before


def test_memory_that_is_no_whole_number_of_pages_is_seen_to_be_enforced(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    outcome = console.apply(SetLimits(backend, memory=Bytes(5_000_000_001)))
    assert outcome.result is Result.APPLIED, outcome


def test_a_service_with_tasks_on_other_nodes_is_verified_by_what_can_be_seen(console: Console) -> None:
    service = next(it for it in console.demo.engine.services() if it.orchestrator is Orchestrator.SWARM)
    frame = console.whole_frame()
    planned = plan(SetLimits(service.container_ids[0], cpu=Cores(1.5)), frame, Profile())
    assert isinstance(planned, Plan)
    outcome = console.actuator_on(FarEngine(console.demo.world)).apply(planned)
    assert outcome.result is Result.APPLIED, outcome
    assert "1 run on other nodes" in outcome.observed


def test_a_container_that_is_gone_is_refused_and_not_failed(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    planned = console.plan(ScaleUpLimits(backend))
    console.demo.world.remove(backend)
    assert console.actuator.apply(planned).result is Result.REFUSED


def scalable(console: Console) -> Service:
    return next(it for it in console.demo.engine.services() if it.desired and not it.not_scalable)


def test_a_change_that_failed_half_way_is_never_called_unchanged(console: Console) -> None:
    service = scalable(console)
    console.failing.error = EngineError("Compose failed at 5 replicas", "port is already allocated")
    console.failing.made = service.running + 1
    planned = console.plan(SetReplicas(service.id, service.running + 3))
    outcome = console.actuator_on(console.failing).apply(planned)
    assert outcome.result is Result.FAILED
    assert "port is already allocated" in outcome.message
    assert "Nothing was changed" not in outcome.message
    assert str(service.running + 1) in outcome.observed


@pytest.mark.parametrize(
    "error",
    [
        DeadlineExceeded("The engine did not answer in time"),
        EngineUnreachable(Unreachable.GONE, "The connection broke off"),
    ],
    ids=["late", "gone"],
)
def test_a_change_that_was_made_though_the_answer_was_lost_is_seen_to_be_made(
    console: Console, error: EngineError
) -> None:
    service = scalable(console)
    console.failing.error = error
    console.failing.made = service.running + 1
    planned = console.plan(SetReplicas(service.id, service.running + 1))
    outcome = console.actuator_on(console.failing).apply(planned)
    assert outcome.result is Result.APPLIED, outcome
    assert str(error) in outcome.warnings


def test_a_lost_answer_and_nothing_to_be_seen_is_told_as_not_known(console: Console) -> None:
    service = scalable(console)
    console.failing.error = EngineUnreachable(Unreachable.GONE, "The connection broke off")
    planned = console.plan(SetReplicas(service.id, service.running + 1))
    outcome = console.actuator_on(console.failing).apply(planned)
    assert outcome.result is Result.UNVERIFIED
    assert "not known" in outcome.message
    assert "Accepted" not in outcome.message


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a fault")])
def test_an_interrupted_change_stands_in_the_journal_as_perhaps_made(console: Console, error: BaseException) -> None:
    service = scalable(console)
    console.failing.error = error
    planned = console.plan(SetReplicas(service.id, service.running + 1))
    with pytest.raises(type(error)):
        console.actuator_on(console.failing).apply(planned)
    before, after = console.journal.kept
    assert (before.phase, after.phase, after.result) == ("intent", "outcome", Result.UNVERIFIED)
    assert after.message.startswith("It may have been made")
    assert after.message.endswith(("interrupted", "a fault"))


def test_a_plan_is_refused_when_swap_or_pids_changed_after_the_preview(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    planned = console.plan(ScaleUpLimits(backend))
    limits = console.demo.engine.inspect(backend).resources.limits
    console.demo.engine.set_limits(backend, limits, replace(limits, pids=77))
    assert console.actuator.apply(planned).result is Result.REFUSED
    assert console.demo.engine.inspect(backend).resources.limits.pids == 77


def test_a_lease_is_leave_for_a_while_and_is_lost_by_doing_nothing() -> None:
    clock = SetClock()
    lease = Lease(clock, Seconds(600.0), Seconds(120.0))
    assert lease.permission().why == "no write lease is held; W takes one for 10 min"
    lease.take()
    assert not lease.permission().read_only
    for _ in range(5):
        clock.advance(100)
        lease.touch()
    assert lease.left() == 100.0
    clock.advance(100)
    lease.touch()
    assert lease.permission().read_only, "a key does not extend it"
    lease.take()
    clock.advance(120)
    assert lease.permission().read_only, "nobody was there for two minutes"
    lease.touch()
    assert lease.permission().read_only, "and coming back does not give it back"
    lease.take()
    lease.drop()
    assert lease.permission().read_only
    assert not Lease(clock, Seconds(0.0), Seconds(1.0)).permission().read_only


def test_without_the_lease_nothing_is_applied_and_the_attempt_is_in_the_journal() -> None:
    console = Console()
    lease = Lease(console.clock, Seconds(60.0), Seconds(60.0))
    console.actuator.require(lease)
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources.limits
    refused = console.apply(ScaleUpLimits(backend))
    assert refused.result is Result.REFUSED
    assert "no write lease is held" in refused.message
    assert console.demo.engine.inspect(backend).resources.limits == before
    assert [it.result for it in console.journal.kept] == [Result.REFUSED]
    lease.take()
    assert console.apply(ScaleUpLimits(backend)).result is Result.APPLIED


def test_a_change_that_another_session_makes_is_told_and_not_disturbed(tmp_path: Path) -> None:
    console = Console()
    turns = SharedTurns("engine", folders=(tmp_path,))
    console.actuator._turns = turns
    backend = console.container_id("sutazai-backend")
    with SharedTurns("engine", folders=(tmp_path,)).take(backend, "alice", "Scale up backend") as holder:
        assert holder == ""
        outcome = console.apply(ScaleUpLimits(backend))
    assert outcome.result is Result.REFUSED
    assert "alice is changing it (Scale up backend" in outcome.message
    assert console.apply(ScaleUpLimits(backend)).result is Result.APPLIED
    assert [it.result for it in console.journal.kept if it.phase == "outcome"] == [Result.REFUSED, Result.APPLIED]


class Probed(DemoEngine):
    """A new replica whose probe has not yet said anything, and says in the end what it is told to."""

    def __init__(self, world: World, clock: SetClock, verdict: Health) -> None:
        super().__init__(world)
        self._clock = clock
        self._from = clock.monotonic_ns() + 3_000_000_000
        self._verdict = verdict

    def inspect(self, container_id: str) -> Container:
        it = super().inspect(container_id)
        said = self._verdict if self._clock.monotonic_ns() >= self._from else Health.STARTING
        return replace(it, health=said) if it.is_running else it


@pytest.mark.parametrize(
    ("verdict", "result", "words"),
    [
        (Health.HEALTHY, Result.APPLIED, "all healthy"),
        (Health.UNHEALTHY, Result.UNVERIFIED, "unhealthy"),
    ],
)
def test_new_replicas_are_followed_until_their_probes_say_that_they_are_well(
    console: Console, verdict: Health, result: Result, words: str
) -> None:
    engine = Probed(console.demo.world, console.clock, verdict)
    service = next(it for it in engine.services() if it.orchestrator is Orchestrator.COMPOSE and not it.not_scalable)
    planned = console.plan(SetReplicas(service.id, service.running + 1))
    outcome = console.actuator_on(engine).apply(planned)
    assert outcome.result is result, outcome
    assert words in outcome.observed


def test_how_far_a_rollout_has_come_is_told_while_it_is_under_way(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = next(
        it for it in console.demo.engine.services()
        if it.orchestrator is Orchestrator.SWARM and it.running > 1 and it.container_ids
    )  # fmt: skip
    told: list[str] = []
    tell = console.actuator._tell

    def listen(words: str) -> None:
        tell(words)
        told.append(console.actuator.progress)

    monkeypatch.setattr(console.actuator, "_tell", listen)
    outcome = console.apply(SetLimits(service.container_ids[0], cpu=Cores(1.5)), force=True)
    assert outcome.result is Result.APPLIED, outcome
    assert told
    assert all(words for words in told)
    assert console.actuator.progress == "", "and nothing once it is over"
