"""Putting the adapters together: the one place that knows which engine, which collectors, which journal."""

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sutaztop.actions.apply import Actuator
from sutaztop.actions.lease import Permission
from sutaztop.actions.ledger import Ledger
from sutaztop.cli.chosen import find_endpoint, settings_from, why_kernel_only, why_read_only
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.lend import ProcessLender, reach_words
from sutaztop.collectors.gather import Gather
from sutaztop.config import locations
from sutaztop.config.settings import Settings
from sutaztop.contracts import Clock, Engine, ModelHost, ProjectFiles, Source
from sutaztop.domain.guardrails import Circumstances
from sutaztop.domain.quantity import Seconds
from sutaztop.engines.docker.endpoint import Endpoint
from sutaztop.monitor import Monitor
from sutaztop.store.journal import FileJournal
from sutaztop.store.lately import done_lately
from sutaztop.store.process import is_running, process_name
from sutaztop.store.turns import SharedTurns
from sutaztop.store.who import who_am_i

if TYPE_CHECKING:
    from sutaztop.collectors.disks import DisksCollector
    from sutaztop.collectors.ollama_models import ModelsCollector
    from sutaztop.collectors.outside import OutsideProcesses
    from sutaztop.collectors.stack import StackCollector
    from sutaztop.domain.disk import DiskSample
    from sutaztop.domain.frame import HistoryView
    from sutaztop.domain.llm import ModelServer
    from sutaztop.domain.past import Past
    from sutaztop.domain.profile import Profile
    from sutaztop.domain.snapshot import Snapshot
    from sutaztop.monitor import Judgement

_DISKS_EVERY, _DISKS_DEADLINE = Seconds(1.0), Seconds(2.0)
_MODELS_EVERY = Seconds(5.0)
PATIENCE = Seconds(4.0)
"""How long a face that shows one frame waits for slow readers, such as a model server that starts."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything a face works with. ``close`` ends threads and connections; it does not wait for a hung one."""

    settings: Settings
    clock: Clock
    engine: Engine
    source: Source
    monitor: Monitor
    actuator: Actuator
    ledger: Ledger
    state_directory: str
    compose_found: Callable[[], Sequence[Sequence[str]]]
    project_files: ProjectFiles | None = None
    """The files of Compose projects, where an engine names them."""
    demo: bool = False
    kernel_only: str = ""
    """What keeps the engine from being asked, where only the kernel's files are read."""
    lender: ProcessLender | None = None
    """Who sees to borrowed changes; a demo world has nobody, for it ends with its program."""

    def circumstances(self, *, force: bool = False) -> Circumstances:
        """Give what guardrails are held against now."""
        done = done_lately(self.state_directory, self.engine.endpoint, self.clock.now())
        return Circumstances(done=done, force=force)

    def close(self) -> None:
        """End everything that was begun."""
        self.monitor.stop()
        self.engine.close()


def assemble(
    arguments: argparse.Namespace,
    *,
    environment: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    who: str = "",
) -> Assembly:
    """Put together what the words ask for. Connects to nothing yet. ``settings`` are read where they are not given.

    ``who`` asks for changes; without it the person at the terminal does.
    Raises ``ConfigError`` for a wrong file and ``EngineUnreachable`` for a context or address
    that does not exist.
    """
    env = os.environ if environment is None else environment
    settings = settings or settings_from(arguments, env)
    if arguments.demo:
        return assemble_demo(settings, arguments.demo, arguments.seed, env, who=who)
    endpoint = find_endpoint(arguments, settings, env)
    # Whoever shows no drift waits for no Compose.
    drift = arguments.command in (None, "snapshot")
    return assemble_engine(settings, env, endpoint, drift=drift, words=reach_words(arguments, endpoint), who=who)


def assemble_engine(  # noqa: PLR0913 - what the words ask for, each named at the call
    settings: Settings,
    environment: Mapping[str, str],
    endpoint: Endpoint,
    *,
    drift: bool = True,
    words: Sequence[str] = (),
    who: str = "",
) -> Assembly:
    """Put together the watching of a real engine, which ``words`` on the command line reach again.

    ``drift`` reads what its projects' Compose files say.
    """
    from sutaztop.collectors.counters import ChosenCounters
    from sutaztop.collectors.host import HostCollector
    from sutaztop.collectors.late import LateCollector
    from sutaztop.collectors.project_files import ProjectFilesCollector
    from sutaztop.collectors.stack import StackCollector
    from sutaztop.engines.docker.engine import DockerEngine
    from sutaztop.engines.kernel.engine import KernelEngine

    clock = SystemClock()
    kernel_only = why_kernel_only(endpoint, settings)
    engine: KernelEngine | DockerEngine
    if kernel_only:
        engine = KernelEngine(kernel_only)
    else:
        engine = DockerEngine(
            endpoint, deadline=settings.engine.deadline, compose_command=settings.engine.compose_command
        )
    stack = StackCollector(engine, clock)
    files = None if isinstance(engine, KernelEngine) else engine.project_files
    wishes = ProjectFilesCollector(files, stack.latest, clock) if files is not None and drift else None

    def make_disks() -> "DisksCollector":
        from sutaztop.collectors.disks import DisksCollector

        return DisksCollector(engine, stack, clock, settings.profile.components, settings.disks)

    disks: LateCollector[DisksCollector, DiskSample] = LateCollector(
        "disks", make_disks, every=_DISKS_EVERY, deadline=_DISKS_DEADLINE
    )
    models: LateCollector[ModelsCollector, tuple[ModelServer, ...]] = LateCollector(
        "models", lambda: _models(settings, stack, endpoint), every=_MODELS_EVERY, deadline=settings.models.deadline
    )

    def model_host(address: str) -> ModelHost | None:
        return models.made.host(address) if models.made is not None else None

    source = Gather(
        clock,
        stack,
        ChosenCounters(engine, stack, clock, wish="kernel" if kernel_only else settings.engine.sampler),
        HostCollector(clock),
        disks,
        models,
        files=wishes,
        outside=_outside(clock, endpoint),
    )
    state = str(locations.state_directory(settings.state_directory, environment))
    return _finish(
        settings, environment, clock, engine, source, model_host, engine.compose_found,
        kernel_only=kernel_only, files=files, who=who, lender=ProcessLender(state, clock, words),
    )  # fmt: skip


