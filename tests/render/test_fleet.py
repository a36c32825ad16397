"""The fleet's lines: exact widths at every size, columns that give way in order, and honest cells."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.reading import FIRST_READ, NO_LIMIT
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.arrange import Arrangement, Grouping, SortKey, arrange
from sutaztop.render.cells import Tone, line_width, plain
from sutaztop.render.fleet import empty_lines, fleet_heading, fleet_row, fleet_title, lay_columns
from sutaztop.render.graphs import Glyphs
from sutaztop.render.look import WINDOWS, Look, auto_window, spark_bucket
from tests.given import NOW, KeptSeries, container, frame, measured_container, snapshot, usage

LOOK = Look(now=NOW, glyphs=Glyphs.BLOCKS)


def row(it: ContainerSnapshot, width: int = 200, look: Look = LOOK, of: Frame | None = None) -> dict[str, str]:
    """Give a row's cells by column."""
    given = of or frame(snapshot([it]))
    sheet = lay_columns(width)
    text = plain(fleet_row(given, arrange(given, Arrangement()), 0, sheet, look))
    cells, at = {}, 0
    for column, cells_wide in sheet.columns:
        cells[column.id] = text[at : at + cells_wide].strip()
        at += cells_wide + 1
    return cells


@pytest.mark.parametrize("width", [*range(1, 130), 160, 200, 500])
def test_every_width_gives_lines_of_exactly_that_width(width: int) -> None:
    it = frame(snapshot([measured_container(container("模型-server-" + "x" * 60))]))
    sheet = lay_columns(width)
    arranged = arrange(it, Arrangement())
    lines = [fleet_heading(sheet, Arrangement(), LOOK), fleet_row(it, arranged, 0, sheet, LOOK)]
    assert [line_width(line) for line in lines] == [width, width]


def test_name_and_cpu_are_the_last_to_go() -> None:
    assert [column.id for column, _ in lay_columns(21).columns] == ["mark", "name", "cpu"]


def test_a_narrow_screen_has_what_tells_most() -> None:
    found = {column.id for column, _ in lay_columns(59).columns}
    assert {"mark", "name", "why", "cpu", "cpu-share", "memory", "memory-share"} <= found


def test_at_80_columns_both_sparklines_and_throttling_are_there() -> None:
    found = {column.id for column, _ in lay_columns(79).columns}
    assert {"cpu-spark", "memory-spark", "throttled", "state"} <= found


def test_wider_screens_never_lose_a_column() -> None:
    before: set[str] = set()
    for width in range(20, 240):
        found = {column.id for column, _ in lay_columns(width).columns}
        assert not {it for it in before - found if it in ("mark", "name", "cpu", "why", "memory")}, width
        before = found


def test_the_group_is_not_repeated_as_a_column() -> None:
    assert "project" not in {column.id for column, _ in lay_columns(240, Grouping.PROJECT).columns}


def test_no_limit_is_said_and_not_shown_as_a_share_of_the_host() -> None:
    free = measured_container(
        container(cpu=None, memory=None), replace(usage(), cpu_utilization=NO_LIMIT, memory_utilization=NO_LIMIT)
    )
    cells = row(free)
    assert (cells["why"], cells["cpu-share"], cells["memory-share"]) == ("NO LIMIT", "–", "–")


def test_a_first_reading_is_awaited_and_not_nought() -> None:
    assert row(measured_container(None, replace(usage(), cpu=FIRST_READ)))["cpu"] == "…"


@pytest.mark.parametrize(
    ("it", "letters"),
    [
        (measured_container(container()), "rh"),
        (measured_container(container(health=Health.UNHEALTHY)), "rU"),
        (measured_container(container(health=Health.STARTING)), "rs"),
        (measured_container(container(oom_killed=True)), "rhO"),
        (measured_container(container(state=ContainerState.PAUSED)), "P"),
        (measured_container(container(state=ContainerState.EXITED)), "x"),
        (measured_container(replace(container(state=ContainerState.EXITED), exit_code=1)), "X"),
    ],
)
def test_state_health_and_oom_are_letters(it: ContainerSnapshot, letters: str) -> None:
    assert row(it)["state"] == letters


