"""Settings that fight limits, on the real stack's services and at each rule's edge."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from sutaztop.domain.container import Container
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.llm import InstalledModel, ModelServer
from sutaztop.domain.quantity import GIB, MIB, Bytes, parse_bytes
from sutaztop.policy import sizes
from sutaztop.policy.settings import settings_findings
from sutaztop.policy.settings_read import SettingsBook, read_settings
from tests import given
from tests.shared import shared_file


def container(
    image: str, environment: Mapping[str, str] | None = None, *, command: str = "", memory: int | None = GIB,
    cpu: float | None = 2.0,
) -> Container:  # fmt: skip
    it = given.container("sutazai-it", service="it", memory=memory, cpu=cpu)
    return replace(it, image=image, environment=tuple((environment or {}).items()), command=command)


def found(it: Container, *servers: ModelServer) -> Finding | None:
    snapshot = replace(given.snapshot([given.measured_container(it)]), models=servers)
    return next((finding for _, finding in settings_findings(snapshot, SettingsBook())), None)


@pytest.mark.parametrize(
    ("size", "severity"), [("700mb", None), ("800mb", Severity.OK), ("1gb", Severity.WARNING), ("0", None)]
)
def test_redis_needs_room_beside_what_it_keeps(size: str, severity: Severity | None) -> None:
    finding = found(container("redis:7.2-alpine", command=f"docker-entrypoint.sh redis-server --maxmemory {size}"))
    assert (finding.severity if finding else None) == severity


def test_redis_in_the_smallest_container_of_the_stack_says_what_to_set() -> None:
    finding = found(container("redis:7-alpine", command="redis-server --maxmemory 128mb", memory=128 * MIB))
    assert finding is not None
    assert (finding.word, finding.severity) == ("SETTINGS", Severity.WARNING)
    assert "--maxmemory is 128 MiB, 100 % of its memory limit of 128 MiB" in finding.text
    assert "set --maxmemory to 96mb, or the limit to 176 MiB" in finding.text


def test_a_variable_that_the_image_does_not_read_is_told_as_that_and_no_warning() -> None:
    finding = found(container("postgres:16", {"POSTGRES_SHARED_BUFFERS": "2GB"}))
    assert finding is not None
    assert finding.severity is Severity.OK
    assert "-c shared_buffers=… in the command counts" in finding.text


def test_postgres_by_its_command_counts() -> None:
    finding = found(container("postgres:16", command="postgres -c shared_buffers=1GB -c work_mem=64MB", memory=GIB))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "-c shared_buffers is 1 GiB, 100 %" in finding.text
    assert "of 100 connections, the default," in finding.text


def test_postgres_with_a_quarter_for_its_buffers_is_left_alone() -> None:
    assert found(container("postgres:16", command="postgres -c shared_buffers=256MB -c work_mem=4MB")) is None


@pytest.mark.parametrize(("heap", "told"), [("512m", True), ("256m", False)])
def test_neo4j_counts_heap_and_page_cache_together(heap: str, told: bool) -> None:
    environment = {"NEO4J_server_memory_heap_max__size": heap, "NEO4J_server_memory_pagecache_size": "256m"}
    finding = found(container("neo4j:5", environment))
    assert (finding is not None) is told
    if finding is not None:
        assert "heap_max__size 512 MiB + pagecache_size 256 MiB" in finding.text


@pytest.mark.parametrize(
    ("key", "size", "told"),
    [("ES_JAVA_OPTS", "512m", False), ("ES_JAVA_OPTS", "600m", True), ("JAVA_OPTS", "600m", False),
     ("JAVA_OPTS", "1g", True)],
)  # fmt: skip
def test_a_jvms_heap_leaves_room(key: str, size: str, told: bool) -> None:
    assert (found(container("some/service:1", {key: f"-Xms128m -Xmx{size} -Dx=y"})) is not None) is told


@pytest.mark.parametrize(("workers", "told"), [(5, False), (6, True)])
def test_workers_are_held_against_the_cores(workers: int, told: bool) -> None:
    finding = found(container("sutazai/backend", command=f"uvicorn app.main:app --port 8000 --workers {workers}"))
    assert (finding is not None) is told


def test_what_an_ollama_may_load_is_left_to_the_planner_once_sizes_are_known() -> None:
    environment = {"OLLAMA_MAX_LOADED_MODELS": "2", "OLLAMA_KEEP_ALIVE": "24h"}
    it = container("ollama/ollama:0.12", environment, memory=2 * GIB)
    finding = found(it)
    assert finding is not None
    assert "leaves 1 GiB of the memory limit of 2 GiB for each" in finding.text
    assert "OLLAMA_KEEP_ALIVE keeps them there for 24 h; set 1" in finding.text
    server = ModelServer("x", container_id=it.id, installed=(InstalledModel("m", Bytes(GIB)),))
    assert found(it, server) is None


def test_a_value_that_is_no_size_is_told_and_never_repeated() -> None:
    finding = found(container("redis/redis-stack:7", {"REDIS_MAXMEMORY": "hunter2-secret"}))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "REDIS_MAXMEMORY" in finding.text
    assert "hunter2" not in f"{finding}"


def test_a_shared_file_of_variables_counts_only_where_its_program_runs() -> None:
    environment = {"REDIS_MAXMEMORY": "8gb", "POSTGRES_SHARED_BUFFERS": "8GB", "OLLAMA_NUM_THREADS": "64"}
    assert read_settings(container("sutazai/backend:v52", environment)) is None
    assert read_settings(container("oliver006/redis_exporter:1", environment)) is None


def test_without_a_limit_nothing_fights() -> None:
    assert found(container("neo4j:5", {"NEO4J_server_memory_heap_max__size": "64g"}, memory=None, cpu=None)) is None


def test_a_container_is_read_once_until_it_is_inspected_anew() -> None:
    book, it = SettingsBook(), container("redis:7", command="redis-server --maxmemory 1gb")
    assert book.of(it) is book.of(it)
    assert book.of(replace(it, command="redis-server")) is None


@drawn(st.text(max_size=60) | st.from_regex(r"-?[0-9]{1,400}\.?[0-9]{0,40}[a-zA-Z]{0,3}", fullmatch=True))
def test_no_value_whatever_breaks_a_rule(text: str) -> None:
    for parse in (sizes.postgres_size, sizes.redis_size, sizes.jvm_size, sizes.neo4j_size, sizes.whole_number):
        parse(text)
    for image, key in (
        ("postgres", "POSTGRES_WORK_MEM"), ("redis", "REDIS_MAXMEMORY"), ("ollama", "OLLAMA_KEEP_ALIVE"),
        ("neo4j", "NEO4J_server_memory_heap_max__size"), ("x", "JAVA_OPTS"), ("ollama", "OLLAMA_MAX_LOADED_MODELS"),
    ):  # fmt: skip
        found(
            container(image, {key: text, "OLLAMA_NUM_PARALLEL": text}, command=f"--maxmemory {text} --workers {text}")
        )


def test_the_real_stacks_services_give_what_their_numbers_say() -> None:
    """The services of fourteen snapshots of the real stack; of each the same verdict by hand."""
    path = shared_file("data/sutazai/services.json")
    assert path is not None
    told: dict[tuple[str, str], str] = {}
    for name, snapshot in json.loads(path.read_text())["snapshots"].items():
        for service in snapshot["services"]:
            if (finding := found(_service(service))) is not None:
                told[name, service["service"]] = finding.text
    assert "--maxmemory is 128 MiB, 100 %" in told["head_portainer", "redis"]
    assert "--maxmemory is 512 MiB, 100 %" in told["largest_single_v70", "redis"]
    assert "heap_max__size 256 MiB + pagecache_size 128 MiB" in told["head_main", "neo4j"]
    assert "OLLAMA_KEEP_ALIVE keeps them there for 24 h" in told["head_main", "ollama"]
    assert "OLLAMA_NUM_PARALLEL of 50" in told["largest_single_v70", "ollama"]
    assert "OLLAMA_NUM_THREADS of 8 for 6 cores" in told["seed_era_v38", "ollama"]
    assert "could come to 13 GiB" in told["resource_optimized", "postgres"]
    # A 2-GiB heap in 4 GiB is Elastic's own rule, and 256 MB in 512 MiB is half: nothing to say.
    assert ("fullscale_v52", "elasticsearch") not in told
    assert ("fullscale_v52", "redis-service-mesh") not in told
    assert ("seed_era_v38", "neo4j") not in told


def _service(service: dict[str, Any]) -> Container:
    limits, words = service["limits"], service["redis_maxmemory"]
    memory = parse_bytes(limits["memory"]) if limits["memory"] else None
    command = shlex.join(["redis-server", "--maxmemory", words[0]]) if words else ""
    image = service["image"] or service["service"]
    return container(image, service["memory_env"], command=command, memory=memory, cpu=limits["cpus"])
