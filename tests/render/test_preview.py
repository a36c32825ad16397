"""The words of a plan, a refusal and an outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.change import ChangeLimits, Outcome, Plan, PreviewRow, Refusal, Result
from sutaztop.render.cells import Tone, cell_width, line_width, plain
from sutaztop.render.paragraph import wrap
from sutaztop.render.preview import outcome_line, outcome_lines, preview_lines, refusal_lines
from tests.given import container_id, limits

ENDPOINT = "unix:///var/run/docker.sock"


def the_plan() -> Plan:
    return Plan(
        title="Scale up backend",
        object=f"container sutazai-backend (3f9a12c4beef) on {ENDPOINT}",
        change=ChangeLimits(ENDPOINT, container_id("b"), "sutazai-backend", limits(2.0), limits(3.0)),
        rows=(
            PreviewRow("cpu", "2 cores", "3 cores", "limits add up to 33.5 cores on a host of 12"),
            PreviewRow("memory", "4 GiB", "4 GiB", "unchanged"),
        ),
        same_as="docker update --cpus 3 3f9a12c4beef",
        why="93 % of its limit in 12 of 12 samples, 41 % of periods throttled",
        does="live update, no restart",
        risks=("The next `compose up` puts the file's limits back.", "[bold]not markup[/bold]"),
        undo="docker update --cpus 2 3f9a12c4beef",
    )


def text_of(plan_width: int) -> str:
    return "\n".join(plain(line) for line in preview_lines(the_plan(), plan_width))


@pytest.mark.parametrize("width", [30, 54, 76, 100])
def test_a_preview_stays_within_its_width(width: int) -> None:
    assert max(line_width(line) for line in preview_lines(the_plan(), width)) <= width


@pytest.mark.parametrize("width", [30, 54, 76, 100])
def test_a_preview_cuts_nothing_at_any_width(width: int) -> None:
    joined = "".join(text_of(width).split())
    plan = the_plan()
    for said in (plan.object, plan.why, plan.does, plan.undo, plan.same_as, *plan.risks):
        assert "".join(said.split()) in joined
    assert "…" not in joined


def test_the_table_shows_before_and_after_side_by_side() -> None:
    cpu = next(line for line in preview_lines(the_plan(), 76) if plain(line).startswith("cpu"))
    assert plain(cpu).split()[:5] == ["cpu", "2", "cores", "3", "cores"]


def test_what_stays_the_same_is_muted_and_what_changes_is_strong() -> None:
    tones = {plain(line).split()[0]: line[2].tone for line in preview_lines(the_plan(), 76) if len(line) > 2}
    assert tones["cpu"] is Tone.STRONG
    assert tones["memory"] is Tone.MUTED


def test_markup_in_a_plan_stays_text() -> None:
    assert "[bold]not markup[/bold]" in text_of(76)


def test_a_refusal_names_rule_reason_and_advice() -> None:
    words = "\n".join(plain(line) for line in refusal_lines(Refusal("ceiling", "4 cores is the most", "add one"), 60))
    assert "ceiling" in words
    assert "4 cores is the most" in words
    assert "add one" in words


def test_a_refusal_without_advice_has_no_empty_line_for_it() -> None:
    assert len(refusal_lines(Refusal("ceiling", "4 cores is the most"), 60)) == 2


@pytest.mark.parametrize("result", list(Result))
def test_every_outcome_says_its_word_and_not_only_a_colour(result: Result) -> None:
    assert plain(outcome_line(Outcome(result, None, "message"))).startswith(result.value)


def test_an_outcome_tells_what_reading_back_showed() -> None:
    line = outcome_line(Outcome(Result.APPLIED, None, "backend has 3 cores", observed="cpu.max 300000", seconds=0.42))
    assert plain(line) == "applied  backend has 3 cores · seen: cpu.max 300000 · 0.4 s"


def test_warnings_of_the_engine_stand_under_the_outcome() -> None:
    outcome = Outcome(Result.APPLIED, None, "done", warnings=("swap limit ignored",))
    assert [plain(line).split()[0] for line in outcome_lines(outcome, 40)] == ["applied", "warning"]


@given(st.text(max_size=200), st.integers(2, 40))
def test_wrapping_keeps_every_word_and_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_width(line) <= width for line in lines)
