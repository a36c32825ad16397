"""Putting the adapters together: the one place that knows which engine, which collectors, which journal."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sutaztop.actions.apply import Actuator, Permission
from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.gather import Gather
from sutaztop.config import locations
from sutaztop.config.load import load_settings
from sutaztop.config.settings import Settings
from sutaztop.contracts import Clock, Engine, ModelHost, Source
from sutaztop.domain.quantity import Seconds
from sutaztop.monitor import Monitor
from sutaztop.policy.judge import judge
from sutaztop.store.journal import FileJournal
from sutaztop.store.who import who_am_i

PATIENCE = Seconds(4.0)
"""How long a face that shows one frame waits for slow readers, such as a model server that starts."""
_BY_FILE = "configuration"
"""Who named an engine that a settings file names: shown wherever the engine is."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything a face works with. ``close`` ends threads and connections; it does not wait for a hung one."""

    settings: Settings
    clock: Clock
    engine: Engine
    source: Source
    monitor: Monitor
    actuator: Actuator
    state_directory: str
    compose_found: Callable[[], Sequence[Sequence[str]]]
    demo: bool = False

    def close(self) -> None:
        """End everything that was begun."""
        self.monitor.stop()
        self.engine.close()


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


def assemble(arguments: argparse.Namespace, *, environment: Mapping[str, str] | None = None) -> Assembly:
    """Put together what the words ask for. Connects to nothing yet.

    Raises ``ConfigError`` for a wrong file and ``EngineUnreachable`` for a context or address
    that does not exist.
    """
    env = os.environ if environment is None else environment
    settings = settings_from(arguments, env)
    if arguments.demo:
        return assemble_demo(settings, arguments.demo, arguments.seed, env)
    return assemble_engine(settings, env, given_by="" if arguments.host or arguments.context else _BY_FILE)


def assemble_engine(settings: Settings, environment: Mapping[str, str], *, given_by: str = "") -> Assembly:
    """Put together the watching of a real engine. ``given_by`` says who named it, if not the command line."""
    from sutaztop.collectors.counters import ChosenCounters
    from sutaztop.collectors.disks import DisksCollector
    from sutaztop.collectors.host import HostCollector
    from sutaztop.collectors.ollama_endpoints import Candidate, configured_endpoints, find_endpoints
    from sutaztop.collectors.ollama_models import ModelsCollector
    from sutaztop.collectors.stack import StackCollector
    from sutaztop.engines.docker.compose_run import Compose
    from sutaztop.engines.docker.endpoint import resolve_endpoint
    from sutaztop.engines.docker.engine import DockerEngine

    clock = SystemClock()
    endpoint = resolve_endpoint(
        host=settings.engine.host, context=settings.engine.context, environment=environment, given_by=given_by
    )
    engine = DockerEngine(endpoint, deadline=settings.engine.deadline, compose_command=settings.engine.compose_command)
    stack = StackCollector(engine, clock)
    configured = configured_endpoints(settings.models.endpoints)
    engine_host = urlsplit(endpoint.address).hostname or "127.0.0.1"

    def candidates() -> tuple[Candidate, ...]:
        if configured:
            return configured
        seen = stack.latest()
        return find_endpoints(seen.containers if seen else (), engine_host=engine_host)

    models = ModelsCollector(candidates, headers=dict(settings.models.headers), deadline=settings.models.deadline)
    source = Gather(
        clock,
        stack,
        ChosenCounters(engine, stack, clock, wish=settings.engine.sampler),
        HostCollector(clock),
        DisksCollector(engine, stack, clock, settings.profile.components, settings.disks),
        models,
    )
    compose = Compose(endpoint, settings.engine.compose_command)
    return _finish(settings, environment, clock, engine, source, models.host, compose.found)


def assemble_demo(settings: Settings, scenario: str, seed: int, environment: Mapping[str, str]) -> Assembly:
    """Put together a demo world, with the same source, monitor and actuator as the real thing."""
    from sutaztop.collectors.stack import StackCollector
    from sutaztop.demo.open import open_demo

    clock = SystemClock()
    world = open_demo(clock, seed=seed, scenario=scenario, components=settings.profile.components)
    source = Gather(
        clock,
        StackCollector(world.engine, clock),
        world.counters_collector,
        world.host_collector,
        world.disks_collector,
        world.models_collector,
    )

    def model_host(endpoint: str) -> ModelHost | None:
        return world.models if endpoint == world.models.endpoint else None

    assembly = _finish(settings, environment, clock, world.engine, source, model_host, lambda: (("demo world",),))
    return replace(assembly, demo=True)


def _finish(  # noqa: PLR0913, PLR0917 - what every kind of assembly ends with
    settings: Settings,
    environment: Mapping[str, str],
    clock: Clock,
    engine: Engine,
    source: Source,
    model_host: Callable[[str], ModelHost | None],
    compose_found: Callable[[], Sequence[Sequence[str]]],
) -> Assembly:
    state = str(locations.state_directory(settings.state_directory, environment))
    read_only = settings.screen.read_only
    actuator = Actuator(
        engine=engine,
        model_host=model_host,
        journal=FileJournal(state),
        clock=clock,
        who=who_am_i(environment),
        permission=Permission(read_only, "sutaztop runs read-only" if read_only else ""),
    )
    return Assembly(
        settings=settings,
        clock=clock,
        engine=engine,
        source=source,
        monitor=Monitor(source, settings.profile, judge, clock, interval=settings.screen.interval),
        actuator=actuator,
        state_directory=state,
        compose_found=compose_found,
    )
