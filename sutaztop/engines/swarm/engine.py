"""Swarm services: read them, and change one thing of a specification that is sent back whole."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sutaztop.contracts import NotPermitted, NotSupported, OutOfSequence
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout
from sutaztop.engines.identity import path_part
from sutaztop.engines.payload import Fields, objects
from sutaztop.engines.swarm.decode import decode_service, decode_tasks, forced, with_limits, with_replicas

ATTEMPTS = 5
"""How often a change is made again after somebody else's: the index moves with every rollout step too."""

Spec = Mapping[str, Any]


class Api(Protocol):
    """What Swarm needs of a connection to the engine."""

    def get(
        self,
        path: str,
        *,
        asked: str,
        parameters: Mapping[str, str | int] | None = None,
        deadline: Seconds | None = None,
    ) -> Any:
        """Read JSON."""
        ...

    def post(
        self,
        path: str,
        body: object,
        *,
        asked: str,
        parameters: Mapping[str, str | int] | None = None,
        deadline: Seconds | None = None,
    ) -> Any:
        """Send a change."""
        ...


class SwarmServices:
    """The services of the Swarm that this engine manages; none where it manages none."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def services(self, labelled: Mapping[str, tuple[str, ...]]) -> list[Service]:
        """List services. ``labelled`` gives the containers here by their service's id.

        A node that is no manager has none, and so has one whose proxy does not let us ask.
        """
        try:
            listed = self._api.get("/services", asked="the list of services", parameters={"status": "true"})
            tasks = self._tasks({}) if listed else {}
        except (NotSupported, NotPermitted):
            return []
        found = []
        for entry in objects(listed, "services"):
            identity = entry.raw_text("ID")
            found.append(_joined(entry.value, tasks.get(identity, ()), labelled.get(identity, ())))
        return found

    def service(self, service_id: str, labelled: tuple[str, ...] = ()) -> Service:
        """Read one service anew. Raises ``NotFound``."""
        entry = self._read(service_id)
        tasks = self._tasks({"service": [entry.raw_text("ID")]})
        told = [item for item in self._listed(entry.raw_text("ID")) if item.raw_text("ID") == entry.raw_text("ID")]
        return _joined((told or [entry])[0].value, tasks.get(entry.raw_text("ID"), ()), labelled)

    def set_limits(self, service_id: str, after: Limits) -> None:
        """Change the ceilings of each replica: Swarm replaces the tasks one after another."""
        self._change(service_id, lambda spec: with_limits(spec, after), _limits_of, asked="new limits")

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """Change the number of replicas of a replicated service."""
        asked = f"{replicas} replicas"
        self._change(service_id, lambda spec: with_replicas(spec, replicas), _mode_of, asked=asked)

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """Go back to the earlier specification, or have all tasks made anew from this one."""
        if rollout is Rollout.ROLLBACK:
            # The engine wants a whole specification here too, and does not look into it.
            back = {"rollback": "previous"}
            self._change(service_id, dict, dict, asked="a rollback", more=back)
        else:
            self._change(service_id, forced, dict, asked="new tasks")

    def _change(
        self, service_id: str, edit: Callable[[Spec], Spec], concerned: Callable[[Spec], object], *, asked: str,
        more: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Read, change one thing, send the whole back; again from the start where somebody was faster.

        Raises ``OutOfSequence`` where that somebody changed just what is ``concerned``: theirs
        would be undone by a change that was decided before it.
        """
        found: object = None
        for attempt in range(1, ATTEMPTS + 1):
            entry = self._read(service_id)
            spec = dict(entry.items("Spec"))
            name = entry.part("Spec").text("Name")
            if attempt == 1:
                found = concerned(spec)
            elif concerned(spec) != found:
                raise OutOfSequence(f"Somebody else changed the same of {name} meanwhile", "", "Look again")
            edited = edit(spec)
            if edited == spec and not more:
                return
            try:
                self._api.post(
                    f"/services/{path_part(entry.raw_text('ID'), 'service')}/update",
                    edited,
                    asked=f"{asked} for {name}",
                    parameters={"version": entry.part("Version").integer("Index"), **(more or {})},
                )
            except OutOfSequence:
                if attempt == ATTEMPTS:
                    raise
            else:
                return

    def _read(self, service_id: str) -> Fields:
        return Fields(self._api.get(f"/services/{path_part(service_id, 'service')}", asked="a service"), "service")

    def _listed(self, service_id: str) -> tuple[Fields, ...]:
        """Read one service with its ``ServiceStatus``, which only the list gives."""
        parameters = {"status": "true", "filters": json.dumps({"id": [service_id]})}
        return objects(self._api.get("/services", asked="a service", parameters=parameters), "services")

    def _tasks(self, filters: Mapping[str, list[str]]) -> Mapping[str, tuple[tuple[str, bool], ...]]:
        parameters = {"filters": json.dumps({"desired-state": ["running"], **filters})}
        return decode_tasks(self._api.get("/tasks", asked="the list of tasks", parameters=parameters))


def _joined(payload: object, tasks: tuple[tuple[str, bool], ...], labelled: tuple[str, ...]) -> Service:
    """Put a service together with its containers: those of its tasks anywhere, then others here by label."""
    ids = tuple(dict.fromkeys([*(container for container, _ in tasks), *labelled]))
    return decode_service(payload, ids, sum(runs for _, runs in tasks))


def _limits_of(spec: Spec) -> object:
    return dict(Fields(spec, "service.Spec").part("TaskTemplate").part("Resources").part("Limits").value)


def _mode_of(spec: Spec) -> object:
    return dict(Fields(spec, "service.Spec").part("Mode").value)
