"""The machine's disks: Debian with an engine, what the tests import, this checkout, and an empty one for results."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab_v2.inside import ARGUMENTS

CHECKOUT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
GUEST_PYTHON = "3.11"
PACKAGES = (
    "systemd", "systemd-sysv", "udev", "dbus", "linux-image-cloud-amd64", "initramfs-tools",
    "docker.io", "iptables", "busybox-static", "python3", "iproute2", "util-linux", "procps",
)  # fmt: skip
"""What the machine consists of; debootstrap adds what these depend on."""
RESULTS_SIZE = 64 << 20
# The engine's data, the tests' images and files lie on the root disk too; a hole costs nothing.
_ROOT_SIZE = "4G"

# The job's output goes to a serial line of its own, apart from what kernel and systemd say. What the job is comes with
# the checkout: the disk need not be built anew for it.
_UNIT = """\
[Unit]
Description=The measuring tests of sutaztop
After=docker.service
Wants=docker.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStartPre=/bin/mkdir -p /srv/lab
ExecStartPre=/bin/tar -xf /dev/disk/by-id/virtio-checkout -C /srv/lab
ExecStart=/bin/sh -c 'exec /bin/sh /srv/lab/sutaztop/tests/lab_v2/job.sh >/dev/ttyS1 2>&1 </dev/null'
"""


class BuildFailed(RuntimeError):
    """A disk could not be made; the end of what its tool said is in the message."""


@dataclass(frozen=True, slots=True)
class Disks:
    """The files that a machine is started with."""

    kernel: Path
    initrd: Path
    root: Path
    python: Path


def prepared_disks(cache: Path, mirror: str = "") -> Disks:
    """Give the disks that stay the same from run to run; what is not in ``cache`` is made, what is out of date goes.

    ``mirror`` is debootstrap's own word for where Debian comes from; without it debootstrap decides.
    """
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"root-{_key(SUITE, *PACKAGES, _ROOT_SIZE, _UNIT)}"
    python = cache / f"python-{_key(GUEST_PYTHON, *_requirements(), *_group())}.img"
    for old in [*cache.glob("root-*"), *cache.glob("python-*"), *cache.glob("new-*")]:
        if old not in (root, python):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    if not root.exists():
        print(f"building a Debian {SUITE} with systemd and Docker, once (some minutes) …", flush=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=cache, ignore_cleanup_errors=True) as folder:
            _build_root(Path(folder), mirror)
            (Path(folder) / "disk").rename(root)
    if not python.exists():
        print("installing what the tests import, once …", flush=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=cache, ignore_cleanup_errors=True) as folder:
            _build_python(Path(folder))
            (Path(folder) / "python.img").rename(python)
    return Disks(root / "vmlinuz", root / "initrd", root / "root.img", python)


def checkout_disk(path: Path, arguments: Sequence[str] = ()) -> None:
    """Write this checkout as it lies here, and the recordings beside it, as a tar that the machine reads as a disk.

    ``arguments`` are for pytest in the machine, instead of what is run otherwise.
    """
    listed = _run(["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    recordings = CHECKOUT.parent / "shared" / "data"
    with tarfile.open(path, "w") as tar:
        for name in listed.split("\0"):
            # A file that was deleted and not yet committed is still listed.
            if name and (CHECKOUT / name).is_file():
                tar.add(CHECKOUT / name, f"sutaztop/{name}")
        if recordings.is_dir():
            tar.add(recordings, "shared/data")
        if arguments:
            lines = "\n".join(arguments).encode()
            entry = tarfile.TarInfo(f"sutaztop/{ARGUMENTS}")
            entry.size = len(lines)
            tar.addfile(entry, io.BytesIO(lines))


def results_of(disk: Path) -> dict[str, bytes]:
    """Read the files that the machine left on the results' disk; none if it never came to that."""
    try:
        with tarfile.open(fileobj=io.BytesIO(disk.read_bytes())) as tar:
            found = {it.name.removeprefix("./"): tar.extractfile(it) for it in tar.getmembers() if it.isfile()}
            return {name: file.read() for name, file in found.items() if file is not None}
    except tarfile.TarError:
        return {}


def _build_root(folder: Path, mirror: str) -> None:
    root, disk = folder / "root", folder / "disk"
    disk.mkdir()
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root)]
    # In namespaces of its own: whatever becomes of it, none of its mounts and processes stays.
    _run(
        [
            "unshare",
            "--mount",
            "--mount-proc",
            "--pid",
            "--fork",
            "--kill-child",
            *command,
            *([mirror] if mirror else []),
        ]
    )
    shutil.rmtree(root / "var/cache/apt", ignore_errors=True)
    (root / "etc/hostname").write_text("lab-v2\n")
    (root / "etc/systemd/system/lab-v2.service").write_text(_UNIT)
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "lab-v2.service").symlink_to("../lab-v2.service")
    for name in ("vmlinuz", "initrd"):
        (kernel,) = (root / "boot").glob(f"{name}[-.]*")
        shutil.copy(kernel, disk / name)
    _run(["mke2fs", "-q", "-t", "ext4", "-L", "lab-v2", "-d", str(root), str(disk / "root.img"), _ROOT_SIZE])


def _build_python(folder: Path) -> None:
    """Install for the machine's Python with the pip of ours, which knows from where to fetch."""
    target = folder / "python"
    _run([
        sys.executable, "-m", "pip", "install", "--target", str(target), "--python-version", GUEST_PYTHON,
        "--only-binary=:all:", "--group", f"{CHECKOUT / 'pyproject.toml'}:dev", *_requirements(),
    ])  # fmt: skip
    size = sum(it.stat().st_size for it in target.rglob("*") if it.is_file())
    mebibytes = size * 5 // 4 // (1 << 20) + 64
    _run(["mke2fs", "-q", "-t", "ext4", "-d", str(target), str(folder / "python.img"), f"{mebibytes}M"])


def _requirements() -> list[str]:
    return list(_project()["project"]["dependencies"])


def _group() -> list[str]:
    return list(_project()["dependency-groups"]["dev"])


def _project() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        end = "\n".join(said.splitlines()[-15:])
        raise BuildFailed(f"{' '.join(command[:3])} … ended with {done.returncode}:\n{end}")
    return said
