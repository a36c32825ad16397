"""The autopilot on the screen: for as long as it is open, for the workloads that it was given."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING

from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.ui.messages import PilotSaw

if TYPE_CHECKING:
    from textual.app import App

    from sutaztop.actions.autopilot import Seen, Ward
    from sutaztop.domain.change import Plan, Refusal
    from sutaztop.domain.frame import Frame
    from sutaztop.domain.intent import Intent
    from sutaztop.ui.board import Board

_LOG = logging.getLogger(__name__)
EVERY_NS = 15_000_000_000
"""From one look to the next, as the headless one looks."""


class Pilot:
    """Looks every fifteen seconds, on a thread of its own, and does what was decided about its wards.

    Plans, guardrails, turn and journal are those of a key that was pressed; what wants a name typed is left to a
    person. ``take_turn`` keeps a second autopilot off the same engine; it gives who holds the turn, if anybody.
    """

    def __init__(
        self,
        app: "App[object]",
        board: "Board",
        take_turn: Callable[[], AbstractContextManager[str]],
    ) -> None:
        self._app = app
        self._board = board
        self._take_turn = take_turn
        self._turn = ExitStack()
        self._wards: dict[str, Ward] = {}
        self._looked_ns = 0
        self._busy = threading.Event()

    @property
    def names(self) -> tuple[str, ...]:
        """What it sees to."""
        return tuple(sorted(it.subject.name for it in self._wards.values()))

    def sees_to(self, found: ContainerSnapshot) -> bool:
        """Whether it sees to a container, or to the service that owns it."""
        return self._key(found) in self._wards

    def release(self, found: ContainerSnapshot) -> None:
        """Leave a workload to its people again."""
        self._wards.pop(self._key(found), None)
        self._board.pilot_names = self.names
        if not self._wards:
            self._turn.close()

    def take(self, found: ContainerSnapshot) -> str:
        """See to a workload from now on; gives why not, where it can't."""
        if not self._wards:
            holder = self._turn.enter_context(self._take_turn())
            if holder:
                self._turn.close()
                return f"another autopilot is at work on this engine: {holder}"
        ward = self._ward(found)
        if ward is None:
            return "it is no longer there"
        self._wards[self._key(found)] = ward
        self._board.pilot_names = self.names
        self._looked_ns = 0
        return ""

    def close(self) -> None:
        """Leave everything; the screen is going."""
        self._wards.clear()
        self._turn.close()

    def look(self, frame: "Frame") -> None:
        """Look at a frame, if it is time: decides and acts aside."""
        now = frame.snapshot.clock_ns
        due = not self._looked_ns or now - self._looked_ns >= EVERY_NS
        if not self._wards or not due or self._busy.is_set() or frame.trouble is not None:
            return
        self._looked_ns = now
        self._busy.set()
        threading.Thread(target=self._see_to, args=(frame,), name="autopilot", daemon=True).start()

    def _see_to(self, frame: "Frame") -> None:
        try:
            seen = self._decided(frame)
        except Exception:  # noqa: BLE001 - the worker boundary: a fault of ours must not end the screen
            _LOG.exception("the autopilot failed in a way that was not foreseen")
            self._app.post_message(PilotSaw((), "The autopilot failed; see the log."))
            return
        finally:
            self._busy.clear()
        self._app.post_message(PilotSaw(tuple(seen)))

    def _decided(self, frame: "Frame") -> "Sequence[Seen]":
        from sutaztop.actions.autopilot import Autopilot
        from sutaztop.policy.judge import judge_asked

        desk = self._board.desk
        wards = {it.subject.id: it for it in self._wards.values()}
        asked = {it.container_id for it in wards.values()}
        judged = judge_asked(frame.snapshot, frame.history, desk.settings.profile, frame.past, asked)
        decided = [(wards[it.workload.subject.id], it.decision) for it in judged if it.workload.subject.id in wards]

        def plan(intent: "Intent", why: str) -> "Plan | Refusal":
            return desk.plan(intent, frame, why=f"autopilot, {why}")

        return Autopilot(plan, desk.apply).see_to(decided)

    def _ward(self, found: ContainerSnapshot) -> "Ward | None":
        from sutaztop.actions.autopilot import Ward
        from sutaztop.policy.workloads import workloads

        frame = self._board.newest
        for it in workloads(frame.snapshot) if frame is not None else ():
            if any(one.id == found.id for one in it.containers):
                return Ward(it.subject, it.leader.id, "" if it.service is None else it.service.id)
        return None

    @staticmethod
    def _key(found: ContainerSnapshot) -> str:
        return found.container.swarm_service_id or found.id
