import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sutaztop.contracts import EngineError, EngineRefused, NotFound, NotPermitted, NotSupported, OutOfSequence
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.verbs import Rollout
from sutaztop.engines.swarm.decode import decode_service
from sutaztop.engines.swarm.engine import ATTEMPTS, SwarmServices

SERVICE: dict[str, Any] = {
    "ID": "svc1", "Version": {"Index": 7},
    "Spec": {
        "Name": "sutazai_crewai", "Labels": {"com.docker.stack.namespace": "sutazai", "kept": "yes"},
        "TaskTemplate": {
            "ContainerSpec": {"Image": "sutazai/crewai:1@sha256:12", "Env": ["KEPT=yes"]},
            "Resources": {"Limits": {"NanoCPUs": 500_000_000, "MemoryBytes": 64 * MIB, "Pids": 100},
                          "Reservations": {"MemoryBytes": 8 * MIB}},
            "Unheard": {"of": [1, 2]},
        },
        "Mode": {"Replicated": {"Replicas": 2}}, "UpdateConfig": {"FailureAction": "rollback"},
    },
    "UpdateStatus": {"State": "updating", "Message": "update in progress"},
}  # fmt: skip


class RecordedApi:
    """Answers with a service that moves on by itself, and remembers what was posted."""

    def __init__(
        self,
        *,
        out_of_sequence: int = 0,
        refusal: EngineError | None = None,
        theirs: Mapping[str, Any] | None = None,
    ) -> None:
        self.entry = copy.deepcopy(SERVICE)
        self.posted: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = []
        self.tasks: list[dict[str, Any]] = []
        self._out_of_sequence = out_of_sequence
        self._refusal = refusal
        self._theirs = dict(theirs or {})

    def get(
        self, path: str, *, asked: str, parameters: Mapping[str, str | int] | None = None,
        deadline: Seconds | None = None,
    ) -> Any:  # fmt: skip
        del parameters, deadline
        if self._refusal is not None:
            raise self._refusal
        if path == "/tasks":
            return self.tasks
        if path == "/services":
            return [self.entry]
        if path == "/services/svc1":
            return copy.deepcopy(self.entry)
        raise NotFound(asked)

    def post(
        self, path: str, body: object, *, asked: str, parameters: Mapping[str, str | int] | None = None,
        deadline: Seconds | None = None,
    ) -> Any:  # fmt: skip
        del deadline
        assert isinstance(body, dict)
        assert parameters is not None
        if self._out_of_sequence:
            self._out_of_sequence -= 1
            self.entry["Version"]["Index"] += 1
            self.entry["Spec"]["Labels"]["somebody"] = f"else {self._out_of_sequence}"
            self.entry["Spec"] |= self._theirs
            raise OutOfSequence(asked)
        self.posted.append((path, body, parameters))
        self.entry["Spec"] = body


def test_a_service_is_read_with_its_limits_its_wish_and_its_rollout() -> None:
    it = decode_service(SERVICE, ("a", "b"), 1)
    assert (it.id, it.name, it.project, it.image) == ("svc1", "sutazai_crewai", "sutazai", "sutazai/crewai:1")
    assert (it.desired, it.running, it.not_scalable) == (2, 1, "")
    assert it.resources.limits == Limits(Cores(0.5), Bytes(64 * MIB), None, 100)
    assert it.resources.reservations.memory == 8 * MIB
    assert (it.rollout, it.rollout_message) == ("updating", "update in progress")


def test_the_engines_own_count_of_running_tasks_is_believed_first() -> None:
    told = {**SERVICE, "ServiceStatus": {"RunningTasks": 0, "DesiredTasks": 2}}
    assert decode_service(told, (), 2).running == 0


@pytest.mark.parametrize(
    ("mode", "desired", "reason"),
    [
        ({"Global": {}}, None, "once on each node"),
        ({"ReplicatedJob": {"MaxConcurrent": 1}}, None, "job"),
        ({"Replicated": {}}, 0, ""),
    ],
)
def test_only_a_replicated_service_can_be_scaled(mode: dict[str, Any], desired: int | None, reason: str) -> None:
    it = decode_service({**SERVICE, "Spec": {**SERVICE["Spec"], "Mode": mode}})
    assert it.desired == desired
    assert reason in it.not_scalable
    assert bool(it.not_scalable) is bool(reason)


def test_new_limits_are_sent_within_the_whole_specification() -> None:
    api = RecordedApi()
    SwarmServices(api).set_limits("svc1", Limits(Cores(0.75), Bytes(96 * MIB), None, 100))
    ((path, sent, parameters),) = api.posted
    expected = copy.deepcopy(SERVICE["Spec"])
    expected["TaskTemplate"]["Resources"]["Limits"] = {"NanoCPUs": 750_000_000, "MemoryBytes": 96 * MIB, "Pids": 100}
    assert (path, sent, parameters) == ("/services/svc1/update", expected, {"version": 7})


def test_a_limit_of_a_service_can_be_taken_off() -> None:
    api = RecordedApi()
    SwarmServices(api).set_limits("svc1", Limits(memory=Bytes(96 * MIB)))
    assert api.posted[0][1]["TaskTemplate"]["Resources"]["Limits"] == {"MemoryBytes": 96 * MIB}


def test_a_first_limit_is_given_to_a_service_that_has_no_resources() -> None:
    api = RecordedApi()
    api.entry["Spec"]["TaskTemplate"]["Resources"] = None
    SwarmServices(api).set_limits("svc1", Limits(cpu=Cores(1.0)))
    assert api.posted[0][1]["TaskTemplate"]["Resources"] == {"Limits": {"NanoCPUs": 10**9}}


