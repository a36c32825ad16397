"""Undo is a change like any other: planned against the present, refused where that is another, and journalled."""

from dataclasses import replace

import pytest

from sutaztop.actions.ledger import Kept, Ledger
from sutaztop.actions.plan import plan
from sutaztop.contracts import BorrowError
from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import ChangeLimits, Outcome, Plan, Refusal, Result
from sutaztop.domain.guardrails import Circumstances, Done
from sutaztop.domain.intent import (
    ActOnContainer,
    KeepModel,
    ScaleUpLimits,
    SetLimits,
    SetReplicas,
    UndoChange,
    UnloadModel,
)
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.record import Record, Standing
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.verbs import Stay, Verb
from tests.actions.test_apply import Console


class Lending:
    """Notes what it watches over, and what stood in the journal by then; or has nobody to do it."""

    def __init__(self, console: Console, *, nobody: bool = False) -> None:
        self.console = console
        self.nobody = nobody
        self.watched: list[tuple[str, list[str]]] = []

    def terms(self, span: Seconds) -> Borrow:
        now = self.console.clock.instant()
        return Borrow(span, now.at, Seconds(now.since_boot + span), now.boot, ("--host", "x"))

    def watch(self, change_id: str) -> None:
        if self.nobody:
            raise BorrowError("Nobody would take the change back", "no process could be started")
        self.watched.append((change_id, [it.phase for it in self.console.journal.kept]))


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def ledger(console: Console) -> Ledger:
    return Ledger(journal=console.journal, clock=console.clock, who="tester")


def last(ledger: Ledger) -> Record:
    return ledger.records()[-1]


def planned(console: Console, record: Record) -> Plan | Refusal:
    return plan(UndoChange(record), console.whole_frame(), Profile())


def undo(console: Console, record: Record) -> Outcome:
    found = planned(console, record)
    assert isinstance(found, Plan), found
    return console.actuator.apply(found)


