"""What is done inside the emulated machine: the measuring tests on its engines, then the bench's agreement."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.dockerd import PATIENCE
from tests.lab.requirements import REQUIRE

MEASURING: dict[str, tuple[str, ...]] = {
    "version 2 and systemd": ("tests/lab_v2/expectations.py",),
    "measuring": ("tests/measure", "tests/collectors", "tests/engines/docker", "--ignore-glob=*ollama*"),
    "contract": ("tests/contracts", "-m", "docker and not swarm and not compose"),
    "the whole program": ("tests/cli/test_on_the_lab.py", "-k", "kernel or commands"),
    "the lab itself": ("tests/lab/test_dockerd.py",),
}
"""The tests that concern reading and limiting, in groups; a group is one run of pytest."""
ARGUMENTS = "lab-v2-arguments"
"""A file in the checkout with one argument for pytest a line, which is then run instead of the groups."""
FACTOR = "4"
"""How many times longer than on a real machine a test waits before it gives up."""


def main(results: Path) -> int:
    """Run everything, whatever fails; gives 0 if nothing did."""
    environment = {**os.environ, REQUIRE: "docker", PATIENCE: FACTOR}
    given = Path(ARGUMENTS)
    groups = {"given": tuple(given.read_text().splitlines())} if given.exists() else MEASURING
    outcome: dict[str, int] = {}
    for name, words in groups.items():
        report = f"--junit-xml={results / name.replace(' ', '-')}.xml"
        outcome[name] = step(
            name, [sys.executable, "-m", "pytest", "--color=no", "--tb=short", report, *words], environment
        )
    if not given.exists():
        figures = ["--json", str(results / "agreement.json")]
        bench = [sys.executable, "-m", "tests.bench", "agreement", *figures]
        outcome["agreement with docker stats"] = step("agreement with docker stats", bench, environment)
    say("\n== outcome ==")
    for name, code in outcome.items():
        say(f"{'passed' if code == 0 else f'FAILED ({code})':12}{name}")
    return int(any(outcome.values()))


def step(name: str, command: list[str], environment: dict[str, str]) -> int:
    """Run one step and say how long it took."""
    say(f"\n== {name} ==")
    began = time.monotonic()
    # Through a pipe: on a terminal pytest would write its lines over and over.
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            say(line.rstrip("\n"))
    say(f"({time.monotonic() - began:.0f} s)")
    return process.returncode


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
