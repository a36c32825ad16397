"""What the words and the files ask for: settings, and which engine. Light: the screen's first picture waits for it."""

import argparse
from collections.abc import Mapping
from dataclasses import replace

from sutaztop.config.load import load_settings
from sutaztop.config.settings import Settings
from sutaztop.domain.quantity import Seconds
from sutaztop.engines.docker.endpoint import Endpoint, resolve_endpoint

_BY_FILE = "configuration"
"""Who named an engine that a settings file names: shown wherever the engine is."""


def settings_from(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    """Read the settings' files and put the command line's words over them. Raises ``ConfigError``."""
    settings = load_settings(arguments.config or (), environment=environment, profile=arguments.profile)
    engine, screen = settings.engine, settings.screen
    if arguments.host or arguments.context:
        # Either one replaces both of the files': a host named here must not lose to a context named there.
        engine = replace(engine, host=arguments.host or "", context=arguments.context or "")
    if arguments.sampler:
        engine = replace(engine, sampler=arguments.sampler)
    given = {name: getattr(arguments, name, None) for name in ("interval", "theme", "glyphs")}
    chosen = {name: value for name, value in given.items() if value is not None}
    screen = replace(screen, read_only=screen.read_only or arguments.read_only, **chosen)
    models = settings.models
    if arguments.ollama:
        models = replace(models, endpoints=tuple(arguments.ollama))
    profile, watch = settings.profile, getattr(arguments, "watch", None)
    if watch is not None:
        # Who asks for a verdict after so long wants one on what was seen in that time.
        span = Seconds(min(profile.thresholds.minimum_span, watch))
        profile = replace(profile, thresholds=replace(profile.thresholds, minimum_span=span))
    return replace(settings, engine=engine, screen=screen, models=models, profile=profile)


def find_endpoint(arguments: argparse.Namespace, settings: Settings, environment: Mapping[str, str]) -> Endpoint:
    """Find which engine is meant. Raises ``EngineUnreachable`` for a context or an address that does not exist."""
    return resolve_endpoint(
        host=settings.engine.host,
        context=settings.engine.context,
        environment=environment,
        given_by="" if arguments.host or arguments.context else _BY_FILE,
    )
