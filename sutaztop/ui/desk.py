"""What the screen is given to work with: frames, settings, and a way to plan and to apply."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from sutaztop.actions.lease import Lease
from sutaztop.config.settings import Settings
from sutaztop.config.themes import ThemeSpec
from sutaztop.contracts import Clock
from sutaztop.contracts.recording import Recorder, Recording
from sutaztop.domain.change import Outcome, Plan, Refusal
from sutaztop.domain.difference import Divergence
from sutaztop.domain.event import LogLine
from sutaztop.domain.frame import Frame
from sutaztop.domain.incident import Incident
from sutaztop.domain.intent import Intent
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record, Seen
from sutaztop.domain.recording import ClipMade, ClipWish
from sutaztop.domain.resources import Limits
from sutaztop.domain.silence import Silence


class Apply(Protocol):
    """The one way to a change; see ``Actuator``."""

    def __call__(self, plan: Plan, *, borrow: Seconds | None = None) -> Outcome:
        """Carry out a plan, for good or for a while."""
        ...


class Books(Protocol):
    """The journal as the screen works with it. Every call may wait for a disk or an engine: never on the screen's loop.

    They raise ``SutaztopError`` for expected trouble.
    """

    def records(self) -> Sequence[Record]:
        """Give every change in the journal's newest part, oldest first."""
        ...

    def open(self) -> Sequence[Record]:
        """Give what is still to be decided."""
        ...

    def read_back(self, record: Record) -> Seen:
        """Say how things stand now towards a change."""
        ...

    def see_to(self, record: Record) -> bool:
        """Have a borrowed change watched over; say whether it is."""
        ...

    def keep(self, record: Record) -> str:
        """Let a change stand; give the words for it, or for why not."""
        ...


class Silences(Protocol):
    """Where snoozes and mutes are kept. Every call may wait for a disk; what goes wrong is given back in words."""

    def load(self) -> tuple[tuple[Silence, ...], str]:
        """Give what is kept, and what can't be read of it."""
        ...

    def add(self, silence: Silence) -> str:
        """Keep one."""
        ...

    def remove(self, silence: Silence, now: datetime) -> str:
        """Forget one."""
        ...


class Incidents(Protocol):
    """What incident mode works with. Every call may wait for a disk, and raises ``SutaztopError`` or ``OSError``."""

    def load(self) -> tuple[Incident | None, str]:
        """Give the incident that is open from before, or why it can't be read."""
        ...

    def open(self, incident: Incident) -> Incident:
        """Open one; gives it with the moment that it is held against."""
        ...

    def compare(self, incident: Incident) -> tuple[Divergence, ...]:
        """Say what is different now."""
        ...

    def close(self, incident: Incident, *, report: bool) -> str:
        """Close it, with a report or without; gives words for it."""
        ...


class Feed(Protocol):
    """Where frames come from: the monitor, or a test's own."""

    def start(self, deliver: Callable[[Frame], None]) -> None:
        """Begin to hand frames over, on a thread of its own."""
        ...

    def stop(self) -> None:
        """Stop; twice is fine, and it must not wait for a read that hangs."""
        ...

    def set_interval(self, interval: Seconds) -> None:
        """Wish for another time between frames."""
        ...

    def refresh_now(self) -> None:
        """Ask for a frame now, whatever the interval."""
        ...


class Looker(Protocol):
    """The part of an engine that looks into one container: all that the screen itself reads."""

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """See ``Engine``."""
        ...

    def kernel_limits(self, container_id: str) -> Limits | None:
        """See ``Engine``."""
        ...


class Planner(Protocol):
    """Turns an intent into a plan; see ``actions.plan``."""

    def __call__(self, intent: Intent, frame: Frame, *, force: bool = False, why: str = "") -> Plan | Refusal:
        """Plan against a frame. With ``force`` guardrails are overridden, and the plan says which.

        ``why`` is the reason for the journal; without one, the frame's own is taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What the screen is given by ``cli``.

    ``engine`` is for looking into one container. ``apply`` is ``None`` where there is no path to a change at all, as
    on the wall. ``books`` is the journal, ``None`` where there is none. ``silences`` are kept
    for the next start, ``None`` where nothing may be written. ``may_borrow`` tells whether somebody takes
    borrowed changes back: nobody does so in a demo world, which ends with its program. ``why_read_only`` says why
    nothing may be changed, or is empty; it only greys keys: what holds changes back stands in ``actions``.
    ``progress`` tells how far a change under way has come, in words, or nothing.
    ``rehearses`` tells that Compose is asked for a dry run before its replicas are planned, which takes its time.
    ``lease`` is the leave to change things that must be taken first, where one must. ``zone`` is the zone that clocks
    are shown in; ``None`` is the operator's own.
    """

    feed: Feed
    settings: Settings
    clock: Clock
    themes: Mapping[str, ThemeSpec]
    plan: Planner
    engine: Looker | None = None
    apply: Apply | None = None
    lease: Lease | None = None
    rehearses: bool = False
    progress: Callable[[], str] = str
    books: Books | None = None
    silences: Silences | None = None
    may_borrow: bool = False
    why_read_only: str = ""
    demo: bool = False
    demo_reason: str = ""
    title: str = ""
    zone: tzinfo | None = None
    recorder: Callable[[], Recorder | None] = lambda: None
    """Gives who writes the recording, once there is one; nothing where nothing is recorded."""
    recording: Callable[[], Recording] | None = None
    """Opens the recording to be read: never on the screen's loop. ``None`` where there is none to read."""
    export_clip: Callable[[ClipWish], ClipMade] | None = None
    """Writes a clip beside the recordings: never on the screen's loop. ``None`` where nothing is recorded."""
    keep_text: Callable[[str, str], str] | None = None
    """Writes a text under a name into a file of its own and gives its path; raises ``OSError``. It may wait."""
    pilot_turn: Callable[[], AbstractContextManager[str]] | None = None
    """Keeps a second autopilot off the engine while it is held; ``None`` where there can be none."""
    incidents: Incidents | None = None
    """What incident mode works with; ``None`` where nothing is recorded."""
    alone: bool = False
    """Whether the recording is all there is: no engine, no present to go back to."""
    begin_at: datetime | None = None
    """The moment to begin at, of a recording alone; its newest without one."""
    who: Callable[[], str] = str
    """Says who sits before the screen, as the journal names him: whose notes are written."""

    def now(self) -> datetime:
        """Give the time as it is shown: aware, in ``zone``."""
        return self.clock.now().astimezone(self.zone)
