"""A Compose project: where its services come from, as the labels of its containers tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from posixpath import basename, dirname, join

COMPOSE = "com.docker.compose."
"""The beginning of Compose's own labels."""
OWN_FILE = "compose.sutaztop.yaml"
"""The file of our own that keeps limits, beside a project's first file."""


@dataclass(frozen=True, slots=True)
class Project:
    """Where a Compose project comes from. Paths are absolute; ``version`` is the Compose that made it."""

    name: str
    folder: str
    files: tuple[str, ...]
    environment_files: tuple[str, ...]
    version: str

    @property
    def is_first_line(self) -> bool:
        """Whether Compose 1 made it: newer ones name and hash differently and would tear it down."""
        return self.version.startswith("1.")

    @property
    def own_file(self) -> str:
        """The path of the file of our own, beside the first file; empty where no file is known."""
        return join(dirname(self.files[0]), OWN_FILE) if self.files else ""

    @property
    def first_name(self) -> str:
        """The name of the first file, for a sentence."""
        return basename(self.files[0]) if self.files else "its files"

    def with_file(self, path: str) -> "Project":
        """Give the project with one file more, the last to be read; one that is named already keeps its place."""
        return self if path in self.files else replace(self, files=(*self.files, path))

    def without_file(self, path: str) -> "Project":
        """Give the project without a file."""
        return replace(self, files=tuple(it for it in self.files if it != path))


def project_of_labels(labels: Mapping[str, str]) -> Project:
    """Read a project from a container's labels; nothing is known of it where they are missing.

    Compose 1 writes names that are relative to the project's folder.

    >>> project_of_labels({COMPOSE + "project.working_dir": "/srv", COMPOSE + "project.config_files": "a.yaml"}).files
    ('/srv/a.yaml',)
    """
    folder = labels.get(COMPOSE + "project.working_dir", "")
    return Project(
        name=labels.get(COMPOSE + "project", ""),
        folder=folder,
        files=_paths(labels.get(COMPOSE + "project.config_files", ""), folder),
        environment_files=_paths(labels.get(COMPOSE + "project.environment_file", ""), folder),
        version=labels.get(COMPOSE + "version", ""),
    )


def _paths(text: str, folder: str) -> tuple[str, ...]:
    return tuple(join(folder, name.removeprefix("./")) for part in text.split(",") if (name := part.strip()))
