"""The engine's events as lines of the timeline: what each means, and how bad it is; its noise is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sutaztop.domain.event import Event
from sutaztop.domain.exit_codes import exit_words
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.text import clean_line

RECENT = timedelta(seconds=30)
"""A stop's grace is 10 s; so long a signal or a kill for memory explains an end."""
LONGEST_TEXT = 400
_SIGNALS: Mapping[str, str] = {
    "1": "HUP",
    "2": "INT",
    "3": "QUIT",
    "9": "KILL",
    "10": "USR1",
    "12": "USR2",
    "15": "TERM",
}
_ASKED = frozenset({"2", "3", "9", "15", "INT", "QUIT", "KILL", "TERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGTERM"})
"""Signals after which an end is no surprise."""
_PLAIN = {
    "start": "started", "restart": "was restarted", "pause": "paused", "unpause": "goes on",
    "destroy": "was removed",
}  # fmt: skip
_NODE = frozenset({"create", "update", "remove"})


@dataclass(slots=True)
class _Lately:
    """What explains a container's end: when it was sent a signal, and when it was killed for memory."""

    signal: str = ""
    signalled: datetime | None = None
    oom: datetime | None = None


class EngineEvents:
    """Turns events into lines, one by one in the order they came. Remembers half a minute."""

    def __init__(self) -> None:
        self._lately: dict[str, _Lately] = {}

    def tell(self, event: Event, *, oom_killed: bool = False, image_before: str = "") -> Happening | None:
        """Give the line of an event, or ``None`` for one that is noise, or told by what it changed.

        ``oom_killed`` is what inspect says of the container's last run, ``image_before`` the image of the container
        that had its name before.
        """
        if event.kind == "container":
            told = self._container(event, oom_killed=oom_killed, image_before=image_before)
        elif event.kind == "service":
            told = _service(event)
        elif event.kind == "node" and event.action in _NODE:
            told = _node(event)
        else:
            told = None
        if told is None:
            return None
        text, severity = told
        return Happening(
            event.at,
            HappeningKind.EVENT,
            subject_of(event),
            event.action,
            clean_line(text, limit=LONGEST_TEXT),
            severity,
        )

    def forget(self, now: datetime) -> None:
        """Drop what explains nothing any more."""
        if self._lately:
            self._lately = {
                key: it for key, it in self._lately.items() if _is_recent(it.signalled, now) or _is_recent(it.oom, now)
            }

    def _container(self, event: Event, *, oom_killed: bool, image_before: str) -> tuple[str, Severity] | None:
        told: tuple[str, Severity] | None = None
        match event.action:
            case "die":
                told = self._end(event, oom_killed=oom_killed)
            case "oom":
                self._of(event).oom = event.at
                told = "a process in it was killed for memory: it met its limit", Severity.CRITICAL
            case "kill":
                lately = self._of(event)
                lately.signal, lately.signalled = event.detail, event.at
                told = f"was sent signal {_SIGNALS.get(event.detail, event.detail) or '?'}", Severity.OK
            case "health_status":
                told = _health(event.detail)
            case "create":
                told = _birth(event, image_before), Severity.OK
            case "rename":
                told = f"has its name now, was {event.detail.removeprefix('/')}", Severity.OK
            case action if action in _PLAIN:
                told = _PLAIN[action], Severity.OK
        return told

    def _of(self, event: Event) -> _Lately:
        return self._lately.setdefault(event.subject_id, _Lately())

    def _end(self, event: Event, *, oom_killed: bool) -> tuple[str, Severity]:
        lately = self._lately.get(event.subject_id, _Lately())
        signal = lately.signal if _is_recent(lately.signalled, event.at) else ""
        # The event says so 60 ms before; inspect may say it of an earlier run, so the event outweighs a signal.
        oom = _is_recent(lately.oom, event.at) or (oom_killed and not signal)
        name = _SIGNALS.get(signal, signal.removeprefix("SIG"))
        after = f", after signal {name}" if signal and not oom else ""
        if not event.detail.isdecimal():
            return f"ended{after}", Severity.WARNING
        code = int(event.detail)
        words = "" if code == 137 and after else exit_words(code, oom=oom and code == 137)
        if oom and code != 137:
            words = f"{words}, and a process was killed for memory".removeprefix(", ")
        text = f"ended with exit code {code}{f': {words}' if words else ''}{after}"
        if oom:
            return text, Severity.CRITICAL
        return text, Severity.OK if code == 0 or signal in _ASKED else Severity.WARNING


def subject_of(event: Event) -> Subject:
    """Say what an event is about."""
    return Subject(event.kind, event.subject_id, event.subject_name or event.subject_id[:12])


def _birth(event: Event, image_before: str) -> str:
    image = event.attributes.get("image", "")
    if not image:
        return "created"
    return f"created from {image}" + (f", before it {image_before}" if image_before not in ("", image) else "")


def _is_recent(then: datetime | None, now: datetime) -> bool:
    return then is not None and abs(now - then) <= RECENT


def _health(verdict: str) -> tuple[str, Severity] | None:
    if verdict == "unhealthy":
        return "unhealthy, its own probe says", Severity.WARNING
    return ("healthy, its own probe says", Severity.OK) if verdict == "healthy" else None


def _service(event: Event) -> tuple[str, Severity] | None:
    if event.action in ("create", "remove"):
        return ("service created" if event.action == "create" else "service removed"), Severity.OK
    state = event.attributes.get("updatestate.new", "")
    if event.action != "update" or not state:
        return None  # what it changed is seen in the service itself
    bad = state in ("paused", "rollback_started", "rollback_paused")
    return f"its update is {state.replace('_', ' ')}", Severity.WARNING if bad else Severity.OK


def _node(event: Event) -> tuple[str, Severity] | None:
    changed = [
        f"{name} {event.attributes[f'{name}.old']} → {event.attributes[f'{name}.new']}"
        for name in ("state", "availability", "role")
        if f"{name}.new" in event.attributes and f"{name}.old" in event.attributes
    ]
    if event.action != "update":
        return f"node {event.action}d", Severity.OK
    if not changed:
        return None
    return ", ".join(changed), Severity.WARNING if event.attributes.get("state.new") == "down" else Severity.OK
