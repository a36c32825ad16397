"""From the key that says yes to the change that is seen to be made: limits, replicas, a model out of memory."""

import json
import re
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lab.client import Lab
from tests.lab.stack import Stack, start_stack
from tests.lab.swarm import REPLICATED, start_swarm
from tests.terminal import Terminal

_DEAF = 0.5
"""Seconds after which a dialog hears; they are not counted."""
_HASTE = "guardrails: {cool_down_up: 0s, cool_down_down: 0s, rate: 10000, host_cpu: 1000 %}\n"
"""What a person would wait for between two changes of the same object must not be waited for here."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds that a kind of change took, from the key to the word "Applied"."""

    kind: str
    seconds: tuple[float, ...]

    @property
    def line(self) -> str:
        """Write median and spread."""
        median = statistics.median(self.seconds)
        return (
            f"{self.kind:34} {median:6.2f} s  ({min(self.seconds):.2f} to {max(self.seconds):.2f}, "
            f"{len(self.seconds)} times)"
        )


def actions(lab: Lab, times: int) -> list[Took]:
    """Make each kind of change so many times on the lab's stack, through the screen."""
    stack = start_stack(lab)
    start_swarm(lab)
    try:
        with tempfile.TemporaryDirectory() as folder:
            haste = Path(folder, "haste.yaml")
            haste.write_text(_HASTE)
            words = ["--host", lab.host, "--ollama", stack.ollama.endpoint, "--config", str(haste)]
            with Terminal(words, environment={"XDG_STATE_HOME": folder}) as screen:
                screen.wait_for(lambda text: "backend" in text and "live" in text)
                return [
                    _limits(screen, times), _replicas(screen, times), _unload(screen, stack, times),
                ]  # fmt: skip
    finally:
        stack.close()


def _limits(screen: Terminal, times: int) -> Took:
    _choose(screen, "backend")

    def wish(number: int) -> None:
        screen.send("L")
        screen.wait_for("Preview")
        screen.send(f"\x15{'0.7' if number % 2 else '0.6'}\r")

    return Took("limits of a container", tuple(_apply(screen, partial(wish, number)) for number in range(times)))


def _replicas(screen: Terminal, times: int) -> Took:
    _choose(screen, REPLICATED)

    def wish(number: int) -> None:
        screen.send("R")
        screen.wait_for("Preview")
        screen.send(f"\x15{2 if number % 2 else 3}\r")

    return Took("replicas of a Swarm service", tuple(_apply(screen, partial(wish, number)) for number in range(times)))


def _unload(screen: Terminal, stack: Stack, times: int) -> Took:
    """Unload whatever stands first, and load it again for the next time."""
    seconds = []
    screen.send("\x1b\x1b4")
    for _ in range(times):
        screen.wait_for(lambda text: "3 loaded" in text)
        screen.send("gO")
        screen.wait_for("Cancel")
        asked = re.search(r"Unload (\S+)", screen.text())
        if asked is None:
            raise AssertionError(f"no model was asked about:\n{screen.text()}")
        seconds.append(_yes(screen))
        _load(stack, asked[1])
        screen.send("r")
    return Took("a model out of memory", tuple(seconds))


def _choose(screen: Terminal, name: str) -> None:
    screen.send("\x1b\x1b")
    time.sleep(0.5)
    screen.send(f"/{name}\r")
    screen.wait_for(lambda text: name.removeprefix("sutazai-") in text and "match" in text)


def _apply(screen: Terminal, wish: Callable[[], None]) -> float:
    screen.send("\x1b")
    time.sleep(0.3)
    wish()
    screen.wait_for("Apply (y)")
    return _yes(screen)


def _yes(screen: Terminal) -> float:
    time.sleep(_DEAF)
    began = time.monotonic()
    screen.send("y")
    screen.wait_for("Applied")
    took = time.monotonic() - began
    screen.send("\x1b")
    screen.wait_for(lambda text: "Applied" not in text)
    return took


def _load(stack: Stack, model: str) -> None:
    body = json.dumps({"model": model}).encode()
    request = urllib.request.Request(f"{stack.ollama.endpoint}/api/generate", body)  # noqa: S310 - the lab's own
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        answer.read()
