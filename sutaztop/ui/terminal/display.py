"""Sends the terminal only the cells that changed. Textual sends every cell of every touched region.

It overrides ``App._display``, which is private: Textual is pinned to one line of releases, and if
what is needed is not there the plain output is used (ADR 0005).
"""

import logging
from collections.abc import Iterator

from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App, ReturnType
from textual.screen import Screen

from sutaztop.ui.terminal.cells import Shadow

_LOG = logging.getLogger(__name__)
HEAL_EVERY = 600.0
"""Seconds after which everything is sent again: it puts a display right that something else wrote on."""


class DiffedUpdate(CompositorUpdate):
    """An update that is written as the difference to what the terminal shows."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render as the plain update does: Textual itself asks for ``render_segments`` only."""
        yield from self._update.__rich_console__(console, options)

    def __init__(self, update: ChopsUpdate | LayoutUpdate, shadow: Shadow) -> None:
        self._update = update
        self._shadow = shadow

    def render_segments(self, console: Console) -> str:
        """Give the sequences for what changed; everything, where Textual is not as it was known."""
        system = console._color_system or ColorSystem.TRUECOLOR  # noqa: SLF001 - Rich has no other way to ask
        if isinstance(self._update, LayoutUpdate):
            self._shadow.drop()
        try:
            pieces = list(_pieces(self._update))
        except (AttributeError, TypeError, ValueError):
            _LOG.exception("this Textual's updates are not understood; the plain output is used")
            self._shadow.drop()
            return self._update.render_segments(console)
        return self._shadow.write(pieces, system)


def _pieces(update: ChopsUpdate | LayoutUpdate) -> Iterator[tuple[int, int, list[Segment]]]:
    """Give an update's segments with the cell where each stretch begins."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            yield update.region.x, y, [segment for strip in strips for segment in strip]
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            width = min(end, x2) - x
            yield x, y, list(strip if strip.cell_length <= width else strip.crop(0, width))


class DiffedDisplay(App[ReturnType]):
    """An app that sends differences. A headless app is left alone."""

    shadow: Shadow | None = None

    def start_diffing(self) -> None:
        """Begin to send differences, and to heal now and then."""
        if self.is_headless or self.is_inline:
            return
        self.shadow = Shadow()
        self.app_resume_signal.subscribe(self, lambda _: self.forget_display())
        self.set_interval(HEAL_EVERY, self.redraw_all)

    def forget_display(self) -> None:
        """Trust nothing on the terminal any more."""
        if self.shadow is not None:
            self.shadow.drop()

    def redraw_all(self) -> None:
        """Send the whole screen anew."""
        self.forget_display()
        self.screen.refresh()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if self.shadow is not None and isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, DiffedUpdate(renderable, self.shadow))
        else:
            super()._display(screen, renderable)