def test_replicas_are_sent_within_the_whole_specification() -> None:
    api = RecordedApi()
    SwarmServices(api).set_replicas("svc1", 3)
    expected = {**SERVICE["Spec"], "Mode": {"Replicated": {"Replicas": 3}}}
    assert api.posted[0][1] == expected


def test_what_stands_already_is_not_sent() -> None:
    api = RecordedApi()
    SwarmServices(api).set_replicas("svc1", 2)
    assert api.posted == []


def test_a_change_is_made_again_on_what_somebody_else_made_of_it() -> None:
    api = RecordedApi(out_of_sequence=2)
    SwarmServices(api).set_replicas("svc1", 3)
    ((_, sent, parameters),) = api.posted
    assert parameters == {"version": 9}
    assert sent["Labels"]["somebody"] == "else 0"
    assert sent["Mode"] == {"Replicated": {"Replicas": 3}}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"Mode": {"Replicated": {"Replicas": 5}}}, lambda it: it.set_replicas("svc1", 3)),
        (
            {"TaskTemplate": {"Resources": {"Limits": {"MemoryBytes": 512 * MIB}}}},
            lambda it: it.set_limits("svc1", Limits(Cores(0.75), Bytes(64 * MIB), None, 100)),
        ),
    ],
    ids=["replicas", "limits"],
)
def test_a_change_of_the_same_by_somebody_else_is_never_undone(
    theirs: dict[str, Any], ours: Callable[[SwarmServices], None]
) -> None:
    api = RecordedApi(out_of_sequence=1, theirs=theirs)
    with pytest.raises(OutOfSequence, match="the same of sutazai_crewai"):
        ours(SwarmServices(api))
    assert api.posted == []


def test_a_change_that_is_always_too_late_is_given_up() -> None:
    with pytest.raises(OutOfSequence):
        SwarmServices(RecordedApi(out_of_sequence=ATTEMPTS)).set_replicas("svc1", 3)


def test_a_global_service_is_refused_before_anything_is_sent() -> None:
    api = RecordedApi()
    api.entry["Spec"]["Mode"] = {"Global": {}}
    with pytest.raises(EngineRefused, match="once on each node"):
        SwarmServices(api).set_replicas("svc1", 3)
    assert api.posted == []


@pytest.mark.parametrize("refusal", [NotSupported("not a manager"), NotPermitted("a proxy")])
def test_a_node_that_manages_no_swarm_has_no_services(refusal: EngineError) -> None:
    assert SwarmServices(RecordedApi(refusal=refusal)).services({}) == []


def test_containers_come_from_the_tasks_anywhere_and_by_label_here() -> None:
    api = RecordedApi()
    api.tasks = [
        {"ServiceID": "svc1", "Status": {"State": "running", "ContainerStatus": {"ContainerID": "far"}}},
        {"ServiceID": "svc1", "Status": {"State": "starting", "ContainerStatus": {"ContainerID": "here"}}},
        {"ServiceID": "svc1", "Status": {"State": "pending"}},
        {"ServiceID": "other", "Status": {"State": "running", "ContainerStatus": {"ContainerID": "x"}}},
    ]
    (it,) = SwarmServices(api).services({"svc1": ("here", "ended")})
    assert it.container_ids == ("far", "here", "ended")
    assert it.running == 1


@pytest.mark.parametrize("spec", [[], {"TaskTemplate": {"Resources": []}}])
def test_a_specification_of_another_shape_is_an_engine_error(spec: object) -> None:
    api = RecordedApi()
    api.entry["Spec"] = spec
    with pytest.raises(EngineError):
        SwarmServices(api).set_limits("svc1", Limits(cpu=Cores(1.0)))
    assert api.posted == []


def test_a_rollback_sends_the_whole_specification_and_asks_for_the_one_before() -> None:
    api = RecordedApi()
    SwarmServices(api).roll_out("svc1", Rollout.ROLLBACK)
    ((_, body, parameters),) = api.posted
    assert body == SERVICE["Spec"]
    assert parameters == {"version": 7, "rollback": "previous"}


def test_a_redeploy_moves_the_counter_on_and_leaves_the_rest() -> None:
    api = RecordedApi()
    SwarmServices(api).roll_out("svc1", Rollout.REDEPLOY)
    ((_, body, _),) = api.posted
    assert body["TaskTemplate"] == {**SERVICE["Spec"]["TaskTemplate"], "ForceUpdate": 1}
    assert {**body, "TaskTemplate": None} == {**SERVICE["Spec"], "TaskTemplate": None}


@pytest.mark.parametrize("rollout", list(Rollout))
def test_a_rollout_over_somebody_elses_change_is_not_sent(rollout: Rollout) -> None:
    api = RecordedApi(out_of_sequence=1)
    with pytest.raises(OutOfSequence, match="Somebody else changed"):
        SwarmServices(api).roll_out("svc1", rollout)
    assert api.posted == []


def test_the_earlier_specification_is_told_with_the_names_of_what_differs_and_no_values() -> None:
    earlier = copy.deepcopy(SERVICE["Spec"])
    earlier["TaskTemplate"]["ContainerSpec"] |= {"Image": "sutazai/crewai:0", "Env": ["SECRET=x"], "Args": ["--slow"]}
    earlier["Mode"] = {"Replicated": {"Replicas": 5}}
    it = decode_service({**SERVICE, "PreviousSpec": earlier})
    assert it.earlier is not None
    assert (it.earlier.image, it.earlier.desired, it.earlier.differs) == ("sutazai/crewai:0", 5, ("Args", "Env"))
    assert "SECRET" not in repr(it)
    assert it.digest == decode_service(copy.deepcopy(SERVICE)).digest != it.earlier.digest


def test_a_service_that_was_never_updated_has_no_earlier_specification() -> None:
    assert decode_service(SERVICE).earlier is None
