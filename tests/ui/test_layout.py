"""Where the panels stand: inside the screen, never over one another, at any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.ui.layout import PANELS, Place, Wants, lay_out

WANTS = st.builds(
    Wants,
    header_lines=st.integers(1, 3),
    message_lines=st.integers(0, 3),
    prompt=st.booleans(),
    details=st.booleans(),
    focus=st.sampled_from(PANELS),
    maximised=st.booleans(),
    disks_lines=st.integers(0, 30),
)


@given(st.integers(1, 500), st.integers(1, 100), WANTS)
def test_parts_lie_inside_the_screen_and_apart(width: int, height: int, wants: Wants) -> None:
    regions = list(lay_out(width, height, wants).regions.values())
    for region in regions:
        assert region.x >= 0
        assert region.y >= 0
        assert region.right <= width
        assert region.bottom <= height
    for index, one in enumerate(regions):
        assert not any(one.overlaps(other) for other in regions[index + 1 :] if one and other)


@given(st.integers(60, 500), st.integers(10, 100), WANTS)
def test_the_panel_that_has_the_keys_is_always_seen(width: int, height: int, wants: Wants) -> None:
    assert lay_out(width, height, wants).shows(wants.focus)


@pytest.mark.parametrize(
    ("size", "places"),
    [
        ((19, 4), {Place.HEADER}),
        ((50, 9), {Place.HEADER, Place.FLEET}),
        ((80, 24), {Place.HEADER, Place.STRIP, Place.FLEET, Place.FOOTER}),
        ((120, 40), {Place.HEADER, Place.HOST, Place.ADVICE, Place.FLEET, Place.DISKS, Place.MODELS, Place.FOOTER}),
    ],
)
def test_panels_go_before_the_containers_do(size: tuple[int, int], places: set[Place]) -> None:
    assert set(lay_out(*size, Wants()).regions) == places


def test_borders_need_room() -> None:
    assert [lay_out(*size, Wants()).framed for size in ((80, 24), (99, 40), (100, 30))] == [False, False, True]


def test_details_stand_at_the_right_or_below() -> None:
    wide = lay_out(120, 40, Wants(details=True)).regions
    narrow = lay_out(100, 40, Wants(details=True)).regions
    assert wide[Place.DETAILS].y == wide[Place.FLEET].y
    assert narrow[Place.DETAILS].y == narrow[Place.FLEET].bottom
