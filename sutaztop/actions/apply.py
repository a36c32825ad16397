"""The one place where changes are made: guard, journal, apply, verify, journal again."""

import threading
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from sutaztop.actions.keep import carry_out, moved_since_preview
from sutaztop.actions.lease import Lease, Permission
from sutaztop.actions.lender import Lender, Turns
from sutaztop.actions.look import rollout_moved, state_moved, stay_moved, with_held
from sutaztop.actions.undo import same_limits, why_not_borrowed
from sutaztop.actions.verify import limits_words, verify
from sutaztop.contracts import (
    BorrowError,
    Clock,
    DeadlineExceeded,
    Engine,
    EngineRefused,
    EngineUnreachable,
    Journal,
    JournalError,
    ModelHost,
    NotFound,
    NotPermitted,
    NotSupported,
    ProjectFiles,
    SutaztopError,
    Unreachable,
)
from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import (
    INTENT,
    OUTCOME,
    Change,
    ChangeLimits,
    ChangeReplicas,
    EngineChange,
    JournalEntry,
    Outcome,
    Plan,
    Result,
)
from sutaztop.domain.keep import ChangeComposeFile
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import Seconds, exact_bytes
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.record import Seen, Standing
from sutaztop.domain.resources import Limits
from sutaztop.measure.memory import working_set

