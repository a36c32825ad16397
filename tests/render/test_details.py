"""The words about one container."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import ContainerState, Health, Mount
from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Cores
from sutaztop.domain.reading import FIRST_READ, NO_LIMIT, NOT_SUPPORTED
from sutaztop.domain.resources import Limits, Reservations, Resources
from sutaztop.domain.sample import Trouble
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, Usage
from sutaztop.render.boxes import text_of
from sutaztop.render.cells import Tone, line_width, plain
from sutaztop.render.details import Asked, details_lines, details_title
from sutaztop.render.makeup import component_of
from tests.given import NOW, container, frame, measured_container, snapshot, usage
from tests.render.given_details import BACKUPS, ENGINE, NIGHTLY, OLLAMA, SECRET, disks, rich_container, rich_frame


def words(given: Frame, asked: Asked | None = None, width: int = 70) -> str:
    return text_of(details_lines(given, given.snapshot.containers[0].id, width, asked or Asked()))


def only(found: ContainerSnapshot) -> Frame:
    return frame(snapshot([found]))


@pytest.mark.parametrize("width", [1, 12, 30, 40, 58, 90, 150])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    given = rich_frame()
    lines = details_lines(given, given.snapshot.containers[0].id, width)
    assert max(line_width(line) for line in lines) <= width


def test_the_worst_finding_comes_first_with_its_evidence() -> None:
    first = words(rich_frame()).splitlines()
    assert first[0].startswith("‼ QUOTA")
    assert "share of limit 93 % · throttled 41 % · since 7 min" in first[2]


def test_findings_of_the_owning_service_are_told_too() -> None:
    found = measured_container()
    service = Service("svc", "backend", Orchestrator.SWARM, container_ids=(found.id,))
    finding = Finding(Subject("service", "svc", "backend"), Severity.WARNING, "REPLICAS", "2 of 3 run")
    given = frame(snapshot([found], services=[service]), findings=[finding])
    assert "2 of 3 run" in words(given)


def test_a_container_without_findings_is_said_to_be_ok() -> None:
    assert words(only(measured_container())).startswith("· OK")


def test_limits_and_use_stand_side_by_side() -> None:
    row = next(line for line in words(only(measured_container())).splitlines() if line.startswith("memory"))
    assert row.split() == ["memory", "4", "GiB", "2", "GiB", "52", "%"]


def test_a_missing_limit_is_said_in_words_and_gives_no_share() -> None:
    it = measured_container(container(cpu=None, memory=None), replace(usage(), cpu_utilization=NO_LIMIT))
    row = next(line for line in words(only(it)).splitlines() if line.startswith("cpu"))
    assert row.split() == ["cpu", "no", "limit", "1.86", "–"]


def test_the_kernels_own_limits_are_shown_where_they_are_known() -> None:
    text = words(rich_frame(), Asked(kernel=Limits(cpu=Cores(2.0), memory=Bytes(2 * GIB))))
    assert "kernel" in text
    assert next(line for line in text.splitlines() if line.startswith("memory")).split()[1:5] == [
        "4", "GiB", "2", "GiB",
    ]  # fmt: skip


def test_a_kernel_limit_that_differs_is_a_warning() -> None:
    given = rich_frame()
    asked = Asked(kernel=Limits(cpu=Cores(2.0), memory=Bytes(2 * GIB)))
    lines = details_lines(given, given.snapshot.containers[0].id, 70, asked)
    tones = {plain(line).split()[0]: line[2].tone for line in lines if len(line) > 4}
    assert tones == {"cpu": Tone.PLAIN, "memory": Tone.WARNING}


def test_reservations_are_shown_where_there_are_any() -> None:
    it = replace(container(), resources=Resources(Limits(), Reservations(memory=Bytes(GIB))))
    assert "reserved" in words(only(measured_container(it)))
    assert "reserved" not in words(only(measured_container()))


def test_values_of_the_environment_are_masked_unless_asked_for() -> None:
    masked, shown = words(rich_frame()), words(rich_frame(), Asked(environment=True))
    assert "DATABASE_PASSWORD=•••" in masked
    assert SECRET not in masked
    assert "info" not in masked
    assert f"DATABASE_PASSWORD={SECRET}" in shown


def test_a_mask_does_not_tell_how_long_the_value_is() -> None:
    masked = words(rich_frame())
    assert masked.count("•••") == 2
    assert "••••" not in masked


def test_the_last_probe_is_told_with_exit_code_age_and_words() -> None:
    text = words(rich_frame())
    assert "failed · exit code 1 · 12 s ago" in text
    assert "curl: (7) Failed to connect" in text


def test_markup_from_outside_stays_text() -> None:
    text = words(rich_frame(), Asked(environment=True))
    assert all(said in text for said in ("[bold]not markup[/bold]", "LOG_LEVEL=[red]info[/red]", "weird=[/nope]"))


def test_each_mount_names_its_disk_tier() -> None:
    text = words(rich_frame())
    assert "volume sutazaiapp_ollama_models · SSD · ollama models" in text
    assert "bind /srv/backups/nightly/db · HDD · nightly" in text
    assert "bind /etc/elsewhere · tier unknown" in text
    assert "tmpfs · in memory" in text


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        (Mount("volume", "/x", "/y", "ollama_models"), OLLAMA),
        (Mount("volume", "/x", "/y", "app_ollama_models"), OLLAMA),
        (Mount("volume", "/x", "/y", "other"), ENGINE),
        (Mount("bind", "/srv/backups", "/y"), BACKUPS),
        (Mount("bind", "/srv/backups/nightly/deep", "/y"), NIGHTLY),
        (Mount("bind", "/srv/backups-old", "/y"), None),
    ],
)
def test_a_mount_belongs_to_the_nearest_component(mount: Mount, expected: object) -> None:
    assert component_of(mount, disks(OLLAMA, BACKUPS, NIGHTLY, ENGINE)) == expected


def test_ports_say_where_they_are_published() -> None:
    text = " ".join(words(rich_frame()).split())
    assert "10.0.0.7:10010 → 8000/tcp, 9090/tcp not published, [::1]:5353 → 53/udp" in text


def test_the_tier_is_told_with_the_rule_that_gave_it() -> None:
    assert "high · by table" in words(rich_frame())


def test_a_stopped_container_shows_exit_code_and_no_use() -> None:
    it = replace(container(state=ContainerState.EXITED, health=Health.NONE), exit_code=137)
    text = words(only(measured_container(it, Usage())))
    assert "137 (killed, by whom is not known" in " ".join(text.split())
    assert "it is not running" in text


def test_what_was_not_measured_says_why() -> None:
    used = replace(usage(), throttled=NOT_SUPPORTED, pids=FIRST_READ)
    text = words(only(measured_container(None, used)))
    assert "not measured: not supported" in text
    assert "not measured: first read" in text


def test_a_container_that_is_gone_is_said_to_be_gone() -> None:
    given = rich_frame()
    assert "no longer there" in text_of(details_lines(given, "f" * 64, 60))
    assert "gone" in plain(details_title(given, "f" * 64))
    assert plain(details_title(given, "f" * 64, known_as="backend")) == "? backend · gone"


def test_an_oom_kill_stays_in_the_title_of_a_healthy_container() -> None:
    given = rich_frame()
    title = details_title(given, rich_container().id)
    assert plain(title) == "‼ backend · running, healthy · up 3 d · OOM"


def test_old_values_are_dimmed_and_say_how_old_and_why() -> None:
    trouble = Trouble("The engine does not answer", "connection refused", "Is it running?")
    given = replace(rich_frame(), trouble=trouble, stale_since=NOW - timedelta(seconds=47))
    lines = details_lines(given, given.snapshot.containers[0].id, 70)
    words = " ".join(text_of(lines).split())
    assert words.startswith("These values are 47 s old. The engine does not answer. connection refused.")
    below = lines[[plain(line) for line in lines].index("") + 1 :]
    assert {span.tone for line in below for span in line} == {Tone.STALE}
