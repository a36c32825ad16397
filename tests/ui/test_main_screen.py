"""The main screen: keys are pressed, and the screen and the world are asked what happened."""

import threading
from dataclasses import replace

import pytest

from sutaztop.actions.lease import Lease
from sutaztop.domain.change import Outcome, Plan, Result
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Trouble
from sutaztop.render.arrange import Grouping, SortKey
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.commands import COMMANDS
from sutaztop.ui.layout import Place
from sutaztop.ui.screens.confirm import ConfirmScreen, RefusalScreen
from sutaztop.ui.widgets.lines import Drawn
from tests.ui.lived import lived_stack
from tests.ui.sitting import Sitting, sitting
from tests.ui.typing import resize


async def test_what_is_wrong_stands_at_the_top_without_a_key_pressed() -> None:
    async with sitting() as here:
        rows = here.main.fleet.plain_lines()
        assert "ollama" in rows[2]
        assert "OOM" in rows[2]


async def test_the_selection_follows_the_container_and_not_the_row() -> None:
    async with sitting() as here:
        await here.press("j", "j")
        name = here.selected
        before = here.arranged.position(here.main.board.container_id)
        await here.press("full_stop", "s", "s")
        assert here.selected == name
        assert here.arranged.position(here.main.board.container_id) != before


async def test_rows_stay_in_place_while_the_operator_is_busy() -> None:
    async with sitting() as here:
        await here.press("full_stop")
        order = here.arranged.order
        await here.live(5)
        assert here.arranged.order == order


async def test_letters_typed_into_the_filter_are_text() -> None:
    async with sitting() as here:
        await here.press("slash", *"qURpostgres")
        assert here.main.board.wish.filter_text == "qURpostgres"
        assert here.app.is_running
        assert not here.stack.applied


async def test_a_filter_is_kept_by_enter_and_cleared_by_escape() -> None:
    async with sitting() as here:
        await here.press("slash", *"postgres", "enter")
        assert here.selected != "" or here.main.board.arranged is not None
        assert "postgres" in here.main.fleet.plain_lines()[2]
        await here.press("escape")
        assert here.main.board.wish.filter_text == ""


async def test_the_footer_tells_the_keys_that_count_now() -> None:
    async with sitting() as here:
        assert "filter" in here.text.split("\n")[-1]
        await here.press("slash")
        assert here.text.split("\n")[-1].split()[:4] == ["Enter", "keep", "the", "filter"]
        await here.press("escape", "l")
        assert "Space hold or follow" in here.text.split("\n")[-1]
        await here.press("l")
        assert "e environment" in here.text.split("\n")[-1]
        await here.press("tab")
        assert "U more limits" in here.text.split("\n")[-1]


async def test_a_title_that_is_cut_still_tells_that_rows_are_left_out() -> None:
    async with sitting((60, 18)) as here:
        await here.press("slash", *"postgres", "enter")
        assert "match 'postgres'" in here.main.fleet.plain_lines()[0]


async def test_a_new_filter_takes_the_place_of_the_old_one_and_an_arrow_keeps_it() -> None:
    async with sitting() as here:
        await here.press("slash", *"kong", "enter", "slash", *"back", "enter")
        assert here.main.board.wish.filter_text == "back"
        await here.press("slash", "right", *"end", "enter")
        assert here.main.board.wish.filter_text == "backend"


async def test_escape_while_typing_goes_back_to_the_filter_before() -> None:
    async with sitting() as here:
        await here.press("slash", *"kong", "enter", "slash", *"xyz", "escape")
        assert here.main.board.wish.filter_text == "kong"


async def test_a_wrong_key_in_a_filter_is_explained_and_changes_nothing() -> None:
    async with sitting() as here:
        shown = here.arranged.order
        await here.press("slash", *"helth:x")
        assert "did you mean health" in here.text
        await here.press("enter")
        assert here.main.filtering
        assert "did you mean health" in here.text
        await here.press("escape")
        assert here.arranged.order == shown


async def test_x_shows_only_problems_and_n_goes_round_them() -> None:
    async with sitting() as here:
        await here.press("x")
        assert len(here.arranged.order) == here.arranged.attention
        await here.press("x", "g")
        seen = {here.selected}
        for _ in range(30):
            await here.press("n")
            seen.add(here.selected)
        assert len(seen) == here.arranged.attention


