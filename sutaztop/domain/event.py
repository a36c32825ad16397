"""Something that happened on the engine: past-tense facts with their time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sutaztop.domain.container import NO_LABELS


@dataclass(frozen=True, slots=True)
class Event:
    """An engine event. ``kind`` is container, service, node …; ``action`` Docker's word without its argument.

    ``time_ns`` is the engine's own stamp, unique enough to continue a stream after it.
    """

    at: datetime
    time_ns: int
    kind: str
    action: str
    subject_id: str
    subject_name: str = ""
    detail: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, repr=False)


_DETAIL = {"die": "exitCode", "kill": "signal", "rename": "oldName", "connect": "container", "disconnect": "container"}


def detail_of(action: str, attributes: Mapping[str, str]) -> str:
    """Give the attribute that tells more of an action: an exit code, a signal, the earlier name; or nothing.

    >>> detail_of("die", {"exitCode": "137", "name": "web"}), detail_of("start", {"name": "web"})
    ('137', '')
    """
    return attributes.get(_DETAIL.get(action, ""), "")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container wrote. ``stream`` is ``stdout`` or ``stderr``; the text is cleaned."""

    text: str
    stream: str = "stdout"
    at: datetime | None = None
