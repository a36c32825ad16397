"""How far a frame can be believed: nothing may call well, or count as none, what was not seen."""

from enum import Enum

from sutaztop.domain.frame import Frame


class Known(Enum):
    """What is known of the containers."""

    NOW = "read, and up to date"
    ONCE = "read before; the engine does not answer now"
    NOT_YET = "being read for the first time"
    NEVER = "the engine was never reached"


def known_of(frame: Frame) -> Known:
    """Say what is known of a frame's containers, services and limits."""
    if frame.snapshot.engine is not None:
        return Known.NOW if frame.trouble is None else Known.ONCE
    return Known.NOT_YET if frame.trouble is None else Known.NEVER
