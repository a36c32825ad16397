"""Text pictures of the screen: compared with what is kept, or written anew with ``--update-frames``."""

from pathlib import Path
from typing import Any

from textual.app import App

from tests.ui.look import text_of

FOLDER = Path(__file__).with_name("frames")
SIZES = ((60, 18), (80, 24), (120, 40), (200, 50))


def check_frame(app: App[Any], name: str, *, update: bool) -> None:
    """Compare the whole screen with ``frames/<name>.txt``; the first time, or when updating, write it."""
    path = FOLDER / f"{name}.txt"
    seen = text_of(app) + "\n"
    if update:
        path.write_text(seen, encoding="utf-8")
        return
    assert path.exists(), f"{path.name} is not kept yet: run with --update-frames, then look at it"
    assert seen == path.read_text(encoding="utf-8"), f"{path.name} differs: look at it, then run with --update-frames"
