"""A live engine with cgroup v2 and the systemd driver, in an emulated machine, and the measuring tests on it."""

import argparse
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab_v2.disks import CHECKOUT, BuildFailed, checkout_disk, prepared_disks, results_of
from tests.lab_v2.machine import run_machine

TOOLS = {
    "debootstrap": "debootstrap",
    "qemu-system-x86_64": "qemu-system-x86",
    "mke2fs": "e2fsprogs",
    "setpriv": "util-linux",
    "git": "git",
}
"""What must be on the path, and the Debian package that has it."""
DEADLINE = 3600.0
_NO_OUTCOME = 3


def missing() -> str | None:
    """Say why the machine can't be built or started here, or ``None``."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        packages = " ".join(dict.fromkeys(TOOLS[tool] for tool in absent))
        return f"{', '.join(absent)} not found; Debian has what is missing in: {packages}"
    if platform.machine() != "x86_64":
        return f"the machine's Debian is built by running it, which needs an x86-64 host, not {platform.machine()}"
    if os.geteuid() != 0:
        return "debootstrap needs root"
    return None


def main(words: Sequence[str] | None = None) -> int:
    """Build what is missing, run the machine once, print what it says; gives the job's exit code."""
    parser = argparse.ArgumentParser(prog="make lab-v2", description=__doc__)
    parser.add_argument("tests", nargs="*", help="after --: what pytest runs in the machine instead")
    parser.add_argument("--mirror", default="", help="where debootstrap gets Debian from, if not from its default")
    parser.add_argument("--cache", type=Path, default=CHECKOUT / ".lab-v2", help="where disks and results are kept")
    parser.add_argument("--accel", choices=("tcg", "kvm"), default="tcg", help="emulate, or use the host's hardware")
    parser.add_argument("--deadline", type=float, default=DEADLINE, help="seconds after which the machine is ended")
    given = parser.parse_args(words)
    if reason := missing():
        say(f"No emulated machine here: {reason}.")
        return 2
    # A polite end and a hang-up are as good as Ctrl-C: the machine goes, and so does what was half made.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return build_and_run(given.cache.resolve(), given)
    except BuildFailed as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        say("interrupted; the machine is switched off.")
        return 130


def build_and_run(cache: Path, given: argparse.Namespace) -> int:
    """Run the machine once, on disks that are made where they are missing; gives the job's exit code."""
    began = time.monotonic()
    disks = prepared_disks(cache, given.mirror)
    built = time.monotonic()
    say(f"disks ready after {built - began:.0f} s; starting the machine …")
    kept = cache / "last"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    with tempfile.TemporaryDirectory(prefix="sutaztop-lab-v2-") as folder:
        checkout, results = Path(folder, "checkout.tar"), Path(folder, "results")
        checkout_disk(checkout, given.tests)
        trouble = run_machine(
            disks, checkout, results,
            console=kept / "console.log", accelerator=given.accel, deadline=given.deadline, say=say,
        )  # fmt: skip
        found = results_of(results)
    for name, content in found.items():
        (kept / name).write_bytes(content)
    say(f"\n{time.monotonic() - built:.0f} s; reports and the machine's console are in {kept}")
    code = found.get("exit-code", b"").decode().strip()
    if trouble or not code.isdigit():
        say(f"The machine gave no outcome: {trouble or 'it switched itself off before the job was done'}.")
        return _NO_OUTCOME
    return int(code)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    """Print at once: make and pipes would hold it back."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
