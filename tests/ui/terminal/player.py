"""Runs the screen on the demo world in a real terminal; ``r`` lets one second pass. Started by the tests."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from sutaztop.ui import app as app_module
from sutaztop.ui.app import SutaztopApp, run_screen
from tests.ui.world import HandFeed, Stack, open_stack


class SteppedFeed(HandFeed):
    """Gives a frame for each wish."""

    stack: Stack

    def start(self, deliver: object) -> None:
        super().start(deliver)  # type: ignore[arg-type] # as the base has it
        self.refresh_now()

    def refresh_now(self) -> None:
        frame = self.stack.live(1)
        if self.deliver is not None:
            threading.Thread(target=self.deliver, args=(frame,), daemon=True).start()


class PlainApp(SutaztopApp):
    """Writes as Textual does."""

    def start_diffing(self) -> None:
        """Leave the display alone."""


def main() -> int:
    """Play."""
    words = set(sys.argv[1:])
    stack = open_stack("busy")
    stack.live(30)
    feed = SteppedFeed()
    feed.stack = stack
    stack.feed = feed
    if "plain" in words:
        app_module.SutaztopApp = PlainApp  # type: ignore[misc] # the same screen without the difference
    return run_screen(stack.desk(), wall="wall" in words)


if __name__ == "__main__":
    sys.exit(main())
