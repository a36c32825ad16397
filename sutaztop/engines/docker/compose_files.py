"""The files of Compose projects, asked of the real Compose and replaced where they are ours (ADR 0015)."""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import yaml

from sutaztop.contracts import EngineRefused, NotFound, NotPermitted, NotSupported
from sutaztop.domain.keep import ChangeComposeFile, Rehearsal, Survey, Wish
from sutaztop.domain.project import OWN_FILE, Project
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.compose_run import Compose, scale_words
from sutaztop.engines.docker.compose_wish import read_wishes
from sutaztop.engines.docker.own_file import check_place, read_own, replace_own

CONFIG_DEADLINE = Seconds(15.0)
"""Reading a project takes Compose a tenth of a second; files on a network may take longer."""
DRY_RUN_DEADLINE = Seconds(60.0)
_LARGEST_FILE = 4 << 20
"""Bytes of one Compose file that are looked at."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_FIRST_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_ALL_PROFILES: Mapping[str, str] = MappingProxyType({"COMPOSE_PROFILES": "*"})
"""A service whose profile is not active now is spoken of in the files all the same. Compose 1 knows no such word."""
_OFFLINE = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}
_DRY_RUN = re.compile(r"DRY-RUN MODE -\s*|^\s+")
_RENAMED = re.compile(r"Container [0-9a-f]{12}_")
"""What is made anew is started under a passing name first; it is the same container."""
_TELLING = re.compile(r"(?:Recreated|Created|Removed|Stopped|Built|Pulled|Started|Running|Error\b.*)\s*$")


class ComposeFiles:
    """Satisfies ``contracts.ProjectFiles`` with the Compose programs of this host."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose

    def stamp(self, project: Project) -> Hashable:
        """See ``ProjectFiles``: times and sizes of all files that ``config`` reads, as far as they are known."""
        paths = [*project.files, *project.environment_files, os.path.join(project.folder, ".env"), project.own_file]  # noqa: PTH118
        return tuple(_mark(path) for path in paths)

    def is_there(self, path: str) -> bool:
        """See ``ProjectFiles``."""
        return _mark(path) is not None

    def wishes(self, project: Project) -> Mapping[str, Wish]:
        """See ``ProjectFiles``."""
        self._require(project)
        return self._config(project, {**_ALL_PROFILES, **_OFFLINE})

    def survey(self, project: Project, service: str, path: str) -> Survey:
        """See ``ProjectFiles``."""
        self._require(project)
        path = path or project.own_file
        check_place(path, project.files)
        text = read_own(path)
        added = _automatic_override(project)
        base = replace(project, files=(*project.files, *added)).without_file(path)
        if not base.files:
            raise EngineRefused(f"{path} is the project's only file", advice="Name another file with --file")
        found = self._config(base)
        if service not in found:
            names = ", ".join(sorted(found)[:8]) or "none"
            raise NotFound(
                f"{base.first_name} has no service {clean_line(service, limit=80)}", f"It has {clean_line(names)}",
                "It may have been renamed since its containers were made",
            )  # fmt: skip
        order = project.files.index(path) if path in project.files else len(base.files)
        ours = replace(base, files=(*base.files[:order], path, *base.files[order:]))
        kept = None if text is None else self._config(ours).get(service)
        version = _version_of(base.files[0]) if project.is_first_line else ""
        return Survey(ours, found[service], path, text, kept, version, _fingerprint(base), added)

    def rehearse(self, survey: Survey, service: str, text: str) -> Rehearsal:
        """See ``ProjectFiles``. The text is put into a folder of its own for it."""
        with tempfile.TemporaryDirectory(prefix="sutaztop-") as folder:
            trial = str(Path(folder) / OWN_FILE)
            Path(trial).write_bytes(text.encode())
            files = tuple(trial if path == survey.path else path for path in survey.project.files)
            project = replace(survey.project, files=files)
            wish = self._config(project).get(service)
            if wish is None:
                raise EngineRefused(f"Compose sees no service {clean_line(service, limit=80)} in the files together")
            words = ["--dry-run", "up", "-d", "--no-build"]
            return self._dry_run(project, wish, words, f"what an up of {project.name} would do")

    def rehearse_scale(self, project: Project, service: str, replicas: int) -> Rehearsal:
        """See ``ProjectFiles``."""
        words = ["--dry-run", *scale_words(service, replicas)]
        return self._dry_run(project, Wish(), words, f"what {replicas} replicas of {service} would do")

    def moved(self, change: ChangeComposeFile) -> str:
        """See ``ProjectFiles``."""
        if read_own(change.path) != change.before:
            return f"{change.path} changed"
        others = change.project.without_file(change.path)
        if change.fingerprint and _fingerprint(others) != change.fingerprint:
            return f"the files of project {change.project.name} changed"
        return ""

    def replace(self, change: ChangeComposeFile, *, checked: bool = True) -> str:
        """See ``ProjectFiles``."""
        check_place(change.path, change.project.files)

        def check(trial: str) -> None:
            files = tuple(trial if path == change.path else path for path in change.project.files)
            self._config(replace(change.project, files=files), quiet=True)

        like = next((it for it in change.project.files if it != change.path), "")
        return replace_own(change.path, change.before, change.after, check if checked else None, like=like)

    # --- Compose itself ---------------------------------------------------------------------

    def _require(self, project: Project) -> None:
        """Refuse a project whose labels tell too little, or files that are not here to be read."""
        if not project.files or not project.folder or _NAME.fullmatch(project.name) is None:
            raise NotSupported(
                "Its Compose files are not known", "its labels do not say which files it was made from",
                "Only what Compose made from files can be kept in one",
            )  # fmt: skip
        for path in (*project.files, *project.environment_files):
            _require_file(path)
        missing = self._compose.missing_for(project)
        if missing:
            raise NotSupported(
                f"The files of project {project.name} can't be read", missing,
                "Install a Compose of its line, or name it in engine.compose_command",
            )  # fmt: skip

    def _config(
        self, project: Project, variables: Mapping[str, str] = _ALL_PROFILES, *, quiet: bool = False
    ) -> Mapping[str, Wish]:
        asked = f"what the files of {project.name} say"
        as_json = not project.is_first_line
        words = ["config", "-q"] if quiet else ["config", "--format", "json"] if as_json else ["config"]
        ended = self._compose.ask(project, words, asked, deadline=CONFIG_DEADLINE, variables=variables)
        if ended.code != 0:
            raise EngineRefused(
                f"Compose can't use the files of project {project.name}",
                ended.output or f"it ended with {ended.code} and said nothing",
                "`docker compose config` over the same files says the same; mend what it names",
            )  # fmt: skip
        if quiet:
            return {}
        try:
            return read_wishes(ended.printed, is_json=as_json, file=project.first_name)
        except ValueError as error:
            why = clean_line(str(error), limit=200)
            raise NotSupported(f"What Compose printed of {project.name} can't be understood", why) from error

    def _dry_run(self, project: Project, wish: Wish, words: Sequence[str], asked: str) -> Rehearsal:
        if project.is_first_line:
            return Rehearsal(wish, why_none="Compose 1 has no --dry-run")
        ended = self._compose.ask(project, words, asked, deadline=DRY_RUN_DEADLINE)
        if ended.code != 0:
            told = ended.output or f"it ended with {ended.code} and said nothing"
            old = "unknown flag" in told
            return Rehearsal(wish, why_none="this Compose has no --dry-run: it came with 2.18" if old else told)
        return Rehearsal(wish, dry_run_lines(f"{ended.said}\n{ended.printed}"))


