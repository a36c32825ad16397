"""A thousand containers, none at all, and names that nobody would give: nothing breaks."""

import pytest

from sutaztop.render.cells import cell_width
from tests.given import container, frame, measured_container, snapshot
from tests.ui.look import text_of
from tests.ui.typing import press, rest
from tests.ui.world import open_stack

_ODD = (
    "模型推理服务器-" * 6,
    "x" * 63,
    "e\u0301" * 20,
    "👩\u200d💻-agent",
    "[bold]not markup[/bold]",
    "$primary",
    "a\\[b]",
    "-",
)


def fleet_of(count: int) -> list[str]:
    return [_ODD[number % len(_ODD)] + str(number) for number in range(count)]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 50)], ids=str)
@pytest.mark.parametrize("count", [0, 1, 1000])
async def test_any_number_of_containers_with_any_names_is_shown(count: int, size: tuple[int, int]) -> None:
    app = open_stack("calm").app()
    async with app.run_test(size=size) as pilot:
        app.resident.take_frame(frame(snapshot([measured_container(container(name)) for name in fleet_of(count)])))
        await rest(pilot)
        await press(pilot, "G", "k", "enter", "l", "escape", "escape", "v", "x", "x", "slash", "模", "enter")
        rows = text_of(app).split("\n")
        assert len(rows) == size[1]
        assert all(cell_width(row) <= size[0] for row in rows)
        assert not any("failed" in row for row in rows)
