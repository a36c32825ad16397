"""The demo world's Compose files: each service as it was born, and one file of our own, in memory alone."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import yaml

from sutaztop.contracts import EngineRefused, NotFound
from sutaztop.demo.world import World
from sutaztop.domain.container import Container
from sutaztop.domain.keep import ChangeComposeFile, Rehearsal, Survey, Wish
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Bytes, Cores, parse_bytes, parse_cores

_DIALECT = ("deploy.resources.limits.cpus", "deploy.resources.limits.memory")


class DemoFiles:
    """Satisfies ``contracts.ProjectFiles``. No file of this machine is read or written."""

    def __init__(self, world: World, born: Sequence[Container]) -> None:
        self._world = world
        self._born: dict[tuple[str, str], Wish] = {}
        for it in born:
            limits = it.resources.limits
            wish = Wish(cpu=limits.cpu, memory=limits.memory, keys=_DIALECT, file="docker-compose.yml")
            self._born.setdefault((it.project, it.service), wish)
        self.texts: dict[str, str] = {}
        """The files of our own, by path."""

    def stamp(self, project: Project) -> Hashable:
        """See ``ProjectFiles``."""
        return self.texts.get(project.own_file)

    def is_there(self, path: str) -> bool:
        """See ``ProjectFiles``."""
        return path in self.texts

    def wishes(self, project: Project) -> Mapping[str, Wish]:
        """See ``ProjectFiles``."""
        born = {service: wish for (name, service), wish in self._born.items() if name == project.name}
        texts = [self.texts[path] for path in project.files if path in self.texts]
        return {service: _with(wish, service, texts) for service, wish in born.items()}

    def survey(self, project: Project, service: str, path: str) -> Survey:
        """See ``ProjectFiles``."""
        path = path or project.own_file
        if path in project.files:
            raise EngineRefused(f"{path} is one of the project's own files", advice="Name another with --file")
        wish = self.wishes(project).get(service)
        if wish is None:
            raise NotFound(f"{project.first_name} has no service {service}")
        ours, text = project.with_file(path), self.texts.get(path)
        kept = self.wishes(ours)[service] if text is not None else None
        return Survey(ours, wish, path, text, kept)

    def rehearse(self, survey: Survey, service: str, text: str) -> Rehearsal:
        """See ``ProjectFiles``."""
        with self._world.moment():
            everyone = self._world.containers.values()
            names = [it.name for it in everyone if it.configuration.service == service]
        return Rehearsal(_with(survey.wish, service, [text]), tuple(f"Container {name} Recreated" for name in names))

    def rehearse_scale(self, project: Project, service: str, replicas: int) -> Rehearsal:
        """See ``ProjectFiles``."""
        with self._world.moment():
            mine = [
                it.name for it in self._world.containers.values()
                if (it.configuration.project, it.configuration.service) == (project.name, service)
            ]  # fmt: skip
        new = (f"Container {project.name}-{service}-{number} Created" for number in range(len(mine) + 1, replicas + 1))
        gone = (f"Container {name} Removed" for name in mine[replicas:])
        return Rehearsal(Wish(), (*new, *gone))

    def moved(self, change: ChangeComposeFile) -> str:
        """See ``ProjectFiles``."""
        return "" if self.texts.get(change.path) == change.before else f"{change.path} changed"

    def replace(self, change: ChangeComposeFile, *, checked: bool = True) -> str:
        """See ``ProjectFiles``."""
        del checked
        if self.moved(change):
            raise EngineRefused(f"{change.path} changed meanwhile", advice="Look again")
        backup = "" if change.before is None else f"{change.path}.bak"
        if change.before is not None:
            self.texts[backup] = change.before
        if change.after is None:
            del self.texts[change.path]
        else:
            self.texts[change.path] = change.after
        return backup


def _with(wish: Wish, service: str, texts: Sequence[str]) -> Wish:
    """Give a wish with what files of our own say more."""
    for text in texts:
        limits = yaml.safe_load(text)["services"].get(service, {}).get("deploy", {}).get("resources", {})
        limits = limits.get("limits", {})
        cpu: Cores | None = parse_cores(limits["cpus"]) if "cpus" in limits else wish.cpu
        memory: Bytes | None = parse_bytes(limits["memory"]) if "memory" in limits else wish.memory
        wish = replace(wish, cpu=cpu, memory=memory)
    return wish
