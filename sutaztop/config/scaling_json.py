"""The guide's ``scaling.json``: the thresholds of its auto-scaling script, in percent."""

from pathlib import Path

from sutaztop.config.check import Layer, Said, nearest
from sutaztop.config.yaml_lines import Scalar, Value, quote, read_text, read_yaml, refuse
from sutaztop.domain.quantity import Ratio

KEYS = {
    "cpu_scale_up_threshold": "cpu_warning",
    "cpu_scale_down_threshold": "cpu_idle",
    "memory_scale_up_threshold": "memory_warning",
}
"""Its keys, and the threshold that each stands for. The script read all three as percent."""


def scaling_layer(path: Path) -> Layer:
    """Read a ``scaling.json``; what it leaves out is left to the other files.

    JSON is a subset of YAML, so the same reader finds the same mistakes and names their lines.
    Raises ``ConfigError``.
    """
    said: dict[tuple[str, ...], Said] = {}
    for entry in read_yaml(read_text(path), str(path)).entries:
        threshold = KEYS.get(entry.key)
        if threshold is None:
            why = nearest(entry.key, KEYS)
            refuse(entry.place, f"{quote(entry.key)} is not a key of scaling.json", why, f"Keys: {', '.join(KEYS)}.")
        said["thresholds", threshold] = Said(_percent(entry.key, entry.value), entry.value.place)
    return said


def _percent(key: str, value: Value) -> Ratio:
    if isinstance(value, Scalar) and value.sort == "number":
        try:
            percent = float(value.text)
        except ValueError:
            percent = -1.0
        if 1 <= percent <= 100:
            return Ratio(percent / 100)
    written = quote(value.text) if isinstance(value, Scalar) else "it"
    return refuse(value.place, f"{key}: {written} is not a percentage", advice="Allowed: 1 to 100.")
