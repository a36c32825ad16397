"""Host, advice, disks, models and footer as lines: whole figures, exact sizes, reasons where figures are missing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Component, Filesystem, Medium, Reclaimable
from sutaztop.domain.finding import Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.quantity import GIB, MIB, Bytes, Ratio
from sutaztop.domain.reading import PENDING, Reason, Unmeasured
from sutaztop.domain.sample import CollectorReport, Trouble
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier, HostUsage
from sutaztop.render.advice import advice_lines, advice_strip, advice_title, alarm_strip
from sutaztop.render.boxes import ascii_line, box, join, rule, text_of
from sutaztop.render.cells import Span, Tone, line_width, plain
from sutaztop.render.disks import disks_lines, disks_strip
from sutaztop.render.footer import Hint, footer_line
from sutaztop.render.graphs import Glyphs
from sutaztop.render.host import host_lines, host_strip
from sutaztop.render.look import Look
from sutaztop.render.models import model_rows, models_lines, models_strip, models_title
from tests.given import NOW, frame, host_usage, snapshot

PACKAGE = Path(__file__).parents[2] / "sutaztop"
LOOK = Look(now=NOW, glyphs=Glyphs.BLOCKS)
SIZES = [(width, height) for width in (1, 5, 20, 40, 56, 76, 96, 200) for height in (1, 3, 5, 8)]


def advice(count: int) -> tuple[Recommendation, ...]:
    return tuple(
        Recommendation(
            f"r{n}",
            Subject("container", f"c{n}", f"name{n}"),
            Severity.WARNING,
            "rule",
            "cpu 2 → 3 cores",
            "93 % of limit",
        )
        for n in range(count)
    )


def component(name: str, used: int | None, medium: Medium = Medium.SSD) -> ComponentUsage:
    budget = Bytes(150 * GIB)
    share = PENDING if used is None else Ratio(used * GIB / budget)
    size = PENDING if used is None else Bytes(used * GIB)
    return ComponentUsage(Component(name, medium, recommended=budget), (), size, share, NOW - timedelta(minutes=3))


def everything() -> Frame:
    filesystem = Filesystem("/", "/dev/vda1", "ext4", Bytes(700 * GIB), Bytes(400 * GIB), Bytes(300 * GIB))
    tiers = (
        DiskTier(Medium.SSD, (component("postgres", 20), component("ollama models", 143)), Bytes(163 * GIB),
                 Bytes(300 * GIB), (filesystem,), (Medium.HDD,)),
        DiskTier(Medium.HDD, (component("logs", None, Medium.HDD),), PENDING, Bytes(150 * GIB), (), ()),
    )  # fmt: skip
    server = ModelServer(
        "http://127.0.0.1:11434",
        loaded=(
            LoadedModel("llama3.2:3b", Bytes(3 * GIB), expires_at=NOW + timedelta(minutes=4), context_length=4096),
            LoadedModel("codellama:7b", Bytes(5 * GIB), Bytes(5 * GIB), expires_at=NOW - timedelta(seconds=2)),
            LoadedModel("tiny", Bytes(GIB), expires_at=NOW + timedelta(days=100_000)),
        ),
        installed=(InstalledModel("llama3.2:3b", Bytes(2 * GIB)), InstalledModel("qwen", Bytes(4 * GIB))),
    )
    host = replace(host_usage(), cpu_pressure=Pressure(Ratio(0.22)), memory_pressure=Pressure(Ratio(0.003)),
                   io_pressure=Pressure(Ratio(0.04)))  # fmt: skip
    disks = Disks(tiers, Reclaimable(images=Bytes(19 * GIB), build_cache=Bytes(14 * GIB)), NOW)
    it = replace(snapshot(), host=host, disks=disks, models=(server,))
    return frame(it, recommendations=advice(11))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_panel_is_ever_larger_than_its_room(width: int, height: int) -> None:
    it = everything()
    for lines in (
        host_lines(it, width, height, LOOK),
        advice_lines(it, width, height),
        disks_lines(it, width, height, LOOK),
        models_lines(it, width, height, LOOK),
        box((Span("title"),), host_lines(it, width, height, LOOK), width, height),
    ):
        assert len(lines) <= height
        assert all(line_width(line) <= width for line in lines)


def test_the_host_tells_use_rest_pressure_promises_and_own_cost() -> None:
    text = text_of(host_lines(everything(), 76, 4, LOOK))
    for words in ("CPU  43 %", "9 GiB available", "cpu 22 %", "132 GiB = 4.1 × host", "54 without one", "self 1.4 %"):
        assert words in text


def test_heavy_pressure_is_critical() -> None:
    lines = host_lines(everything(), 76, 4, LOOK)
    assert any("22 %" in span.text and span.tone is Tone.CRITICAL for line in lines for span in line)


def test_a_kernel_without_pressure_says_so() -> None:
    assert "keeps no pressure" in text_of(host_lines(frame(), 76, 4, LOOK))


def test_a_host_that_cannot_be_read_says_why() -> None:
    trouble = Trouble("The host was not read", "permission denied")
    it = frame(replace(snapshot(), host=HostUsage(), reports=(CollectorReport("host", None, trouble=trouble),)))
    assert "permission denied" in text_of(host_lines(it, 76, 4, LOOK))


def test_a_large_host_panel_draws_a_chart_beside_the_figures() -> None:
    assert "share of all cores" in text_of(host_lines(everything(), 96, 8, LOOK))


def test_the_host_on_one_line_keeps_the_figures_that_fit() -> None:
    assert plain(host_strip(everything(), 78, LOOK)).startswith("CPU  43 %")


def test_advice_has_subject_proposal_and_reason() -> None:
    text = text_of(advice_lines(everything(), 80, 2))
    assert text.splitlines()[0].split() == ["!", "name0", "cpu", "2", "→", "3", "cores", "93", "%", "of", "limit"]


def test_what_to_do_is_read_whole_before_why() -> None:
    long = replace(advice(1)[0], proposal="memory 8 GiB → 9.62 GiB", reason="OOM-killed twice in the last hour")
    row = text_of(advice_lines(frame(recommendations=[long]), 56, 3))
    assert "memory 8 GiB → 9.62 GiB" in row
    assert "OOM-killed" in row


def test_what_is_critical_and_stands_in_no_row_has_a_place_of_its_own() -> None:
    def found(kind: str, severity: Severity) -> Finding:
        return Finding(Subject(kind, "x", f"the {kind}"), severity, "DISK", "text")

    it = frame(findings=[found("container", Severity.CRITICAL), found("disk", Severity.WARNING)])
    assert alarm_strip(it) == ()
    it = frame(findings=[*it.findings, found("disk", Severity.CRITICAL)])
    assert plain(alarm_strip(it)) == "‼ the disk DISK"


def test_the_advice_title_says_how_many_are_out_of_sight() -> None:
    assert "4 of 11" in plain(advice_title(everything(), 4))


def test_advice_on_one_line_counts_the_rest() -> None:
    assert plain(advice_strip(everything(), 80)).rstrip().endswith("+9")


def test_nothing_to_do_is_said() -> None:
    assert "Nothing needs doing" in text_of(advice_lines(frame(), 60, 3))


def test_tiers_come_with_their_fullest_component_first() -> None:
    text = text_of(disks_lines(everything(), 76, 6, LOOK))
    assert text.index("ollama models") < text.index("postgres")
    for words in ("163 of 300 GiB", "54 %", "143 of 150 GiB", "95 %", "3m ago", "reclaimable 33 GiB"):
        assert words in text


def test_a_component_on_the_wrong_medium_is_told() -> None:
    assert "lies on HDD" in text_of(disks_lines(everything(), 90, 6, LOOK))


def test_a_medium_that_nobody_knows_is_not_held_against_a_tier() -> None:
    it = everything()
    disks = it.snapshot.disks
    assert disks is not None
    tiers = tuple(replace(tier, found_media=(Medium.UNKNOWN,)) for tier in disks.tiers)
    unknown = replace(it, snapshot=replace(it.snapshot, disks=replace(disks, tiers=tiers)))
    text = text_of(disks_lines(unknown, 120, 6, LOOK)).casefold()
    assert "unknown" not in text
    assert "lies on" not in text


def test_a_component_that_is_too_full_is_told_before_anything_could_be_given_back() -> None:
    rows = text_of(disks_lines(everything(), 56, 3, LOOK)).splitlines()
    assert [row.split()[0] for row in rows] == ["SSD", "ollama", "HDD"]
    assert "95 %" in rows[1]
    assert "‼" in rows[1]
    assert "reclaimable" in text_of(disks_lines(everything(), 56, 4, LOOK))


def test_where_no_component_is_too_full_a_small_panel_tells_what_could_be_given_back() -> None:
    it = everything()
    disks = it.snapshot.disks
    assert disks is not None
    tiers = tuple(replace(tier, components=(component("postgres", 10),)) for tier in disks.tiers)
    calm = replace(it, snapshot=replace(it.snapshot, disks=replace(disks, tiers=tiers)))
    assert "reclaimable" in text_of(disks_lines(calm, 56, 3, LOOK))


def test_the_free_room_is_read_whole_beside_long_names_and_amounts() -> None:
    it = everything()
    disks = it.snapshot.disks
    assert disks is not None
    odd = replace(component("Base OS + Docker", 1), used=Bytes(177 * MIB))
    tiers = tuple(replace(tier, components=(odd,), used=Bytes(177 * MIB)) for tier in disks.tiers)
    lines = disks_lines(replace(it, snapshot=replace(it.snapshot, disks=replace(disks, tiers=tiers))), 56, 4, LOOK)
    assert "300 GiB free" in plain(lines[0])
    assert "Base OS + Docker" in plain(lines[1])


def test_figures_of_tiers_and_components_stand_beneath_each_other() -> None:
    rows = text_of(disks_lines(everything(), 90, 4, LOOK)).splitlines()
    assert len({row.index("%") for row in rows[:3] if "%" in row}) == 1


def test_a_component_that_was_not_measured_says_why() -> None:
    it = everything()
    disks = it.snapshot.disks
    assert disks is not None
    lost = replace(component("postgres", None), used=Unmeasured(Reason.COLLECTOR_FAILED, "permission denied"))
    tiers = tuple(replace(tier, components=(lost,)) for tier in disks.tiers)
    failed = replace(it, snapshot=replace(it.snapshot, disks=replace(disks, tiers=tiers)))
    assert "permission denied" in text_of(disks_lines(failed, 96, 6, LOOK))


def test_a_filesystem_that_is_nearly_full_stands_out_beside_its_tier() -> None:
    it = everything()
    disks = it.snapshot.disks
    assert disks is not None
    tight = Filesystem("/", "/dev/sda", "ext4", Bytes(100 * GIB), Bytes(95 * GIB), Bytes(GIB))
    tiers = tuple(replace(tier, filesystems=(tight,)) for tier in disks.tiers)
    full = replace(it, snapshot=replace(it.snapshot, disks=replace(disks, tiers=tiers)))
    lines = disks_lines(full, 90, 6, LOOK)
    assert any("1 GiB free" in span.text and span.tone is Tone.CRITICAL for line in lines for span in line)


def test_a_tree_still_being_walked_is_awaited() -> None:
    assert "…" in next(row for row in text_of(disks_lines(everything(), 76, 9, LOOK)).splitlines() if "logs" in row)


def test_every_sign_that_the_screen_writes_has_a_likeness_in_ascii() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ("render", "ui") for path in (PACKAGE / room).rglob("*.py")]
    # Bars and graphs have an alphabet of their own for such terminals; the rest are examples of names.
    signs = {char for char in "".join(sources) if not char.isascii()} - set("▁▂▃▄▅▆▇▉▊▋▌▍▎模型")
    assert {sign for sign in signs if plain(ascii_line((Span(sign),))) == "?"} == set()


def test_both_tiers_share_a_small_panel() -> None:
    text = text_of(disks_lines(everything(), 76, 3, LOOK))
    assert "SSD" in text
    assert "HDD" in text


def test_the_fullest_component_is_named_on_one_line() -> None:
    assert "ollama models 95 % ‼" in plain(disks_strip(everything(), 80, LOOK))


def test_loaded_models_are_apart_from_installed_ones() -> None:
    text = text_of(models_lines(everything(), 90, 6, LOOK))
    assert "installed, not loaded: 1" in text
    assert [row.model.name for row in model_rows(everything())] == ["codellama:7b", "llama3.2:3b", "tiny"]


def test_a_model_tells_place_activity_expiry_and_pin() -> None:
    busy, idle, pinned = text_of(models_lines(everything(), 90, 6, LOOK)).splitlines()[:3]
    assert "gpu 100 %" in busy
    assert "busy or stopping" in busy
    assert "expires in 4 min" in idle
    assert "cpu" in idle
    assert "pinned" in pinned


def test_models_on_one_line_say_how_much_memory_they_hold() -> None:
    assert plain(models_strip(everything())) == "models 3 loaded · 9 GiB"
    assert "3 loaded of 2" in plain(models_title(everything()))


def test_no_answer_from_ollama_is_said_with_its_reason() -> None:
    trouble = Trouble("Ollama does not answer", "connection refused")
    it = frame(replace(snapshot(), reports=(CollectorReport("models", None, trouble=trouble),)))
    assert "connection refused" in text_of(models_lines(it, 80, 3, LOOK))


def test_the_footer_keeps_help_when_all_else_must_go() -> None:
    hints = [Hint("Enter", "details"), Hint("U", "more limits", "read-only")]
    assert plain(footer_line(hints, 8)).strip() == "? help"
    assert plain(footer_line(hints, 80)).split() == ["Enter", "details", "U", "more", "limits", "?", "help"]


def test_what_is_not_allowed_is_grey_as_a_whole() -> None:
    line = footer_line([Hint("U", "more limits", "read-only")], 80)
    assert Span("U more limits", Tone.BORDER) in line


def test_ascii_lines_keep_their_width() -> None:
    line = box((Span("‼ a · b ×"),), [(Span("▁▂█ → …"),)], 20, 3)[0]
    assert line_width(ascii_line(line)) == 20
    assert plain(ascii_line(line)).isascii()


def test_join_leaves_out_whole_what_does_not_fit() -> None:
    assert plain(join([(Span("one"),), (Span("two-long"),), (Span("x"),)], 8)) == "one  x  "


def test_a_rule_carries_its_title() -> None:
    assert plain(rule((Span("Title"),), 14)) == "─ Title ──────"
