"""The one way to a change: intent, plan, confirmation, and application on a thread of its own."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from sutaztop.contracts import SutaztopError
from sutaztop.domain.change import Outcome, Plan, Refusal, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import (
    ActOnContainer,
    Intent,
    KeepLimits,
    ScaleUpLimits,
    SetReplicas,
    UndoChange,
    UnloadModel,
)
from sutaztop.domain.project import project_of_labels
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record
from sutaztop.domain.verbs import Signal, Verb
from sutaztop.render.cells import Tone
from sutaztop.ui.board import Board
from sutaztop.ui.commands import Command, Need
from sutaztop.ui.desk import Apply, Books
from sutaztop.ui.messages import ChangeFinished, ChangeKept, PlanMade
from sutaztop.ui.pilot import Pilot
from sutaztop.ui.screens.confirm import ConfirmScreen, KeepScreen, RefusalScreen
from sutaztop.ui.screens.look_back import LookBack
from sutaztop.ui.screens.pick import PickScreen
from sutaztop.ui.wants import WANTS, preloadable

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

T = TypeVar("T")
_LEASE = "lease"
REPLAYED = "this is a replay: what was can't be changed (0 goes back to the present)"
_LOG = logging.getLogger(__name__)
_TONE = {
    Result.APPLIED: Tone.OK,
    Result.REFUSED: Tone.WARNING,
    Result.FAILED: Tone.CRITICAL,
    Result.UNVERIFIED: Tone.WARNING,
    Result.DRY_RUN: Tone.PLAIN,
}


class Changes:
    """Takes intents to outcomes. ``say`` shows a line that stays; ``busy`` is while one is applied."""

    def __init__(self, app: "App[object]", board: Board, say: Callable[[str, Tone], None]) -> None:
        self._app = app
        self._board = board
        self._say = say
        self._applying = threading.Event()
        self._title = ""
        self._is_asking = False
        self._back = LookBack()
        turn = board.desk.pilot_turn
        self.pilot = None if turn is None else Pilot(app, board, turn)

    @property
    def busy(self) -> bool:
        """Whether a change is being applied."""
        return self._applying.is_set()

    def why_not(self, command: Command) -> str:
        """Say why a command can't be used now; empty where it can."""
        held_back = self._what_holds_back(command) if command.is_dangerous or command.id == _LEASE else ""
        missing = held_back or self._what_is_missing(command.needs) or self._what_refuses(command)
        if command.id == "autopilot" and not missing:
            return "there is no autopilot here" if self.pilot is None else ""
        return missing or (self._why_not_kept() if command.id == "keep-limits" else "")

    def _what_holds_back(self, command: Command) -> str:
        desk = self._board.desk
        if self._board.replay is not None or desk.apply is None:
            return REPLAYED if self._board.replay is not None else "there is no way to change anything from here"
        if desk.why_read_only:
            return f"read-only: {desk.why_read_only}"
        lease = desk.lease
        if command.id == _LEASE:
            return "" if lease is not None and lease.is_wanted else "changes need no lease here (screen.lease sets one)"
        if self.busy or (lease is not None and lease.permission().read_only):
            return "a change is still being applied" if self.busy or lease is None else lease.permission().why
        if command.needs in (Need.CONTAINER, Need.SERVICE) and self._is_engine_lost():
            return "the engine does not answer, and what it said last may be so no more"
        return ""

    def _why_not_kept(self) -> str:
        found = self._board.container
        if found is None or project_of_labels(found.container.labels).files:
            return ""
        return "its labels name no Compose files that could bring other limits back"

    def _what_refuses(self, command: Command) -> str:
        """Say why there is no plan for a command of the menu: planning changes nothing, so it can be tried."""
        want, frame = WANTS.get(command.id), self._board.newest
        if want is None:
            return ""
        if frame is None:
            return "nothing was read yet"
        wanted = want(self._board)
        if isinstance(wanted, str):
            return wanted
        # Which model is to be loaded is asked first: one that does not fit says so then.
        planned = None if command.id == "preload" else self._board.desk.plan(wanted, frame)
        # A guardrail is asked about when it is met, for it may be overridden.
        return planned.why.rstrip(".") if isinstance(planned, Refusal) and not planned.overridable else ""

    def _is_engine_lost(self) -> bool:
        frame = self._board.newest
        return frame is not None and frame.trouble is not None

    def _what_is_missing(self, need: Need) -> str:
        board = self._board
        if need in (Need.CONTAINER, Need.SERVICE) and board.container is None:
            return "no container is selected"
        if need is Need.SERVICE:
            service = board.service
            return service.not_scalable if service is not None else "the selected container belongs to no service"
        if need is Need.MODEL:
            return "" if board.model is not None else "no model is loaded"
        if need is Need.ADVICE:
            return self._what_holds_advice_back()
        return self._what_the_journal_lacks(need)

    def _what_the_journal_lacks(self, need: Need) -> str:
        if need is Need.CHANGE and self._board.undoable is None:
            return "no change that could be taken back was made from here"
        if need is Need.OPEN_CHANGE and self._board.open_change is None:
            return "no change is borrowed or unfinished"
        return ""

    def _what_holds_advice_back(self) -> str:
        advice = self._board.advice
        if advice is None:
            return "there is no recommendation"
        if advice.intent is None:
            return advice.blocked or "this recommendation is for a person to carry out"
        return ""

    def begin(self, command: Command) -> None:
        """Start what a dangerous command wants: ask for numbers where needed, then plan. One question at a time."""
        if self._is_asking:
            return
        if command.id in _STARTERS:
            _STARTERS[command.id](self)
        elif not isinstance(wanted := WANTS[command.id](self._board), str):
            self.plan(wanted)

    def _ask(self, screen: "Screen[T]", answer: Callable[[T | None], None]) -> None:
        """Put a question; while it is open no other is put, whatever way a command comes."""

        def answered(given: T | None) -> None:
            self._is_asking = False
            answer(given)

        self._is_asking = True
        self._app.push_screen(screen, answered)

    def plan(self, intent: Intent | None, *, force: bool = False) -> None:
        """Plan an intent and show the plan, or why there is none. ``None`` is a question left unanswered.

        Of a refusal that may be overridden it is asked whether it shall be: the plan is then made with ``force``.
        """
        frame = self._board.newest
        if intent is None or frame is None:
            return
        if isinstance(intent, KeepLimits) or (
            self._board.desk.rehearses and isinstance(intent, SetReplicas) and "/" in intent.service_id
        ):
            # Compose is asked, for seconds perhaps: nothing that draws may wait for it.
            self._is_asking = True
            self._say("Asking Compose what its files say, and what an up would do …", Tone.ACCENT)
            threading.Thread(target=self._plan_aside, args=(intent, frame, force), name="plan", daemon=True).start()
            return
        self._show_plan(intent, self._board.desk.plan(intent, frame, force=force))

    def _plan_aside(self, intent: Intent, frame: Frame, force: bool) -> None:  # noqa: FBT001 - a thread's argument
        try:
            planned = self._board.desk.plan(intent, frame, force=force)
        except Exception as error:  # noqa: BLE001 - the worker boundary: why there is no plan must be shown
            _LOG.exception("planning failed in a way that was not foreseen")
            planned = Refusal("fault", f"{type(error).__name__}: {error}", "Please report it.")
        self._app.post_message(PlanMade(intent, planned))

    def show_plan(self, intent: Intent, planned: Plan | Refusal) -> None:
        """Show a plan that took its time, or say why there is none."""
        self._is_asking = False
        self._say("", Tone.PLAIN)
        self._show_plan(intent, planned)

    def _show_plan(self, intent: Intent, planned: Plan | Refusal) -> None:
        if isinstance(planned, Refusal):
            title = "Held back" if planned.overridable else "Not possible"
            self._ask(RefusalScreen(title, planned), lambda insists: self.plan(intent, force=True) if insists else None)
            return
        from sutaztop.actions.undo import why_not_borrowed

        desk = self._board.desk
        why_not = why_not_borrowed(planned) or ("" if desk.may_borrow else "nobody here would take it back")
        borrow = None if why_not else desk.settings.actions.borrow
        screen = ConfirmScreen(planned, clock=desk.clock, borrow=borrow, why_not_borrow=why_not)
        self._ask(screen, lambda answer: self._answered(planned, answer))

    def _answered(self, plan: Plan, answer: bool | Seconds | None) -> None:  # noqa: FBT001 - a dialog's answer
        apply = self._board.desk.apply
        if not answer or apply is None:
            self._say(f"Cancelled: {plan.title}. Nothing was changed.", Tone.MUTED)
            return
        self._applying.set()
        self._title = plan.title
        self._say(f"Applying: {plan.title} …", Tone.ACCENT)
        borrow = None if isinstance(answer, bool) else answer
        threading.Thread(target=self._apply, args=(apply, plan, borrow), name="apply", daemon=True).start()

    def _apply(self, apply: Apply, plan: Plan, borrow: Seconds | None) -> None:
        try:
            outcome = apply(plan, borrow=borrow)
        except Exception as error:  # noqa: BLE001 - the worker boundary: what became of it must be shown
            _LOG.exception("applying failed in a way that was not foreseen")
            outcome = Outcome(Result.FAILED, plan.change, f"{plan.title}: {type(error).__name__}: {error}")
        self._applying.clear()
        # From any thread, and harmless where the screen has gone meanwhile: the journal has it all.
        self._app.post_message(ChangeFinished(outcome))

    def look_back(self) -> None:
        """Say how far a change has come, and of those made here what they did, a minute, three and five after."""
        frame = self._board.newest
        if self.pilot is not None and frame is not None:
            self.pilot.look(frame)
        if self.busy:
            words = self._board.desk.progress()
            if words:
                self._say(f"Applying: {self._title} … {words}", Tone.ACCENT)
            return
        told = self._back.look(frame, self._board.desk.settings.profile.thresholds) if frame is not None else None
        if told is not None:
            words, good = told
            self._say(words, Tone.OK if good else Tone.WARNING)

    def finished(self, outcome: Outcome) -> None:
        """Show what became of it."""
        self._back.note(outcome, self._board.newest)
        words = [f"{outcome.result.value.capitalize()}:"]
        if self._title and self._title not in outcome.message:
            words.append(f"{self._title}.")
        if not (outcome.result is Result.APPLIED and outcome.observed):
            # What was seen tells that it was done, and what exactly.
            words.append(f"{outcome.message.rstrip('.')}.")
        if outcome.observed and outcome.observed not in outcome.message:
            words.append(f"Seen: {outcome.observed.rstrip('.')}.")
        words += [f"Warning: {warning}" for warning in outcome.warnings]
        self._say(" ".join(words), _TONE[outcome.result])

    # --- what each dangerous command wants --------------------------------------------------

    def more_limits(self) -> None:
        """Want one step more for the selected container."""
        if (found := self._board.container) is not None:
            self.plan(ScaleUpLimits(found.id))

    def set_limits(self) -> None:
        """Ask which limits the selected container should have."""
        from sutaztop.ui.screens.ask import AskLimitsScreen

        found, frame = self._board.container, self._board.frame
        if found is not None and frame is not None:
            scaling, host = self._board.desk.settings.profile.scaling, frame.snapshot.host
            self._ask(AskLimitsScreen(found, scaling, host), self.plan)

    def keep_limits(self) -> None:
        """Want the selected container's limits written into a file that an ``up`` reads."""
        if (found := self._board.container) is not None:
            self.plan(KeepLimits(found.id))

    def set_replicas(self) -> None:
        """Ask how many replicas the selected container's service should have."""
        from sutaztop.ui.screens.ask import AskReplicasScreen

        if (service := self._board.service) is not None:
            self._ask(AskReplicasScreen(service), self.plan)

    def kill(self) -> None:
        """Ask which signal the selected container should get."""
        found = self._board.container
        if found is None:
            return
        title = f"Signal for {found.display_name or found.container.name}"
        screen = PickScreen(title, [it.value for it in Signal], Signal.TERM.value)

        def picked(name: str | None) -> None:
            self.plan(None if name is None else ActOnContainer(found.id, Verb.KILL, Signal(name)))

        self._ask(screen, picked)

    def preload(self) -> None:
        """Ask which of the installed models should be loaded."""
        choices = preloadable(self._board)
        if choices:
            screen = PickScreen("Preload", list(choices), next(iter(choices)))
            self._ask(screen, lambda name: self.plan(None if name is None else choices[name]))

    def unload(self) -> None:
        """Want the selected model out of memory."""
        if (row := self._board.model) is not None:
            self.plan(UnloadModel(row.server.endpoint, row.model.name))

    def turn_lease(self) -> None:
        """Take the lease, or give it back."""
        lease = self._board.desk.lease
        if lease is None:
            return
        from sutaztop.ui.screens.lease import turned

        self._say(*turned(lease))

    def hand_over(self) -> None:
        """Hand the selected container to the autopilot, or take it back."""
        from sutaztop.ui.screens.hand_over import hand_over

        if (found := self._board.container) is not None and self.pilot is not None:
            hand_over(self.pilot, found, clock=self._board.desk.clock, ask=self._ask, say=self._say)

    def apply_advice(self) -> None:
        """Want what the selected recommendation proposes."""
        if (advice := self._board.advice) is not None:
            self.plan(advice.intent)

    def undo(self) -> None:
        """Want the last change taken back: of the selected container, else of all."""
        if (record := self._board.undoable) is not None:
            self.plan(UndoChange(record))

    def undo_this(self, record: Record) -> None:
        """Want a chosen change taken back."""
        self.plan(UndoChange(record))

    def keep(self) -> None:
        """Want an open change let stand."""
        if (record := self._board.open_change) is not None:
            self.keep_this(record)

    def keep_this(self, record: Record) -> None:
        """Ask whether a chosen change is to be let stand."""
        from sutaztop.render.journal import record_lines

        desk, books = self._board.desk, self._board.desk.books
        if books is None:
            return
        now = desk.clock.instant()
        screen = KeepScreen(lambda width: record_lines(record, width, now, zone=desk.zone), clock=desk.clock)
        self._ask(screen, lambda yes: self._keep(books, record) if yes else None)

    def _keep(self, books: Books, record: Record) -> None:
        def keep() -> None:
            try:
                words = books.keep(record)
            except SutaztopError as error:
                words = str(error)
            self._app.post_message(ChangeKept(words))

        # It waits for the disk, and for other writers.
        threading.Thread(target=keep, name="keep", daemon=True).start()


_STARTERS: Mapping[str, Callable[[Changes], None]] = {
    "limits-up": Changes.more_limits,
    "limits-set": Changes.set_limits,
    "keep-limits": Changes.keep_limits,
    "replicas": Changes.set_replicas,
    "unload": Changes.unload,
    "apply-advice": Changes.apply_advice,
    "kill": Changes.kill,
    "preload": Changes.preload,
    "autopilot": Changes.hand_over,
    "undo": Changes.undo,
    "keep": Changes.keep,
}