async def test_s_picks_the_sort_and_s_again_reverses() -> None:
    async with sitting() as here:
        await here.press("s", "j", "enter")
        assert here.main.board.wish.sort is SortKey.CPU
        await here.press("s", "s")
        assert here.main.board.wish.reverse


async def test_v_groups_by_project_then_by_tier() -> None:
    async with sitting() as here:
        await here.press("v")
        seen = [here.grouping]
        assert "▾ " in here.text
        await here.press("v")
        seen.append(here.grouping)
        await here.press("v")
        assert [*seen, here.grouping] == [Grouping.PROJECT, Grouping.TIER, Grouping.NONE]


async def test_a_frozen_picture_stands_still_while_reading_goes_on() -> None:
    async with sitting() as here:
        await here.press("p")
        before = here.main.fleet.plain_lines()
        await here.live(3)
        assert here.main.fleet.plain_lines() == before
        assert "FROZEN" in here.text
        await here.press("0")
        assert "FROZEN" not in here.text


async def test_escape_never_quits() -> None:
    async with sitting() as here:
        await here.press(*["escape"] * 12)
        assert here.app.is_running


async def test_q_quits_and_stops_the_feed() -> None:
    async with sitting() as here:
        await here.press("q")
    assert here.app.return_value == 0
    assert here.stack.feed.stopped >= 1


async def test_plus_and_minus_change_the_time_between_readings() -> None:
    async with sitting() as here:
        await here.press("minus", "plus")
        assert here.stack.feed.intervals == [2.0, 0.5]


async def test_a_panel_without_a_place_is_shown_instead_of_the_containers() -> None:
    async with sitting((80, 24)) as here:
        await here.press("3")
        assert "Disk tiers" in here.text
        assert not here.main.fleet.display
        await here.press("1")
        assert here.main.fleet.display


async def test_tab_goes_round_all_panels() -> None:
    async with sitting() as here:
        seen = []
        for _ in range(5):
            seen.append(here.main.focus_place)
            await here.press("tab")
        assert len(set(seen)) == 5
        assert here.main.focus_place is Place.FLEET


async def test_z_gives_a_panel_the_whole_screen_and_takes_it_back() -> None:
    async with sitting() as here:
        await here.press("3", "z")
        assert not here.main.fleet.display
        await here.press("z")
        assert here.main.fleet.display


async def test_the_theme_changes_live() -> None:
    async with sitting() as here:
        before = here.app.palette.name
        await here.press("T")
        assert here.app.palette.name != before


async def test_y_copies_name_and_figures() -> None:
    async with sitting() as here:
        await here.press("y")
        assert "ollama" in here.app.clipboard


async def test_a_click_selects_and_a_second_opens() -> None:
    async with sitting() as here:
        await here.pilot.click("#fleet", offset=(20, 4))
        await here.pilot.pause()
        clicked = here.selected
        assert clicked in here.main.fleet.plain_lines()[4]
        await here.pilot.click("#fleet", offset=(20, 4))
        await here.pilot.pause()
        assert here.main.details_open
        assert here.selected == clicked


async def test_enter_opens_the_pane_and_escape_closes_it() -> None:
    async with sitting() as here:
        await here.press("enter")
        assert here.main.details.display
        assert here.main.details.region.width > 0
        await here.press("escape")
        assert not here.main.details.display


async def test_the_details_of_a_container_that_was_removed_still_bear_its_name() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("enter", "tab")
        frame = here.stack.live(1)
        left = tuple(it for it in frame.snapshot.containers if it.display_name != "backend")
        gone = replace(frame.snapshot, containers=left, by_id={it.id: it for it in left})
        here.main.take_frame(replace(frame, snapshot=gone))
        await here.press("l")
        assert "? backend · gone" in here.text


async def test_the_engine_gone_is_said_with_age_and_reason_and_values_stay_dimmed() -> None:
    async with sitting() as here:
        here.stack.source.trouble = Trouble("The engine does not answer", "connection refused", "Is dockerd running?")
        await here.live(20)
        assert "STALE 20 s" in here.text
        assert "connection refused" in here.text
        assert "ollama" in here.main.fleet.plain_lines()[2]
        assert here.main.board.look().stale
        here.stack.source.trouble = None
        await here.live(1)
        assert "STALE" not in here.text


