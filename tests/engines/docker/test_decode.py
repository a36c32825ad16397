from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.contracts import EngineError
from sutaztop.domain.container import ContainerState, Health, Logging, Mount, Port
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import SwarmRole
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.decode import (
    decode_container,
    decode_event,
    decode_info,
    decode_reclaimable,
    has_fixed_host_port,
    tells_the_same,
)
from sutaztop.engines.payload import Fields

ID = "1daef7ba0119ddf09a31883474f54c21a585b85b03296f6e8e875ff14099d653"


def inspected(
    *, state: dict[str, Any] | None = None, host: dict[str, Any] | None = None, config: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Give an inspect as Docker 20.10 writes it, with what a test changes."""
    return {
        "Id": ID, "Created": "2026-11-23T13:03:53.069317512Z", "Path": "/bin/sh", "Args": ["-c", "echo hello"],
        "State": {
            "Status": "running", "Running": True, "Pid": 4242, "ExitCode": 0, "OOMKilled": False,
            "StartedAt": "2026-11-23T13:03:53.434073Z", "FinishedAt": "0001-01-01T00:00:00Z", **(state or {}),
        },
        "Name": "/sutazai-backend", "RestartCount": 2, "Image": "sha256:27",
        "HostConfig": {
            "NetworkMode": "default", "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
            "PortBindings": {}, "NanoCpus": 0, "CpuQuota": 0, "CpuPeriod": 0, "Memory": 0, "MemorySwap": 0,
            "MemoryReservation": 0, "PidsLimit": None, **(host or {}),
        },
        "Mounts": [
            {"Type": "volume", "Name": "data", "Source": "/var/lib/docker/volumes/data/_data", "Destination": "/data",
             "RW": True},
            {"Type": "bind", "Source": "/srv", "Destination": "/srv", "RW": False},
        ],
        "Config": {"Image": "sutazai/backend:1", "Env": ["TOKEN=a=b", "EMPTY"], "Labels": {}, **(config or {})},
        "NetworkSettings": {
            "Ports": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}], "53/udp": None},
            "Networks": {"front": {"IPAddress": "172.18.0.2", "GlobalIPv6Address": ""}}, **(settings or {}),
        },
    }  # fmt: skip


def test_an_inspect_becomes_a_container() -> None:
    it = decode_container(inspected())
    assert (it.id, it.name, it.image) == (ID, "sutazai-backend", "sutazai/backend:1")
    assert (it.state, it.health, it.pid, it.exit_code) == (ContainerState.RUNNING, Health.NONE, 4242, None)
    assert it.started_at == datetime(2026, 11, 23, 13, 3, 53, 434073, tzinfo=UTC)
    assert it.finished_at is None
    assert (it.restart_count, it.restart_policy) == (2, "on-failure:3")
    assert it.command == "/bin/sh -c 'echo hello'"
    assert it.mounts == (
        Mount("volume", "/var/lib/docker/volumes/data/_data", "/data", "data"),
        Mount("bind", "/srv", "/srv", read_only=True),
    )
    assert it.ports == (Port(80, "tcp", "127.0.0.1", 8080), Port(53, "udp"))
    assert it.environment == (("TOKEN", "a=b"), ("EMPTY", ""))
    assert (it.networks, it.addresses) == (("front",), ("172.18.0.2",))


@pytest.mark.parametrize(
    ("host", "limits"),
    [
        ({}, Limits()),
        ({"NanoCpus": 1_500_000_000}, Limits(cpu=1.5)),  # type: ignore[arg-type]
        ({"CpuQuota": 50_000, "CpuPeriod": 100_000}, Limits(cpu=0.5, cpu_by_quota=True)),  # type: ignore[arg-type]
        ({"CpuQuota": 50_000}, Limits(cpu=0.5, cpu_by_quota=True)),  # type: ignore[arg-type]
        ({"CpuQuota": -1, "CpuPeriod": 100_000}, Limits(cpu_by_quota=True)),
        ({"NanoCpus": 10**9, "CpuQuota": -1}, Limits(cpu=1.0)),  # type: ignore[arg-type]
        ({"Memory": 67108864, "MemorySwap": -1}, Limits(memory=67108864, memory_and_swap=-1)),  # type: ignore[arg-type]
        ({"Memory": 1 << 26, "MemorySwap": 1 << 27}, Limits(None, 1 << 26, 1 << 27)),  # type: ignore[arg-type]
        ({"PidsLimit": 50}, Limits(pids=50)),
        ({"PidsLimit": -1}, Limits()),
    ],
)
def test_limits_are_read_as_they_are_stored(host: dict[str, Any], limits: Limits) -> None:
    assert decode_container(inspected(host=host)).resources.limits == limits


def test_a_memory_reservation_is_read() -> None:
    resources = decode_container(inspected(host={"MemoryReservation": 1 << 20})).resources
    assert resources.reservations.memory == 1 << 20


def test_the_last_probes_are_kept_with_their_output_cleaned() -> None:
    probe = {
        "Start": "2026-11-23T13:00:00Z",
        "End": "2026-11-23T13:00:01Z",
        "ExitCode": 1,
        "Output": "\x1b[1mno\x07 curl\n",
    }
    health = {"Status": "unhealthy", "FailingStreak": 9, "Log": [probe] * 7}
    it = decode_container(inspected(state={"Health": health}))
    assert it.health is Health.UNHEALTHY
    assert len(it.probes) == 5
    assert (it.probes[-1].exit_code, it.probes[-1].output) == (1, "no curl")


@pytest.mark.parametrize(
    ("told", "logging", "grows"),
    [
        ({"Type": "json-file", "Config": {}}, Logging("json-file"), True),
        ({"Type": "json-file", "Config": None}, Logging("json-file"), True),
        ({"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}, Logging("json-file", "10m"), False),
        ({"Type": "local", "Config": {}}, Logging("local"), False),
    ],
)
def test_where_output_goes_is_read(told: dict[str, Any], logging: Logging, *, grows: bool) -> None:
    it = decode_container(inspected(host={"LogConfig": told}))
    assert it.logging == logging
    assert logging.grows_for_ever is grows


def test_an_engine_that_tells_no_log_driver_leaves_it_unknown() -> None:
    assert decode_container(inspected()).logging is None


def test_compose_labels_name_project_service_and_number() -> None:
    labels = {
        "com.docker.compose.project": "sutazaiapp", "com.docker.compose.service": "backend",
        "com.docker.compose.container-number": "3",
    }  # fmt: skip
    it = decode_container(inspected(config={"Labels": labels}))
    assert (it.project, it.service, it.number) == ("sutazaiapp", "backend", 3)


def test_swarm_labels_name_stack_service_slot_and_task() -> None:
    labels = {
        "com.docker.stack.namespace": "sutazai", "com.docker.swarm.service.id": "svc",
        "com.docker.swarm.service.name": "sutazai_crewai", "com.docker.swarm.task.id": "task",
        "com.docker.swarm.task.name": "sutazai_crewai.2.task",
    }  # fmt: skip
    it = decode_container(inspected(config={"Labels": labels}))
    assert (it.project, it.service, it.number) == ("sutazai", "sutazai_crewai", 2)
    assert (it.swarm_service_id, it.swarm_task_id) == ("svc", "task")


def test_a_global_services_task_has_no_number() -> None:
    labels = {"com.docker.swarm.service.name": "agent", "com.docker.swarm.task.name": "agent.6ood21huf5eb.task"}
    assert decode_container(inspected(config={"Labels": labels})).number is None


def test_hostile_text_is_cleaned_on_entry() -> None:
    it = decode_container(
        inspected(
            config={"Labels": {"a\x1b[31m": "b\x07\nc"}, "Env": ["K\x1b]0;x\x07=v\x1b[2J"], "Image": "i\u202emage"}
        )
    )
    assert dict(it.labels) == {"a": "b c"}
    assert it.environment == (("K", "v"),)
    assert it.image == "image"


def test_a_container_that_has_ended_tells_how() -> None:
    ended = {"Status": "exited", "Running": False, "Pid": 0, "ExitCode": 137, "OOMKilled": True,
             "FinishedAt": "2026-11-23T14:00:00Z"}  # fmt: skip
    it = decode_container(inspected(state=ended))
    assert (it.state, it.exit_code, it.oom_killed) == (ContainerState.EXITED, 137, True)


@pytest.mark.parametrize(("told", "seconds"), [(None, 10.0), (1, 1.0), (0, 0.0), (-1, None)])
def test_how_long_a_stop_waits_is_read(told: int | None, seconds: float | None) -> None:
    assert decode_container(inspected(config={"StopTimeout": told})).stop_grace == seconds


def test_a_container_made_to_be_removed_when_it_ends_says_so() -> None:
    assert decode_container(inspected(host={"AutoRemove": True})).auto_remove
    assert not decode_container(inspected()).auto_remove


def test_a_container_that_never_ran_has_no_exit_code() -> None:
    created = {"Status": "created", "Running": False, "StartedAt": "0001-01-01T00:00:00Z"}
    assert decode_container(inspected(state=created)).exit_code is None


def test_a_state_of_another_engines_words_is_read_by_its_flags() -> None:
    assert decode_container(inspected(state={"Status": "stopping"})).state is ContainerState.RUNNING
    assert decode_container(inspected(state={"Status": "configured", "Running": False})).state is ContainerState.EXITED


def test_ports_of_a_stopped_container_are_those_it_asks_for() -> None:
    it = decode_container(
        inspected(
            host={"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
            config={"ExposedPorts": {"80/tcp": {}, "9000/tcp": {}}},
            settings={"Ports": {}},
        )
    )
    assert it.ports == (Port(80, "tcp", "", 8080), Port(9000, "tcp"))


@pytest.mark.parametrize(
    ("bindings", "fixed"),
    [
        (None, False),
        ({"80/tcp": [{"HostIp": "", "HostPort": ""}]}, False),
        ({"80/tcp": [{"HostPort": "0"}]}, False),
        ({"80/tcp": None}, False),
        ({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}, True),
    ],
)
def test_only_a_port_of_its_own_counts_as_fixed(bindings: object, fixed: bool) -> None:
    assert has_fixed_host_port(inspected(host={"PortBindings": bindings})) is fixed


@given(st.data())
def test_a_mangled_inspect_is_a_container_or_an_engine_error_and_nothing_else(data: st.DataObject) -> None:
    payload: Any = inspected(state={"Health": {"Status": "healthy", "Log": [{"Output": "ok"}]}})
    place: Any = payload
    for _ in range(data.draw(st.integers(0, 3))):
        keys = [key for key in _keys(place) if isinstance(place[key], (dict, list)) and place[key]]
        if not keys:
            break
        place = place[data.draw(st.sampled_from(keys))]
    key = data.draw(st.sampled_from(_keys(place)))
    strange = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.none(), max_size=2),
        st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    )  # fmt: skip
    place[key] = data.draw(strange)
    with suppress(EngineError):
        assert decode_container(payload).name is not None
        assert has_fixed_host_port(payload) in (True, False)


def _keys(place: Any) -> list[Any]:
    return list(place) if isinstance(place, dict) else list(range(len(place)))


@pytest.mark.parametrize("payload", [None, [], "text", 7, [{}]])
def test_what_is_no_object_at_all_is_refused_or_empty(payload: object) -> None:
    if payload is None:
        assert decode_container(payload).id == ""
        return
    with pytest.raises(EngineError):
        decode_container(payload)


def event(action: str, attributes: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    actor = {"ID": ID, "Attributes": {"name": "web", **(attributes or {})}}
    return {"Type": "container", "Action": action, "Actor": actor, "timeNano": 1795439554048349408, **more}


@pytest.mark.parametrize(
    ("payload", "action", "detail"),
    [
        (event("start"), "start", ""),
        (event("health_status: unhealthy"), "health_status", "unhealthy"),
        (event("die", {"exitCode": "137"}), "die", "137"),
        (event("rename", {"oldName": "/before"}), "rename", "/before"),
        (event("exec_create: sh -c ls"), "exec_create", "sh -c ls"),
    ],
)
def test_an_event_tells_its_action_and_its_argument_apart(payload: object, action: str, detail: str) -> None:
    found = decode_event(payload)
    assert found is not None
    assert (found.action, found.detail) == (action, detail)
    assert (found.kind, found.subject_id, found.subject_name) == ("container", ID, "web")
    assert (found.time_ns, found.at.year) == (1795439554048349408, 2026)


def test_an_event_without_a_time_is_left_out() -> None:
    assert decode_event({"Type": "container", "Action": "start"}) is None


def test_info_tells_who_the_engine_is() -> None:
    payload = {
        "ID": "32XL", "Name": "host", "ServerVersion": "20.10.24", "OperatingSystem": "Debian", "KernelVersion": "6.1",
        "NCPU": 12, "MemTotal": 31 << 30, "CgroupVersion": "2", "CgroupDriver": "systemd", "DockerRootDir": "/d",
        "Swarm": {"LocalNodeState": "active", "ControlAvailable": True},
    }  # fmt: skip
    info = decode_info(payload, endpoint="unix:///x", origin="--host", api_version="1.41", is_local=True)
    assert (info.name, info.version, info.cpus, info.memory) == ("host", "20.10.24", 12, 31 << 30)
    assert (info.cgroup_version, info.cgroup_driver, info.swarm_role) == (2, "systemd", SwarmRole.MANAGER)


@pytest.mark.parametrize(
    ("swarm", "role"),
    [
        (None, SwarmRole.NONE),
        ({"LocalNodeState": "inactive"}, SwarmRole.NONE),
        ({"LocalNodeState": "active", "ControlAvailable": False}, SwarmRole.WORKER),
    ],
)
def test_a_nodes_part_in_a_swarm_is_read(swarm: object, role: SwarmRole) -> None:
    info = decode_info({"Swarm": swarm}, endpoint="", origin="", api_version="", is_local=False)
    assert info.swarm_role is role


def test_what_could_be_given_back_is_added_up_as_the_command_line_does() -> None:
    payload = {
        "LayersSize": 1000,
        "Images": [
            {"Containers": 1, "Size": 400, "SharedSize": 100}, {"Containers": 1, "Size": 3, "SharedSize": 3},
            {"Containers": 0, "Size": 300, "SharedSize": 0, "RepoTags": ["tool:1"]},
            {"Containers": 0, "Size": 30, "SharedSize": 10, "RepoTags": ["<none>:<none>"], "RepoDigests": None},
            {"Containers": 0, "Size": 60, "SharedSize": 0, "RepoTags": [], "RepoDigests": ["tool@sha256:1"]},
        ],
        "Containers": [{"State": "running", "SizeRw": 50}, {"State": "exited", "SizeRw": 7}, {"State": "created"}],
        "Volumes": [
            {"UsageData": {"Size": 11, "RefCount": 0}}, {"UsageData": {"Size": 22, "RefCount": 2}},
            {"UsageData": {"Size": -1, "RefCount": 0}}, {"UsageData": None},
        ],
        "BuildCache": [{"Size": 5}, {"Size": 9, "InUse": True}, {"Size": 13, "Shared": True}],
    }  # fmt: skip
    assert decode_reclaimable(payload) == Reclaimable(700, 7, 5, 11, images_dangling=20)  # type: ignore[arg-type]


def test_an_engine_that_adds_up_itself_is_believed() -> None:
    told = {"ImageUsage": {"Reclaimable": 1}, "ContainerUsage": {"Reclaimable": 2},
            "BuildCacheUsage": {"Reclaimable": 3}, "VolumeUsage": {"Reclaimable": 4}}  # fmt: skip
    assert decode_reclaimable(told) == Reclaimable(1, 2, 3, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "listed", "same"),
    [
        ({}, {"State": "running", "Status": "Up 2 hours"}, True),
        ({}, {"State": "running", "Status": "Up 2 hours (healthy)"}, False),
        ({"Health": {"Status": "healthy"}}, {"State": "running", "Status": "Up 2 hours (healthy)"}, True),
        ({"Health": {"Status": "healthy"}}, {"State": "running", "Status": "Up 2 hours (unhealthy)"}, False),
        ({"Health": {"Status": "starting"}}, {"State": "running", "Status": "Up 1 s (health: starting)"}, True),
        ({}, {"State": "paused", "Status": "Up 2 hours (Paused)"}, False),
        ({"Status": "paused", "Paused": True}, {"State": "paused", "Status": "Up 2 hours (Paused)"}, True),
        ({}, {"State": "exited", "Status": "Exited (0) 5 minutes ago"}, False),
        ({"Status": "exited", "ExitCode": 137}, {"State": "exited", "Status": "Exited (137) 5 minutes ago"}, True),
        ({"Status": "exited", "ExitCode": 1}, {"State": "exited", "Status": "Exited (137) 5 minutes ago"}, False),
        ({}, {"State": "running", "Status": "Up 2 hours", "Names": ["/renamed"]}, False),
    ],
)
def test_the_list_tells_the_same_of_a_container_or_news(
    state: dict[str, Any], listed: dict[str, Any], same: bool
) -> None:
    entry = Fields({"Id": ID, "Names": ["/sutazai-backend"], **listed}, "containers[0]")
    assert tells_the_same(entry, decode_container(inspected(state=state))) is same
