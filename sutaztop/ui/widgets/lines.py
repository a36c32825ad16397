"""A widget that draws lines of text with tones, and repaints only those that changed."""

import logging
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sutaztop.render.boxes import ascii_line, stack
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.theme import MONOCHROME, Palette, make_palette

_LOG = logging.getLogger(__name__)
_PLAIN = make_palette(MONOCHROME)
_SCREENS_KEPT = 4
"""How many screens of drawn lines are remembered before the memory is dropped."""


class Drawn(NamedTuple):
    """A line as it stands on the screen; ``edges`` are ends that belong to a frame."""

    line: Line
    selected: bool = False
    edges: bool = False


class Lines(Widget, can_focus=False):
    """The base of everything drawn here. Subclasses say what to draw in ``draw``.

    ``draw`` is asked on ``redraw``; lines equal to those on the screen are not sent again. What goes
    wrong in ``draw`` stays in this widget and is shown in it.
    """

    DEFAULT_CSS: ClassVar[str] = "Lines { width: 1fr; height: 1fr; background: $background; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._shown: list[Drawn] = []
        self._strips: dict[Drawn, Strip] = {}
        self.failure = ""

    @property
    def palette(self) -> Palette:
        """The styles in use: the app's."""
        found = getattr(self.app, "palette", _PLAIN)
        return found if isinstance(found, Palette) else _PLAIN

    @property
    def glyphs(self) -> Glyphs:
        """The glyph tier in use: the app's."""
        found = getattr(self.app, "glyphs", Glyphs.BLOCKS)
        return found if isinstance(found, Glyphs) else Glyphs.BLOCKS

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Give the lines to show; fewer are padded, more are cut."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew and repaint the lines that differ."""
        width, height = self.size
        if width <= 0 or height <= 0 or not self.display:
            return
        fresh = self._drawn(width, height)
        before, self._shown = self._shown, fresh
        changed = [Region(0, y, width, 1) for y, line in enumerate(fresh) if y >= len(before) or before[y] != line]
        if changed:
            self.refresh(*changed)

    def _drawn(self, width: int, height: int) -> list[Drawn]:
        try:
            drawn = list(self.draw(width, height))[:height]
        except Exception as error:  # noqa: BLE001 - a panel's failure stays in that panel
            self.failure = f"{type(error).__name__}: {error}"
            _LOG.exception("panel %s could not be drawn", self.id or type(self).__name__)
            words = (f"This panel failed: {self.failure}", "The rest of the screen goes on.")
            lines = stack([(Span(text, Tone.CRITICAL),) for text in words], width, height)
            return [Drawn(line) for line in lines]
        self.failure = ""
        drawn += [Drawn((Span(" " * width),))] * (height - len(drawn))
        if self.glyphs is Glyphs.ASCII:
            drawn = [it._replace(line=ascii_line(it.line)) for it in drawn]
        return drawn

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give the lines of a region as they are drawn: no border, padding, opacity or filter is ever put on them.

        Textual's way round by its cache of styles costs as much again as drawing the line. Colours that
        a terminal lacks are left out by the palette.
        """
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """Give one line as Textual draws it."""
        width = self.size.width
        if y >= len(self._shown):
            return Strip.blank(width, self.palette.normal[Tone.PLAIN])
        drawn = self._shown[y]
        strip = self._strips.get(drawn)
        if strip is None:
            if len(self._strips) > _SCREENS_KEPT * max(24, self.size.height):
                self._strips.clear()
            ground = (self.palette.selected if drawn.selected else self.palette.normal)[Tone.PLAIN]
            strip = self.palette.strip(drawn.line, selected=drawn.selected, edges=drawn.edges).adjust_cell_length(
                width, ground
            )
            self._strips[drawn] = strip
        return strip

    def notify_style_update(self) -> None:
        """Forget what was drawn: the theme may have changed."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._strips.clear()
        self._shown = []
        self.redraw()

    def on_show(self) -> None:
        """Draw what happened while the widget was hidden."""
        self._shown = []
        self.redraw()

    def plain_lines(self) -> list[str]:
        """Give what is on the screen as text: for tests and for copying."""
        return ["".join(span.text for span in drawn.line) for drawn in self._shown]
