"""From a spike on the charts to the line that was written then, on the real screen: how many keys it takes."""

import time
from collections.abc import Iterator, Mapping, Sequence

import pyte

from tests.lab.client import Lab
from tests.terminal import Terminal

RECKONER = "reckoner"
_LINE = "order 4711 is reckoned anew, from the beginning"
RECKONING = f"""
n=0
while :; do
  n=$((n+1)); echo "order $n is settled"
  if [ -e /spike ]; then
    rm /spike; echo "{_LINE}"
    end=$(( $(date +%s) + 4 ))
    while [ $(date +%s) -lt $end ]; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done
  fi
  sleep 2
done
"""
"""Settles an order every other second, and reckons for four when a file tells it to: the line comes first."""
_SETTLES, _LOOKS = 15.0, 1.0


class _Hand:
    """Types, and counts what it typed."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.keys = 0

    def type(self, *keys: str) -> None:
        for it in keys:
            self._terminal.send(it)
            self.keys += 1
            time.sleep(0.1)


def _is_chosen(screen: pyte.Screen) -> bool:
    """Say whether the line stands on another ground than the row above it."""
    rows = [row for row, text in enumerate(screen.display) if _LINE in text]
    ground = [screen.buffer[row][1].bg for row in (rows[0] - 1, rows[0])] if rows else []
    return len(set(ground)) > 1


def spike_to_line(lab: Lab, words: Sequence[str], environment: Mapping[str, str], failed: list[str]) -> Iterator[str]:
    """Start the screen after a container's spike, and go from the overview to the line by keys alone."""
    written = lab.docker("logs", "--timestamps", RECKONER)
    at = next((line.split()[0] for line in written.splitlines() if _LINE in line), "never")
    yield f"the line was written at {at}, {len(written.splitlines())} lines are in that log"
    with Terminal(words, environment=environment, watch=_is_chosen) as terminal:
        terminal.wait_for(RECKONER)
        time.sleep(_SETTLES)
        hand = _Hand(terminal)
        hand.type("/", *RECKONER, "\r")
        terminal.wait_for(lambda text: "quiet-0" not in text and RECKONER in text)
        selecting = hand.keys
        hand.type("c")
        time.sleep(_LOOKS)
        cursor = terminal.text()
        hand.type("\r")
        began = time.monotonic()
        try:
            shown = terminal.wait_for(_LINE, seconds=10)
        except AssertionError:
            failed.append("spike to line: it is shown")
            yield f"the line is not shown:\n{cursor}\n{terminal.text()}"
            return
        took = time.monotonic() - began
        time.sleep(_LOOKS)
        chosen = bool(terminal.changes and terminal.changes[-1][1])
        yield (
            f"spike to line: {hand.keys - selecting} keys after the container is selected, {selecting} to select it by "
            f"its name, {hand.keys} in all; {took:.2f} s after the last one the line is shown, "
            f"{'as the chosen one' if chosen else 'not as the chosen one'}"
        )
        yield f"\n{cursor}\n\n{shown}"
        terminal.send("\x1b")
