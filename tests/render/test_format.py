from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.quantity import Bytes, Cores, exact_bytes, exact_cores, nano_cpus, parse_bytes, parse_cores
from sutaztop.domain.reading import FIRST_READ, NO_LIMIT, NOT_RUNNING
from sutaztop.domain.text import clean_line, clean_text
from sutaztop.render.cells import Span, cell_width, fit, fit_line, line_width
from sutaztop.render.format import bytes_text, percent, rate_text
from sutaztop.render.graphs import Glyphs, bar, braille_chart, buckets, column_chart, spark

values = st.lists(st.none() | st.floats(0, 1e9), max_size=200)


@given(st.integers(0, 2**50))
def test_a_size_written_exactly_reads_back_as_itself(amount: int) -> None:
    assert parse_bytes(exact_bytes(Bytes(amount))) == amount


@given(st.integers(1, 512_000))
def test_an_amount_of_cpu_written_exactly_reads_back_as_itself(milli: int) -> None:
    cores = Cores(milli / 1000)
    assert nano_cpus(parse_cores(exact_cores(cores))) == nano_cpus(cores)


def test_what_was_not_measured_is_a_mark_and_never_a_zero() -> None:
    assert [percent(reading) for reading in (FIRST_READ, NO_LIMIT, NOT_RUNNING)] == ["…", "–", "–"]


@given(st.floats(0, 1e12))
def test_a_rate_never_takes_more_than_five_cells(rate: float) -> None:
    assert len(rate_text(rate)) <= 5


@given(st.integers(0, 2**50))
def test_a_size_never_takes_more_than_eight_cells(amount: int) -> None:
    assert len(bytes_text(Bytes(amount))) <= 8


@given(st.text(), st.integers(0, 40), st.booleans())
def test_fitted_text_has_exactly_the_width_asked_for(text: str, width: int, right: bool) -> None:
    assert cell_width(fit(clean_line(text), width, right=right)) == width


@given(st.lists(st.text(max_size=10)), st.integers(0, 60))
def test_a_fitted_line_has_exactly_the_width_asked_for(texts: list[str], width: int) -> None:
    line = tuple(Span(clean_line(text)) for text in texts)
    assert line_width(fit_line(line, width)) == width


@given(st.text())
def test_cleaned_text_holds_no_control_code_and_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert not any((ord(char) < 32 and char not in "\t\n") or 0x7F <= ord(char) < 0xA0 for char in once)
    assert clean_text(once) == once


@given(values)
def test_a_sparkline_has_one_cell_a_value_and_gaps_are_blank(points: list[float | None]) -> None:
    drawn = spark(points)
    assert len(drawn) == len(points)
    assert [char == " " for char in drawn] == [value is None for value in points]


@given(values, st.integers(1, 40))
def test_reducing_to_buckets_keeps_the_highest_value(points: list[float | None], columns: int) -> None:
    reduced = buckets(points, columns)
    assert len(reduced) <= max(columns, 0) or len(points) <= columns
    assert max((v for v in reduced if v is not None), default=None) == max(
        (v for v in points if v is not None), default=None
    )


@given(st.floats(-1, 2), st.integers(0, 50), st.sampled_from([Glyphs.BLOCKS, Glyphs.ASCII]))
def test_a_bar_has_exactly_its_width(share: float, width: int, glyphs: Glyphs) -> None:
    assert len(bar(share, width, glyphs=glyphs)) == width


@given(values, st.integers(1, 30), st.integers(1, 10))
def test_charts_have_exactly_their_size(points: list[float | None], width: int, height: int) -> None:
    cells = braille_chart([points], width, height, 1e9)
    assert [len(row) for row in cells] == [width] * height
    for glyphs in (Glyphs.BLOCKS, Glyphs.ASCII):
        assert [len(row) for row in column_chart(points, width, height, 1e9, glyphs=glyphs)] == [width] * height


def test_a_gap_in_a_chart_is_not_bridged_by_a_line() -> None:
    (row,) = braille_chart([[1.0, 1.0, None, None, 1.0, 1.0]], 3, 1, 1.0)
    assert [char for char, _ in row] == ["⠉", " ", "⠉"]