@pytest.mark.parametrize("key", ["U", "L", "R"])
async def test_while_the_engine_is_gone_no_change_is_begun_and_the_reason_is_said(key: str) -> None:
    async with sitting() as here:
        await here.select("backend")
        here.stack.source.trouble = Trouble("The engine does not answer", "connection refused")
        await here.live(2)
        await here.press(key)
        assert here.app.screen is here.main
        assert "the engine does not answer" in here.main.message.text


async def test_silence_of_the_monitor_becomes_stale_by_the_screens_own_clock() -> None:
    async with sitting() as here:
        here.stack.clock.advance(30)
        here.main.beat()
        await here.pilot.pause()
        assert "STALE 30 s" in here.text


async def test_a_panel_that_fails_says_so_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sitting() as here:

        def fail(width: int, height: int) -> list[Drawn]:
            raise RuntimeError(f"no {width} by {height}")

        monkeypatch.setattr(here.main.panels[Place.DISKS], "draw", fail)
        await here.live(1)
        assert "This panel failed: RuntimeError" in here.text
        assert "ollama" in here.main.fleet.plain_lines()[2]


# --- changes -------------------------------------------------------------------------------------


async def test_u_then_y_raises_the_limits_in_the_world_and_says_so_until_dismissed() -> None:
    async with sitting() as here:
        await here.select("postgres")
        board = here.main.board
        assert board.container is not None
        name = board.container.id
        before = here.stack.demo.engine.inspect(name).resources.limits
        await here.press("U")
        here.stack.clock.advance(1)
        await here.press("y")
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        after = here.stack.demo.engine.inspect(name).resources.limits
        # The world's host has no memory left to promise, so that the step is one of CPU alone.
        assert (after.cpu, after.memory) == ((before.cpu or 0) + 1, before.memory)
        assert "backend" not in here.main.message.text
        assert "Scale up postgres. Seen: " in here.main.message.text
        assert here.stack.feed.asked >= 1
        await here.live(10)
        assert here.main.message.text.startswith("Applied")
        await here.press("escape")
        assert here.main.message.text == ""


async def test_o_unloads_the_selected_model_and_it_stays_installed() -> None:
    async with sitting() as here:
        await here.press("4", "j")
        chosen = here.main.board.model
        assert chosen is not None
        await here.press("O")
        here.stack.clock.advance(1)
        await here.press("y")
        await here.until(lambda: not here.main.changes.busy and here.main.message.text != "")
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        server = here.stack.demo.models.read()
        assert chosen.model.name not in [it.name for it in server.loaded]
        assert chosen.model.name in [it.name for it in server.installed]


async def test_an_action_that_breaks_is_told_and_the_screen_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    async with sitting() as here:

        def broken(_name: str) -> object:
            raise RuntimeError("the wire is cut")

        monkeypatch.setattr(here.stack.demo.engine, "inspect", broken)
        await here.select("postgres")
        await here.press("U")
        here.stack.clock.advance(1)
        await here.press("y")
        await here.until(lambda: here.main.message.text.startswith("Failed"))
        assert "the wire is cut" in here.main.message.text
        assert here.app.is_running


async def test_the_palette_offers_every_command() -> None:
    async with sitting() as here:
        offered = [it.title for it in here.app.get_system_commands(here.app.screen)]
        assert offered == [it.title for it in COMMANDS]


# --- sizes ---------------------------------------------------------------------------------------

SIZES = [(1, 1), (2, 3), (10, 4), (19, 5), (20, 5), (30, 8), (59, 9), (60, 10), (60, 18), (65, 17), (80, 24), (99, 31),
         (100, 30), (119, 44), (120, 40), (160, 24), (200, 50), (500, 100)]  # fmt: skip


async def test_no_size_crashes_whatever_is_open() -> None:
    async with sitting((80, 24)) as here:
        for keys in ((), ("enter",), ("slash",), ("escape", "3"), ("z",), ("v",)):
            await here.press(*keys)
            for width, height in SIZES:
                await resize(here.pilot, width, height)
                rows = here.text.split("\n")
                assert len(rows) == height
                assert here.app.is_running


