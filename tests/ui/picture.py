"""The README's picture: the main screen of the demo's incident, as an SVG without fonts of its own."""

import asyncio
import re
from html import unescape
from pathlib import Path

from tests.ui.lived import lived_stack

PICTURE = Path(__file__).parents[2] / "docs" / "screen.svg"
_FONT_FACE = re.compile(r"\s*@font-face\s*\{.*?\}", re.DOTALL)
# Textual names its classes after a checksum of the picture; a name that stays keeps the difference small.
_UNIQUE = re.compile(r"terminal-\d+(?=-)")


async def draw() -> str:
    """Draw the screen at 120×40 after the world has lived for a while."""
    stack = lived_stack("incident", seconds=400)
    app = stack.app()
    async with app.run_test(size=(120, 40)) as pilot:
        # Frames are asked for after the first picture.
        while (deliver := stack.feed.deliver) is None:
            await pilot.pause()
        deliver(stack.live(1))
        await pilot.pause()
        svg = app.export_screenshot(title="sutaztop")
    svg = _UNIQUE.sub("screen", _FONT_FACE.sub("", svg))
    return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


def words_of(svg: str) -> str:
    """Give what is written in a picture, blanks left out: what must not grow old."""
    return "".join(unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))).split())


if __name__ == "__main__":
    PICTURE.write_text(asyncio.run(draw()), encoding="utf-8")
