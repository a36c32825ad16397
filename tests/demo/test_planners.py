"""What was foretold, held against what then happens in the world: disks that fill, memory that comes back."""

from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import UnloadModel
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.domain.reading import measured
from sutaztop.domain.sizes import component_key
from sutaztop.measure.growth import Forecast, forecast, growth_of
from sutaztop.policy.disk_plan import fillings
from sutaztop.policy.llms import unload_words
from sutaztop.policy.model_plan import unload_candidates
from tests.ui.world import Stack, open_stack

MODELS = "Ollama models"


def pass_minutes(stack: Stack, minutes: int) -> Frame:
    frame = stack.monitor.tick()
    for _ in range(minutes):
        stack.clock.advance(60.0)
        frame = stack.monitor.tick()
    return frame


def used(frame: Frame) -> Bytes:
    assert frame.snapshot.disks is not None
    every = (it for tier in frame.snapshot.disks.tiers for it in tier.components)
    size = measured(next(it.used for it in every if it.component.name == MODELS))
    assert size is not None
    return size


def foretold(frame: Frame, room: int) -> Forecast:
    growth = measured(growth_of(frame.history.sizes(component_key(MODELS))))
    assert growth is not None
    when = forecast(Bytes(room), growth)
    assert when is not None
    return when


def test_another_gibibyte_of_models_is_there_when_it_was_foretold_to_be() -> None:
    stack = open_stack("incident")
    frame = pass_minutes(stack, 45)
    when, whole = foretold(frame, GIB), used(frame) + GIB
    minutes = 0
    while used(frame) < whole:
        frame = pass_minutes(stack, 1)
        minutes += 1
    # Trees are walked every five minutes: so much is not known of the moment either way.
    assert abs(when.left / 60 - minutes) <= 5
    assert when.earliest / 60 - 5 <= minutes <= (when.latest or when.left) / 60 + 5


def test_an_incident_that_goes_on_is_advised_on_and_a_calm_day_is_not() -> None:
    frame = pass_minutes(open_stack("incident"), 45)
    made = {it.id: it for it in frame.recommendations if it.rule.startswith("R-DISK")}
    assert made["disk:budget:Ollama models"].severity is Severity.WARNING
    assert all(it.intent is None for it in made.values())
    calm = pass_minutes(open_stack("calm"), 45)
    assert calm.snapshot.disks is not None
    assert not fillings(calm.snapshot.disks, calm.history, calm.snapshot.at)
    assert not [it for it in calm.recommendations if it.rule.startswith("R-DISK")]


def test_an_unload_gives_back_what_was_predicted() -> None:
    stack = open_stack("busy")
    frame = stack.live(60)
    best = unload_candidates(frame.snapshot, frame.history)[0]
    assert best.model.name == "codellama:7b"
    assert best.idle >= 10
    desk = stack.desk()
    plan = desk.plan(UnloadModel(best.server.endpoint, best.model.name), frame)
    assert desk.apply is not None
    outcome = desk.apply(plan)  # type: ignore[arg-type]
    assert "of 5.4 GiB predicted" in outcome.observed
    frame = stack.live(20)
    (unload,) = frame.snapshot.watch.unloads
    assert unload.predicted == best.frees
    assert unload.freed is not None
    assert abs(unload.freed - unload.predicted) <= 0.05 * unload.predicted
    told = next(it for it in frame.findings if it.word == "UNLOADED")
    assert told.text == unload_words(unload)
    assert "the host's available memory from" in told.text
