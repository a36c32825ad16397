"""What fills, what makes it grow, and what may be given back: as a person is told it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.disk import Component, Filesystem, Medium, Reclaimable, Tree
from sutaztop.domain.finding import Recommendation, Severity
from sutaztop.domain.profile import Profile, Thresholds
from sutaztop.domain.quantity import GIB, MIB, Bytes, Ratio
from sutaztop.domain.sizes import SizeSeries, component_key, filesystem_key, tier_key
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier
from sutaztop.measure.disks import used_by
from sutaztop.policy.disk_plan import disk_advice, fillings, top_growers
from sutaztop.policy.judge import judge
from tests import given

BACK = Reclaimable(
    images=Bytes(19 * GIB), containers=Bytes(GIB), build_cache=Bytes(13 * GIB), volumes_unused=Bytes(6 * GIB),
    images_dangling=Bytes(2 * GIB), logs=Bytes(3 * GIB),
)  # fmt: skip


def part(name: str, used: int, budget: int | None, *, engine_root: bool = False) -> ComponentUsage:
    tree = Tree(f"/data/{name}", Bytes(used * GIB), given.NOW, mount_point="/data")
    size = None if budget is None else Bytes(budget * GIB)
    share = Ratio(used / budget) if budget else Ratio(0.0)
    component = Component(name, Medium.SSD, (tree.path,), recommended=size, engine_root=engine_root)
    return ComponentUsage(component, (tree,), tree.size, share, given.NOW)


def disks(*parts: ComponentUsage, used: int = 400, total: int = 700, back: Reclaimable = BACK) -> Disks:
    filesystem = Filesystem(
        "/data", "/dev/nvme0n1", "ext4", Bytes(total * GIB), Bytes(used * GIB), Bytes((total - used) * GIB), Medium.SSD
    )
    budgets = [it.component.recommended for it in parts if it.component.recommended is not None]
    return Disks(
        (DiskTier(Medium.SSD, parts, used_by(tree for it in parts for tree in it.trees), Bytes(sum(budgets)),
                  (filesystem,), (Medium.SSD,)),),
        back, given.NOW,
    )  # fmt: skip


def growing(per_hour: float, *, noise: int = 0, points: int = 24) -> SizeSeries:
    return SizeSeries.of(
        (place * 300, int(100 * GIB + per_hour * place / 12) + (place % 3 - 1) * noise) for place in range(points)
    )


def kept(**series: SizeSeries) -> given.KeptSeries:
    keys = {"filesystem": filesystem_key("/data"), "tier": tier_key(Medium.SSD)}
    return given.KeptSeries(kept_sizes={keys.get(name, component_key(name)): it for name, it in series.items()})


def advise(it: Disks, history: given.KeptSeries) -> dict[str, Recommendation]:
    return {made.id: made for made in disk_advice(it, history, Thresholds(), given.NOW)}


def test_a_component_is_told_when_its_budget_is_full_with_the_range() -> None:
    advice = advise(disks(part("models", 131, 150)), kept(models=growing(6 * GIB, noise=150 * MIB)))
    made = advice["disk:budget:models"]
    assert made.rule == "R-DISK-1"
    assert made.intent is None
    assert re.fullmatch(r"budget full in 3 h 1\d min \(.* – .*\)", made.proposal), made.proposal
    assert "19 GiB left of 150 GiB" in made.reason
    assert made.severity is Severity.WARNING


def test_a_filesystem_is_told_with_what_grows_fastest_on_it() -> None:
    history = kept(filesystem=growing(20 * GIB), models=growing(15 * GIB), logs=growing(5 * GIB), calm=growing(0))
    parts = (part("models", 50, None), part("logs", 10, None), part("calm", 5, None))
    made = advise(disks(*parts, used=600), history)["disk:filesystem:/data"]
    assert made.proposal == "full in 5 h"
    assert "models by 15 GiB an hour, logs by 5 GiB an hour" in made.reason
    assert "calm" not in made.reason


@pytest.mark.parametrize(("used", "severity"), [(600, Severity.WARNING), (690, Severity.CRITICAL)])
def test_what_fills_within_the_hour_is_critical(used: int, severity: Severity) -> None:
    (filling,) = fillings(disks(part("models", 1, None), used=used), kept(filesystem=growing(20 * GIB)), given.NOW)
    assert filling.severity is severity


def test_a_budget_is_never_critical() -> None:
    (filling,) = fillings(disks(part("models", 149, 150)), kept(models=growing(20 * GIB)), given.NOW)
    assert filling.severity is Severity.WARNING


def test_a_tier_is_told_only_where_no_component_of_it_is() -> None:
    both = kept(models=growing(6 * GIB), tier=growing(6 * GIB))
    assert [it.subject.name for it in fillings(disks(part("models", 131, 150)), both, given.NOW)] == ["models"]
    assert [
        it.subject.name for it in fillings(disks(part("models", 131, 150)), kept(tier=growing(6 * GIB)), given.NOW)
    ] == ["SSD tier"]


@pytest.mark.parametrize("rate", [0, -3 * GIB, GIB // 100])
def test_what_does_not_fill_within_a_day_is_no_advice(rate: float) -> None:
    assert not fillings(
        disks(part("models", 131, 150)), kept(models=growing(rate), filesystem=growing(rate)), given.NOW
    )


def test_without_measurements_nothing_is_foretold() -> None:
    assert not fillings(disks(part("models", 149, 150)), kept(models=growing(9 * GIB, points=4)), given.NOW)


def test_a_short_disk_is_told_what_can_be_given_back_and_how() -> None:
    made = advise(disks(part("engine", 30, 30, engine_root=True), used=650), kept())["disk:reclaim"]
    assert made.rule == "R-DISK-2"
    assert made.intent is None
    # 19 images, 13 build cache, 1 of stopped containers, 3 of logs: the dangling images are among the images.
    assert made.proposal == "give back up to 36 GiB"
    for words in ("build cache 13 GiB: docker builder prune", "dangling images 2 GiB: docker image prune;",
                  "docker image prune -a", "container logs 3 GiB"):  # fmt: skip
        assert words in made.reason


def test_with_room_to_spare_or_elsewhere_nothing_need_be_given_back() -> None:
    assert "disk:reclaim" not in advise(disks(part("engine", 30, 30, engine_root=True)), kept())
    assert "disk:reclaim" not in advise(disks(part("models", 30, 30), used=650), kept())


def test_an_engine_that_has_nothing_to_give_back_is_not_asked_for_it() -> None:
    empty = disks(part("engine", 30, 30, engine_root=True), used=650, back=Reclaimable(build_cache=Bytes(MIB)))
    assert "disk:reclaim" not in advise(empty, kept())


def test_the_fastest_come_first_and_no_more_than_three() -> None:
    names = ["a", "b", "c", "d", "e"]
    history = kept(**{name: growing((place + 1) * GIB) for place, name in enumerate(names)})
    found = top_growers(disks(*(part(name, 1, 1000) for name in names)), history)
    assert [it.component.name for it, _ in found] == ["e", "d", "c"]


def test_nothing_that_is_proposed_touches_a_volume_or_everything_at_once() -> None:
    it = disks(part("engine", 29, 30, engine_root=True), part("models", 131, 150), used=690)
    history = kept(filesystem=growing(20 * GIB), models=growing(6 * GIB), engine=growing(GIB))
    snapshot = replace(given.snapshot(), disks=it)
    judged = judge(snapshot, history, Profile())
    told = [
        *(f"{made.proposal} {made.reason} {made.blocked} {made.evidence}" for made in judged.recommendations),
        *(f"{found.text} {found.evidence}" for found in judged.findings),
    ]
    commands = [text for text in told if "docker" in text]
    assert commands, "nothing was proposed: this test would prove nothing"
    for text in told:
        assert not re.search(r"--volumes|volume (prune|rm)|system prune|compose down|-v\b|6 GiB of volumes", text), text
    assert {it.intent for it in judged.recommendations if it.rule.startswith("R-DISK")} == {None}


def test_the_finding_names_the_basis_of_its_forecast() -> None:
    snapshot = replace(given.snapshot(), disks=disks(part("models", 131, 150)))
    judged = judge(snapshot, kept(models=growing(6 * GIB)), Profile())
    found = next(it for it in judged.findings if it.word == "FILLING")
    assert "24 measurements over 115 min" in found.text
    assert found.subject.name == "models"


def test_what_was_measured_a_while_ago_has_grown_since() -> None:
    it = disks(part("models", 131, 150))
    (fresh,) = fillings(it, kept(models=growing(6 * GIB)), given.NOW)
    (later,) = fillings(it, kept(models=growing(6 * GIB)), given.NOW + timedelta(minutes=5))
    assert fresh.forecast.left - later.forecast.left == 300
    assert not fillings(it, kept(models=growing(6 * GIB)), given.NOW + timedelta(days=2))
