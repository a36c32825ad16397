"""Growth in the panels: rates, times until something is full, and what can be done, as far as there is room."""

import re
from dataclasses import replace

from sutaztop.domain.disk import Medium
from sutaztop.domain.finding import Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, MIB
from sutaztop.domain.sizes import SizeSeries, component_key, filesystem_key, tier_key
from sutaztop.render.advice import advice_lines
from sutaztop.render.boxes import text_of
from sutaztop.render.cells import plain
from sutaztop.render.disks import disks_lines, disks_strip
from sutaztop.render.models import models_lines
from tests.given import KeptSeries, frame
from tests.render.test_panels import LOOK, everything


def grown(per_hour: float, *, noise: int = 0) -> SizeSeries:
    return SizeSeries.of(
        (place * 300, int(100 * GIB + per_hour * place / 12) + (place % 3 - 1) * noise) for place in range(24)
    )


def growing_frame(**series: SizeSeries) -> Frame:
    names = {"models": "ollama models"}
    kept = {component_key(names.get(name, name)): it for name, it in series.items() if name != "ssd"}
    if "ssd" in series:
        kept[tier_key(Medium.SSD)] = series["ssd"]
    return replace(everything(), history=KeptSeries(kept_sizes=kept))


def test_a_component_says_when_its_budget_is_full_and_with_room_within_which_range() -> None:
    it = growing_frame(models=grown(2.2 * GIB, noise=60 * MIB), postgres=grown(0))
    rows = text_of(disks_lines(it, 56, 6, LOOK)).splitlines()
    assert re.search(r"ollama models .* ‼ 3 h \d+ min$", rows[1].rstrip()), rows[1]
    assert "3m ago" in rows[2]
    wide = text_of(disks_lines(it, 120, 6, LOOK)).splitlines()
    assert re.search(r"‼ 3 h \d+ min \(\d.* – .*\) · \+2\.2\d? GiB/h · 3m ago", wide[1]), wide[1]
    assert "3m ago · steady" in wide[2]


def test_a_tier_says_how_fast_it_grows_where_there_is_room_for_it() -> None:
    it = growing_frame(ssd=grown(1.5 * GIB))
    assert "300 GiB free · lies on HDD · +1.5 GiB/h" in text_of(disks_lines(it, 130, 6, LOOK))
    assert "+1.5 GiB/h" not in text_of(disks_lines(it, 56, 6, LOOK))


def test_what_shrinks_has_a_sign_and_what_is_not_known_says_nothing() -> None:
    rows = text_of(disks_lines(growing_frame(postgres=grown(-GIB)), 100, 6, LOOK)).splitlines()
    assert "-1 GiB/h" in next(row for row in rows if "postgres" in row)
    models = next(row for row in rows if "ollama models" in row)
    assert "steady" not in models
    assert "/h" not in models


def test_a_large_panel_tells_what_grows_fastest_and_what_each_kind_gives_back() -> None:
    text = text_of(disks_lines(growing_frame(models=grown(2 * GIB), postgres=grown(GIB)), 110, 14, LOOK))
    assert text.index("grows fastest: ollama models · +2 GiB/h") < text.index("grows fastest: postgres")
    assert "build cache 14 GiB · docker builder prune" in text
    assert "volume" not in text


def test_a_filesystem_that_fills_is_told_on_the_one_line_of_a_small_screen() -> None:
    it = everything()
    kept = {filesystem_key("/"): grown(30 * GIB)}
    assert "! full in " in plain(disks_strip(replace(it, history=KeptSeries(kept_sizes=kept)), 80, LOOK))
    assert "full in" not in plain(disks_strip(it, 80, LOOK))


def test_the_models_panel_says_what_unloading_the_best_candidate_frees() -> None:
    rows = text_of(models_lines(everything(), 100, 8, LOOK)).splitlines()
    assert any(re.match(r"unloading \S+ frees about [\d.]+ GiB", row.strip()) for row in rows), rows


def test_loaded_models_stand_before_what_is_said_of_them() -> None:
    it = everything()
    count = sum(len(server.loaded) for server in it.snapshot.models)
    lines = text_of(models_lines(it, 100, count + 1, LOOK)).splitlines()
    names = {model.name for server in it.snapshot.models for model in server.loaded}
    assert {row.split()[0] for row in lines[:count]} == names
    assert "unloading" in lines[count]


def test_advice_and_finding_on_one_disk_are_told_once() -> None:
    subject = Subject("component", "models", "models")
    found = Finding(subject, Severity.WARNING, "FILLING", "full in 3 h; grows")
    advice = Recommendation("disk:budget:models", subject, Severity.WARNING, "R-DISK-1", "budget full in 3 h", "grows")
    assert len(advice_lines(frame(findings=[found], recommendations=[advice]), 80, 6)) == 1
    assert any("FILLING" in plain(line) for line in advice_lines(frame(findings=[found]), 80, 6))


def test_too_few_measurements_are_said_to_be_too_few_where_there_is_room() -> None:
    text = text_of(disks_lines(growing_frame(models=grown(GIB)), 110, 14, LOOK))
    assert "growth of 1 not known, not enough data: 0 of 6 measurements over 5 min" in text


def test_the_wall_keeps_its_room_for_large_figures() -> None:
    it = growing_frame(models=grown(GIB))
    assert "docker builder prune" not in text_of(disks_lines(it, 110, 20, LOOK, enlarged=False))