def dry_run_lines(said: str) -> tuple[str, ...]:
    r"""Give what a dry run would have done in the end, a line for each object; what begins is left out.

    >>> dry_run_lines(" DRY-RUN MODE -  Container a-1  Recreate \n DRY-RUN MODE -  Container a-1  Recreated ")
    ('Container a-1 Recreated',)
    """
    lines = (" ".join(clean_line(_DRY_RUN.sub("", line), limit=200).split()) for line in said.splitlines())
    telling = (line for line in lines if _TELLING.search(line) and not _RENAMED.match(line))
    return tuple(dict.fromkeys(telling))


# --- files ----------------------------------------------------------------------------------


def _mark(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def _require_file(path: str) -> None:
    try:
        found = Path(path)
        mode = found.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        why = "it was moved or removed, or is on another host"
        raise NotFound(f"There is no {path} on this host", why, "Run sutaztop where the project's files are") from error
    except OSError as error:
        raise NotPermitted(
            f"{path} can't be read", error.strerror or str(error), "Ask for the right to read it"
        ) from error
    if not found.is_absolute() or not stat.S_ISREG(mode):
        raise NotSupported(f"{path} is no regular file", "Compose would wait for it, or read something else")
    if not os.access(path, os.R_OK):
        raise NotPermitted(f"{path} can't be read", "permission denied", "Ask for the right to read it")


def _fingerprint(project: Project) -> str:
    """Hash the content of files, so that a change in any of them is seen whatever its time says."""
    total = hashlib.sha256()
    for path in (*project.files, *project.environment_files):
        try:
            with Path(path).open("rb") as file:
                content = file.read(_LARGEST_FILE)
        except (OSError, ValueError):
            content = b"unreadable"
        total.update(path.encode(errors="replace") + b"\0" + hashlib.sha256(content).digest())
    return total.hexdigest()


def _automatic_override(project: Project) -> tuple[str, ...]:
    """Give the override that a plain ``up`` reads beside the first file, where the labels do not name it.

    With ``-f`` given, Compose reads it no longer by itself, so that it must be named too.
    """
    first = Path(project.files[0])
    if len(project.files) != 1 or first.name not in _FIRST_NAMES or str(first.parent) != project.folder.rstrip("/"):
        return ()
    names = _override_names(first)
    return tuple(str(first.parent / name) for name in names if (first.parent / name).is_file())[:1]


def _override_names(first: Path) -> Sequence[str]:
    return [f"{first.stem}.override{ending}" for ending in (first.suffix, ".yml", ".yaml")]


def _version_of(path: str) -> str:
    """Read the ``version`` of a file for Compose 1, which wants the same in each of a project's files."""
    try:
        with Path(path).open("rb") as file:
            node = yaml.compose(file.read(_LARGEST_FILE), Loader=yaml.SafeLoader)
    except (OSError, yaml.YAMLError, RecursionError, UnicodeDecodeError):
        return ""
    if not isinstance(node, yaml.MappingNode):
        return ""
    return next((str(value.value) for key, value in node.value if key.value == "version"), "")
