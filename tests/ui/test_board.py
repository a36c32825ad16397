"""The board: what is selected stays selected, and rows move only when nobody is looking for them."""

from dataclasses import replace

from sutaztop.domain.frame import Frame
from sutaztop.render.arrange import SortKey
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.board import Board
from sutaztop.ui.held import HeldHistory
from tests.given import KeptSeries, container, container_id, frame, measured_container, snapshot, usage
from tests.ui.world import open_stack


def board() -> Board:
    it = Board.for_desk(open_stack("calm").desk(), Glyphs.BLOCKS)
    it.wish = replace(it.wish, sort=SortKey.CPU)
    return it


def loads(**cpu: float) -> Frame:
    return frame(snapshot([measured_container(container(name), usage(cpu=value)) for name, value in cpu.items()]))


def order(it: Board) -> list[str]:
    assert it.arranged is not None
    return [entry.display_name for entry in it.arranged.entries]  # type: ignore[union-attr] # no headings here


def test_until_a_key_is_pressed_the_first_row_is_selected() -> None:
    it = board()
    it.take(loads(a=1, b=2), 0)
    assert it.container_id == container_id("b")
    it.take(loads(a=3, b=2), 10)
    assert it.container_id == container_id("a")


def test_after_a_key_the_selection_stays_with_its_container() -> None:
    it = board()
    it.take(loads(a=1, b=2), 0)
    it.touch(0)
    it.take(loads(a=3, b=2), 10)
    assert order(it) == ["a", "b"]
    assert it.container_id == container_id("b")


def test_rows_keep_their_places_for_three_seconds_after_a_key() -> None:
    it = board()
    it.take(loads(a=1, b=2), 0)
    it.touch(100)
    it.take(loads(a=3, b=2), 102)
    assert order(it) == ["b", "a"]
    it.take(loads(a=3, b=2), 103)
    assert order(it) == ["a", "b"]


def test_rows_are_sorted_at_most_every_three_seconds() -> None:
    it = board()
    it.take(loads(a=1, b=2), 0)
    it.take(loads(a=3, b=2), 1)
    assert order(it) == ["b", "a"]


def test_a_container_that_is_gone_leaves_the_selection_to_its_neighbour() -> None:
    it = board()
    it.take(loads(a=3, b=2, c=1), 0)
    it.touch(0)
    it.move(1)
    it.take(loads(a=3, c=1), 10)
    assert it.container_id == container_id("c")


def test_narrowing_selects_the_first_of_what_is_left() -> None:
    it = board()
    it.take(loads(a=3, b=2), 0)
    it.touch(0)
    it.wishes(0, filter_text="name:b")
    assert it.container_id == container_id("b")


def dropped_out(at: float) -> Board:
    """Give a board whose selected container was filtered out by what it does, so long after the last key."""
    it = board()
    it.take(loads(a=3, b=2), 0)
    it.touch(0)
    it.wishes(0, filter_text="why:limit")
    unlimited = [measured_container(container(name, cpu=None, memory=None)) for name in ("a", "c")]
    it.take(frame(snapshot([*unlimited, measured_container(container("b"))])), 10)
    assert it.container_id == container_id("a")
    it.touch(20 - at)
    it.take(frame(snapshot([measured_container(container("a")), unlimited[1]])), 20)
    return it


def test_a_key_on_its_way_to_a_container_that_drops_out_of_sight_meets_no_other() -> None:
    assert dropped_out(1.0).container is None


def test_a_container_that_drops_out_of_sight_leaves_the_selection_to_a_row_that_is_shown() -> None:
    assert dropped_out(5.0).container_id == container_id("c")


def test_where_nothing_matches_the_selection_stays_for_when_the_filter_is_cleared() -> None:
    it = board()
    it.take(loads(a=3, b=2), 0)
    it.touch(0)
    it.move(1)
    it.wishes(0, filter_text="nowhere")
    it.take(loads(a=3, b=2), 10)
    it.wishes(10, filter_text="")
    assert it.container_id == container_id("b")


def test_moving_stops_at_both_ends() -> None:
    it = board()
    it.take(loads(a=3, b=2), 0)
    it.move(-5)
    assert it.container_id == container_id("a")
    it.move(50)
    assert it.container_id == container_id("b")


def test_a_frozen_board_keeps_its_frame_and_its_graphs() -> None:
    it = board()
    it.take(loads(a=1), 0)
    it.freeze(0, frozen=True)
    held = it.frame
    it.take(loads(a=9), 1)
    assert it.frame is held
    it.freeze(2, frozen=False)
    assert it.frame is it.newest


def test_a_held_history_answers_as_it_did_the_first_time() -> None:
    kept = KeptSeries({("x", "cpu"): [1.0]})
    history = HeldHistory(kept)
    first = history.series("x", "cpu", points=2, bucket=frame().interval)
    kept.values["x", "cpu"] = [2.0]
    assert history.series("x", "cpu", points=2, bucket=frame().interval) == first
