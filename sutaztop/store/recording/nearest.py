"""Names that nobody knows, told with those that are nearest."""

from collections.abc import Iterable
from difflib import get_close_matches

from sutaztop.contracts import RecordingError
from sutaztop.domain.text import clean_line

_MOST = 5


def no_container(name: str, known: Iterable[str]) -> RecordingError:
    """Say that no container of that name was there."""
    return RecordingError(
        f"No container {clean_line(name, limit=80)!r} in that span", "none has that name, id or service",
        _nearest(name, known) or "Without --container all of them are taken.",
    )  # fmt: skip


def no_figure(name: str, known: Iterable[str]) -> RecordingError:
    """Say that there is no such figure, and which there are."""
    names = list(known)
    near = _nearest(name, names)
    every = f"There are {', '.join(names)}."
    return RecordingError(f"No figure {clean_line(name, limit=80)!r}", "nothing is measured under that name",
                          f"{near} {every}".strip())  # fmt: skip


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=_MOST, cutoff=0.5) or [it for it in names if name in it][:_MOST]
    return f"Near to it: {', '.join(near)}." if near else ""
