"""Copies of a world that has lived: no test may see the difference, nor another test's doings."""

from tests.ui.lived import lived_stack
from tests.ui.world import open_stack


def test_a_copy_goes_on_exactly_as_the_world_itself() -> None:
    world = open_stack("incident")
    world.live(5)
    copy = lived_stack("incident", seconds=5).live(3)
    original = world.live(3)
    assert copy.snapshot == original.snapshot
    assert (copy.findings, copy.recommendations) == (original.findings, original.recommendations)


def test_what_is_done_to_a_copy_is_done_to_no_other() -> None:
    one, other = (lived_stack("incident", seconds=5) for _ in range(2))
    model = one.demo.models.read().loaded[0].name
    one.demo.models.unload(model)
    one.live(60)
    assert model not in [it.name for it in one.demo.models.read().loaded]
    assert model in [it.name for it in other.demo.models.read().loaded]
    assert other.clock.now() < one.clock.now()
