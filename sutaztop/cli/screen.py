"""The screen and the wall: the desk that the screen is given, and nothing drawn here."""

import argparse
import os

from sutaztop.actions.plan import plan
from sutaztop.cli.assemble import Assembly
from sutaztop.config.themes import ThemeSpec, load_theme, theme_names
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent
from sutaztop.domain.sample import Trouble
from sutaztop.ui.app import run_screen
from sutaztop.ui.desk import Desk


def run_screen_face(assembly: Assembly, arguments: argparse.Namespace, *, instead_of: Trouble | None = None) -> int:
    """Run the screen until it is left. ``instead_of`` is why the demo world stands in for an engine."""
    settings = assembly.settings
    wall: bool = arguments.wall

    def plan_here(intent: Intent, frame: Frame) -> Plan | Refusal:
        return plan(intent, frame, settings.profile)

    desk = Desk(
        feed=assembly.monitor,
        clock=assembly.clock,
        settings=settings,
        themes=_themes(settings.screen.theme),
        plan=plan_here,
        engine=None if wall else assembly.engine,
        # The wall is not given a way to change anything: what isn't there can't be reached.
        apply=None if wall else assembly.actuator.apply,
        read_only=wall or assembly.actuator.permission.read_only,
        demo=assembly.demo,
        title=settings.profile.name,
        demo_reason=str(instead_of) if instead_of else "",
    )
    try:
        return run_screen(desk, wall=wall)
    finally:
        assembly.close()


def _themes(chosen: str) -> dict[str, ThemeSpec]:
    """Load the shipped themes and the chosen one, which may be a file of the user's own."""
    themes = {name: load_theme(name, os.environ) for name in theme_names(os.environ)}
    if chosen not in themes:
        themes[chosen] = load_theme(chosen, os.environ)
    return themes
