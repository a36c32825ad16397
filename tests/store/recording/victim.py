"""Records a demo world at speed and says what is committed, until it is killed: ``victim PATH NUMBER``."""

import sys
from pathlib import Path

from tests.store.recording.kept import begin, live
from tests.ui.world import open_stack


def main(path: str, number: int) -> None:
    """Record for ever; each life begins an hour after the one before."""
    stack = open_stack("incident")
    stack.clock.advance(3600.0 * number)
    straight = begin(stack, Path(path))
    straight.seen = lambda frame: print(frame.snapshot.clock_ns, flush=True)  # noqa: T201 - to whoever kills it
    while True:
        live(stack, 1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
