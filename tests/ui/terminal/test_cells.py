"""The shadow: a terminal that is sent the differences shows what was meant."""

from typing import Any

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from sutaztop.ui.terminal.cells import Shadow, change_pen, pen_of
from sutaztop.ui.terminal.pressure import Pressure

WIDTH, HEIGHT = 12, 3
STYLES = [
    Style.parse(text) for text in ("none", "bold", "red on blue", "bold #ff8800 on black", "reverse", "underline green")
]
TEXTS = st.lists(st.sampled_from(["a", "b", " ", "é", "模", "▆", "‼"]), max_size=8).map("".join)
LINES = st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)), max_size=4)


def padded(parts: list[tuple[str, Style]]) -> list[Segment]:
    """Give segments of exactly the screen's width."""
    out, left = [], WIDTH
    for text, style in parts:
        kept = ""
        for sign in text:
            cells = 2 if sign == "模" else 1
            if cells <= left:
                kept += sign
                left -= cells
        out.append(Segment(kept, style))
    return [*out, Segment(" " * left, STYLES[0])]


def picture(screen: Any) -> list[tuple[object, ...]]:
    cells = (screen.buffer[y][x] for y in range(HEIGHT) for x in range(WIDTH))
    return [(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore) for cell in cells]


def shown(sequences: list[str]) -> list[tuple[object, ...]]:
    screen: Any = pyte.Screen(WIDTH, HEIGHT)
    stream: Any = pyte.Stream(screen)
    for sequence in sequences:
        stream.feed(sequence)
    return picture(screen)


@given(st.lists(st.lists(LINES, min_size=HEIGHT, max_size=HEIGHT), min_size=1, max_size=5))
def test_differences_end_in_the_picture_that_a_whole_writing_gives(
    pictures: list[list[list[tuple[str, Style]]]],
) -> None:
    shadow = Shadow()
    sent = [
        shadow.write([(0, y, padded(line)) for y, line in enumerate(lines)], ColorSystem.TRUECOLOR)
        for lines in pictures
    ]
    whole = Shadow().write([(0, y, padded(line)) for y, line in enumerate(pictures[-1])], ColorSystem.TRUECOLOR)
    assert shown(sent) == shown([whole])


def test_what_is_shown_already_is_not_sent() -> None:
    shadow = Shadow()
    piece = [(0, 0, [Segment("hello", STYLES[2])])]
    assert shadow.write(piece, ColorSystem.TRUECOLOR)
    assert shadow.write(piece, ColorSystem.TRUECOLOR) == ""


def test_one_changed_cell_costs_one_position_and_one_sign() -> None:
    shadow = Shadow()
    shadow.write([(0, 0, [Segment("hello")])], ColorSystem.TRUECOLOR)
    assert shadow.write([(0, 0, [Segment("hallo")])], ColorSystem.TRUECOLOR) == "\x1b[1;2Ha"


def test_after_dropping_everything_is_sent_again() -> None:
    shadow = Shadow()
    piece = [(0, 0, [Segment("hello")])]
    shadow.write(piece, ColorSystem.TRUECOLOR)
    shadow.drop()
    assert "hello" in shadow.write(piece, ColorSystem.TRUECOLOR)


def test_a_pen_says_only_what_changed_and_resets_what_goes_away() -> None:
    red = pen_of(Style.parse("red"), ColorSystem.STANDARD)
    bold = pen_of(Style.parse("bold red"), ColorSystem.STANDARD)
    assert change_pen(red, red) == ""
    assert change_pen(red, bold) == "\x1b[1m"
    assert change_pen(bold, red) == "\x1b[0;31m"


def test_colours_come_down_to_what_the_terminal_has() -> None:
    assert pen_of(Style.parse("#ff0000"), ColorSystem.EIGHT_BIT).foreground.startswith("38;5;")


def test_more_than_two_skipped_pictures_in_ten_stretch_the_pace_and_calm_relaxes_it() -> None:
    pressure = Pressure()
    for skipped in (True, True, False):
        pressure.note(skipped=skipped)
    assert pressure.words == ""
    pressure.note(skipped=True)
    assert "every 2 s" in pressure.words
    for _ in range(3):
        pressure.note(skipped=True)
    assert "every 5 s" in pressure.words
    for _ in range(40):
        pressure.note(skipped=False)
    assert pressure.pace == 0
