"""What is said of a clip that was written."""

from datetime import tzinfo

from sutaztop.domain.quantity import Bytes, span_words
from sutaztop.domain.recording import ClipMade
from sutaztop.render.format import memory_words


def counted(number: int, word: str) -> str:
    """Give a number with its word.

    >>> counted(1, "line"), counted(2000, "line")
    ('1 line', '2,000 lines')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def clip_words(made: ClipMade, zone: tzinfo | None) -> str:
    """Say what was written, where, how large, and how it is opened; clocks are in ``zone``, ``None`` the operator's."""
    span = span_words((made.last - made.first).total_seconds())
    hidden = ", anonymised" if made.anonymised else ""
    return (
        f"{made.path}: {memory_words(Bytes(made.size))}, {span} from {made.first.astimezone(zone):%Y-%m-%d %H:%M:%S}, "
        f"{counted(made.rows, 'reading')} of {counted(made.containers, 'container')}, "
        f"{counted(made.happenings, 'happening')}{hidden}. Graphs reach back {span_words(made.graphs_back)} before it "
        f"where that was recorded. Open it with: sutaztop replay {made.path}"
    )


def clip_notice(made: ClipMade) -> str:
    """Say the least of it, for a line on the screen."""
    return f"Clip{', anonymised' if made.anonymised else ''}, {memory_words(Bytes(made.size))}: {made.path}"
