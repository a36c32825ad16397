"""The numbers that hold for what a change is about: a service's own bounds, ceilings and cool-downs."""

from sutaztop.domain.intent import LiveIntent, UndoChange
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.service_profile import profile_for


def own_profile(intent: LiveIntent | UndoChange, snapshot: Snapshot, profile: Profile) -> Profile:
    """Give the profile with what configuration and labels say of the intent's own container or service.

    The profile itself where nothing does, and for what is about neither, such as a language model.
    """
    found = _container(intent, snapshot)
    if found is None:
        return profile
    it = found.container
    return profile_for(profile, it.name, it.service, it.labels)


def _container(intent: LiveIntent | UndoChange, snapshot: Snapshot) -> ContainerSnapshot | None:
    container_id = getattr(intent, "container_id", None)
    if isinstance(container_id, str):
        return snapshot.by_id.get(container_id)
    service_id = getattr(intent, "service_id", None)
    service = next((it for it in snapshot.services if it.id == service_id), None)
    members = [snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id] if service else []
    return min(members, key=lambda it: (it.container.name, it.id), default=None)
