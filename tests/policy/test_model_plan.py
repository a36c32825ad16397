"""Which model goes first, what it costs to have it back, and settings that fight their limits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.domain.container import Container, Mount
from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Component, Filesystem, Medium, Tree
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.llm import InstalledModel, LoadedModel, MemoryAround, ModelServer, ModelWatch, ObservedUnload
from sutaztop.domain.profile import Profile, Thresholds
from sutaztop.domain.quantity import GIB, MIB, Bytes, Ratio
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier, Snapshot
from sutaztop.policy.judge import judge
from sutaztop.policy.llms import unload_advice
from sutaztop.policy.model_plan import keep_alive_seconds, unload_candidates
from tests import given
from tests.policy.situations import host

ENDPOINT = "http://127.0.0.1:11434"
SERVER = replace(
    given.container("sutazai-ollama", service="ollama", memory=8 * GIB),
    mounts=(Mount("bind", "/srv/ollama", "/models"),),
)


def loaded(name: str, size: float, *, vram: float = 0, minutes: float = 2) -> LoadedModel:
    expires = given.NOW + timedelta(minutes=minutes)
    return LoadedModel(name, Bytes(int(size * GIB)), Bytes(int(vram * GIB)), expires_at=expires)


def installed(name: str, size: float) -> InstalledModel:
    return InstalledModel(name, Bytes(int(size * GIB)))


def world(
    *models: LoadedModel,
    files: Sequence[InstalledModel] = (),
    idle: dict[str, int] | None = None,
    container: Container = SERVER,
    share: float = 0.5,
    medium: Medium = Medium.SSD,
) -> Snapshot:
    """Give a snapshot with one server, whose models have been idle for so many seconds."""
    server = ModelServer(ENDPOINT, "0.12.6", models, tuple(files), container.id)
    expiries: dict[tuple[str, str], tuple[datetime | None, datetime]] = {
        (ENDPOINT, it.name): (it.expires_at, given.NOW - timedelta(seconds=(idle or {}).get(it.name, 0)))
        for it in models
    }
    measured = given.measured_container(container, given.usage(memory_utilization=share))
    tree = Tree("/srv/ollama", Bytes(GIB), given.NOW, mount_point="/srv")
    usage = ComponentUsage(Component("models", Medium.SSD, ("/srv/ollama",)), (tree,), tree.size, Ratio(0.1), given.NOW)
    filesystem = Filesystem("/srv", "/dev/sda", "ext4", Bytes(9 * GIB), Bytes(GIB), Bytes(8 * GIB), medium)
    disks = Disks((DiskTier(Medium.SSD, (usage,), tree.size, None, (filesystem,)),))
    return replace(
        given.snapshot([measured]), host=host(available=3 * GIB), models=(server,), disks=disks,
        watch=ModelWatch(expiries),
    )  # fmt: skip


def ranking(it: Snapshot, history: given.KeptSeries | None = None) -> list[str]:
    return [found.model.name for found in unload_candidates(it, history or given.KeptSeries())]


# --- ranking ------------------------------------------------------------------------------------


def test_of_two_at_rest_for_as_long_the_larger_goes_first() -> None:
    it = world(loaded("small", 1), loaded("large", 6), idle={"small": 300, "large": 300})
    assert ranking(it) == ["large", "small"]


def test_of_two_of_one_size_the_longer_at_rest_goes_first() -> None:
    it = world(loaded("asked", 4), loaded("forgotten", 4), idle={"asked": 20, "forgotten": 280})
    assert ranking(it) == ["forgotten", "asked"]


def test_a_tiny_model_long_at_rest_does_not_go_before_a_large_one_nearly_as_long() -> None:
    it = world(loaded("embed", 0.3), loaded("large", 5), idle={"embed": 300, "large": 240})
    assert ranking(it) == ["large", "embed"]


def test_of_two_of_one_size_the_one_that_is_back_sooner_goes_first() -> None:
    files = installed("light", 1), installed("heavy", 5)
    it = world(loaded("light", 5.5), loaded("heavy", 5.5), files=files, idle={"light": 60, "heavy": 60})
    assert ranking(it) == ["light", "heavy"]


def test_pinned_and_busy_models_and_those_of_a_silent_server_are_never_among_them() -> None:
    it = world(loaded("pinned", 5, minutes=60 * 24 * 365 * 290), loaded("busy", 5, minutes=-1), loaded("idle", 1))
    assert ranking(it) == ["idle"]
    silent = replace(it, models=tuple(replace(server, trouble="gone") for server in it.models))
    assert ranking(silent) == []


def test_a_model_on_a_gpu_frees_nothing_here_and_one_on_both_its_part() -> None:
    it = world(loaded("gpu", 8, vram=8), loaded("split", 8, vram=5))
    (found,) = unload_candidates(it, given.KeptSeries())
    assert (found.model.name, found.frees) == ("split", 3 * GIB)


@given_values(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000), st.integers(0, 900)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_models_are_listed_does_not_matter(
    models: list[tuple[int, int, int]], random: Random
) -> None:
    listed = [
        (loaded(f"m{place}", size / 1000, vram=vram / 1000), idle) for place, (size, vram, idle) in enumerate(models)
    ]
    idle = {model.name: seconds for model, seconds in listed}
    shuffled = [model for model, _ in listed]
    random.shuffle(shuffled)
    assert ranking(world(*shuffled, idle=idle)) == ranking(world(*(model for model, _ in listed), idle=idle))


# --- what it costs to have it back ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("medium", "words"),
    [
        (Medium.SSD, "about 13 s to load 5 GiB again (from SSD, by what such disks read)"),
        (Medium.HDD, "about 45 s to load 5 GiB again (from HDD, by what such disks read)"),
        (Medium.UNKNOWN, "loading 5 GiB again takes a time that is not known"),
    ],
)
def test_the_cost_is_reckoned_from_the_file_and_the_disk_or_said_not_to_be_known(medium: Medium, words: str) -> None:
    it = world(loaded("m", 7), files=[installed("m", 5)], medium=medium)
    assert unload_candidates(it, given.KeptSeries())[0].cost.words == words


def test_a_speed_that_was_seen_counts_before_one_that_is_assumed() -> None:
    history = given.KeptSeries({(SERVER.id, "block_read"): [0.0, 1024.0 * MIB, None]})
    cost = unload_candidates(world(loaded("m", 7), files=[installed("m", 5)]), history)[0].cost
    assert cost.words == "about 7 s to load 5 GiB again (its container was seen to read 1 GiB a second)"


# --- advice --------------------------------------------------------------------------------------


def test_pressure_alone_is_reason_enough() -> None:
    it = world(loaded("m", 4), idle={"m": 200})
    plenty = replace(it, host=host(available=30 * GIB))
    assert unload_advice(plenty, given.KeptSeries(), Thresholds()) is None
    pressed = replace(plenty, host=replace(plenty.host, memory_pressure=Pressure(Ratio(0.12), Ratio(0.06))))
    advice = unload_advice(pressed, given.KeptSeries(), Thresholds())
    assert advice is not None
    assert advice.reason.startswith("work stood still for memory 12 % of the time; no request for it has ended for")


def test_what_the_host_has_afterwards_is_foretold() -> None:
    advice = unload_advice(world(loaded("m", 4)), given.KeptSeries(), Thresholds())
    assert advice is not None
    assert "the host then has about 7 GiB available; it stays installed" in advice.reason


# --- settings ------------------------------------------------------------------------------------


def server_with(limit: int, **environment: str) -> Container:
    return replace(
        given.container("sutazai-ollama", service="ollama", memory=limit),
        environment=tuple((f"OLLAMA_{key}", value) for key, value in environment.items()),
    )


def conflicts(it: Snapshot) -> dict[str, Finding]:
    found = judge(it, given.KeptSeries(), Profile()).findings
    return {finding.word: finding for finding in found if finding.word in ("TOO LARGE", "MODELS>LIMIT", "KEEP-ALIVE")}


THREE = (installed("llama3.2:3b", 2), installed("codellama:7b", 3.5), installed("tiny", 0.5))


def test_two_models_for_a_day_in_two_gibibytes_are_a_conflict() -> None:
    container = server_with(2 * GIB, KEEP_ALIVE="24h", MAX_LOADED_MODELS="2")
    found = conflicts(world(files=[installed("a", 1.2), installed("b", 1.1)], container=container))
    assert set(found) == {"MODELS>LIMIT", "KEEP-ALIVE"}
    assert "keeps each model 24 h" in found["KEEP-ALIVE"].text
    assert found["KEEP-ALIVE"].severity is Severity.OK


@pytest.mark.parametrize(
    ("share", "killed", "severity"),
    [(0.5, False, Severity.OK), (0.9, False, Severity.WARNING), (0.5, True, Severity.WARNING)],
)
def test_a_conflict_is_warned_of_once_it_hurts(share: float, killed: bool, severity: Severity) -> None:
    container = replace(server_with(4 * GIB, MAX_LOADED_MODELS="2"), oom_killed=killed)
    assert conflicts(world(files=THREE, container=container, share=share))["MODELS>LIMIT"].severity is severity


def test_settings_that_fit_are_no_conflict() -> None:
    assert not conflicts(world(files=THREE, container=server_with(8 * GIB, MAX_LOADED_MODELS="2", KEEP_ALIVE="24h")))
    assert not conflicts(world(files=THREE, container=server_with(5 * GIB, MAX_LOADED_MODELS="1", KEEP_ALIVE="-1")))


def test_more_requests_at_once_need_more_memory() -> None:
    assert not conflicts(world(files=THREE, container=server_with(7 * GIB, MAX_LOADED_MODELS="2")))
    wide = conflicts(world(files=THREE, container=server_with(7 * GIB, MAX_LOADED_MODELS="2", NUM_PARALLEL="4")))
    assert "4 requests at once each" in wide["MODELS>LIMIT"].text


def test_without_settings_the_servers_defaults_count_and_are_told_as_such() -> None:
    found = conflicts(world(files=THREE, container=server_with(6 * GIB)))
    assert "3 models at once take about 7.5 GiB of a limit of 6 GiB" in found["MODELS>LIMIT"].text
    assert "by default" in found["MODELS>LIMIT"].text


def test_a_model_that_never_fits_is_told_by_name() -> None:
    found = conflicts(world(files=[installed("deepseek-r1:8b", 5)], container=server_with(4 * GIB)))
    assert found["TOO LARGE"].text.startswith("deepseek-r1:8b takes about 6.25 GiB loaded, over the limit of 4 GiB")


def test_what_was_seen_loaded_counts_before_a_rule_of_thumb() -> None:
    it = world(loaded("m", 3.6), files=[installed("m", 2)], container=server_with(3 * GIB))
    assert "3.6 GiB" in conflicts(it)["TOO LARGE"].text


def test_what_lies_on_a_gpu_needs_no_limit() -> None:
    it = world(loaded("llama3.2:3b", 2.5, vram=2.5), files=THREE, container=server_with(5 * GIB, MAX_LOADED_MODELS="2"))
    assert not conflicts(it)


def test_without_a_limit_or_a_known_container_there_is_no_conflict() -> None:
    unlimited = replace(given.container("sutazai-ollama", memory=None))
    assert not conflicts(world(files=THREE, container=unlimited))
    it = world(files=THREE, container=server_with(GIB))
    assert not conflicts(replace(it, models=tuple(replace(server, container_id="") for server in it.models)))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300), ("24h", 86_400), ("1h30m", 5400), ("-1", -1), ("-1m", -60), ("300", 300), ("0", 0), ("-500ms", -1),
        ('"2m"', 120), ("", None), ("soon", None), ("5", 5), ("5 m", None), ("9" * 40, 3_153_600_000), ("٣m", None),
    ],
)  # fmt: skip
def test_a_keep_alive_is_read_as_the_server_reads_it(text: str, seconds: int | None) -> None:
    assert keep_alive_seconds(text) == seconds


@given_values(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_setting_whatever_it_is_breaks_the_judge_or_is_repeated(keep: str, most: str, parallel: str) -> None:
    container = server_with(2 * GIB, KEEP_ALIVE=keep, MAX_LOADED_MODELS=most, NUM_PARALLEL=parallel)
    for finding in conflicts(world(files=THREE, container=container)).values():
        assert len(finding.text) < 300


# --- did it help? --------------------------------------------------------------------------------


def unloaded(held: float, *, alone: bool = True, predicted: float = 5) -> list[Finding]:
    before = MemoryAround(Bytes(3 * GIB), Bytes(7 * GIB))
    after = MemoryAround(Bytes(int((3 + 7 - held) * GIB)), Bytes(int(held * GIB)))
    it = ObservedUnload(
        given.NOW - timedelta(seconds=20), ENDPOINT, "codellama:7b", Bytes(int(predicted * GIB)), SERVER.id, before,
        after, alone,
    )  # fmt: skip
    snapshot = replace(world(), watch=ModelWatch(unloads=(it,)))
    found = judge(snapshot, given.KeptSeries(), Profile()).findings
    return [finding for finding in found if finding.subject.name == "codellama:7b"]


def test_an_unload_that_gave_memory_back_is_told_with_what_was_predicted() -> None:
    (found,) = unloaded(2)
    assert (found.word, found.severity) == ("UNLOADED", Severity.OK)
    assert found.text == (
        "5 GiB predicted, its container went from 7 GiB to 2 GiB, "
        "the host's available memory from 3 GiB to 8 GiB"
    )  # fmt: skip


def test_an_unload_that_gave_nothing_back_is_a_warning() -> None:
    (found,) = unloaded(6.5)
    assert (found.word, found.severity) == ("NOT FREED", Severity.WARNING)


def test_where_another_model_came_meanwhile_or_nothing_was_predicted_nothing_is_said() -> None:
    assert unloaded(6.5, alone=False) == []
    assert unloaded(6.5, predicted=0) == []
