"""A lab to play with: `python -m tests.lab up` keeps a small SutazAI running until Ctrl-C."""

import argparse
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.lab.client import CommandFailed, Lab
from tests.lab.dockerd import PREFIX, EngineFailed, wait_until
from tests.lab.project import NAME, SCALABLE, start_project
from tests.lab.requirements import missing_for_compose, missing_for_docker
from tests.lab.stack import Stack, start_stack
from tests.lab.swarm import REPLICATED, start_swarm

OLLAMA_PORT = 11434
_MARK = "by-hand"
_GOES_WITHIN = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Run one of the three commands; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status"))
    parser.add_argument(
        "lab", nargs="?", default="", help="which one, for down: its directory; needed if several are up"
    )
    given = parser.parse_args(arguments)
    match given.command:
        case "up":
            return up()
        case "down":
            return down(given.lab)
        case _:
            return status()


def up() -> int:
    """Bring everything up, say how to look at it, and stay until Ctrl-C or ``down``."""
    reason = missing_for_docker() or missing_for_compose()
    if reason:
        say(f"No lab here: {reason}.")
        return 3
    _on_ending(_interrupt)
    began = time.monotonic()
    say("starting an engine of its own …")
    try:
        lab = Lab.start()
    except EngineFailed as error:
        say(str(error))
        return 3
    stack: Stack | None = None
    try:
        (lab.directory / _MARK).touch()
        say("starting the stack, a Compose project and a Swarm …")
        stack = start_stack(lab, ollama_port=_free_port(OLLAMA_PORT))
        start_project(lab)
        start_swarm(lab)
        say(_directions(stack, time.monotonic() - began))
        while True:
            signal.pause()
    except KeyboardInterrupt:
        say("\ntaking the lab down …")
        return 0
    except (CommandFailed, TimeoutError) as error:
        say(f"The lab did not come up: {error}")
        return 3
    finally:
        # A second Ctrl-C would leave the engine behind.
        _on_ending(signal.SIG_IGN)
        if stack is not None:
            stack.close()
        lab.close()
        say("nothing of it is left.")


def down(lab: str) -> int:
    """End the lab that ``up`` keeps in another terminal, and wait until it has gone.

    Of several, which may be somebody else's, only the one that is named by its directory.
    """
    found = [(directory, pid) for directory, pid in _running() if lab in {"", str(directory)}]
    if not found:
        say(f"No lab is up{f' in {lab}' if lab else ''}.")
        return 0
    if len(found) > 1:
        say("Several labs are up; name one of them:")
        status()
        return 2
    ((directory, pid),) = found
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not directory.exists(), _GOES_WITHIN)
    say(f"{directory} is gone.")
    return 0


def status() -> int:
    """Tell which labs are up; exit code 1 without any."""
    found = list(_running())
    for directory, pid in found:
        say(f"{directory}  kept up by process {pid}  --host unix://{directory}/docker.sock")
    if not found:
        say("No lab is up; make lab starts one.")
    return 0 if found else 1


def say(text: str) -> None:
    """Print at once: make and pipes would hold it back."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _directions(stack: Stack, seconds: float) -> str:
    lab = stack.lab
    return f"""
The lab is up ({seconds:.0f} s): {len(stack.containers)} containers of a small SutazAI, the Compose project {NAME},
a one-node Swarm, and an Ollama double with three loaded models.

  engine   {lab.host}
  Ollama   {stack.ollama.endpoint}   (found by the port that sutazai-ollama publishes)

In another terminal, in this checkout:

  make run ARGS="--host {lab.host}"

or with the tools themselves:

  export PATH={Path(sys.prefix) / "bin"}:$PATH DOCKER_HOST={lab.host}
  sutaztop
  docker stats --no-stream
  docker service ls                                                        the service {REPLICATED}
  docker-compose -p {NAME} -f {lab.directory}/project/compose.yaml ps     the service {SCALABLE}
  curl {stack.ollama.endpoint}/api/ps

Ctrl-C here, or python -m tests.lab down {lab.directory} elsewhere, takes all of it away."""


def _free_port(wanted: int) -> int:
    """Give the wanted port if nobody has it, otherwise 0: any free one."""
    try:
        with socket.create_server(("127.0.0.1", wanted)):
            return wanted
    except OSError:
        return 0


def _running() -> Iterator[tuple[Path, int]]:
    """Give directory and owner of each lab that was started by hand and still has its owner."""
    for parent in {Path(tempfile.gettempdir()), Path("/tmp")}:
        for mark in parent.glob(f"{PREFIX}*/{_MARK}"):
            owner = (mark.parent / "owner").read_text()
            command = Path("/proc", owner, "cmdline")
            if command.exists() and b"tests.lab" in command.read_bytes():
                yield mark.parent, int(owner)


def _on_ending(handler: Callable[[int, object], None] | signal.Handlers) -> None:
    """Take Ctrl-C, a polite end and a hang-up alike; a shell's background jobs ignore Ctrl-C unless told."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