def _outside(clock: Clock, endpoint: Endpoint) -> "OutsideProcesses | None":
    """Give who looks for heavy processes besides the containers: of a remote engine's host nothing is seen here."""
    if not endpoint.address.startswith("unix:"):
        return None
    from sutaztop.collectors.outside import OutsideProcesses

    return OutsideProcesses(clock)


def _models(settings: Settings, stack: "StackCollector", endpoint: Endpoint) -> "ModelsCollector":
    from sutaztop.collectors.ollama_endpoints import Candidate, configured_endpoints, find_endpoints
    from sutaztop.collectors.ollama_models import ModelsCollector

    configured = configured_endpoints(settings.models.endpoints)
    engine_host = urlsplit(endpoint.address).hostname or "127.0.0.1"

    def candidates() -> tuple[Candidate, ...]:
        if configured:
            return configured
        seen = stack.latest()
        return find_endpoints(seen.containers if seen else (), engine_host=engine_host)

    return ModelsCollector(candidates, headers=dict(settings.models.headers), deadline=settings.models.deadline)


def assemble_demo(  # noqa: PLR0913 - what the words ask for, each named at the call
    settings: Settings,
    scenario: str,
    seed: int,
    environment: Mapping[str, str],
    *,
    clock: Clock | None = None,
    who: str = "",
) -> Assembly:
    """Put together a demo world, with the same source, monitor and actuator as the real thing."""
    from sutaztop.collectors.project_files import ProjectFilesCollector
    from sutaztop.collectors.stack import StackCollector
    from sutaztop.demo.open import open_demo

    clock = clock or SystemClock()
    world = open_demo(clock, seed=seed, scenario=scenario, components=settings.profile.components)
    stack = StackCollector(world.engine, clock)
    source = Gather(
        clock,
        stack,
        world.counters_collector,
        world.host_collector,
        world.disks_collector,
        world.models_collector,
        files=ProjectFilesCollector(world.files, stack.latest, clock),
    )

    def model_host(endpoint: str) -> ModelHost | None:
        return world.models if endpoint == world.models.endpoint else None

    assembly = _finish(
        settings,
        environment,
        clock,
        world.engine,
        source,
        model_host,
        lambda: (("demo world",),),
        files=world.files,
        who=who,
    )
    return replace(assembly, demo=True)


def judge(snapshot: "Snapshot", history: "HistoryView", profile: "Profile", past: "Past") -> "Judgement":
    """Judge as policy does, which is loaded when it is first asked: the first readings do not wait for it."""
    from sutaztop.policy.judge import judge as policy

    return policy(snapshot, history, profile, past)


def _finish(  # noqa: PLR0913, PLR0917 - what every kind of assembly ends with
    settings: Settings,
    environment: Mapping[str, str],
    clock: Clock,
    engine: Engine,
    source: Source,
    model_host: Callable[[str], ModelHost | None],
    compose_found: Callable[[], Sequence[Sequence[str]]],
    *,
    kernel_only: str = "",
    files: ProjectFiles | None = None,
    who: str = "",
    lender: ProcessLender | None = None,
) -> Assembly:
    state = str(locations.state_directory(settings.state_directory, environment))
    why_not = why_read_only(settings, kernel_only)
    who = who or who_am_i(environment)
    journal = FileJournal(state)
    actuator = Actuator(
        engine=engine,
        model_host=model_host,
        journal=journal,
        clock=clock,
        who=who,
        permission=Permission(bool(why_not), why_not),
        turns=SharedTurns(engine.endpoint),
        files=files,
        lender=lender,
        process=process_name(),
    )
    return Assembly(
        settings=settings,
        clock=clock,
        engine=engine,
        source=source,
        monitor=Monitor(source, settings.profile, judge, clock, interval=settings.screen.interval),
        actuator=actuator,
        ledger=Ledger(journal=journal, clock=clock, who=who, is_running=is_running, unsettled=journal.unsettled),
        lender=lender,
        state_directory=state,
        compose_found=compose_found,
        project_files=files,
        kernel_only=kernel_only,
    )
