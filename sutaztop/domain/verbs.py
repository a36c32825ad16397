"""The words for what is done to things that run. Light: the command line's first look needs them."""

from enum import StrEnum


class Verb(StrEnum):
    """What can be done to a container as a whole."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    KILL = "kill"
    REMOVE = "remove"


class Signal(StrEnum):
    """The signals that are offered, most polite first."""

    TERM = "TERM"
    INT = "INT"
    HUP = "HUP"
    QUIT = "QUIT"
    USR1 = "USR1"
    USR2 = "USR2"
    KILL = "KILL"

    @property
    def is_meant_to_end(self) -> bool:
        """Whether a program is expected to end on it; of the others each makes what it likes."""
        return self in (Signal.TERM, Signal.INT, Signal.QUIT, Signal.KILL)


class Rollout(StrEnum):
    """What can be done to a Swarm service as a whole."""

    ROLLBACK = "rollback"
    """Back to the specification before the last update."""
    REDEPLOY = "redeploy"
    """All tasks anew from the same specification (force update)."""


class Stay(StrEnum):
    """How long a model is to stay in memory."""

    PIN = "pin"
    """For ever (``keep_alive`` -1)."""
    UNPIN = "unpin"
    """As long after the last request as the server's default says."""
    PRELOAD = "preload"
    """From now, before anybody asks for it."""
