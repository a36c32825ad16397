"""The lab as tests use it: an engine with an image, spoken to through the real command lines."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.lab.dockerd import Engine, patience, wait_until
from tests.lab.images import root_filesystem
from tests.lab.requirements import compose_binary

IMAGE = "sutazai/lab:latest"
_FOREVER = ("sleep", "1000000")


class CommandFailed(RuntimeError):
    """A command line of the lab ended with an error; its own words are in the message."""


class Lab:
    """A running engine of the project's own and the image ``image`` on it.

    ``run`` gives the full id of a started container. Nothing here touches another engine:
    every command is given this one's address and a configuration directory of its own.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.image = IMAGE
        self.directory = engine.directory

    @classmethod
    def start(cls) -> Self:
        """Bring up an engine and its image; nothing is left behind if that fails."""
        engine = Engine()
        try:
            engine.start()
            lab = cls(engine)
            lab.import_image(IMAGE)
        except BaseException:
            engine.remove()
            raise
        return lab

    @property
    def host(self) -> str:
        """The address to give as ``--host`` or ``DOCKER_HOST``."""
        return self.engine.host

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to find this engine and no other."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "COMPOSE_"))}
        return {**kept, "DOCKER_HOST": self.host, "DOCKER_CONFIG": str(self.directory / "client")}

    def docker(self, *arguments: str, stdin: bytes | None = None, timeout: float = 60.0) -> str:
        """Run the Docker command line; gives what it printed, stripped, or raises ``CommandFailed``."""
        return self.command(["docker", *arguments], stdin=stdin, timeout=timeout)

    def compose(self, *arguments: str, directory: Path | None = None, timeout: float = 90.0) -> str:
        """Run the real Compose in ``directory``; raises ``CommandFailed``."""
        binary = compose_binary()
        if binary is None:
            raise CommandFailed("there is no docker-compose to run")
        return self.command([str(binary), *arguments], directory=directory, timeout=timeout)

    def command(
        self, argv: Sequence[str], *, stdin: bytes | None = None, directory: Path | None = None, timeout: float = 60.0
    ) -> str:
        """Run a command line with this engine as its engine."""
        done = subprocess.run(
            argv, input=stdin, capture_output=True, timeout=timeout * patience(), env=self.environment, cwd=directory,
            check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise CommandFailed(f"{' '.join(argv[:6])} … ended with {done.returncode}: {said}")
        return done.stdout.decode(errors="replace").strip()

    def import_image(self, *names: str) -> None:
        """Make the lab's image under the given names."""
        first, *others = names
        self.docker("import", "--change", 'CMD ["sleep","1000000"]', "-", first, stdin=root_filesystem())
        for name in others:
            self.docker("tag", first, name)

    def run(self, name: str, *options: str, command: Sequence[str] = _FOREVER, image: str = "") -> str:
        """Start a container in the background; gives its full id.

        The default command sleeps for ever and, being process 1, ignores a polite stop: so a
        stop waits one second only. ``options`` are ``docker run``'s own and win over this.
        """
        return self.docker("run", "-d", "--name", name, "--stop-timeout", "1", *options, image or self.image, *command)

    def remove(self, *containers: str) -> None:
        """Kill and remove containers with their anonymous volumes; those that have gone are no error."""
        if containers:
            self.docker("rm", "-f", "-v", *containers)

    def inspect(self, container: str, template: str) -> str:
        """Read one figure of a container by a Go template."""
        return self.docker("inspect", "--format", template, container)

    def wait_for(self, container: str, template: str, expected: str, deadline: float = 20.0) -> None:
        """Wait until a figure of a container reads as expected; raises ``TimeoutError``."""
        wait_until(lambda: self.inspect(container, template) == expected, deadline)

    def close(self) -> None:
        """Kill all containers, stop the engine, delete what it made."""
        if self.engine.answers():
            self._remove_everything()
        self.engine.remove()

    def _remove_everything(self) -> None:
        """Kill at once what would take ten seconds each to stop politely.

        A daemon that fails here is stopped next, and its stragglers are killed after it.
        """
        with contextlib.suppress(CommandFailed, subprocess.TimeoutExpired):
            self.docker("swarm", "leave", "--force", timeout=20.0)
        with contextlib.suppress(CommandFailed, subprocess.TimeoutExpired):
            self.remove(*self.docker("ps", "-aq").split())
