"""Files of other autoscalers become rules for services, whole, or one error that helps."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given as for_all

from sutaztop.config.load import load_settings
from sutaztop.config.quantities import parse_quantity
from sutaztop.contracts import ConfigError
from sutaztop.domain.profile import Profile, ServiceRule
from sutaztop.domain.scaling import SCALE_DOWN, SCALE_UP, HorizontalSpec, MetricKind, PolicyKind, Select
from sutaztop.policy.service_profile import profile_for, rules_for
from tests.config.test_any_mutation import check_error, mutations
from tests.shared import shared_file

NOWHERE = Path("/nonexistent/sutaztop.yaml")
HERE = Path(__file__).parent
MANIFEST = HERE / "scaling" / "autoscalers.yaml"
STACK = HERE / "scaling" / "stack.yaml"
RULES = HERE / "scaling" / "rules.yaml"


def load(folder: Path, *files: Path, more: str = "") -> Profile:
    named = folder / "config.yaml"
    named.write_text(f"scaling_files: {json.dumps([str(it) for it in files])}\n{more}")
    return load_settings([named], environment={"HOME": "/nonexistent"}, system=NOWHERE).profile


def written(folder: Path, text: str) -> Path:
    path = folder / "scaler.yaml"
    path.write_text(text)
    return path


def rule(profile: Profile, name: str) -> ServiceRule:
    return next(it for it in profile.services if it.name == name)


def spec(profile: Profile, name: str) -> HorizontalSpec:
    found = profile_for(profile, "", name, {}).scaling.specification
    assert found is not None
    return found


def test_every_document_of_a_manifest_becomes_a_rule(tmp_path: Path) -> None:
    profile = load(tmp_path, MANIFEST)
    assert [it.name for it in profile.services] == ["web", "sutazai-agent"]
    web = profile_for(profile, "shop-web-1", "web", {})
    scaling = web.scaling
    assert (scaling.horizontal, scaling.minimum_replicas, scaling.maximum_replicas) == ("hpa", 2, 12)
    assert (scaling.replicas_target, scaling.replicas_memory_target) == (0.7, 0.8)
    assert (scaling.up_window, scaling.up_percent, scaling.up_period) == (0.0, 1.0, 15.0)
    assert (scaling.down_window, scaling.down_percent, scaling.down_period) == (300.0, 0.25, 60.0)


def test_only_what_behavior_leaves_out_takes_its_default(tmp_path: Path) -> None:
    behaviour = spec(load(tmp_path, MANIFEST), "web").behaviour
    assert behaviour is not None
    assert behaviour.up == SCALE_UP
    down = behaviour.down
    assert (down.window, down.select, down.tolerance) == (SCALE_DOWN.window, Select.MIN, Fraction(1, 20))
    assert [(it.kind, it.value, it.period) for it in down.policies] == [
        (PolicyKind.PERCENT, 25, 60),
        (PolicyKind.PODS, 2, 60),
    ]


def test_metrics_that_can_not_be_measured_here_are_kept_and_told(tmp_path: Path) -> None:
    profile = load(tmp_path, MANIFEST)
    found = {it.name: (it.kind, it.target, it.unavailable) for it in spec(profile, "web").metrics}
    assert found == {
        "cpu": (MetricKind.UTILIZATION, 70, ""),
        "memory": (MetricKind.UTILIZATION, 80, ""),
        "requests": (MetricKind.AVERAGE, 500_000, "not measured here"),
        "queue": (MetricKind.PER_REPLICA, 20_000, "not measured here"),
        "latency": (MetricKind.VALUE, 500, "not measured here"),
        "Moonlight": (MetricKind.VALUE, 0, "its kind of metric is not known here"),
    }
    assert rule(profile, "web").untold == (
        "requests: not measured here", "queue: not measured here", "latency: not measured here",
        "Moonlight: its kind of metric is not known here",
    )  # fmt: skip


def test_without_metrics_and_behavior_it_is_the_default_autoscaler(tmp_path: Path) -> None:
    agent = spec(load(tmp_path, MANIFEST), "sutazai-agent")
    assert (agent.minimum, agent.maximum, agent.behaviour) == (1, 5, None)
    assert [(it.name, it.target) for it in agent.metrics] == [("cpu", 80)]


@pytest.mark.parametrize("service", ["agent", "sutazai-agent", "sutazai_agent"])
def test_a_target_is_found_with_and_without_the_profiles_prefixes(tmp_path: Path, service: str) -> None:
    assert spec(load(tmp_path, MANIFEST), service).maximum == 5


def test_a_part_of_a_name_is_no_name(tmp_path: Path) -> None:
    profile = load(tmp_path, MANIFEST)
    assert profile_for(profile, "web2", "webs", {}) is profile


def test_the_configurations_own_words_win_over_the_files(tmp_path: Path) -> None:
    profile = load(tmp_path, MANIFEST, more="services: {web: {maximum_replicas: 3, cpu_warning: 60 %}}\n")
    web = profile_for(profile, "", "web", {})
    assert (web.scaling.maximum_replicas, web.thresholds.cpu_warning) == (3, 0.6)
    assert web.scaling.specification is not None
    assert (web.scaling.specification.minimum, web.scaling.specification.maximum) == (2, 3)


def test_the_swarm_autoscaler_of_a_stack_file_is_a_rule(tmp_path: Path) -> None:
    profile = load(tmp_path, STACK)
    for service in ("backend", "sutazai_backend"):
        found = profile_for(profile, f"{service}.1.abc", service, {})
        assert (found.scaling.minimum_replicas, found.scaling.maximum_replicas) == (2, 10)
        assert (found.thresholds.cpu_warning, found.thresholds.cpu_idle) == (0.7, 0.3)
        assert (found.guardrails.cool_down_up, found.guardrails.cool_down_down) == (300.0, 300.0)
    assert profile_for(profile, "autoscaler", "autoscaler", {}) is profile


def test_a_swarm_service_is_found_by_its_name_in_the_stack_file(tmp_path: Path) -> None:
    profile = load(tmp_path, STACK)
    labels = {"com.docker.stack.namespace": "shop"}
    assert profile_for(profile, "shop_backend.1.abc", "shop_backend", labels).scaling.minimum_replicas == 2
    assert profile_for(profile, "shop_backend.1.abc", "shop_backend", {}) is profile


def test_environment_may_be_a_mapping_and_a_secret_in_it_is_never_shown(tmp_path: Path) -> None:
    text = "services: {a: {environment: {TARGET_SERVICE: web, API_KEY: hunter2, MAX_REPLICAS: hunter2x}}}\n"
    with pytest.raises(ConfigError, match=r"line 1: web: MAX_REPLICAS") as caught:
        load(tmp_path, written(tmp_path, text))
    assert "API_KEY" not in str(caught.value)
    profile = load(tmp_path, written(tmp_path, text.replace("hunter2x", "4")))
    assert profile_for(profile, "", "web", {}).scaling.maximum_replicas == 4
    assert "hunter2" not in repr(profile)


def test_rules_over_queries_become_lines_where_they_are_measured(tmp_path: Path) -> None:
    profile = load(tmp_path, RULES)
    agent = profile_for(profile, "", "agent", {})
    assert (agent.scaling.minimum_replicas, agent.scaling.maximum_replicas) == (3, 50)
    assert (agent.thresholds.cpu_warning, agent.thresholds.cpu_idle) == (0.8, 0.3)
    assert (agent.thresholds.memory_warning, agent.thresholds.memory_idle) == (0.85, 0.4)
    assert (agent.guardrails.cool_down_up, agent.guardrails.cool_down_down) == (60.0, 300.0)
    assert rule(profile, "agent").untold == (
        "scale_up_change of rate(container_cpu_usage_seconds_total[1m]) * 100: not followed, replicas follow the load",
        "sum(queue_length): not measured here",
    )
    # Lines, and no autoscaler's algorithm.
    assert agent.scaling.horizontal == "proportional"


def test_a_scaling_json_is_known_by_its_content(tmp_path: Path) -> None:
    profile = load(tmp_path, written(tmp_path, '{"cpu_scale_up_threshold": 60}'))
    assert profile.thresholds.cpu_warning == 0.6


def test_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    profile = load(tmp_path, MANIFEST, STACK, RULES)
    assert [it.name for it in profile.services] == ["web", "sutazai-agent", "backend", "agent"]
    both = profile_for(profile, "", "agent", {})
    assert [it.name for it in rules_for(profile, "", "agent", {})] == ["sutazai-agent", "agent"]
    assert (both.scaling.minimum_replicas, both.scaling.horizontal) == (3, "hpa")


HPA = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec:
  scaleTargetRef: {name: web}
  minReplicas: 2
  maxReplicas: 5
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
  behavior:
    scaleUp:
      selectPolicy: Max
      policies:
      - {type: Pods, value: 1, periodSeconds: 60}
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("autoscaling/v2", "autoscaling/v1", "line 1: apiVersion: 'autoscaling/v1' is not understood"),
        ("minReplicas: 2", "minReplicas: two", "line 5: spec.minReplicas: 'two' is not a whole number"),
        ("minReplicas: 2", "minReplicas: 9", "line 5: spec.minReplicas (9) is above spec.maxReplicas (5)"),
        ("minReplicas", "minReplica", "line 5: spec.minReplica is not a key. The nearest is minReplicas"),
        ("  maxReplicas: 5\n", "", "spec.maxReplicas is missing"),
        ("{name: web}", "{kind: Deployment}", "line 4: spec.scaleTargetRef.name is missing"),
        (
            "averageUtilization: 70",
            "averageUtilization: 0",
            "line 9: spec.metrics.resource.target.averageUtilization: '0'",
        ),
        ("averageUtilization: 70", "averageValue: 70", "spec.metrics.resource.target.averageValue is not a key"),
        (
            "Utilization,",
            "Utilisation,",
            "spec.metrics.resource.target.type: 'Utilisation' is not one of them. The nearest",
        ),
        ("selectPolicy: Max", "selectPolicy: Most", "line 12: spec.behavior.scaleUp.selectPolicy: 'Most'"),
        ("value: 1", "value: -1", "line 14: spec.behavior.scaleUp.policies.value: '-1' is out of range"),
        ("periodSeconds: 60", "periodSeconds: 6000", "spec.behavior.scaleUp.policies.periodSeconds: '6000'"),
        (
            "type: Pods",
            "type: Pod",
            "spec.behavior.scaleUp.policies.type: 'Pod' is not one of them. The nearest is Pods",
        ),
        ("scaleUp:", "scaleOut:", "line 11: spec.behavior.scaleOut is not a key"),
        ("kind: HorizontalPodAutoscaler", "kind: Deployment", "it is no scaling file that is known here"),
    ],
)
def test_a_wrong_value_is_refused_with_file_line_and_key(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert load(tmp_path, written(tmp_path, HPA)).services
    path = written(tmp_path, HPA.replace(before, after))
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        load(tmp_path, path)
    assert str(caught.value).startswith(f"{path}, line ")


def test_two_autoscalers_for_one_service_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 19: a second autoscaler for 'web'\. the first is in line 4"):
        load(tmp_path, written(tmp_path, HPA + "---\n" + HPA))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {a: {min_replicas: 2, max_replica: 3}}", "services.a: 'max_replica' is not a key. The nearest"),
        ("services: {a: {rules: [{target: 3}]}}", "a rule in services.a.rules has no metric"),
        ("services: {a: {rules: [{metric: x, target: many}]}}", "services.a.rules: target: 'many' is not a number"),
        ("services: {a: {rules: 3}}", "services.a.rules is not a list"),
        ("services: {a: {image: x}}", "it is no scaling file that is known here"),
        ("services: {a: {min_replicas: 5, max_replicas: 3}}", "scaling.minimum_replicas (5.0) is above"),
        ("a: b\n---\nc: d\n", "it is no scaling file that is known here"),
        ("", "it is no scaling file that is known here"),
    ],
)
def test_other_wrong_files_are_refused_too(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(tmp_path, written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "amount"), [("0.05", Fraction(1, 20)), ("1500m", Fraction(3, 2)), ("2Gi", 2 << 30), ("3k", 3000)]
)
def test_quantities_are_exact(text: str, amount: Fraction | int) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize("text", ["", "-1", "1e3x", "Gi", "1.2.3", "٣", "1 Gi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        parse_quantity(text)


@for_all(mutations([MANIFEST, STACK, RULES]))
def test_a_changed_file_gives_rules_or_one_clear_error(text: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "scaler.yaml"
        path.write_bytes(text)
        try:
            profile = load(folder, path)
        except ConfigError as error:
            check_error(error, path)
        else:
            assert isinstance(profile, Profile)


# --- the stack's own files --------------------------------------------------------------------------


def test_the_stacks_manifests_load_whole(tmp_path: Path) -> None:
    profile = load(tmp_path, shared_file("data/sutazai/hpa-enhanced.yaml") or tmp_path)
    assert len(profile.services) == 8
    backend = spec(profile, "sutazai-backend")
    assert (backend.minimum, backend.maximum) == (2, 20)
    assert backend.behaviour is not None
    assert backend.behaviour.down.select is Select.MIN
    assert [it.unavailable for it in backend.metrics] == ["", "", "not measured here", "not measured here"]
    assert spec(profile, "ollama").maximum == 15  # by the prefix left out


def test_the_stacks_scaling_rules_load_whole(tmp_path: Path) -> None:
    profile = load(tmp_path, shared_file("data/sutazai/scaling-rules.yaml") or tmp_path)
    assert len(profile.services) == 6
    agent = profile_for(profile, "", "ai-agent", {})
    assert (agent.thresholds.cpu_warning, agent.thresholds.memory_warning) == (0.8, 0.85)
    assert all("measured" in it or "followed" in it for it in rule(profile, "ollama").untold)


def guide(title: str) -> str:
    """A block of the guide by the comment that it begins with."""
    text = (shared_file("guide.md") or NOWHERE).read_text(encoding="utf-8")
    found = re.search(rf"```yaml\n(# {re.escape(title)}\n.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_guides_manifests_load_whole(tmp_path: Path) -> None:
    profile = load(tmp_path, written(tmp_path, guide("k8s/hpa.yaml")))
    assert [it.name for it in profile.services] == ["backend", "autogpt"]
    backend, autogpt = spec(profile, "sutazai-backend"), spec(profile, "autogpt")
    assert (backend.minimum, backend.maximum, autogpt.minimum, autogpt.maximum) == (2, 10, 1, 5)
    assert backend.behaviour is not None
    assert (backend.behaviour.up.window, backend.behaviour.down.window) == (60, 300)
    assert [(it.name, it.target) for it in autogpt.metrics] == [("cpu", 60)]


def test_the_guides_swarm_autoscaler_loads(tmp_path: Path) -> None:
    profile = load(tmp_path, written(tmp_path, guide("docker-stack-autoscale.yml")))
    found = profile_for(profile, "", "sutazai_backend", {})
    assert (found.scaling.minimum_replicas, found.scaling.maximum_replicas) == (2, 10)
    assert (found.thresholds.cpu_warning, found.thresholds.cpu_idle) == (0.7, 0.3)
    assert found.guardrails.cool_down_up == 300.0
