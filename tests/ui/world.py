"""The demo world under a clock that stands still, behind the real monitor and the real way to changes."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta

from sutaztop.actions.apply import Actuator
from sutaztop.actions.lease import Permission
from sutaztop.actions.ledger import Kept, Ledger
from sutaztop.actions.plan import plan as plan_of
from sutaztop.config.load import load_settings
from sutaztop.config.settings import Settings
from sutaztop.config.themes import load_theme, theme_names
from sutaztop.demo.host import no_own_cost
from sutaztop.demo.open import DemoWorld, open_demo
from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import JournalEntry, Outcome, Plan
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import Circumstances
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record, Seen
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.monitor import Monitor
from sutaztop.policy.judge import judge
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.desk import Desk
from tests.clock import SetClock


class KeptJournal:
    """A journal in memory."""

    def __init__(self) -> None:
        self.kept: list[JournalEntry] = []

    def append(self, entry: JournalEntry) -> None:
        self.kept.append(entry)

    def entries(self) -> Sequence[JournalEntry]:
        return self.kept


class KeptLender:
    """Notes what it was given to watch over, and takes nothing back."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.watched: list[str] = []

    def terms(self, span: Seconds) -> Borrow:
        now = self.clock.instant()
        return Borrow(span, now.at + timedelta(seconds=span), Seconds(now.since_boot + span), boot=now.boot)

    def watch(self, change_id: str) -> None:
        self.watched.append(change_id)


@dataclass
class KeptBooks:
    """The journal in memory, as the screen works with it."""

    ledger: Ledger
    actuator: Actuator

    def records(self) -> Sequence[Record]:
        return self.ledger.records()

    def open(self) -> Sequence[Record]:
        return [it for it in self.records() if it.is_open]

    def read_back(self, record: Record) -> Seen:
        assert record.change is not None
        return self.actuator.read_back(record.change)

    def see_to(self, record: Record) -> bool:
        return record.is_borrowed

    def keep(self, record: Record) -> str:
        kept = self.ledger.keep(record)
        return kept.message if isinstance(kept, Kept) else str(kept)


@dataclass
class PlainSource:
    """Reads every collector of the demo in turn, on the caller's thread: the same each time."""

    demo: DemoWorld
    clock: SetClock
    trouble: Trouble | None = None
    _last: Sample | None = None

    def read(self, patience: Seconds | None = None) -> Sample:
        """Read once; while there is trouble, give the last values with the reason."""
        del patience
        at = self.clock.now()
        if self.trouble is not None and self._last is not None:
            held = self._last.report("stack")
            report = CollectorReport("stack", held.read_at if held else None, trouble=self.trouble)
            others = tuple(it for it in self._last.reports if it.name != "stack")
            return replace(self._last, at=at, clock_ns=self.clock.monotonic_ns(), events=(), reports=(report, *others))
        containers = tuple(self.demo.engine.containers())
        names = ("stack", "counters", "host", "disks", "models")
        self._last = Sample(
            at=at,
            clock_ns=self.clock.monotonic_ns(),
            engine=self.demo.engine.info(),
            containers=containers,
            services=tuple(self.demo.engine.services()),
            counters=self.demo.counters_collector.collect(containers),
            host=self.demo.host_collector.collect(),
            disks=self.demo.disks_collector.collect(),
            models=self.demo.models_collector.collect(),
            reports=tuple(CollectorReport(name, at, source="demo world") for name in names),
        )
        return self._last

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class HandFeed:
    """A feed that a test turns by hand; it notes what was asked of it."""

    deliver: Callable[[Frame], None] | None = None
    intervals: list[float] = field(default_factory=list)
    asked: int = 0
    stopped: int = 0

    def start(self, deliver: Callable[[Frame], None]) -> None:
        self.deliver = deliver

    def stop(self) -> None:
        self.stopped += 1

    def set_interval(self, interval: Seconds) -> None:
        self.intervals.append(float(interval))

    def refresh_now(self) -> None:
        self.asked += 1


@dataclass
class Stack:
    """A demo world with everything that the screen is given."""

    demo: DemoWorld
    clock: SetClock
    source: PlainSource
    monitor: Monitor
    feed: HandFeed
    journal: KeptJournal
    settings: Settings
    applied: list[Plan] = field(default_factory=list)
    piloted_by: str = ""
    lender: "KeptLender" = field(init=False)

    def __post_init__(self) -> None:
        self.lender = KeptLender(self.clock)

    def live(self, seconds: int) -> Frame:
        """Let time pass, a frame each second; give the last."""
        frame = self.monitor.tick()
        for _ in range(seconds):
            self.clock.advance(1.0)
            frame = self.monitor.tick()
        return frame

    def desk(self, *, read_only: bool = False, wall: bool = False) -> Desk:
        """Give the desk."""
        actuator = Actuator(
            engine=self.demo.engine,
            model_host=lambda _: self.demo.models,
            journal=self.journal,
            clock=self.clock,
            who="tester",
            permission=Permission(read_only=read_only),
            files=self.demo.files,
            lender=self.lender,
        )

        ledger = Ledger(journal=self.journal, clock=self.clock, who="tester")

        def apply(plan: Plan, *, borrow: Seconds | None = None) -> Outcome:
            self.applied.append(plan)
            return actuator.apply(plan, borrow=borrow)

        return Desk(
            feed=self.feed,
            settings=self.settings,
            clock=self.clock,
            themes={name: load_theme(name) for name in theme_names()},
            plan=lambda intent, frame, *, force=False, why="": plan_of(
                intent,
                frame,
                self.settings.profile,
                why=why,
                circumstances=Circumstances(force=force),
                files=self.demo.files,
            ),
            engine=self.demo.engine,
            apply=None if wall else apply,
            books=None if wall else KeptBooks(ledger, actuator),
            may_borrow=True,
            why_read_only="so started" if read_only else "",
            demo=True,
            pilot_turn=None if wall else lambda: nullcontext(self.piloted_by),
            title="sutazaiapp",
            zone=UTC,
        )

    def app(self, *, read_only: bool = False, wall: bool = False) -> SutaztopApp:
        """Give the app, not yet running."""
        return SutaztopApp(self.desk(read_only=read_only, wall=wall), wall=wall)


def open_stack(scenario: str = "incident", *, theme: str = "dark", glyphs: str = "blocks") -> Stack:
    """Open a world. Nothing in it depends on the machine that the test runs on."""
    clock = SetClock()
    settings = load_settings((), environment={}, profile="sutazai")
    settings = replace(settings, screen=replace(settings.screen, theme=theme, glyphs=glyphs))
    demo = open_demo(clock, scenario=scenario, components=settings.profile.components, own_cost=no_own_cost)
    source = PlainSource(demo, clock)
    monitor = Monitor(source, settings.profile, judge, clock)
    return Stack(demo, clock, source, monitor, HandFeed(), KeptJournal(), settings)