def test_undo_puts_the_earlier_limits_back_exactly(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources.limits
    console.apply(ScaleUpLimits(backend))
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert console.demo.engine.inspect(backend).resources.limits == before


@pytest.mark.parametrize("orchestrator", list(Orchestrator))
def test_undo_puts_the_earlier_number_of_replicas_back(
    console: Console, ledger: Ledger, orchestrator: Orchestrator
) -> None:
    services = console.demo.engine.services()
    service = next(it for it in services if it.orchestrator is orchestrator and not it.not_scalable)
    console.apply(SetReplicas(service.id, service.running + 1))
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert console.demo.engine.service(service.id).running == service.running


def test_undo_puts_the_limits_of_a_swarm_service_back(console: Console, ledger: Ledger) -> None:
    service = next(
        it for it in console.demo.engine.services()
        if it.orchestrator is Orchestrator.SWARM and not it.not_scalable and it.container_ids
    )  # fmt: skip
    assert service.resources.limits.cpu is not None
    console.apply(SetLimits(service.container_ids[0], cpu=Cores(service.resources.limits.cpu + 0.5)))
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert console.demo.engine.service(service.id).resources.limits == service.resources.limits


@pytest.mark.parametrize(
    ("name", "verb", "state"), [("sutazai-backend", Verb.STOP, "running"), ("sutazai-redis", Verb.PAUSE, "running")]
)
def test_undo_brings_a_stopped_or_paused_container_back(
    console: Console, ledger: Ledger, name: str, verb: Verb, state: str
) -> None:
    container_id = console.container_id(name)
    assert console.apply(ActOnContainer(container_id, verb)).result is Result.APPLIED
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert console.demo.engine.inspect(container_id).state.value == state


def test_a_container_that_somebody_started_meanwhile_is_back_already(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    console.apply(ActOnContainer(backend, Verb.STOP))
    console.demo.engine.change_state(backend, Verb.START)
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "already back"


def test_a_restart_has_no_way_back(console: Console, ledger: Ledger) -> None:
    console.apply(ActOnContainer(console.container_id("sutazai-backend"), Verb.RESTART))
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "no way back"


def test_undo_unpins_a_model_that_was_pinned_and_unloads_one_that_was_preloaded(
    console: Console, ledger: Ledger
) -> None:
    server = console.demo.models.read()
    now = console.clock.now()
    loaded = next(it for it in server.loaded if not it.is_pinned(now))
    assert console.apply(KeepModel(server.endpoint, loaded.name, Stay.PIN)).result is Result.APPLIED
    console.clock.advance(30)  # models are read every few seconds alone
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert not any(it.is_pinned(now) for it in console.demo.models.read().loaded if it.name == loaded.name)
    there = {it.name for it in server.loaded}
    free = min((it for it in server.installed if it.name not in there), key=lambda it: it.size)
    made = plan(KeepModel(server.endpoint, free.name, Stay.PRELOAD), console.whole_frame(), Profile())
    assert isinstance(made, Plan), made
    console.actuator.apply(made)
    console.clock.advance(30)
    assert free.name in {it.name for it in console.demo.models.read().loaded}
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert free.name not in {it.name for it in console.demo.models.read().loaded}


def test_an_undo_says_which_change_when_and_by_whom_and_stands_in_the_journal(console: Console, ledger: Ledger) -> None:
    console.apply(ScaleUpLimits(console.container_id("sutazai-backend")))
    record = last(ledger)
    found = planned(console, record)
    assert isinstance(found, Plan)
    assert all(word in found.why for word in (record.change_id, f"{record.at:%H:%M:%S}", "tester"))
    console.actuator.apply(found)
    assert [it.undoes for it in console.journal.kept] == ["", "", record.change_id, record.change_id]
    assert ledger.records()[0].undone_by == last(ledger).change_id


def test_a_second_undo_of_the_same_change_is_refused(console: Console, ledger: Ledger) -> None:
    console.apply(ScaleUpLimits(console.container_id("sutazai-backend")))
    undo(console, last(ledger))
    refused = planned(console, ledger.records()[0])
    assert isinstance(refused, Refusal)
    assert refused.rule == "already undone"


def test_an_undo_can_be_taken_back_by_its_own_id(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    console.apply(ScaleUpLimits(backend))
    raised = console.demo.engine.inspect(backend).resources.limits
    undo(console, last(ledger))
    assert undo(console, last(ledger)).result is Result.APPLIED
    assert console.demo.engine.inspect(backend).resources.limits == raised


def test_what_somebody_made_of_it_since_is_not_overwritten_and_both_are_shown(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    console.apply(ScaleUpLimits(backend))
    limits = console.demo.engine.inspect(backend).resources.limits
    assert limits.cpu is not None
    console.demo.engine.set_limits(backend, limits, limits.with_cpu(Cores(1.25)))
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "moved"
    assert "has now cpu 1.25" in refused.why
    assert f"left cpu {limits.cpu:g}" in refused.why


def test_what_is_back_already_is_said_to_be(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources.limits
    console.apply(ScaleUpLimits(backend))
    console.demo.engine.set_limits(backend, console.demo.engine.inspect(backend).resources.limits, before)
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "already back"


def test_a_container_that_is_gone_has_nothing_to_take_back(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    console.apply(ScaleUpLimits(backend))
    console.demo.world.remove(backend)
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "gone"


def test_an_unloaded_model_has_no_way_back(console: Console, ledger: Ledger) -> None:
    server = console.demo.models.read()
    console.apply(UnloadModel(server.endpoint, server.loaded[-1].name))
    refused = planned(console, last(ledger))
    assert isinstance(refused, Refusal)
    assert refused.rule == "no way back"


def test_a_change_of_another_engine_is_refused_with_its_address(console: Console, ledger: Ledger) -> None:
    console.apply(ScaleUpLimits(console.container_id("sutazai-backend")))
    record = last(ledger)
    assert record.change is not None
    elsewhere = replace(record, change=replace(record.change, engine="tcp://elsewhere:2376"))
    refused = planned(console, elsewhere)
    assert isinstance(refused, Refusal)
    assert "tcp://elsewhere:2376" in refused.why


def test_the_guard_holds_for_an_undo_too(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    limits = console.demo.engine.inspect(backend).resources.limits
    console.apply(ScaleUpLimits(backend))
    record = last(ledger)
    assert isinstance(record.change, ChangeLimits)
    # As if it had come from a limit that what it holds now would no longer fit into.
    from_less = replace(record.change, before=limits.with_memory(Bytes(64 << 20)))
    refused = planned(console, replace(record, change=from_less))
    assert isinstance(refused, Refusal)
    assert refused.rule == "working set"


def test_no_guardrail_keeps_anyone_from_taking_back_what_went_wrong(console: Console, ledger: Ledger) -> None:
    backend = console.container_id("sutazai-backend")
    console.apply(ScaleUpLimits(backend))
    record = last(ledger)
    assert record.change is not None
    just_now = Circumstances(done=(Done(console.clock.now(), "tester", record.change),))
    frame = console.whole_frame()
    assert isinstance(plan(ScaleUpLimits(backend), frame, Profile(), circumstances=just_now), Refusal)
    assert isinstance(plan(UndoChange(record), frame, Profile(), circumstances=just_now), Plan)


# --- borrowed -------------------------------------------------------------------------------


def borrowing(console: Console, lender: Lending) -> None:
    console.actuator._lender = lender


def test_who_takes_it_back_is_there_before_the_change_is_made(console: Console, ledger: Ledger) -> None:
    lender = Lending(console)
    borrowing(console, lender)
    backend = console.container_id("sutazai-backend")
    outcome = console.actuator.apply(console.plan(ScaleUpLimits(backend)), borrow=Seconds(60.0))
    assert outcome.result is Result.APPLIED
    assert lender.watched == [(outcome.change_id, ["intent"])]
    assert last(ledger).is_borrowed
    assert [it.change_id for it in ledger.records() if it.is_open] == [outcome.change_id]


def test_where_nobody_would_take_it_back_it_is_not_made(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    before = console.demo.engine.inspect(backend).resources
    for lender in (None, Lending(console, nobody=True)):
        console.actuator._lender = lender
        outcome = console.actuator.apply(console.plan(ScaleUpLimits(backend)), borrow=Seconds(60.0))
        assert outcome.result is Result.REFUSED
        assert console.demo.engine.inspect(backend).resources == before


@pytest.mark.parametrize("what", ["unload", "first limit"])
def test_what_cannot_be_taken_back_cannot_be_borrowed(what: str, console: Console) -> None:
    lender = Lending(console)
    borrowing(console, lender)
    if what == "unload":
        server = console.demo.models.read()
        wanted = console.plan(UnloadModel(server.endpoint, server.loaded[-1].name))
    else:
        free = next(
            it for it in console.demo.engine.containers()
            if it.is_running and it.resources.limits.cpu is None and not it.swarm_service_id
        )  # fmt: skip
        wanted = console.plan(SetLimits(free.id, cpu=Cores(1.0)))
    outcome = console.actuator.apply(wanted, borrow=Seconds(60.0))
    assert (outcome.result, "can't be borrowed" in outcome.message) == (Result.REFUSED, True)
    assert lender.watched == []


# --- keeping, and who writes first ----------------------------------------------------------


def borrowed(console: Console, ledger: Ledger) -> Record:
    borrowing(console, Lending(console))
    plan_of = console.plan(ScaleUpLimits(console.container_id("sutazai-backend")))
    console.actuator.apply(plan_of, borrow=Seconds(60.0))
    return last(ledger)


def test_a_kept_change_is_no_longer_open_and_is_not_taken_back(console: Console, ledger: Ledger) -> None:
    record = borrowed(console, ledger)
    assert isinstance(ledger.keep(record), Kept)
    back = planned(console, record)
    assert isinstance(back, Plan)
    outcome = console.actuator.apply(back, unless=lambda: ledger.was_kept(record.change_id))
    assert (outcome.result, "kept by tester" in outcome.message) == (Result.REFUSED, True)
    assert not ledger.records()[0].is_open
    assert ledger.records()[0].undone_by == ""


def test_a_keep_that_comes_after_the_taking_back_was_begun_is_too_late(console: Console, ledger: Ledger) -> None:
    record = borrowed(console, ledger)
    back = planned(console, record)
    assert isinstance(back, Plan)
    said: list[Kept | Refusal] = []

    def keep_now() -> str:
        # The intent stands in the journal, and what follows has not been sent.
        said.append(ledger.keep(record))
        return ledger.was_kept(record.change_id)

    assert console.actuator.apply(back, unless=keep_now).result is Result.APPLIED
    assert isinstance(said[0], Refusal)
    assert said[0].rule == "too late"


def test_a_change_is_found_by_the_beginning_of_its_id(console: Console, ledger: Ledger) -> None:
    record = borrowed(console, ledger)
    assert ledger.find(record.change_id[:5]) == record
    assert isinstance(ledger.find(record.change_id[:3]), Refusal)
    assert isinstance(ledger.find("nothing like it"), Refusal)


# --- what reading back shows ----------------------------------------------------------------


def test_reading_back_tells_made_from_not_made_from_neither_and_gone(console: Console) -> None:
    backend = console.container_id("sutazai-backend")
    engine = console.demo.engine
    change = console.plan(ScaleUpLimits(backend)).change
    assert console.actuator.read_back(change).standing is Standing.BEFORE
    console.apply(ScaleUpLimits(backend))
    assert console.actuator.read_back(change).standing is Standing.AFTER
    limits = engine.inspect(backend).resources.limits
    engine.set_limits(backend, limits, limits.with_cpu(Cores(1.25)))
    seen = console.actuator.read_back(change)
    assert (seen.standing, "cpu 1.25" in seen.words) == (Standing.NEITHER, True)
    console.demo.world.remove(backend)
    assert console.actuator.read_back(change).standing is Standing.GONE


def test_reading_back_replicas_and_models(console: Console) -> None:
    service = next(it for it in console.demo.engine.services() if it.desired and not it.not_scalable)
    scaled = console.plan(SetReplicas(service.id, service.running + 1)).change
    server = console.demo.models.read()
    unloaded = console.plan(UnloadModel(server.endpoint, server.loaded[-1].name)).change
    assert [console.actuator.read_back(it).standing for it in (scaled, unloaded)] == [Standing.BEFORE] * 2
    console.apply(SetReplicas(service.id, service.running + 1))
    console.apply(UnloadModel(server.endpoint, server.loaded[-1].name))
    assert [console.actuator.read_back(it).standing for it in (scaled, unloaded)] == [Standing.AFTER] * 2
