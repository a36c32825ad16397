"""The guide's scaling.json sets three thresholds, in percent."""

from pathlib import Path

import pytest

from sutaztop.config.load import load_settings
from sutaztop.contracts import ConfigError
from sutaztop.domain.profile import Thresholds

GUIDE = (
    '{\n  "cpu_scale_up_threshold": 70,\n  "cpu_scale_down_threshold": 20,\n  "memory_scale_up_threshold": 82.5\n}\n'
)


def load(folder: Path, json: str, more: str = "") -> Thresholds:
    (folder / "scaling.json").write_text(json)
    (folder / "config.yaml").write_text(f"scaling_json: scaling.json\n{more}")
    environment = {"HOME": "/nonexistent"}
    settings = load_settings([folder / "config.yaml"], environment=environment, system=Path("/nonexistent"))
    return settings.profile.thresholds


def test_its_percentages_become_shares(tmp_path: Path) -> None:
    found = load(tmp_path, GUIDE)
    assert (found.cpu_warning, found.cpu_idle, found.memory_warning) == (0.70, 0.20, 0.825)


def test_what_it_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    found = load(tmp_path, '{"cpu_scale_up_threshold": 70}')
    assert (found.cpu_warning, found.memory_warning) == (0.70, 0.85)


def test_the_file_that_names_it_has_the_last_word(tmp_path: Path) -> None:
    assert load(tmp_path, GUIDE, "thresholds: {cpu_warning: 60 %}\n").cpu_warning == 0.60


@pytest.mark.parametrize(
    ("json", "said"),
    [
        ('{\n "cpu_scale_up_treshold": 70}', r"scaling.json, line 2: .*The nearest is cpu_scale_up_threshold"),
        (
            '{\n\n "cpu_scale_up_threshold": "70"}',
            "scaling.json, line 3: cpu_scale_up_threshold: '70' is not a percentage",
        ),
        ('{"cpu_scale_up_threshold": 0.7}', "scaling.json, line 1: .*Allowed: 1 to 100"),
        ('{"cpu_scale_up_threshold": [70]}', "scaling.json, line 1: cpu_scale_up_threshold: it is not a percentage"),
        ('{"cpu_scale_up_threshold": 70', "scaling.json, line 1.* not valid YAML"),
        ('{"cpu_scale_up_threshold": 99}', "cpu_warning .* is above thresholds.cpu_critical"),
    ],
)
def test_a_mistake_in_it_is_as_clear_as_one_in_yaml(tmp_path: Path, json: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, json)