_AFTER_A_BREAK = Seconds(10.0)
"""How long a change is looked for after its connection broke: an engine that restarts is not waited for."""
_ONE_LOOK = Seconds(0.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A change under its id in the journal, with the terms of a borrowed one."""

    change_id: str
    plan: Plan
    borrow: Borrow | None = None


class Actuator:
    """Applies plans to one engine and its model servers, which ``model_host`` finds by their address.

    Nothing else in the program calls a writing method. Read-only is decided here, for every
    face and whatever key was pressed. A plan is carried out only if its object still is what
    the preview showed. One change at a time: a second caller waits. ``lender`` sees to borrowed changes;
    without one, none can be borrowed. ``process`` names this program in the journal.
    """

    def __init__(  # noqa: PLR0913 - the seams it works through, each named at the call
        self,
        *,
        engine: Engine,
        model_host: Callable[[str], ModelHost | None],
        journal: Journal,
        clock: Clock,
        who: str,
        permission: Permission,
        turns: Turns | None = None,
        files: ProjectFiles | None = None,
        lender: Lender | None = None,
        process: str = "",
    ) -> None:
        self._engine = engine
        self._find_model_host = model_host
        self._journal = journal
        self._clock = clock
        self._who = who
        self._permission = permission
        self._turns = turns
        self._lease: Lease | None = None
        self._files = files
        self._lender = lender
        self._process = process
        self._one_at_a_time = threading.Lock()
        self.progress = ""
        """What the last look at a change that is under way showed, in words; any thread may read it."""

    @property
    def permission(self) -> Permission:
        """Whether this actuator applies anything at all now: read-only for good, or for want of a lease."""
        if self._permission.read_only or self._lease is None:
            return self._permission
        return self._lease.permission()

    def require(self, lease: Lease) -> None:
        """Make every change need this lease, from now on."""
        self._lease = lease

    def apply(
        self,
        plan: Plan,
        *,
        dry_run: bool = False,
        borrow: Seconds | None = None,
        unless: Callable[[], str] | None = None,
    ) -> Outcome:
        """Carry out a plan and say what became of it. Never raises for expected trouble.

        Refused attempts and dry runs stand in the journal too. If the journal can't be
        written, the change isn't made. With ``borrow`` it is taken back when that time is over, counted from
        now. ``unless`` is asked once the intent is written, and may give a reason to go no further: what
        others wrote into the journal before it counts.
        """
        with self._one_at_a_time:
            began = self._clock.monotonic_ns()
            attempt = Attempt(uuid.uuid4().hex[:12], plan)
            if borrow is not None and self._lender is not None:
                attempt = replace(attempt, borrow=self._lender.terms(borrow))
            try:
                outcome = self._apply(attempt, dry_run=dry_run, borrowed=borrow is not None, unless=unless)
            finally:
                self.progress = ""
            return replace(outcome, seconds=(self._clock.monotonic_ns() - began) / 1e9)

    def _apply(self, attempt: Attempt, *, dry_run: bool, borrowed: bool, unless: Callable[[], str] | None) -> Outcome:
        plan = attempt.plan
        if dry_run:
            return self._noted(attempt, Outcome(Result.DRY_RUN, plan.change, "Nothing was changed: dry run."))
        permission = self.permission
        if permission.read_only:
            return self._refused(attempt, f"Nothing was changed, read-only: {permission.why or 'so started'}.")
        if borrowed and (why_not := why_not_borrowed(plan) or ("" if self._lender else "nobody takes it back here")):
            return self._refused(attempt, f"Nothing was changed: it can't be borrowed, for {why_not}.")
        change = plan.change
        with self._turns.take(change.id, self._who, plan.title) if self._turns else nullcontext("") as holder:
            if holder:
                return self._refused(attempt, f"Nothing was changed: {holder}. Look again when that is done.")
            return self._apply_in_turn(attempt, unless)

    def _apply_in_turn(self, attempt: Attempt, unless: Callable[[], str] | None) -> Outcome:
        plan = attempt.plan
        if moved := self._why_not_the_previewed(plan):
            return self._refused(attempt, f"Nothing was changed: {moved}")
        try:
            self._write(attempt, INTENT, None)
        except JournalError as error:
            return Outcome(Result.REFUSED, plan.change, f"Nothing was changed: {error}")
        if stopped := self._stopped_at_the_last_moment(attempt, unless):
            return self._refused(attempt, f"Nothing was changed: {stopped}")
        try:
            outcome = self._carry_out(plan.change)
        except BaseException as error:
            # Ctrl-C while it is under way, or a fault of ours: the journal must not stay silent about it.
            why = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
            told = f"It may have been made, and was not read back: {why}"
            self._noted(attempt, Outcome(Result.UNVERIFIED, plan.change, told))
            raise
        return self._noted(attempt, outcome)

    def _why_not_the_previewed(self, plan: Plan) -> str:
        """Say what keeps a plan from meaning what its preview showed; empty where nothing does."""
        try:
            moved = self._moved_since_preview(plan.change)
        except SutaztopError as error:
            return str(error)
        return f"{moved} since the preview was made. Look again." if moved else ""

    def _stopped_at_the_last_moment(self, attempt: Attempt, unless: Callable[[], str] | None) -> str:
        """Say why a journalled intent is not carried out: who takes it back can't be started, or it was called off."""
        if attempt.borrow is not None and self._lender is not None:
            try:
                # Before the change, so that a program that is killed right after it has left nobody alone with it.
                self._lender.watch(attempt.change_id)
            except BorrowError as error:
                return str(error)
        return unless() if unless is not None else ""

    def _refused(self, attempt: Attempt, told: str) -> Outcome:
        return self._noted(attempt, Outcome(Result.REFUSED, attempt.plan.change, told))

    def read_back(self, change: Change) -> Seen:
        """Say how things stand towards a change of which no outcome is known. Never raises for expected trouble."""
        inverse = change.inverse
        try:
            moved = self._differs(change)
            if not moved:
                return Seen(Standing.BEFORE, "it was not made: things are as they were before it")
            # Where there is no way back, to have left the first state is all that can be seen.
            if inverse is None or not self._differs(inverse):
                return Seen(Standing.AFTER, "it was made: things are as it wanted them")
        except NotFound as error:
            return Seen(Standing.GONE, str(error))
        except SutaztopError as error:
            return Seen(Standing.UNKNOWN, str(error))
        return Seen(Standing.NEITHER, f"{moved}, and are neither what was before nor what it wanted")

    def _differs(self, change: Change) -> str:
        """Say how the present differs from what a change begins from; limits count as far as the engine keeps them."""
        if isinstance(change, ChangeLimits):
            now = self._limits_now(change)
            return "" if same_limits(now, change.before) else f"the limits of {change.name} are {limits_words(now)}"
        return self._moved_since_preview(change)

    def _moved_since_preview(self, change: Change) -> str:
        """Say what differs from the preview's "before", or give an empty text."""
        if isinstance(change, ChangeComposeFile):
            return moved_since_preview(change, self._engine, self._files)
        if isinstance(change, ChangeLimits):
            now = self._limits_now(change)
            # All of them: swap and PIDs are sent along as the preview found them.
            return self._grown_beyond(change) if now == change.before else f"the limits of {change.name} changed"
        if isinstance(change, ChangeReplicas):
            service = self._engine.service(change.id)
            count = service.replicas
            return "" if count == change.before else f"{change.name} went from {change.before} to {count} replicas"
        return self._object_moved(change)

    def _object_moved(self, change: ChangeState | ChangeRollout | ChangeStay | Unload) -> str:
        if isinstance(change, ChangeState):
            return state_moved(change, self._engine)
        if isinstance(change, ChangeRollout):
            return rollout_moved(change, self._engine)
        if isinstance(change, ChangeStay):
            return stay_moved(change, self._model_host(change), self._clock)
        loaded = self._model_host(change).read().loaded
        return "" if any(it.name == change.name for it in loaded) else f"{change.name} left memory"

    def _grown_beyond(self, change: ChangeLimits) -> str:
        """Say that a container now holds more than a lower limit would allow; a preview may have stood for long."""
        before, after = change.before.memory, change.after.memory
        if change.swarm or after is None or (before is not None and after >= before):
            return ""
        try:
            read = self._engine.counters(change.id)
        except NotFound:
            return ""  # it does not run, and holds nothing
        held = working_set(read.memory_usage_bytes, read.memory_inactive_file_bytes)
        if isinstance(held, Unmeasured) or held < after:
            return ""
        return f"{change.name} grew to {exact_bytes(held)}, which is over the new limit of {exact_bytes(after)},"

    def _limits_now(self, change: ChangeLimits) -> Limits:
        if change.swarm:
            return self._engine.service(change.id).resources.limits
        return self._engine.inspect(change.id).resources.limits

    def _model_host(self, change: Unload | ChangeStay) -> ModelHost:
        host = self._find_model_host(change.engine)
        if host is None:
            raise NotFound(f"No Ollama is known at {change.engine}", "It was there when the plan was made")
        return host

    def _carry_out(self, change: Change) -> Outcome:
        if isinstance(change, ChangeComposeFile):
            return carry_out(change, self._files)
        if isinstance(change, Unload):
            change = with_held(change, self._engine)
        try:
            warnings = self._send(change)
        except (EngineRefused, NotFound, NotPermitted, NotSupported) as error:
            return Outcome(Result.REFUSED, change, f"Nothing was changed: {error}")
        except SutaztopError as error:
            return self._in_doubt(change, error)
        seen = verify(change, self._engine, self._find_model_host, self._clock, tell=self._tell)
        return replace(seen, warnings=warnings)

    def _tell(self, words: str) -> None:
        self.progress = words

    def _in_doubt(self, change: EngineChange, error: SutaztopError) -> Outcome:
        """Read back after a failure: what was asked may have happened all the same, or in part."""
        answerless = isinstance(error, DeadlineExceeded)
        broke_off = isinstance(error, EngineUnreachable) and error.kind is Unreachable.GONE
        patience = None if answerless else _AFTER_A_BREAK if broke_off else _ONE_LOOK
        seen = verify(change, self._engine, self._find_model_host, self._clock, patience=patience)
        if seen.result is not Result.UNVERIFIED:
            return replace(seen, warnings=(*seen.warnings, str(error)))
        if answerless or broke_off:
            return replace(seen, message=f"Whether it was made is not known: {error}")
        return Outcome(Result.FAILED, change, f"It failed: {error}", seen.observed)

    def _send(self, change: EngineChange) -> tuple[str, ...]:
        if isinstance(change, ChangeLimits):
            if change.swarm:
                self._engine.set_service_limits(change.id, change.after)
                return ()
            return tuple(self._engine.set_limits(change.id, change.before, change.after))
        if isinstance(change, ChangeReplicas):
            self._engine.set_replicas(change.id, change.after)
        elif isinstance(change, ChangeState):
            self._engine.change_state(change.id, change.verb, change.signal)
        elif isinstance(change, ChangeRollout):
            self._engine.roll_out(change.id, change.rollout)
        elif isinstance(change, ChangeStay):
            self._model_host(change).keep(change.name, change.keep_alive, change.context_length)
        else:
            self._model_host(change).unload(change.name)
        return ()

    def _noted(self, attempt: Attempt, outcome: Outcome) -> Outcome:
        """Journal an outcome; a journal that fails now is said beside what was done, and hides nothing."""
        outcome = replace(outcome, change_id=attempt.change_id)
        try:
            self._write(attempt, OUTCOME, outcome)
        except JournalError as error:
            return replace(outcome, warnings=(*outcome.warnings, f"The outcome is not in the journal: {error}"))
        return outcome

    def _write(self, attempt: Attempt, phase: str, outcome: Outcome | None) -> None:
        plan = attempt.plan
        self._journal.append(
            JournalEntry(
                at=self._clock.now(),
                change_id=attempt.change_id,
                phase=phase,
                who=self._who,
                engine=plan.change.engine,
                object=plan.object,
                change=plan.change,
                result=outcome.result if outcome else None,
                message=outcome.message if outcome else plan.why,
                observed=outcome.observed if outcome else "",
                same_as=plan.same_as,
                undoes=plan.undoes,
                borrow=attempt.borrow,
                process=self._process if outcome is None else "",
            )
        )
