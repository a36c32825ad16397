"""Finding the object that a name on the command line means: whole names only, never a part of one."""

import difflib
from collections.abc import Iterable

from sutaztop.domain.change import Refusal
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.service import Service
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot

_LEAST_ID = 4
_HEX = frozenset("0123456789abcdef")


def find_container(name: str, snapshot: Snapshot, *, together: bool = True) -> ContainerSnapshot | Refusal:
    """Find one container by name, shown name, id or the start of its id, or by a service with containers here.

    A service of several containers is found only where Swarm owns it and what is wanted is done to
    all of them ``together``, as with limits; several containers of one Compose service are a question, not an answer.
    """
    names = [it for it in snapshot.containers if name in (it.container.name, it.id)]
    names = names or [it for it in snapshot.containers if it.display_name == name]
    if not names and len(name) >= _LEAST_ID and set(name) <= _HEX:
        names = [it for it in snapshot.containers if it.id.startswith(name)]
    if not names:
        names = _of_services(name, snapshot, together=together)
    if len(names) == 1:
        return names[0]
    if names:
        which = ", ".join(sorted(it.container.name for it in names)[:8])
        return Refusal("ambiguous", f"{name!r} means {len(names)} containers: {which}.", "Name one of them.")
    known = [*(it.container.name for it in snapshot.containers), *(it.name for it in snapshot.services)]
    return _unknown("container or service", name, known)


def find_to_keep(name: str, snapshot: Snapshot) -> ContainerSnapshot | Refusal:
    """Find one container to keep the limits of: of a service with several, any, where all have the same limits."""
    found = find_container(name, snapshot)
    if isinstance(found, ContainerSnapshot):
        return found
    several = [it for it in snapshot.containers if it.display_name == name] or _of_services(
        name, snapshot, together=False
    )
    limits = {(it.container.resources.limits.cpu, it.container.resources.limits.memory) for it in several}
    services = {(it.container.project, it.container.service) for it in several}
    return several[0] if len(limits) == 1 == len(services) else found


def _of_services(name: str, snapshot: Snapshot, *, together: bool) -> list[ContainerSnapshot]:
    found: list[ContainerSnapshot] = []
    for service in _services_called(name, snapshot.services):
        here = [snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id]
        swarm = bool(here and here[0].container.swarm_service_id)
        found += here[:1] if swarm and together else here
    return found


def find_service(name: str, snapshot: Snapshot) -> Service | Refusal:
    """Find one service by its name, its id, or ``project/service``."""
    found = _services_called(name, snapshot.services)
    if len(found) == 1:
        return found[0]
    if not found:
        # By one of its containers, as the screen names it: what is scaled is the service all the same.
        here = find_container(name, snapshot)
        owner = None if isinstance(here, Refusal) else snapshot.service_of(here.container)
        if owner is not None:
            return owner
    if found:
        which = ", ".join(sorted(f"{it.project}/{it.name}" for it in found)[:8])
        return Refusal("ambiguous", f"{name!r} means {len(found)} services: {which}.", "Name it as project/service.")
    return _unknown("service", name, [it.name for it in snapshot.services])


def _services_called(name: str, services: Iterable[Service]) -> list[Service]:
    found = [it for it in services if name in (it.id, it.name)]
    return found or [it for it in services if it.project and name in _with_project(it)]


def _with_project(service: Service) -> tuple[str, str]:
    """Give ``project/name``; of a stack's service, whose name begins with the stack's, also without it twice."""
    short = service.name.removeprefix(f"{service.project}_")
    return f"{service.project}/{service.name}", f"{service.project}/{short}"


def find_model(name: str, servers: Iterable[ModelServer]) -> tuple[str, str] | Refusal:
    """Find a loaded model: (endpoint, its full name). ``:latest`` may be left out, and case does not matter."""
    wanted = _with_tag(name)
    known = [(server.endpoint, it.name) for server in servers for it in server.loaded]
    found = [(endpoint, full) for endpoint, full in known if full.lower() in (wanted, name.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        where = ", ".join(endpoint for endpoint, _ in found)
        return Refusal("ambiguous", f"{name} is loaded at {where}.", "Name one server with --ollama.")
    installed = {it.name.lower() for server in servers for it in server.installed}
    if wanted in installed:
        return Refusal(
            "not loaded", f"{name} is installed and not loaded: it holds no memory.", "Nothing to unload or to pin."
        )
    return _unknown("loaded model", name, [full for _, full in known])


def find_installed(name: str, servers: Iterable[ModelServer]) -> tuple[str, str] | Refusal:
    """Find an installed model: (endpoint, its full name), by the same rules."""
    known = [(server.endpoint, it.name) for server in servers for it in server.installed]
    found = [(endpoint, full) for endpoint, full in known if full.lower() in (_with_tag(name), name.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        where = ", ".join(endpoint for endpoint, _ in found)
        return Refusal("ambiguous", f"{name} is installed at {where}.", "Name one server with --ollama.")
    return _unknown("installed model", name, [full for _, full in known])


def _with_tag(name: str) -> str:
    return name.lower() if ":" in name.rpartition("/")[2] else f"{name.lower()}:latest"


def _unknown(kind: str, name: str, known: list[str]) -> Refusal:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    advice = f"Did you mean {' or '.join(near)}?" if near else "`sutaztop snapshot` lists what there is."
    return Refusal("unknown", f"There is no {kind} called {name!r}.", advice)
