"""What Compose files say of running containers: asked once, and again only when a file is another."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import Clock, EngineError, ProjectFiles
from sutaztop.domain.container import Container
from sutaztop.domain.keep import Defined, FilesReading, Wish, differences
from sutaztop.domain.project import OWN_FILE, Project, project_of_labels
from sutaztop.domain.quantity import Bytes, Cores, Seconds

BUDGET = Seconds(10.0)
"""How long one look may go on asking; the projects that are left come with the next."""
AGAIN = Seconds(300.0)
"""What could not be read of files that stay the same is tried again after this."""


@dataclass(frozen=True, slots=True)
class _Answer:
    stamp: Hashable
    wishes: Mapping[str, Wish]
    kept: Mapping[str, Wish]
    at_ns: int
    trouble: str = ""


class ProjectFilesCollector:
    """Gives the wish of each container of a Compose project that has a limit, and what its project defines.

    A container without a limit has a wish once it was seen with another one. Between two looks the files
    are looked at by time and size alone. What can't be read is a wish, or a project, with a trouble, never an error.
    """

    name = "compose files"
    every = Seconds(5.0)
    deadline = Seconds(45.0)
    source = "Compose, over the files that containers' labels name"

    def __init__(self, files: ProjectFiles, seen: Callable[[], StackReading | None], clock: Clock) -> None:
        self._files = files
        self._seen = seen
        self._clock = clock
        self._first: dict[str, tuple[Cores | None, Bytes | None]] = {}
        self._answers: dict[Project, _Answer] = {}

    def collect(self) -> FilesReading:
        """Look once; never raises for files that can't be read."""
        seen = self._seen()
        containers = [it for it in seen.containers if it.is_running] if seen is not None else []
        of = {it.id: project for it in containers if (project := self._project_of(it)) is not None}
        wanted = {it.id: of[it.id] for it in containers if it.id in of and self._is_limited(it)}
        self._first = {key: value for key, value in self._first.items() if key in of}
        # Those with limits first: what differs from them is shown in the list.
        projects = dict.fromkeys((*wanted.values(), *of.values()))
        self._answers = {key: value for key, value in self._answers.items() if key in projects}
        end = self._clock.monotonic_ns() + round(BUDGET * 1e9)
        for project in projects:
            if self._clock.monotonic_ns() < end:
                self._ask(project)
        wishes = {
            it.id: wish for it in containers
            if it.id in wanted and (wish := self._wish_of(it, wanted[it.id])) is not None
        }  # fmt: skip
        return FilesReading(wishes, self._defined())

    def close(self) -> None:
        """Nothing is held; a Compose under way ends by its own deadline."""

    def _project_of(self, it: Container) -> Project | None:
        """Give the project of a container, where its labels name the files."""
        if not it.service or it.swarm_service_id:
            return None
        project = project_of_labels(it.labels)
        return project if project.files and project.folder else None

    def _is_limited(self, it: Container) -> bool:
        """Whether a container has limits, or was first seen with other ones."""
        limits = (it.resources.limits.cpu, it.resources.limits.memory)
        return limits != (None, None) or self._first.setdefault(it.id, limits) != limits

    def _defined(self) -> tuple[Defined, ...]:
        """Give what projects define; one that was made with several sets of files defines what any of them does."""
        found: dict[str, Defined] = {}
        for project, answer in self._answers.items():
            known = found.get(project.name)
            if known is None:
                found[project.name] = Defined(project.name, project.first_name, answer.wishes, answer.trouble)
            else:
                services = {**answer.wishes, **known.services}
                found[project.name] = replace(known, services=services, trouble=known.trouble or answer.trouble)
        return tuple(found.values())

    def _ask(self, project: Project) -> None:
        known, now = self._answers.get(project), self._clock.monotonic_ns()
        stamp = self._files.stamp(project)
        if known is not None and known.stamp == stamp and (not known.trouble or now - known.at_ns < AGAIN * 1e9):
            return
        try:
            wishes = self._files.wishes(project)
            own = project.own_file
            kept = self._files.wishes(project.with_file(own)) if self._is_there(project, own) else {}
        except EngineError as error:
            self._answers[project] = _Answer(stamp, {}, {}, now, str(error))
        else:
            self._answers[project] = _Answer(stamp, wishes, kept, now)

    def _is_there(self, project: Project, own: str) -> bool:
        """Whether a file of our own stands beside the others without being one of them."""
        return own not in project.files and self._files.is_there(own)

    def _wish_of(self, it: Container, project: Project) -> Wish | None:
        answer = self._answers.get(project)
        if answer is None:
            return None
        if answer.trouble:
            return Wish(file=project.first_name, trouble=answer.trouble)
        wish = answer.wishes.get(it.service)
        if wish is None:
            return Wish(file=project.first_name, trouble=f"{project.first_name} has no service {it.service}")
        kept = answer.kept.get(it.service)
        holds = kept is not None and not differences(it.resources.limits, kept)
        return replace(wish, kept_in=OWN_FILE) if holds else wish
