"""What is done to the world's containers as a whole, refused as the engine refuses it (moby 20.10)."""

from signal import Signals

from sutaztop.contracts import EngineRefused
from sutaztop.demo.container import LivingContainer
from sutaztop.demo.world import World
from sutaztop.domain.container import ContainerState
from sutaztop.domain.verbs import Signal, Verb


def change_state(world: World, container: LivingContainer, verb: Verb, signal: Signal | None) -> None:
    """Do it, or raise ``EngineRefused``. Under the world's lock."""
    _refuse(container, verb)
    now = world.now
    match verb:
        case Verb.START:
            container.oom_killed = False
            container.start(now)
        case Verb.STOP:
            container.stop(now)
        case Verb.RESTART:
            container.stop(now)
            container.start(now)
        case Verb.PAUSE:
            container.pause()
        case Verb.UNPAUSE:
            container.unpause()
        case Verb.KILL:
            container.signal(now, Signals[f"SIG{(signal or Signal.TERM).value}"])
        case Verb.REMOVE:
            world.remove(container.id)


def _refuse(container: LivingContainer, verb: Verb) -> None:
    state, short = container.state, container.id[:12]
    restarting = state is ContainerState.RESTARTING
    up = container.is_running or restarting
    words = {
        Verb.START: "It is so already" if up else "",
        Verb.STOP: "" if up else "It is so already",
        Verb.RESTART: "",
        Verb.PAUSE: _why_no_pause(state, short),
        Verb.UNPAUSE: "" if state is ContainerState.PAUSED else f"Container {short} is not paused",
        Verb.KILL: "" if up else f"Cannot kill container: {short}: Container {short} is not running",
        Verb.REMOVE: f"You cannot remove a running container {short}. Stop the container before attempting removal "
        "or force remove" if container.is_running else f"Container {short} is restarting: stop it first"
        if restarting else "",
    }[verb]  # fmt: skip
    if words:
        raise EngineRefused(f"The engine refused {verb.value} of {short}", words)


def _why_no_pause(state: ContainerState, short: str) -> str:
    if state is ContainerState.PAUSED:
        return f"Container {short} is already paused"
    if state is ContainerState.RESTARTING:
        return f"Container {short} is restarting, wait until the container is running"
    return "" if state is ContainerState.RUNNING else f"Container {short} is not running"
