"""Settings come from files in order, whole, or not at all."""

import dataclasses
from pathlib import Path

import pytest

from sutaztop.config.load import load_settings, profile_names
from sutaztop.config.locations import shipped, state_directory
from sutaztop.config.schema import CONFIGURATION, key_paths
from sutaztop.config.settings import Settings
from sutaztop.contracts import ConfigError
from sutaztop.domain.disk import Medium
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
NOWHERE = Path("/nonexistent/sutaztop.yaml")


def load(*files: Path, profile: str | None = None, home: Path = Path("/nonexistent")) -> Settings:
    return load_settings(files, environment={"HOME": str(home)}, profile=profile, system=NOWHERE)


def written(folder: Path, text: str, name: str = "config.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_gives_settings(path: Path) -> None:
    assert str(path) in load(path).files


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_gives_one_error_that_helps(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(path)
    said = str(caught.value)
    missing = [it for it in path.with_suffix(".expect").read_text().splitlines() if it not in said]
    assert missing == [], said


def test_every_case_has_its_expectation() -> None:
    cases = {path.stem for path in INVALID}
    assert {path.stem for path in (HERE / "invalid").glob("*.expect")} == cases


def test_values_arrive_in_the_programs_units() -> None:
    settings = load(HERE / "valid" / "every-part.yaml")
    assert settings.engine.deadline == 2.5
    assert settings.engine.compose_command == ("docker", "compose")
    assert settings.screen.read_only is True
    assert settings.screen.interval == 2.0
    assert settings.models.headers == (("Authorization", "Bearer abc"), ("X-Team", "7"))
    assert settings.profile.thresholds.cpu_critical == 0.9
    assert settings.profile.scaling.cpu_step == 0.5
    scaling = settings.profile.scaling
    assert scaling.memory_step == GIB // 2
    assert (scaling.horizontal, scaling.replicas_target, scaling.maximum_memory) == ("one", 0.6, 16 * GIB)
    assert (scaling.up_window, scaling.up_percent, scaling.up_period) == (30.0, 0.5, 15.0)
    assert (scaling.down_window, scaling.down_percent, scaling.down_period) == (600.0, 0.25, 120.0)
    assert settings.profile.tiering.explicit == (("kong", "high"),)


def test_the_file_of_defaults_says_what_the_code_says() -> None:
    settings = load(shipped("config") / "default.yaml", profile="none")
    plain = dataclasses.replace(settings, files=(), profile=dataclasses.replace(settings.profile, name="default"))
    assert plain == Settings()


def test_the_file_of_defaults_shows_every_key() -> None:
    text = (shipped("config") / "default.yaml").read_text(encoding="utf-8")
    last_words = {path.rsplit(".", 1)[-1] for path in key_paths(CONFIGURATION)} - {"*"}
    assert {word for word in last_words if f"{word}:" not in text} == set()


def test_the_file_of_defaults_copied_whole_changes_nothing() -> None:
    assert load(shipped("config") / "default.yaml").profile == load().profile


def test_the_profile_is_the_guides_unless_another_is_chosen() -> None:
    assert profile_names() == ("hpa", "monitor", "sutazai", "swarm")
    assert load().profile.name == "sutazai"
    assert load(profile="none").profile == dataclasses.replace(Profile(), name="none")


def test_the_guides_other_numbers_are_profiles_too() -> None:
    monitor, swarm, hpa = (load(profile=name).profile for name in ("monitor", "swarm", "hpa"))
    assert (monitor.thresholds.cpu_warning, monitor.thresholds.memory_warning) == (0.8, 0.85)
    assert (swarm.thresholds.cpu_warning, swarm.thresholds.cpu_idle) == (0.7, 0.3)
    assert (swarm.scaling.minimum_replicas, swarm.scaling.maximum_replicas) == (2, 10)
    assert (swarm.guardrails.cool_down_up, swarm.guardrails.cool_down_down) == (300.0, 300.0)
    scaling = hpa.scaling
    assert (scaling.horizontal, scaling.replicas_target, scaling.replicas_memory_target) == ("hpa", 0.7, 0.8)
    assert (scaling.up_window, scaling.up_percent, scaling.up_period) == (60.0, 1.0, 30.0)
    assert (scaling.down_window, scaling.down_percent, scaling.down_period) == (300.0, 0.5, 60.0)


def test_the_guides_disk_table_is_in_its_profile() -> None:
    components = load().profile.components
    budgets = [(it.recommended or 0) // GIB for it in components]
    assert budgets == [30, 150, 100, 20, 50, 50, 300]
    # The table's lower ends add up to its total; the upper ones to 410 and the base system's 20.
    assert sum((it.minimum or 0) // GIB for it in components) == 117
    assert sum((it.maximum or it.minimum or 0) // GIB for it in components) == 430
    assert sum(budgets) == 700
    assert [it.medium for it in components] == [Medium.SSD] * 4 + [Medium.HDD] * 3


def test_the_guides_tiers_are_in_its_profile() -> None:
    high, medium, low = load().profile.tiering.rules
    assert {"ollama", "backend", "postgres", "sutazai_backend"} <= high.services
    assert {"autogpt", "crewai"} <= medium.services
    assert "redis" in low.services
    assert load().profile.tiering.label == "com.sutazai.service"


def test_system_user_and_named_files_are_merged_and_later_wins_key_by_key(tmp_path: Path) -> None:
    system = written(tmp_path, "screen: {theme: light, interval: 5s, group: tier}\n", "system.yaml")
    written(tmp_path, "screen: {theme: dark, interval: 2s}\n", ".config/sutaztop/config.yaml")
    named = written(tmp_path, "screen: {theme: console-16}\n", "named.yaml")
    settings = load_settings([named], environment={"HOME": str(tmp_path)}, system=system)
    screen = settings.screen
    assert (screen.theme, screen.interval, screen.group) == ("console-16", 2.0, "tier")
    assert [Path(it).name for it in settings.files] == ["sutazai.yaml", "system.yaml", "config.yaml", "named.yaml"]


def test_a_component_of_the_profile_is_changed_by_one_key(tmp_path: Path) -> None:
    named = written(tmp_path, "components: {Ollama models: {recommended: 300G}}\n")
    before, after = (
        next(c for c in it.profile.components if c.name == "Ollama models") for it in (load(), load(named))
    )
    assert after == dataclasses.replace(before, recommended=Bytes(300 * GIB))


def test_the_users_directory_follows_xdg(tmp_path: Path) -> None:
    written(tmp_path, "screen: {theme: light}\n", "sutaztop/config.yaml")
    settings = load_settings(environment={"HOME": "/nonexistent", "XDG_CONFIG_HOME": str(tmp_path)}, system=NOWHERE)
    assert settings.screen.theme == "light"


def test_a_relative_xdg_directory_is_ignored() -> None:
    environment = {"HOME": "/home/a", "XDG_STATE_HOME": "state"}
    assert state_directory("", environment) == Path("/home/a/.local/state/sutaztop")
    assert state_directory("~/kept", environment) == Path("/home/a/kept")


def test_a_named_file_must_exist() -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(Path("/nonexistent/named.yaml"))


def test_a_profile_may_be_a_file_beside_the_one_that_names_it(tmp_path: Path) -> None:
    written(tmp_path, "scaling: {cpu_ceiling: 16}\nname_prefixes: [acme-]\n", "acme.yaml")
    named = written(tmp_path, "profile: ./acme.yaml\n")
    profile = load(named).profile
    assert (profile.name, profile.scaling.cpu_ceiling, profile.name_prefixes) == ("acme", 16.0, ("acme-",))


def test_a_profile_may_not_say_what_belongs_into_a_configuration(tmp_path: Path) -> None:
    written(tmp_path, "engine: {host: x}\n", "acme.yaml")
    with pytest.raises(ConfigError, match=r"acme\.yaml, line 1: engine is not a key"):
        load(profile=str(tmp_path / "acme.yaml"))


def test_the_command_line_overrules_the_files_profile(tmp_path: Path) -> None:
    assert load(written(tmp_path, "profile: sutazai\n"), profile="none").profile.name == "none"


@pytest.mark.parametrize("kind", ["directory", "pipe", "large", "not utf-8"])
def test_what_is_no_text_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    import os

    path = tmp_path / "config.yaml"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "large":
        path.write_text("# long\n" * 300_000)
    else:
        path.write_bytes(b"profile: none\nengine: {host: '\xff'}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        load(path)


def test_a_line_of_bad_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"profile: none\nengine: {host: '\xff'}\n")
    with pytest.raises(ConfigError, match="line 2: not UTF-8 text"):
        load(path)


@pytest.mark.parametrize("depth", [500, 50_000])
def test_deep_nesting_is_an_error_and_no_crash(tmp_path: Path, depth: int) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml, line 1"):
        load(written(tmp_path, "[" * depth))


def test_a_small_file_cannot_grow_large_by_aliases(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(ConfigError, match="a0 is not a key"):
        load(written(tmp_path, "\n".join(lines)))


def test_an_error_says_file_line_key_allowed_and_nearest_in_one_text(tmp_path: Path) -> None:
    path = written(tmp_path, "# mine\nscreen:\n  sort: memroy\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}, line 3: screen.sort: 'memroy' is not one of them. The nearest is memory. "
        "Allowed: one of severity, cpu, cpu share, memory, memory share, throttled, network, block, restarts, "
        "name, tier, age."
    )


@pytest.mark.parametrize(
    ("system", "own", "read_only", "lease"),
    [
        ("read_only: true", "read_only: false", True, 0.0),
        ("read_only: false", "read_only: true", True, 0.0),
        ("lease: 10m", "lease: 0s", False, 600.0),
        ("lease: 10m", "lease: 1h", False, 600.0),
        ("lease: 10m", "lease: 5m", False, 300.0),
        ("lease: 0s", "lease: 5m", False, 300.0),
        ("lease: 10m", "theme: light", False, 600.0),
    ],
)
def test_what_the_system_says_of_changing_things_is_not_relaxed_by_anybody(
    tmp_path: Path, system: str, own: str, *, read_only: bool, lease: float
) -> None:
    first = written(tmp_path, f"screen: {{{system}}}\n", "system.yaml")
    second = written(tmp_path, f"screen: {{{own}}}\n", "own.yaml")
    screen = load_settings((second,), environment={}, system=Path(first)).screen
    assert (screen.read_only, screen.lease) == (read_only, lease)
