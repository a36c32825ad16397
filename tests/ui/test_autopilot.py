"""The autopilot on the screen: handed over by a deliberate yes, in sight while it works, and taken back at once."""

from tests.ui.sitting import Sitting, sitting


async def hand_over(here: Sitting, name: str = "backend", *, answer: str = "y") -> None:
    await here.select(name)
    await here.press("a", "a")
    here.stack.clock.advance(0.5)
    await here.press(answer)


async def test_it_is_asked_first_and_enter_alone_hands_nothing_over() -> None:
    async with sitting(seconds=200) as here:
        await here.select("backend")
        await here.press("a", "a")
        assert "Autopilot for backend?" in here.text
        here.stack.clock.advance(0.5)
        await here.press("enter")
        assert "No autopilot for backend: cancelled" in here.text
        await here.live(20)
        assert here.stack.applied == []


async def test_what_was_handed_over_is_done_and_told_and_noted_with_its_reason() -> None:
    async with sitting(seconds=200) as here:
        await hand_over(here)
        assert "the autopilot sees to backend" in here.text
        await here.live(1)
        await here.until(lambda: "Autopilot, done" in here.text)
        [plan] = here.stack.applied
        assert plan.object.startswith("container sutazai-backend")
        assert plan.why.startswith("autopilot, R-CPU-2")


async def test_taken_back_it_does_nothing_more() -> None:
    async with sitting(seconds=200) as here:
        await hand_over(here)
        await here.press("a", "a")
        assert "no longer sees to backend" in here.text
        await here.live(1)
        assert "the autopilot sees to" not in here.text
        await here.live(40)
        assert here.stack.applied == []


async def test_a_second_autopilot_on_the_same_engine_is_told_of_the_first() -> None:
    async with sitting(seconds=200) as here:
        here.stack.piloted_by = "ann is changing it (autoscale)"
        await hand_over(here)
        assert "another autopilot is at work on this engine: ann" in here.text


async def test_read_only_nothing_can_be_handed_over() -> None:
    async with sitting(seconds=200, read_only=True) as here:
        await here.select("backend")
        await here.press("a", "a")
        assert "Autopilot for backend?" not in here.text
