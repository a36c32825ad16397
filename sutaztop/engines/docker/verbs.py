"""What is done to a container as a whole: one request for each verb, none of them with force."""

from collections.abc import Mapping

from sutaztop.domain.quantity import Seconds
from sutaztop.domain.verbs import Signal, Verb
from sutaztop.engines.docker.reads import Reads
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.identity import path_part, short

LONGEST_GRACE = Seconds(600.0)
"""A stop that waits for longer, or for ever, is no longer waited for: reading back tells the rest."""
NEVER_FORCED: Mapping[str, str | int] = {"v": 0, "force": 0, "link": 0}
"""No volume goes with a container, and nothing that runs is removed."""


class Verbs:
    """Does to containers what a verb says."""

    def __init__(self, transport: Transport, reads: Reads) -> None:
        self._transport = transport
        self._reads = reads

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        """See ``Engine``."""
        asked = f"{verb.value} of {short(container_id)}"
        self._transport.require_actions(asked)
        path = f"/containers/{path_part(container_id, 'container')}"
        if verb is Verb.REMOVE:
            self._transport.delete(path, asked=asked, parameters=NEVER_FORCED)
            return
        parameters: Mapping[str, str | int] | None = None
        deadline = self._transport.deadline
        if verb is Verb.KILL:
            parameters = {"signal": (signal or Signal.TERM).value}
        elif verb in (Verb.STOP, Verb.RESTART):
            grace = self._reads.inspect(container_id).stop_grace
            deadline = Seconds(deadline + min(LONGEST_GRACE if grace is None else grace, LONGEST_GRACE))
        self._transport.post(f"{path}/{verb.value}", None, asked=asked, parameters=parameters, deadline=deadline)
