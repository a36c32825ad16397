"""What was recorded from real engines, beside the checkout; tests skip where it is absent."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "docker"


@cache
def recorded(name: str) -> Any:
    """Read one recording, or skip the test."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the recordings are not here: {name}")
    return json.loads(path.read_text(encoding="utf-8"))
