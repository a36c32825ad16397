"""What is installed is whole: outside of the checkout, with its themes and its configuration."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sutaztop import __version__

_CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, built from the checkout and unpacked somewhere else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=_CHECKOUT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    content = folder / "content"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(content)
    return content


def run(installed: Path, *words: str) -> str:
    # Before the path of an editable install, which would lead back into the checkout.
    environment = {**os.environ, "PYTHONPATH": str(installed), "XDG_STATE_HOME": str(installed)}
    done = subprocess.run(
        [sys.executable, *words], cwd=installed.parent, env=environment, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    return done.stdout


def test_it_runs_from_where_it_is_and_says_its_version(installed: Path) -> None:
    where = run(installed, "-c", "import sutaztop; print(sutaztop.__file__)").strip()
    assert Path(where).is_relative_to(installed)
    assert run(installed, "-m", "sutaztop", "--version").strip() == f"sutaztop {__version__}"


def test_the_demo_gives_a_frame_with_the_profile_of_the_shipped_configuration(installed: Path) -> None:
    document = json.loads(run(installed, "-m", "sutaztop", "--demo", "snapshot", "--json"))
    assert document["schema"] == "sutaztop.snapshot/1"
    assert len(document["containers"]) > 100
    tiers = {tier["medium"]: tier["budget_bytes"] for tier in document["disks"]["tiers"]}
    assert tiers == {"ssd": 300 << 30, "hdd": 400 << 30}


def test_all_themes_are_found(installed: Path) -> None:
    names = "import os; from sutaztop.config.themes import theme_names; print(*theme_names(os.environ))"
    shipped = {path.stem for path in (_CHECKOUT / "themes").glob("*.yaml")}
    assert shipped <= set(run(installed, "-c", names).split())
    assert len(shipped) >= 5
