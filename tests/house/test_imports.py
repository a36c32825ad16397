import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "sutaztop").rglob("*.py"))

FORBIDDEN_WORDS = {"manager", "helper", "helpers", "utils", "util", "common", "misc"}


def modules_loaded_by(statement: str) -> set[str]:
    """Run a statement in an interpreter of its own and say which modules it loaded."""
    script = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import sutaztop.monitor", "import sutaztop.actions.apply", "import sutaztop.cli.report, sutaztop.cli.act"],
)
def test_measuring_acting_and_reporting_load_no_terminal_library(statement: str) -> None:
    loaded = modules_loaded_by(statement)
    assert not {name for name in loaded if name.split(".")[0] in ("textual", "rich")}


@pytest.mark.parametrize("heavy", ["docker", "plotext", "textual", "yaml", "psutil"])
def test_the_entry_point_loads_nothing_heavy_before_its_first_bytes(heavy: str) -> None:
    assert heavy not in modules_loaded_by("import sutaztop.cli.main")


@pytest.mark.parametrize("path", SOURCES, ids=lambda it: str(it.relative_to(ROOT)))
def test_a_module_says_in_its_first_line_what_is_known_there(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith('"""')
    assert len(first) > len('"""x."""')


@pytest.mark.parametrize("path", SOURCES, ids=lambda it: str(it.relative_to(ROOT)))
def test_a_module_is_a_comfortable_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda it: str(it.relative_to(ROOT)))
def test_modules_are_named_after_what_they_hold(path: Path) -> None:
    assert not FORBIDDEN_WORDS.intersection(path.relative_to(ROOT).with_suffix("").parts)


def test_nothing_but_one_gate_calls_a_method_that_writes() -> None:
    writing = (".set_limits(", ".set_service_limits(", ".set_replicas(", ".unload(")
    callers = {
        str(path.relative_to(ROOT / "sutaztop"))
        for path in SOURCES
        if any(call in path.read_text(encoding="utf-8") for call in writing)
    }
    outside = {name for name in callers if not name.startswith(("engines/", "demo/", "collectors/ollama"))}
    assert outside == {"actions/apply.py"}


def test_no_code_path_can_delete_a_model() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "/api/delete" not in text, path
