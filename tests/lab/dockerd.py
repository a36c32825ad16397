"""An engine of the lab's own: a dockerd that shares neither networks, mounts nor files with any other here."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

PREFIX = "sutaztop-lab-"
START_DEADLINE = 60.0
STOP_DEADLINE = 25.0
_PATIENCE = 0.05
# A unix socket's path has 108 bytes; containerd's own lies deepest below our directory.
_LONGEST_DIRECTORY = 60

# In a network namespace of its own dockerd may make docker0, docker_gwbridge, iptables chains and
# Swarm's ports without meeting another engine's (--bridge none would remove the other's docker0).
# In a mount namespace of its own every mount goes when its processes go. Pids stay the host's, and so
# do the cgroups: what sutaztop reads from the kernel is what it would read of any local engine.
# The parent's death stops the engine, so a killed test run leaves nothing running.
_OWN_NAMESPACES = ("setpriv", "--pdeathsig", "TERM", "unshare", "--net", "--mount")
# A machine with an engine has a containerd, and dockerd takes that one where it sees its socket: it would then look for
# the containers' roots in the other's mount namespace, where they are not. So the lab's dockerd does not see it.
_HIDDEN = "[ ! -S /run/containerd/containerd.sock ] || busybox mount -t tmpfs lab /run/containerd"
_APART = ("busybox", "sh", "-c", f'busybox ip link set lo up && {{ {_HIDDEN}; }} && exec "$@"', "lab")
PATIENCE = "SUTAZTOP_PATIENCE"
"""How many times longer than usual to wait, for a machine that is emulated; a number, 1 without it."""


class EngineFailed(RuntimeError):
    """The lab's engine did not come up; the end of its log is in the message."""


class Engine:
    """One dockerd under a fresh directory. Start it from the main thread: it ends with the thread that started it."""

    def __init__(self) -> None:
        sweep_leftovers()
        self.directory = _fresh_directory()
        (self.directory / "owner").write_text(str(os.getpid()))
        self.socket = self.directory / "docker.sock"
        self.log = self.directory / "dockerd.log"
        self.data_root = self.directory / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """The address to give as ``--host`` or ``DOCKER_HOST``."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """The daemon's pid; 0 when it is stopped."""
        return self._process.pid if self._process else 0

    def start(self, deadline: float = START_DEADLINE) -> None:
        """Start the daemon, also again after ``halt``, and wait until it answers."""
        command = (
            *_OWN_NAMESPACES, *_APART,
            "dockerd", "--host", self.host, "--data-root", str(self.data_root),
            "--exec-root", str(self.directory / "exec"), "--pidfile", str(self.directory / "dockerd.pid"),
            "--shutdown-timeout", "5",
        )  # fmt: skip
        # Left over from an engine that was killed; dockerd would wait for a process of that number.
        (self.directory / "dockerd.pid").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C is for the lab, which then stops the engine in order.
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        process = self._process
        try:
            wait_until(lambda: process.poll() is not None or self.answers(), deadline)
        except TimeoutError:
            self.halt()
            raise EngineFailed(f"dockerd did not answer within {deadline:.0f} s\n{self._log_end()}") from None
        if process.poll() is not None:
            self._process = None
            raise EngineFailed(f"dockerd ended with {process.returncode}\n{self._log_end()}")

    def answers(self) -> bool:
        """Tell whether ``/_ping`` is answered with OK."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2.0)
            connection.connect(str(self.socket))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: lab\r\n\r\n")
            return b" 200 OK" in connection.recv(64)
        return False

    def halt(self) -> None:
        """Stop the daemon and its containers, and keep its data: ``start`` brings it back."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        # Shims and what runs under them outlive a daemon that was killed, and so do their control groups.
        stragglers = _pids_naming(str(self.directory))
        if stragglers:
            _kill_all(stragglers)
            _remove_control_groups([entry.name for entry in (self.data_root / "containers").glob("*")])
        self.socket.unlink(missing_ok=True)

    def remove(self) -> None:
        """Stop the daemon and delete everything it made; safe at any point, and twice."""
        self.halt()
        shutil.rmtree(self.directory, ignore_errors=True)
        # A shim that is still going may write once more.
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not _removed_leftover(self.directory), 5.0)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-15:])


def patience() -> float:
    """Give the factor for every deadline of the lab."""
    return float(os.environ.get(PATIENCE) or 1)


def wait_until(holds: Callable[[], bool], deadline: float) -> None:
    """Wait for a condition of the outside world; raises ``TimeoutError`` after ``deadline`` seconds times patience."""
    deadline *= patience()
    end = time.monotonic() + deadline
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"it did not come true within {deadline:.0f} s")
        time.sleep(_PATIENCE)


def sweep_leftovers() -> None:
    """Remove directories of labs whose owner was killed before it could."""
    for directory in _laboratories():
        owner = _read(directory / "owner")
        if owner.isdigit() and not Path("/proc", owner).exists():
            _kill_all(_pids_naming(str(directory)))
            shutil.rmtree(directory, ignore_errors=True)


def _laboratories() -> Iterator[Path]:
    for parent in {Path(tempfile.gettempdir()), Path("/tmp")}:
        yield from parent.glob(f"{PREFIX}*")


def _fresh_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    if len(str(directory)) > _LONGEST_DIRECTORY:
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    return directory


def _removed_leftover(directory: Path) -> bool:
    """Delete what is left; tell whether there was anything."""
    if not directory.exists():
        return False
    shutil.rmtree(directory, ignore_errors=True)
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _pids_naming(directory: str) -> list[int]:
    """Give the processes whose command line names ``directory``, and their descendants; never our own."""
    children: dict[int, list[int]] = {}
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        pid = int(entry.name)
        # The name in brackets may hold blanks: the parent stands second after the last bracket.
        fields = _read(entry / "stat").rpartition(")")[2].split()
        if len(fields) > 1:
            children.setdefault(int(fields[1]), []).append(pid)
        first, *arguments = _read(entry / "cmdline").split("\0") or [""]
        is_daemon = Path(first).name.startswith(("dockerd", "containerd", "docker-", "runc"))
        if is_daemon and any(directory in argument for argument in arguments):
            found.append(pid)
    queue = list(found)
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return [pid for pid in dict.fromkeys(found) if pid != os.getpid()]


def _remove_control_groups(container_ids: list[str]) -> None:
    """Remove the groups of containers whose processes have just been killed; the kernel needs a moment to see it."""
    # cgroupfs with one hierarchy and with several, and systemd.
    patterns = ("docker/{}", "*/docker/{}", "system.slice/docker-{}.scope", "*/system.slice/docker-{}.scope")
    groups = [
        group
        for container_id in container_ids
        for pattern in patterns
        for group in Path("/sys/fs/cgroup").glob(pattern.format(container_id))
    ]

    def all_removed() -> bool:
        for group in groups:
            with contextlib.suppress(OSError):
                group.rmdir()
        return not any(group.exists() for group in groups)

    with contextlib.suppress(TimeoutError):
        wait_until(all_removed, 5.0)


def _kill_all(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