@pytest.mark.parametrize("size", SIZES[2:], ids=str)
async def test_no_size_hides_that_this_is_a_demo(size: tuple[int, int]) -> None:
    async with sitting(size) as here:
        assert "DEMO" in here.text


@pytest.mark.parametrize(("size", "words"), [((40, 8), "NAME"), ((19, 4), "C8")])
async def test_the_smallest_screens_keep_what_tells_most(size: tuple[int, int], words: str) -> None:
    async with sitting(size) as here:
        assert words in here.text


async def test_a_guardrail_holds_a_second_change_back_and_the_name_typed_overrides_it() -> None:
    async with sitting(scenario="calm") as here:
        await here.select("backend")
        assert here.main.board.container is not None
        backend = here.main.board.container.id
        first = here.stack.demo.engine.inspect(backend).resources.limits
        for key in ("U", "y"):
            await here.press(key)
            here.stack.clock.advance(1)
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        await here.live(2)
        await here.press("U")
        assert isinstance(here.app.screen, RefusalScreen)
        assert "cool-down" in here.text
        assert here.app.focused is not None
        assert here.app.focused.id == "close"
        await here.press("tab", "enter")
        assert isinstance(here.app.screen, ConfirmScreen)
        assert "Overrides a guardrail" in here.text
        here.stack.clock.advance(1)
        applied = len(here.stack.applied)
        await here.press("y", "enter")
        assert len(here.stack.applied) == applied, "neither y nor Enter is enough where the name must be typed"
        await here.press(*here.app.screen.plan.typed_name, "enter")
        await here.until(lambda: len(here.stack.applied) == applied + 1)
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        assert (here.stack.demo.engine.inspect(backend).resources.limits.cpu or 0) > (first.cpu or 0) + 1


async def test_a_minute_after_a_change_the_screen_says_whether_it_helped() -> None:
    async with sitting(scenario="busy", seconds=90) as here:
        await here.select("backend")
        await here.press("U")
        here.stack.clock.advance(1)
        await here.press("y")
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        await here.live(75)
        assert here.main.message.text.startswith("Did it help? backend: ")
        await here.press("enter")
        assert "changed" in here.text
        assert "its limits, 75 s ago" in here.text or "its limits, 1 min" in here.text


async def test_a_lease_is_taken_counted_down_and_lost() -> None:
    stack = lived_stack("calm", seconds=40)
    lease = Lease(stack.clock, Seconds(600.0), Seconds(120.0))
    app = SutaztopApp(replace(stack.desk(), lease=lease))
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        assert "READ-ONLY" in here.text
        await here.select("backend")
        await here.press("U")
        assert here.app.screen is here.main
        assert "no write lease is held; W takes one for 10 min" in here.main.message.text
        await here.press("W")
        here.main.redraw()
        await here.press("j")
        assert "WRITE 10:00" in here.text
        assert "READ-ONLY" not in here.text
        await here.press("U")
        assert isinstance(here.app.screen, ConfirmScreen | RefusalScreen)
        await here.press("escape")
        stack.clock.advance(121)
        await here.live(1)
        assert "READ-ONLY" in here.text
        await here.press("U")
        assert here.app.screen is here.main
        await here.press("W", "W")
        assert "given back" in here.main.message.text
        assert not stack.applied


async def test_read_only_gives_no_lease() -> None:
    async with sitting(read_only=True) as here:
        await here.press("W")
        assert "read-only" in here.main.message.text


async def test_how_far_a_change_has_come_stands_in_the_message_line() -> None:
    stack = lived_stack("calm", seconds=40)
    may_end = threading.Event()
    desk = stack.desk()

    def slowly(plan: Plan, *, borrow: Seconds | None = None) -> Outcome:
        del borrow
        may_end.wait(10)
        return Outcome(Result.APPLIED, plan.change, "Done, and read back", observed="it has it")

    app = SutaztopApp(replace(desk, apply=slowly, progress=lambda: "1 of 2 running tasks have it"))
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        await here.select("backend")
        await here.press("U")
        stack.clock.advance(1)
        await here.press("y")
        await here.live(1)
        assert here.main.message.text == "Applying: Scale up backend … 1 of 2 running tasks have it"
        may_end.set()
        await here.until(lambda: here.main.message.text.startswith("Applied"))
