"""The monitors that are compared: sutaztop, ``docker stats``, and what else is on the path."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.bench.fleet import Fleet
from tests.terminal import Terminal

VALUES = re.compile(r"bench-\d+ .*\b\d+\.\d\d")
"""A row with a CPU figure: the first values have arrived."""
_RIVALS = ("lazydocker", "ctop", "oxker", "glances", "dockviz")


@dataclass(frozen=True, slots=True)
class Monitor:
    """A program that watches containers in a terminal. ``is_up`` tells from the screen that it shows them."""

    name: str
    program: tuple[str, ...]
    is_up: Callable[[str], bool] = lambda text: "bench-" in text
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(
        self, fleet: Fleet, *, columns: int = 120, lines: int = 40, speed: int = 0, watch: object = None
    ) -> Terminal:
        """Start it in a terminal of its own on the fleet's engine."""
        surroundings = {**fleet.lab.environment, **self.environment}
        return Terminal(
            self.words, program=self.program, columns=columns, lines=lines, environment=surroundings, speed=speed,
            watch=watch,  # type: ignore[arg-type] # a function of the terminal's screen
        )  # fmt: skip


def sutaztop() -> Monitor:
    """Give ourselves, with a state directory that nobody else has."""
    state = os.path.join(tempfile.gettempdir(), "sutaztop-bench-state")  # noqa: PTH118 - a value of the environment
    return Monitor(
        "sutaztop", (sys.executable, "-m", "sutaztop"), is_up=lambda text: VALUES.search(text) is not None,
        environment={"XDG_STATE_HOME": state},
    )  # fmt: skip


def rivals() -> list[Monitor]:
    """Give ``docker stats``, and each other monitor that is on the path."""
    found = [Monitor("docker stats", ("docker", "stats"), is_up=lambda text: "CPU %" in text and "bench-" in text)]
    found += [Monitor(name, (path,)) for name in _RIVALS if (path := shutil.which(name))]
    return found
