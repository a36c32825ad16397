"""One run of the emulated machine: from power on to power off, with its words as they come and a deadline."""

import contextlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.lab_v2.disks import RESULTS_SIZE, Disks

_CPUS = 2
_MEMORY = "2048M"
_KERNEL_WORDS = "root=LABEL=lab-v2 rw console=ttyS0 systemd.unified_cgroup_hierarchy=1 apparmor=0"
_GOES_WITHIN = 10.0


def run_machine(
    disks: Disks,
    checkout: Path,
    results: Path,
    *,
    console: Path,
    accelerator: str,
    deadline: float,
    say: Callable[[str], None],
) -> str:
    """Start the machine and stay until it has switched itself off; gives what went wrong, or nothing.

    Each line of the job goes to ``say``; kernel and systemd write to the file ``console``.
    """  # fmt: skip
    with results.open("wb") as empty:
        empty.truncate(RESULTS_SIZE)
    command = [
        # The machine ends with its owner, and lets everything else go first.
        "setpriv", "--pdeathsig", "KILL", "nice", "-n", "10",
        "qemu-system-x86_64", "-no-user-config", "-nodefaults", "-display", "none", "-no-reboot", "-nic", "none",
        "-accel", "tcg,thread=multi" if accelerator == "tcg" else accelerator,
        "-cpu", "max", "-smp", str(_CPUS), "-m", _MEMORY, "-device", "virtio-rng-pci",
        "-kernel", str(disks.kernel), "-initrd", str(disks.initrd), "-append", _KERNEL_WORDS,
        "-serial", f"file:{console}", "-serial", "stdio",
        *_drive("root", disks.root, "snapshot=on"),
        *_drive("python", disks.python, "readonly=on"),
        *_drive("checkout", checkout, "readonly=on"),
        *_drive("results", results),
    ]  # fmt: skip
    over = threading.Event()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:

        def end_it() -> None:
            over.set()
            process.kill()

        guard = threading.Timer(deadline, end_it)
        guard.start()
        try:
            for line in process.stdout or ():
                say(line.decode(errors="replace").rstrip("\r\n"))
            process.wait(_GOES_WITHIN)
        finally:
            guard.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    if over.is_set():
        return f"it was not done after {deadline:.0f} s"
    return f"the emulator ended with {process.returncode}" if process.returncode else ""


def _drive(name: str, path: Path, options: str = "") -> list[str]:
    more = f",{options}" if options else ""
    drive = f"if=none,id={name},format=raw,file={str(path).replace(',', ',,')}{more}"
    return ["-drive", drive, "-device", f"virtio-blk-pci,drive={name},serial={name}"]
