"""The recorded data beside the checkout: tests may read it, and say why where it is absent."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared"


def shared_file(path: str, *, required: bool = True) -> Path | None:
    """Give a file beside the checkout; skip where it is not there, or give ``None`` where it is not ``required``."""
    found = FOLDER / path
    if found.is_file():
        return found
    if required:
        pytest.skip(f"{path} is not beside this checkout: there is nothing recorded to check against")
    return None
