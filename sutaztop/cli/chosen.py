"""What the words and the files ask for: settings, and which engine. Light: the screen's first picture waits for it."""

import argparse
import os
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


def why_kernel_only(endpoint: Endpoint, settings: Settings) -> str:
    """Say what keeps this user from the engine's socket, where the kernel's files can still be watched; else nothing.

    Asked for the engine's own stats, nobody gets the kernel's figures in their place.
    """
    path = endpoint.socket_path
    if not path or settings.engine.sampler == "engine":
        return ""
    why = f"permission denied on {path}"
    try:
        os.stat(path)  # noqa: PTH116 - the error is what is asked for
    except PermissionError:
        return why
    except OSError:
        return ""
    return "" if os.access(path, os.R_OK | os.W_OK) else why


def why_read_only(settings: Settings, kernel_only: str) -> str:
    """Say in words why nothing may be changed, or nothing."""
    if kernel_only:
        return f"only the kernel's files are read, and the engine is not asked ({kernel_only})"
    return "started with --read-only, or so configured" if settings.screen.read_only else ""


def find_endpoint(arguments: argparse.Namespace, settings: Settings, environment: Mapping[str, str]) -> Endpoint:
    """Find which engine is meant. Raises ``EngineUnreachable`` for a context or an address that does not exist."""
    return resolve_endpoint(
        host=settings.engine.host,
        context=settings.engine.context,
        environment=environment,
        given_by="" if arguments.host or arguments.context else _BY_FILE,
    )
