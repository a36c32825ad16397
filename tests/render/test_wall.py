"""The wall's overview: large where there is room, and whole at any size."""

import pytest

from sutaztop.render.boxes import text_of
from sutaztop.render.cells import line_width
from sutaztop.render.graphs import Glyphs
from sutaztop.render.header import Standing
from sutaztop.render.look import Look
from sutaztop.render.wall import Page, Scene, wall_lines
from tests.given import NOW, frame

LOOK = Look(now=NOW, glyphs=Glyphs.BLOCKS)
FIGURES = ("need attention", "containers run", "host cpu", "host memory", "models loaded")


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (80, 24), (96, 30), (120, 40), (200, 50), (500, 100)], ids=str)
def test_every_figure_of_the_overview_is_shown_at_every_size(size: tuple[int, int]) -> None:
    lines = wall_lines(Scene(frame(), Page.OVERVIEW, LOOK, Standing("sutazaiapp", NOW)), *size)
    text = text_of(lines)
    assert [words for words in FIGURES if words not in text] == []
    assert len(lines) == size[1]
    assert {line_width(line) for line in lines} == {size[0]}


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)], ids=str)
def test_what_needs_attention_is_large_wherever_five_lines_are_left(size: tuple[int, int]) -> None:
    text = text_of(wall_lines(Scene(frame(), Page.OVERVIEW, LOOK, Standing("sutazaiapp", NOW)), *size))
    assert "██████" in text.split("need attention", maxsplit=1)[0]


@pytest.mark.parametrize("page", [Page.DISKS, Page.MODELS])
@pytest.mark.parametrize("size", [(20, 5), (40, 12), (60, 18), (80, 24), (120, 40), (200, 50), (500, 100)], ids=str)
def test_disks_and_models_fill_exactly_the_wall(size: tuple[int, int], page: Page) -> None:
    lines = wall_lines(Scene(frame(), page, LOOK, Standing("sutazaiapp", NOW)), *size)
    assert len(lines) == size[1]
    assert {line_width(line) for line in lines} == {size[0]}