def test_an_unhealthy_row_is_told_by_a_letter_and_a_tone() -> None:
    given = frame(snapshot([measured_container(container(health=Health.UNHEALTHY))]))
    line = fleet_row(given, arrange(given, Arrangement()), 0, lay_columns(80), LOOK)
    assert any("rU" in span.text and span.tone is Tone.WARNING for span in line)


def test_a_share_over_the_threshold_takes_its_tone() -> None:
    given = frame(snapshot([measured_container(None, usage(cpu_utilization=0.97))]))
    line = fleet_row(given, arrange(given, Arrangement()), 0, lay_columns(80), LOOK)
    assert any("97" in span.text and span.tone is Tone.CRITICAL for span in line)


def test_stale_rows_are_dim_throughout() -> None:
    given = frame(snapshot([measured_container()]))
    line = fleet_row(given, arrange(given, Arrangement()), 0, lay_columns(80), replace(LOOK, stale=True))
    assert {span.tone for span in line} == {Tone.STALE}


def test_a_sparkline_is_drawn_against_the_own_limit() -> None:
    it = measured_container()
    series = KeptSeries({(it.id, "cpu_utilization"): [0.0, 0.5, 1.0]})
    cells = row(it, of=frame(snapshot([it]), history=series))
    assert cells["cpu-spark"] == "▁▅█"


def test_without_a_limit_the_sparkline_is_drawn_against_the_host() -> None:
    it = measured_container(container(cpu=None), replace(usage(), cpu_utilization=NO_LIMIT))
    series = KeptSeries({(it.id, "cpu"): [6.0, 12.0]})
    assert row(it, of=frame(snapshot([it]), history=series))["cpu-spark"] == "▅█"


def test_long_names_keep_the_end_where_they_differ() -> None:
    names = [
        row(measured_container(container(f"sutazai-hardware-resource-optimizer-phase{n}")), 80)["name"] for n in (1, 2)
    ]
    assert names[0] != names[1]
    assert names[0].endswith("ase1")


def test_the_title_says_what_how_many_and_what_filters_and_sorts() -> None:
    wish = Arrangement(filter_text="backend", sort=SortKey.CPU, reverse=True, grouping=Grouping.TIER)
    title = plain(fleet_title(arrange(frame(), wish), wish))
    for words in ("1 running of 1", "none needs attention", "1 match 'backend'", "by cpu reversed", "grouped by tier"):
        assert words in title


def test_the_heading_names_the_span_of_the_sparklines() -> None:
    heading = plain(fleet_heading(lay_columns(120), Arrangement(), replace(LOOK, window=WINDOWS[1])))
    assert "10 min" in heading


def test_an_empty_table_says_why_and_what_to_press() -> None:
    wish = Arrangement(filter_text="nothing")
    assert "Esc clears" in plain(empty_lines(arrange(frame(), wish), wish)[0])


def test_the_window_is_short_until_there_is_a_history() -> None:
    young = frame()
    old = frame(history=KeptSeries({("host", "cpu_utilization"): [0.5] * 12}))
    assert (auto_window(young), auto_window(old)) == (WINDOWS[0], WINDOWS[1])


@pytest.mark.parametrize(("glyphs", "mark"), [(Glyphs.BLOCKS, "╿"), (Glyphs.ASCII, "|")])
def test_a_change_of_limits_is_marked_where_it_was_made(glyphs: Glyphs, mark: str) -> None:
    it = measured_container()
    values: dict[tuple[str, str], list[float | None]] = {
        (it.id, figure): [0.5] * 60 for figure in ("cpu_utilization", "memory_utilization")
    }
    on = frame(snapshot([it]), history=KeptSeries(values))
    look = replace(LOOK, glyphs=glyphs)
    sheet = lay_columns(200)
    bucket = spark_bucket(look.window, sheet.spark_width())
    plain_cell = row(it, look=look, of=on)["cpu-spark"]
    assert mark not in plain_cell
    changed = replace(on, observed={it.id: ObservedChange(NOW - timedelta(seconds=2.5 * bucket), "limits")})
    cells = row(it, look=look, of=changed)
    assert cells["cpu-spark"] == plain_cell[:-3] + mark + plain_cell[-2:]
    assert mark in cells["memory-spark"]
    long_ago = replace(on, observed={it.id: ObservedChange(NOW - timedelta(hours=1), "limits")})
    assert row(it, look=look, of=long_ago)["cpu-spark"] == plain_cell
