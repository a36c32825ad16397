"""The cursor on charts: which instant a cell is, where the highest point lies, and what is told of it."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio, Seconds
from sutaztop.domain.snapshot import Usage
from sutaztop.history.memory import History
from sutaztop.render.boxes import text_of
from sutaztop.render.cells import Span, line_width, plain
from sutaztop.render.charts import closed_series
from sutaztop.render.cursor import Scale, cursor_lines, highest, highest_within, scale_of, value_at, with_cursor
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.held import HeldHistory
from tests.given import NOW, container, frame, measured_container, snapshot

KEY = container().id
SPANS = (60.0, 600.0, 3600.0, 86_400.0)


def lived(seconds: int, spike_ago: int, *, clock: int = 5_000_000) -> Frame:
    """Give a frame after so many seconds of readings, with one second of 1.9 cores among them."""
    history = History()
    last = snapshot()
    for second in range(seconds + 1):
        ago = seconds - second
        used = Usage(
            cpu=Cores(1.9 if ago == spike_ago else 0.25), memory=Bytes(GIB), throttled=Ratio(0.0),
            read_at=NOW - timedelta(seconds=ago),
        )  # fmt: skip
        last = replace(
            snapshot([measured_container(given_usage=used)], at=NOW - timedelta(seconds=ago)),
            clock_ns=(clock + second) * 10**9,
        )
        history.record(last)
    return replace(frame(last), history=history)


@given(st.sampled_from(SPANS), st.integers(30, 200), st.floats(0, 1))
def test_a_cells_own_instant_lies_in_that_cell(span: float, width: int, share: float) -> None:
    scale = scale_of(frame(), Seconds(span), width)
    place = int(share * (scale.cells - 1))
    assert scale.place(scale.middle(place)) == place
    begin, end = scale.edges(place)
    assert begin < scale.middle(place) < end


def test_what_lies_beyond_the_chart_has_no_cell() -> None:
    scale = Scale(NOW, Seconds(5.0), 120, 60)
    assert scale.place(NOW + timedelta(seconds=1)) is None
    assert scale.place(NOW - timedelta(seconds=601)) is None
    assert (scale.place(NOW), scale.place(NOW - timedelta(seconds=600))) == (59, 0)


def test_the_highest_point_is_told_to_the_second_on_every_span() -> None:
    of = lived(500, 317)
    # A day in a few cells has points of an hour, and the one that is still open is not drawn.
    for span in SPANS[1:3]:
        for width in (20, 40, 60, 70, 110, 200):
            found = highest(of, KEY, "cpu", scale_of(of, Seconds(span), width))
            assert found is not None
            assert abs((NOW - found).total_seconds() - 317) <= 1, (span, width)


def test_the_highest_point_of_hours_ago_is_within_half_a_minute() -> None:
    of = lived(5000, 4321)
    found = highest(of, KEY, "cpu", scale_of(of, Seconds(86_400.0), 60))
    assert found is not None
    assert abs((NOW - found).total_seconds() - 4321) <= 30


def test_on_a_frozen_picture_the_highest_point_is_the_pictures_own() -> None:
    of = lived(300, 200)
    frozen = replace(of, history=HeldHistory(of.history))
    scale = scale_of(frozen, Seconds(600.0), 70)
    closed_series(frozen, KEY, "cpu", Seconds(600.0), scale.bucket)
    for second in range(1, 30):
        it = Usage(cpu=Cores(0.25), memory=Bytes(GIB), read_at=NOW + timedelta(seconds=second))
        later = snapshot([measured_container(given_usage=it)], at=NOW + timedelta(seconds=second))
        cast("History", of.history).record(replace(later, clock_ns=of.snapshot.clock_ns + second * 10**9))
    found = highest(frozen, KEY, "cpu", scale)
    assert found is not None
    assert abs((NOW - found).total_seconds() - 200) <= scale.bucket


def test_a_stretch_without_readings_has_no_highest() -> None:
    of = lived(20, 5)
    assert highest_within(of, KEY, "cpu", NOW - timedelta(hours=2), NOW - timedelta(hours=1)) is None
    assert highest(of, "nobody", "cpu", scale_of(of, Seconds(600.0), 60)) is None


def test_what_was_measured_under_the_cursor_is_told_in_local_time_and_as_an_age() -> None:
    of = lived(500, 192)
    scale = scale_of(of, Seconds(600.0), 70)
    at = highest(of, KEY, "cpu", scale)
    assert at is not None
    place = scale.place(at)
    assert place is not None
    assert value_at(of, KEY, "cpu", scale, place) == pytest.approx(1.9)
    words = text_of(cursor_lines(of, of.snapshot.containers[0], at, scale, 100, zone=UTC))
    assert f"{at:%H:%M:%S}" in words
    assert "3 min 1" in words
    assert "CPU 1.90 cores" in words
    assert "memory 1 GiB" in words


def test_a_gap_under_the_cursor_is_said() -> None:
    of = lived(20, 5)
    scale = scale_of(of, Seconds(600.0), 70)
    words = text_of(cursor_lines(of, of.snapshot.containers[0], scale.middle(0), scale, 100, zone=UTC))
    assert "nothing was measured then" in words


def test_the_cursor_is_drawn_through_a_chart_and_changes_no_width() -> None:
    lines = [(Span("legend" + " " * 14),), (Span("  2 " + " " * 4), Span("─" * 12)), (Span(" " * 8), Span("⣿" * 12)),
             (Span(" " * 8), Span("10 min ago n"))]  # fmt: skip
    drawn = with_cursor(lines, 3, 20, Glyphs.BRAILLE)
    assert drawn[0] == lines[0]
    assert plain(drawn[1])[11] == "│"
    assert plain(drawn[2])[11] == "⣿"
    assert plain(drawn[3])[11] == "┃"
    assert [line_width(it) for it in drawn] == [20] * 4
    assert plain(with_cursor(lines, 0, 20, Glyphs.ASCII)[3])[8] == "#"
    assert with_cursor(lines, None, 20, Glyphs.BRAILLE) == lines
