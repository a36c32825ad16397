"""Which rows are shown, in which order, and what a filter understands."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.reading import FIRST_READ
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Tier
from sutaztop.render.arrange import (
    Arrangement,
    FilterError,
    Grouping,
    Heading,
    SortKey,
    arrange,
    judge_rows,
    parse_filter,
)
from tests.given import container, container_id, frame, measured_container, snapshot, usage


def finding(name: str, severity: Severity, word: str, kind: str = "container") -> Finding:
    return Finding(
        Subject(kind, container_id(name) if kind == "container" else name, name), severity, word, f"{word} it is"
    )


def three() -> Frame:
    rows = [
        measured_container(container("sutazai-redis", service="redis", cpu=None, memory=None), usage(cpu=0.1),
                           Tier("low", "table", 3)),
        measured_container(container("sutazai-ollama", service="ollama"), usage(cpu=5.8, memory=8 << 30)),
        measured_container(container("web", service="web", project="shop", health=Health.UNHEALTHY),
                           usage(cpu=0.3), Tier("low", "table", 3)),
    ]  # fmt: skip
    return frame(snapshot(rows), findings=[finding("web", Severity.WARNING, "UNHEALTHY")])


def names(of: Frame, wish: Arrangement, held: tuple[str, ...] = ()) -> list[str]:
    arranged = arrange(of, wish, held)
    return [entry.title if isinstance(entry, Heading) else entry.display_name for entry in arranged.entries]


def test_the_worst_comes_first_then_the_busiest() -> None:
    assert names(three(), Arrangement()) == ["web", "ollama", "redis"]


def test_reversing_turns_the_whole_order_round() -> None:
    assert names(three(), Arrangement(sort=SortKey.CPU, reverse=True)) == ["redis", "web", "ollama"]


@pytest.mark.parametrize("key", list(SortKey))
def test_every_sort_key_keeps_every_row(key: SortKey) -> None:
    assert sorted(names(three(), Arrangement(sort=key))) == ["ollama", "redis", "web"]


def test_what_was_not_measured_comes_after_what_was() -> None:
    rows = [
        measured_container(container("new"), replace(usage(), cpu=FIRST_READ)),
        measured_container(container("old")),
    ]
    assert names(frame(snapshot(rows)), Arrangement(sort=SortKey.CPU)) == ["old", "new"]


def test_a_held_order_keeps_rows_in_place_and_appends_new_ones() -> None:
    held = tuple(container_id(name) for name in ("sutazai-redis", "web"))
    assert names(three(), Arrangement(sort=SortKey.CPU), held) == ["redis", "web", "ollama"]


def test_groups_are_headed_by_name_and_counts() -> None:
    arranged = arrange(three(), Arrangement(grouping=Grouping.PROJECT))
    headings = [entry for entry in arranged.entries if isinstance(entry, Heading)]
    assert headings == [Heading("shop", 1, 1, 1), Heading("sutazaiapp", 2, 2, 0)]


def test_the_worst_project_comes_first_and_none_changes_places_by_its_figures() -> None:
    calm = [measured_container(container(name, project="aaa")) for name in ("a1", "a2")]
    bad = measured_container(container("b1", project="bbb"))
    finding = Finding(Subject("container", bad.id, "b1"), Severity.CRITICAL, "OOM", "killed")
    it = frame(snapshot([*calm, bad]), findings=[finding])
    assert names(it, Arrangement(grouping=Grouping.PROJECT)) == ["bbb", "b1", "aaa", "a1", "a2"]
    by_name = Arrangement(grouping=Grouping.PROJECT, sort=SortKey.NAME)
    assert names(it, by_name) == ["aaa", "a1", "a2", "bbb", "b1"]


def test_a_tier_that_no_container_has_is_a_wrong_filter() -> None:
    with pytest.raises(FilterError, match="It is one of high, low"):
        arrange(three(), Arrangement(filter_text="tier:hi"))


def test_tiers_are_grouped_by_rank_and_not_by_name() -> None:
    assert names(three(), Arrangement(grouping=Grouping.TIER)) == ["high", "ollama", "low", "web", "redis"]


def test_problems_only_keeps_what_needs_attention() -> None:
    assert names(three(), Arrangement(problems_only=True)) == ["web"]


def test_the_counts_are_of_all_containers_whatever_is_filtered() -> None:
    arranged = arrange(three(), Arrangement(filter_text="redis"))
    assert (arranged.total, arranged.running, arranged.attention, len(arranged.order)) == (3, 3, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis", ["redis"]),
        ("REDIS", ["redis"]),
        ("!redis", ["web", "ollama"]),
        ("project:shop", ["web"]),
        ("!project:shop cpu", []),
        ("health:healthy", ["ollama", "redis"]),
        ("health:unhealthy", ["web"]),
        ("tier:low,high redis", ["redis"]),
        ("why:limit", ["redis"]),
        ("severity:warning", ["web"]),
        ("image:ollama", ["ollama"]),
        ("", ["web", "ollama", "redis"]),
    ],
)
def test_a_filter_understands_words_inverses_and_keys(text: str, expected: list[str]) -> None:
    assert names(three(), Arrangement(filter_text=text)) == expected


def test_a_label_is_matched_whole_with_or_without_its_value() -> None:
    row = measured_container(container("a", labels={"tier": "gold"}))
    it = frame(snapshot([row]))
    assert [names(it, Arrangement(filter_text=text)) for text in ("label:tier", "label:tier=gold", "label:tie")] == [
        ["a"], ["a"], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hint"),
    [("helth:x", "did you mean health?"), ("state:runing", "did you mean running?"), ("name:", "name:ollama")],
)
def test_a_wrong_filter_says_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(FilterError, match=re.escape(hint)):
        parse_filter(text)


@given(st.text(max_size=30))
def test_any_text_is_a_filter_or_one_clear_error(text: str) -> None:
    try:
        arrange(three(), Arrangement(filter_text=text))
    except FilterError as error:
        message = str(error)
    else:
        message = "understood"
    assert message


def test_the_worst_finding_names_the_row() -> None:
    it = three()
    it = replace(it, findings=(*it.findings, finding("web", Severity.CRITICAL, "OOM")))
    assert judge_rows(it)[container_id("web")].word == "OOM"


def test_a_service_finding_counts_for_each_of_its_containers() -> None:
    row = measured_container(container("w.1"))
    service = Service("svc", "w", Orchestrator.SWARM, container_ids=(row.id,))
    it = frame(snapshot([row], services=[service]), findings=[finding("svc", Severity.WARNING, "REPLICAS", "service")])
    assert judge_rows(it)[row.id].word == "REPLICAS"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (measured_container(container(state=ContainerState.EXITED)), "EXITED"),
        (measured_container(replace(container(state=ContainerState.EXITED), exit_code=137)), "EXIT 137"),
        (measured_container(container(state=ContainerState.RESTARTING)), "RESTARTIN"),
        (measured_container(container(cpu=None, memory=None)), "NO LIMIT"),
        (measured_container(container(oom_killed=True)), "OOM"),
        (measured_container(container()), "OK"),
    ],
)
def test_a_row_without_findings_says_what_is_plainly_so(row: object, word: str) -> None:
    it = frame(snapshot([row]))  # type: ignore[list-item] # parametrised rows
    assert [judgement.word for judgement in judge_rows(it).values()] == [word]
