"""Why, and why not: a container's decision, reckoned when somebody looks, and again when the judge has spoken."""

from typing import TYPE_CHECKING

from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile

if TYPE_CHECKING:
    from sutaztop.domain.decision import Decision
    from sutaztop.domain.past import Past


class Why:
    """Keeps the last decision that was asked for. Between two judgements the same question has the same answer."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._container_id = ""
        self._past: Past | None = None
        self._decision: Decision | None = None

    def decision(self, frame: Frame, container_id: str) -> "Decision | None":
        """Give what is decided about a container; ``None`` for one that is not there."""
        # What judging remembers is made anew with each judgement, and at no other time.
        if frame.recorded:
            # What was decided then is told; what would be decided now of what was then is no answer.
            return self._recommended(frame, container_id)
        if container_id != self._container_id or frame.past is not self._past:
            self._container_id, self._past = container_id, frame.past
            self._decision = self._told(frame, container_id)
        return self._decision

    def _told(self, frame: Frame, container_id: str) -> "Decision | None":
        """Give the very decision that a recommendation came from; else reckon it."""
        told = self._recommended(frame, container_id)
        if told is not None:
            return told
        # Policy is loaded for judging anyway, and never before the first picture.
        from sutaztop.policy.judge import explain

        return explain(frame.snapshot, frame.history, self._profile, frame.past, container_id)

    @staticmethod
    def _recommended(frame: Frame, container_id: str) -> "Decision | None":
        found = frame.snapshot.by_id.get(container_id)
        service = frame.snapshot.service_of(found.container) if found is not None else None
        ids = {container_id} | ({service.id} if service is not None else set())
        return next((it.decision for it in frame.recommendations if it.decision and it.decision.id in ids), None)
