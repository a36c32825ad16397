"""Charts: a scale, a limit, gaps that stay gaps, and the same size from both engines."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.quantity import GIB, MIB, Cores, Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import Line, Tone, line_width, plain
from sutaztop.render.chart import Chart, Trace, area_width, chart_top, render_chart, stretch
from sutaztop.render.charts import bucket_number, chart_bucket, cpu_chart, host_cpu_chart, memory_chart
from sutaztop.render.graphs import Glyphs, braille_chart
from sutaztop.render.plot import ChartEngine, Plotext
from tests.given import KeptSeries, container, frame, measured_container, snapshot

TEN_MINUTES = Seconds(600.0)


@pytest.fixture(scope="module")
def plotext_engine() -> ChartEngine:
    plotext = pytest.importorskip("plotext")
    return Plotext(plotext)


def the_chart(*values: float | None, limit: float | None = 2.0) -> Chart:
    return Chart("CPU", (Trace("used", Tone.CPU, values, "1.9"),), TEN_MINUTES, lambda it: f"{it:g}", limit)


def watched(cpu: float | None = 2.0) -> tuple[Frame, ContainerSnapshot]:
    found = measured_container(container(cpu=cpu))
    points = [1.0 + math.sin(index / 9) for index in range(121)]
    history = KeptSeries({(found.id, name): list(points) for name in ("cpu", "throttled", "memory", "memory_anon")})
    return frame(snapshot([found]), history=history), found


def text_of(lines: list[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


@pytest.mark.parametrize("glyphs", list(Glyphs))
@pytest.mark.parametrize("size", [(1, 1), (10, 2), (20, 4), (50, 8), (120, 15), (300, 40)])
def test_a_chart_fills_exactly_its_size(glyphs: Glyphs, size: tuple[int, int]) -> None:
    frame_, found = watched()
    lines = render_chart(cpu_chart(frame_, found, TEN_MINUTES, size[0]), *size, glyphs=glyphs, engine=braille_chart)
    assert [line_width(line) for line in lines] == [size[0]] * size[1]


@pytest.mark.parametrize("size", [(1, 1), (4, 2), (72, 8), (300, 40)])
def test_plotext_fills_the_size_it_is_given(plotext_engine: ChartEngine, size: tuple[int, int]) -> None:
    cells = plotext_engine([[0.0, 1.0, None, 2.0]], *size, 2.0)
    assert [len(row) for row in cells] == [size[0]] * size[1]


def test_plotext_is_not_cut_to_the_terminal_it_was_imported_in(plotext_engine: ChartEngine) -> None:
    cells = plotext_engine([[1.0] * 600], 300, 60, 2.0)
    assert cells[30][299][0] != " " or cells[29][299][0] != " "


@given(values=st.lists(st.none() | st.floats(-10, 1e12), max_size=60))
@settings(max_examples=40, deadline=None)
def test_plotext_draws_any_values(plotext_engine: ChartEngine, values: list[float | None]) -> None:
    assert len(plotext_engine([values], 20, 5, 3.0)) == 5


def test_both_engines_leave_a_gap_where_nothing_was_measured(plotext_engine: ChartEngine) -> None:
    values: list[float | None] = [1.0] * 20 + [None] * 40 + [1.0] * 20
    for engine in (plotext_engine, braille_chart):
        columns = list(zip(*engine([values], 40, 4, 2.0), strict=True))
        assert all(owner == -1 for column in columns[12:28] for _, owner in column), engine


def test_both_engines_tell_the_series_apart(plotext_engine: ChartEngine) -> None:
    for engine in (plotext_engine, braille_chart):
        cells = engine([[0.2] * 20, [1.8] * 20], 10, 6, 2.0)
        assert {owner for _, owner in cells[0]} == {1}, engine
        assert {owner for _, owner in cells[5]} == {0}, engine


def test_the_limit_is_a_line_across_with_its_value_at_the_scale() -> None:
    lines = render_chart(the_chart(*[0.5] * 60), 60, 9, engine=braille_chart)
    row = next(line for line in lines[1:] if "─" in plain(line))
    assert plain(row).split()[0] == "2"
    assert row[1].tone is Tone.LIMIT


def test_without_a_limit_the_chart_says_so_and_draws_no_line() -> None:
    frame_, found = watched(cpu=None)
    text = text_of(render_chart(cpu_chart(frame_, found, TEN_MINUTES, 80), 80, 9, engine=braille_chart))
    assert "no limit set" in text
    assert "─" not in text


def test_values_over_the_limit_raise_the_scale() -> None:
    assert chart_top(the_chart(3.0, limit=2.0)) == 3.0


def test_an_idle_container_does_not_look_busy() -> None:
    assert chart_top(replace(the_chart(0.001, limit=None), least_top=0.1)) == 0.1


def test_the_time_axis_is_in_words() -> None:
    assert plain(render_chart(the_chart(1.0), 60, 8)[-1]).split("  ")[-1].strip() == "now"
    assert "10 min ago" in plain(render_chart(the_chart(1.0), 60, 8)[-1])


def test_a_chart_with_nothing_to_draw_says_so() -> None:
    assert "no figures kept" in text_of(render_chart(the_chart(None, None), 60, 8))


def test_throttling_stands_beneath_the_cpu_of_a_limited_container() -> None:
    frame_, found = watched()
    lines = render_chart(cpu_chart(frame_, found, TEN_MINUTES, 80), 80, 9, engine=braille_chart)
    assert plain(lines[-2]).split()[0] == "thr"
    assert "throttled 41 %" in plain(lines[0])


def test_memory_shows_working_set_and_anonymous_memory_against_the_limit() -> None:
    frame_, found = watched()
    text = text_of(render_chart(memory_chart(frame_, found, TEN_MINUTES, 80), 80, 9, engine=braille_chart))
    assert all(said in text for said in ("working set 2 GiB", "anon 2 GiB", "limit 4 GiB"))


def test_the_host_is_drawn_on_a_scale_to_all_its_cores() -> None:
    history = KeptSeries({("host", "cpu_utilization"): [0.4] * 121})
    text = text_of(render_chart(host_cpu_chart(frame(history=history), TEN_MINUTES, 80), 80, 8, engine=braille_chart))
    assert "100 %" in text
    assert "used 43 %" in text


def test_ten_minutes_are_drawn_in_buckets_of_five_seconds_where_there_is_room() -> None:
    assert chart_bucket(TEN_MINUTES, 2 * area_width(80)) == 5.0


def test_the_open_bucket_is_not_drawn() -> None:
    frame_, found = watched()
    values = cpu_chart(frame_, found, TEN_MINUTES, 80).traces[0].values
    assert len(values) == 120
    assert values[-1] == 1.0 + math.sin(119 / 9)


def test_a_chart_is_due_again_only_when_a_bucket_closes() -> None:
    frame_, _ = watched()
    numbers = [
        bucket_number(replace(frame_, snapshot=replace(frame_.snapshot, clock_ns=second * 10**9)), Seconds(5.0))
        for second in range(11)
    ]
    assert numbers == [0] * 5 + [1] * 5 + [2]


@given(st.lists(st.none() | st.floats(0, 100), max_size=50), st.integers(1, 80))
def test_stretching_keeps_the_highest_value(values: list[float | None], columns: int) -> None:
    stretched = stretch(values, columns)
    assert len(stretched) == columns
    if len(values) >= columns:
        assert max((it for it in stretched if it is not None), default=None) == max(
            (it for it in values if it is not None), default=None
        )


@given(st.floats(1e-6, 1e15))
def test_a_round_scale_lies_over_all_values_and_not_far(highest: float) -> None:
    top = chart_top(replace(the_chart(highest, limit=None), least_top=1e-9))
    # What is remembered for long is right to 0.035 %, and so is the scale over it.
    assert highest * (1 - 6e-4) <= top
    assert top <= highest * 10.001


def test_the_scale_of_memory_is_round_in_binary_units() -> None:
    assert chart_top(replace(the_chart(3.2 * GIB, limit=None), least_top=64 * MIB)) == 5 * GIB


def test_ascii_charts_hold_only_ascii() -> None:
    frame_, found = watched()
    lines = render_chart(cpu_chart(frame_, found, TEN_MINUTES, 60), 60, 9, glyphs=Glyphs.ASCII)
    assert all(char.isascii() or char in "·─" for char in text_of(lines) if char != "\n")


def test_a_limit_is_drawn_where_its_value_lies_on_the_scale() -> None:
    over = the_chart(4.0, limit=2.0)
    lines = [plain(line) for line in render_chart(over, 60, 11, engine=braille_chart)]
    assert lines[1].split()[0] == "4"
    assert lines[5].split()[0] == "2"


def test_cores_are_named_on_the_scale() -> None:
    found = measured_container(container(cpu=Cores(2.0)))
    assert cpu_chart(frame(snapshot([found])), found, TEN_MINUTES, 80).write(2.0) == "2"


def test_a_change_stands_on_the_time_axis() -> None:
    on, found = watched()
    changed = replace(on, observed={found.id: ObservedChange(on.snapshot.at - timedelta(minutes=3), "limits")})
    axis = plain(render_chart(cpu_chart(changed, found, TEN_MINUTES, 80), 80, 10)[-1])
    assert "▲" in axis
    assert abs(axis.index("▲") - (80 - 0.3 * area_width(80))) <= 1.5
    assert "▲" not in plain(render_chart(cpu_chart(on, found, TEN_MINUTES, 80), 80, 10)[-1])
    assert "^" in plain(render_chart(cpu_chart(changed, found, TEN_MINUTES, 80), 80, 10, glyphs=Glyphs.ASCII)[-1])
