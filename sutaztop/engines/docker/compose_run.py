"""The real Compose, run by argv against this engine, with a deadline (ADR 0004)."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO

from sutaztop.contracts import DeadlineExceeded, EngineError, NotSupported
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.endpoint import Endpoint

CANDIDATES: tuple[tuple[str, ...], ...] = (("docker", "compose"), ("docker-compose",))
"""Where Compose is looked for: the plugin, then the program by itself (which may be Compose 1)."""
_PROBE_DEADLINE = Seconds(5.0)
_TAIL = 16 * 1024
_MOST = 16 << 20
"""Bytes that are taken of what a program prints: a project of a thousand services is a tenth of this."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
# What would make Compose look at another project, engine or screen than the one it is given.
_FOREIGN = (
    "COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_ENV_FILES", "DOCKER_CONTEXT", "DOCKER_HOST",
    "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its code, and the last lines of both its outputs.

    ``printed`` and ``said`` are the standard one and the other, whole.
    """

    code: int
    output: str
    printed: str = ""
    said: str = ""


class Compose:
    """The Compose programs of this host, looked for once when first needed."""

    def __init__(self, endpoint: Endpoint, command: Sequence[str] = ()) -> None:
        self._endpoint = endpoint
        self._candidates = (tuple(command),) if command else CANDIDATES
        self._found: dict[tuple[str, ...], int] | None = None

    def missing_for(self, project: Project) -> str:
        """Say why no Compose of that project's line is at hand, or nothing."""
        if self._command_for(project):
            return ""
        wanted = "Compose 1, which made it," if project.is_first_line else "Compose 2 or newer"
        looked = ", ".join(" ".join(candidate) for candidate in self._candidates)
        return f"{wanted} was not found (looked for {looked})"

    def scale(self, project: Project, service: str, replicas: int, *, deadline: Seconds) -> None:
        """Have Compose run this many replicas; those that run are left as they are, and so is all else.

        Raises ``EngineError`` with the last of Compose's own words (no refusal: a part may be
        done), ``NotSupported`` without a fitting Compose, ``DeadlineExceeded``.
        """
        command = self._command_for(project)
        if not command:
            raise NotSupported(f"{service} cannot be scaled", self.missing_for(project))
        asked = f"{replicas} replicas of {project.name}/{service}"
        ended = _run(scale_command(command, project, service, replicas), self._environment(), deadline, asked)
        if ended.code != 0:
            raise EngineError(
                f"Compose failed at {asked}", ended.output or f"It ended with {ended.code} and said nothing",
                "Some may have been started: look at the service's containers",
            )  # fmt: skip

    def ask(
        self,
        project: Project,
        arguments: Sequence[str],
        asked: str,
        *,
        deadline: Seconds,
        variables: Mapping[str, str] = _NOTHING,
    ) -> Ended:
        """Run Compose over a project's files with arguments that change nothing; its words are given back.

        ``variables`` are set besides our environment. Raises ``NotSupported`` without a fitting
        Compose, ``DeadlineExceeded``.
        """
        command = self._command_for(project)
        if not command:
            raise NotSupported(f"Compose can't be asked {asked}", self.missing_for(project))
        environment = {**self._environment(), **variables}
        return _run([*project_words(command, project), *arguments], environment, deadline, asked, apart=True)

    def found(self) -> tuple[tuple[str, ...], ...]:
        """Give the commands that are there, in the order in which they are preferred."""
        return tuple(self._lines())

    def _command_for(self, project: Project) -> tuple[str, ...]:
        return next((command for command, line in self._lines().items() if (line == 1) == project.is_first_line), ())

    def _lines(self) -> dict[tuple[str, ...], int]:
        if self._found is None:
            self._found = {command: line for command in self._candidates if (line := self._line_of(command))}
        return self._found

    def _line_of(self, command: tuple[str, ...]) -> int:
        """Ask a program which Compose it is: 1, 2, 5 …; 0 where there is none."""
        if shutil.which(command[0]) is None:
            return 0
        try:
            ended = _run([*command, "version", "--short"], self._environment(), _PROBE_DEADLINE, "Compose's version")
        except (DeadlineExceeded, NotSupported):
            return 0
        version = re.search(r"\bv?(\d+)\.\d+", ended.output)
        return int(version[1]) if ended.code == 0 and version else 0

    def _environment(self) -> Mapping[str, str]:
        """Give our environment, which the files may refer to, with this engine in it and no other."""
        kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        scheme, _, rest = self._endpoint.address.partition("://")
        kept["DOCKER_HOST"] = f"{'tcp' if scheme in ('http', 'https') else scheme}://{rest}"
        if self._endpoint.tls is not None:
            kept["DOCKER_TLS_VERIFY" if self._endpoint.tls.verify else "DOCKER_TLS"] = "1"
            if self._endpoint.folder:
                kept["DOCKER_CERT_PATH"] = self._endpoint.folder
        return kept | {"COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "plain", "COMPOSE_MENU": "0"}


def scale_command(command: Sequence[str], project: Project, service: str, replicas: int) -> list[str]:
    """Give the argv with which Compose scales a service."""
    return [*project_words(command, project), *scale_words(service, replicas)]


def scale_words(service: str, replicas: int) -> list[str]:
    """Give the end of an argv: no other service is touched, nothing is built, what runs is not recreated."""
    return ["up", "-d", "--no-deps", "--no-recreate", "--no-build", "--scale", f"{service}={replicas}", service]


def project_words(command: Sequence[str], project: Project) -> list[str]:
    """Give the beginning of an argv: which project, from which files."""
    files = [argument for path in project.files for argument in ("-f", path)]
    variables = [argument for path in project.environment_files for argument in ("--env-file", path)]
    return [*command, "-p", project.name, "--project-directory", project.folder, *files, *variables]


def _run(
    argv: Sequence[str], environment: Mapping[str, str], deadline: Seconds, asked: str, *, apart: bool = False
) -> Ended:
    """Run a program in a process group of its own; at the deadline the whole group is ended.

    ``apart`` keeps what it prints from what it says on the way, which are one text else.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as printed:
        try:
            process = subprocess.Popen(  # noqa: S603 - argv, never a shell; the program is the operator's own Compose
                list(argv),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=printed if apart else output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as error:
            raise NotSupported(f"{argv[0]} could not be run", str(error)) from error
        with process:
            try:
                code = process.wait(timeout=deadline)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    why = f"{asked} took longer than {deadline:g} s and was broken off"
                    raise DeadlineExceeded(f"{argv[0]} did not end in time", why, "Part of it may be done") from error
                raise
        return Ended(code, _last_words(output), _whole(printed), _whole(output) if apart else "")


def _whole(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read(_MOST).decode("utf-8", "replace")


def _last_words(output: IO[bytes]) -> str:
    """Give the last lines that say something; progress (``Container x  Running``) says nothing here."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _TAIL))
    lines = [clean_line(line, limit=400) for line in output.read().decode("utf-8", "replace").splitlines()]
    telling = [line for line in lines if line and not re.match(r"\s*(Container|Network|Volume) \S+\s+\w+$", line)]
    return " ".join(telling[-4:])
