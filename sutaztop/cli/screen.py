"""The screen and the wall: the desk that the screen is given, and nothing drawn here."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from sutaztop.cli.chosen import why_read_only
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.late import LateAssembly
from sutaztop.config.settings import Settings
from sutaztop.config.themes import ThemeSpec, load_theme, theme_names
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.difference import Divergence
from sutaztop.domain.frame import Frame
from sutaztop.domain.incident import Incident
from sutaztop.domain.intent import Intent, KeepLimits, SetReplicas
from sutaztop.domain.sample import Trouble
from sutaztop.domain.silence import Silence
from sutaztop.ui.app import run_screen
from sutaztop.ui.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from sutaztop.cli.incidents_desk import IncidentsDesk
    from sutaztop.store.silences import SilenceFile


def run_screen_face(
    late: LateAssembly, settings: Settings, *, wall: bool, demo: bool = False, why: Trouble | None = None
) -> int:
    """Run the screen until it is left. ``why`` is why the demo world stands in for an engine."""
    reason = str(why) if why else ""

    def plan_here(intent: Intent, frame: Frame, *, force: bool = False, why: str = "") -> Plan | Refusal:
        from sutaztop.actions.plan import plan

        # Only what asks the files waits for them to be put together.
        made = late.get()
        asks = isinstance(intent, KeepLimits) or (isinstance(intent, SetReplicas) and not demo)
        files = made.project_files if asks else None
        circumstances = made.circumstances(force=force)
        return plan(intent, frame, settings.profile, why=why, circumstances=circumstances, files=files)

    def pilot_turn() -> AbstractContextManager[str]:
        from sutaztop.cli.autoscale import turns_of
        from sutaztop.store.who import who_am_i

        return turns_of(late.get()).take("autopilot", who_am_i(os.environ), "on the screen")

    def who() -> str:
        from sutaztop.store.who import who_am_i

        return who_am_i(os.environ)

    def keep_here(name: str, text: str) -> str:
        from pathlib import Path

        from sutaztop.store.kept_texts import keep_text

        return keep_text(Path(late.get().state_directory), name, text)

    why_not = why_read_only(settings, late.kernel_only)
    desk = Desk(
        feed=late,
        clock=SystemClock(),
        settings=settings,
        themes=Themes(settings.screen.theme, os.environ),
        plan=plan_here,
        engine=None if wall else late,
        rehearses=not demo,
        progress=late.progress,
        # The wall is not given a way to change anything: what isn't there can't be reached.
        apply=None if wall else late.apply,
        lease=late.lease,
        books=None if wall else late,
        silences=None if wall or demo or why_not else LateSilences(settings),
        may_borrow=not demo,
        why_read_only="it is a wall display" if wall else why_not,
        demo=demo,
        title=settings.profile.name,
        demo_reason=reason,
        keep_text=None if wall else keep_here,
        pilot_turn=None if wall else pilot_turn,
        recorder=late.recorder,
        recording=None if wall else late.recording,
        incidents=None if wall or not settings.recording.enabled else LateIncidents(late),
        export_clip=None if wall or not settings.recording.enabled else late.export_clip,
        who=who,
    )
    try:
        return run_screen(desk, wall=wall)
    finally:
        late.close()


class LateIncidents:
    """What incident mode works with, put together when it is first asked for."""

    def __init__(self, late: LateAssembly) -> None:
        self._late = late
        self._made: IncidentsDesk | None = None

    def _desk(self) -> "IncidentsDesk":
        from pathlib import Path

        from sutaztop.cli.incidents_desk import IncidentsDesk
        from sutaztop.cli.recordings import recording_path
        from sutaztop.store.incidents import IncidentFile

        if self._made is not None:
            return self._made
        made = self._late.get()
        directory = Path(self._late.recordings_in(made))
        recording = recording_path(directory, made.engine.endpoint)
        self._made = IncidentsDesk(
            directory, IncidentFile(recording.with_suffix(".incident.json")), self._late.recording, made.clock,
            made.settings.profile.thresholds, export=self._clip,
        )  # fmt: skip
        return self._made

    def _clip(self, incident: Incident, until: datetime, path: "Path") -> str:
        from sutaztop.cli.incident_report import clip_wish, clip_words

        return clip_words(self._late.export_clip(clip_wish(incident.since, until), path))

    def load(self) -> tuple[Incident | None, str]:
        """See ``IncidentsDesk``."""
        return self._desk().load()

    def open(self, incident: Incident) -> Incident:
        """See ``IncidentsDesk``."""
        return self._desk().open(incident)

    def compare(self, incident: Incident) -> tuple[Divergence, ...]:
        """See ``IncidentsDesk``."""
        return self._desk().compare(incident)

    def close(self, incident: Incident, *, report: bool) -> str:
        """See ``IncidentsDesk``."""
        return self._desk().close(incident, report=report)


class LateSilences:
    """The file of snoozes and mutes, loaded when it is first asked for: the first picture does without."""

    def __init__(self, settings: Settings) -> None:
        self._directory = settings.state_directory

    def _file(self) -> "SilenceFile":
        from sutaztop.config.locations import state_directory
        from sutaztop.store.silences import SilenceFile

        return SilenceFile(state_directory(self._directory, os.environ))

    def load(self) -> tuple[tuple[Silence, ...], str]:
        """See ``SilenceFile``."""
        return self._file().load()

    def add(self, silence: Silence) -> str:
        """See ``SilenceFile``."""
        return self._file().add(silence)

    def remove(self, silence: Silence, now: datetime) -> str:
        """See ``SilenceFile``."""
        return self._file().remove(silence, now)


class Themes(Mapping[str, ThemeSpec]):
    """The shipped themes, the user's own and the chosen one, which may be a file; each is read when it is first taken.

    The chosen one is read at once: what is wrong with it is told before there is a screen. Raises
    ``ConfigError`` for a broken one when that is taken.
    """

    def __init__(self, chosen: str, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._read = {chosen: load_theme(chosen, environment)}
        self._names = tuple(dict.fromkeys((chosen, *theme_names(environment))))

    def __getitem__(self, name: str) -> ThemeSpec:
        if name not in self._read:
            if name not in self._names:
                raise KeyError(name)
            self._read[name] = load_theme(name, self._environment)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
