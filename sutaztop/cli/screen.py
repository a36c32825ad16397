"""The screen and the wall: the desk that the screen is given, and nothing drawn here."""

import os

from sutaztop.cli.chosen import why_read_only
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.late import LateAssembly
from sutaztop.config.settings import Settings
from sutaztop.config.themes import ThemeSpec, load_theme, theme_names
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent
from sutaztop.domain.sample import Trouble
from sutaztop.ui.app import run_screen
from sutaztop.ui.desk import Desk


def run_screen_face(
    late: LateAssembly, settings: Settings, *, wall: bool, demo: bool = False, why: Trouble | None = None
) -> int:
    """Run the screen until it is left. ``why`` is why the demo world stands in for an engine."""

    def plan_here(intent: Intent, frame: Frame) -> Plan | Refusal:
        from sutaztop.actions.plan import plan

        return plan(intent, frame, settings.profile)

    desk = Desk(
        feed=late,
        clock=SystemClock(),
        settings=settings,
        themes=_themes(settings.screen.theme),
        plan=plan_here,
        engine=None if wall else late,
        # The wall is not given a way to change anything: what isn't there can't be reached.
        apply=None if wall else late.apply,
        why_read_only="it is a wall display" if wall else why_read_only(settings, late.kernel_only),
        demo=demo,
        title=settings.profile.name,
        demo_reason=str(why) if why else "",
    )
    try:
        return run_screen(desk, wall=wall)
    finally:
        late.close()


def _themes(chosen: str) -> dict[str, ThemeSpec]:
    """Load the shipped themes and the chosen one, which may be a file of the user's own."""
    themes = {name: load_theme(name, os.environ) for name in theme_names(os.environ)}
    if chosen not in themes:
        themes[chosen] = load_theme(chosen, os.environ)
    return themes
