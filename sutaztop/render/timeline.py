"""The timeline in words: one line for each happening, what a filter finds, and one told whole."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TypeAlias

from sutaztop.domain.finding import Severity
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.render.arrange import FilterError
from sutaztop.render.cells import (
    SEVERITY_GLYPH,
    SEVERITY_TONE,
    Line,
    Span,
    Tone,
    cell_width,
    fit,
    fit_line,
)
from sutaztop.render.paragraph import wrap

_WORD_WIDTH = 8
_SWARM_ID = re.compile(r"(?:\.[a-z0-9]{25})+$")
_LONGEST_NAME = 40
_KIND_TONE = {HappeningKind.NOTE: Tone.ACCENT, HappeningKind.CHANGE: Tone.STRONG, HappeningKind.GAP: Tone.UNKNOWN}

Match: TypeAlias = Callable[[Happening], bool]


# --- the filter ----------------------------------------------------------------------------------

_WHOLE: Mapping[str, Callable[[Happening], str]] = {
    "kind": lambda it: it.kind.value,
    "severity": lambda it: it.severity.word,
}
_PART: Mapping[str, Callable[[Happening], str]] = {
    "name": lambda it: it.subject.name,
    "about": lambda it: f"{it.subject.kind} {it.subject.name} {it.subject.id}",
    "action": lambda it: it.action,
    "who": lambda it: it.who,
    "why": lambda it: f"{it.reference} {it.text}",
}
FILTER_KEYS = (*_WHOLE, *_PART)
_CLOSED = {"kind": [it.value for it in HappeningKind], "severity": [it.word for it in Severity]}
_EXAMPLE = {"kind": "finding", "severity": "critical", "action": "die", "why": "oom"}


def parse_filter(text: str) -> Match:
    """Read a filter: words that must all be found; ``!`` inverts one; ``key:a,b`` looks at one property.

    A plain word is sought in name, words, action and who. Raises ``FilterError`` for a key that does not exist or has
    no value, and for a value that none can have.
    """
    terms = [_term(word) for word in text.split()]
    return lambda it: all(term(it) for term in terms)


def _term(word: str) -> Match:
    body = word.lstrip("!").casefold()
    match = _keyed(body) if ":" in body else _anywhere(body)
    return (lambda it: not match(it)) if word.startswith("!") else match


def _anywhere(text: str) -> Match:
    return lambda it: any(text in part.casefold() for part in (it.subject.name, it.text, it.action, it.who))


def _keyed(body: str) -> Match:
    key, _, wanted = body.partition(":")
    values = [value for value in wanted.split(",") if value]
    if key not in FILTER_KEYS:
        raise FilterError(f"no key {key!r}: {_nearest(key, FILTER_KEYS)}Keys are {', '.join(FILTER_KEYS)}")
    if not values:
        raise FilterError(f"{key}: wants a value, for example {key}:{_EXAMPLE.get(key, 'ollama')}")
    known = _CLOSED.get(key, values)
    for value in values:
        if value not in known:
            raise FilterError(f"no {key} {value!r}: {_nearest(value, known)}It is one of {', '.join(known)}")
    if key in _WHOLE:
        whole = _WHOLE[key]
        return lambda it: whole(it) in values
    part = _PART[key]
    return lambda it: any(value in part(it).casefold() for value in values)


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}? " if near else ""


# --- words ---------------------------------------------------------------------------------------


def told(it: Happening) -> str:
    """Say what happened, without when and to whom.

    >>> from datetime import UTC
    >>> from sutaztop.domain.finding import Subject
    >>> at, nobody = datetime(2026, 1, 1, tzinfo=UTC), Subject("", "", "")
    >>> told(Happening(at, HappeningKind.CHANGE, nobody, "seen", "cpu 1 → 2"))
    'cpu 1 → 2, not made from here'
    """
    if it.kind is HappeningKind.FINDING:
        return it.text if it.action == "began" else f"{it.action}: {it.text}"
    if it.kind is HappeningKind.CHANGE:
        if it.action == "seen":
            return f"{it.text}, not made from here"
        if it.action == "meanwhile":
            return f"while nobody recorded: {it.text}"
        words = "no outcome yet" if it.action == "begun" else it.action
        return f"{words}: {it.text}" + (f" · {it.who}" if it.who else "")
    if it.kind is HappeningKind.NOTE and it.who:
        return f"{it.text} · {it.who}"
    return it.text


def short_name(name: str) -> str:
    """Write a Swarm task's name without its own id and its node's.

    >>> short_name("agents.2.y8uianeyrylqerbp2b8q01kuw"), short_name("web.1")
    ('agents.2', 'web.1')
    >>> short_name("exporter.q0jpxknrj7u9cecoe1nuc7fb3.5kuuj1ebicthudo0nc6qlkc2y")
    'exporter'
    """
    return _SWARM_ID.sub("", name) or name


def word_of(it: Happening) -> str:
    """Give the short word beside the glyph: how bad it is, and where nothing is bad what sort of thing it is."""
    return it.kind.value if it.severity is Severity.OK or it.kind is HappeningKind.GAP else it.severity.word


def clock_words(at: datetime, zone: tzinfo | None, *, dated: bool) -> str:
    """Write a time in a zone, with its day where another day than today is in sight."""
    local = at.astimezone(zone)
    return f"{local:%m-%d %H:%M:%S}" if dated else f"{local:%H:%M:%S}"


def are_dated(lines: Sequence[Happening], now: datetime, zone: tzinfo | None) -> bool:
    """Whether any of these lies on another day than now: then all are written with their day."""
    today = now.astimezone(zone).date()
    return any(it.at.astimezone(zone).date() != today for it in lines)


def name_width(lines: Sequence[Happening], width: int) -> int:
    """Give the cells that names take: as many as the longest wants, within a third of the width."""
    longest = max((cell_width(short_name(it.subject.name)) for it in lines), default=0)
    return max(4, min(longest, _LONGEST_NAME, width // 4))


def happening_line(it: Happening, width: int, names: int, *, zone: tzinfo | None, dated: bool) -> Line:
    """Write one happening on one line: time, how bad, whom, what."""
    tone = _KIND_TONE.get(it.kind, Tone.MUTED) if it.severity is Severity.OK else SEVERITY_TONE[it.severity]
    return fit_line(
        (
            Span(f"{clock_words(it.at, zone, dated=dated)} ", Tone.MUTED),
            Span(f"{SEVERITY_GLYPH[it.severity]} {fit(word_of(it), _WORD_WIDTH)} ", tone),
            Span(f"{fit(short_name(it.subject.name), names)}  ", Tone.STRONG),
            Span(told(it), Tone.ACCENT if it.kind is HappeningKind.NOTE else Tone.PLAIN),
        ),
        width,
    )


def whole_lines(it: Happening, width: int, *, zone: tzinfo | None, now: datetime) -> list[Line]:
    """Write one happening whole: when, how long ago, to whom, what, by whom."""
    local = it.at.astimezone(zone)
    until = f" to {it.until.astimezone(zone):%H:%M:%S}" if it.until is not None and it.until > it.at else ""
    away = (now - it.at).total_seconds()
    ago = f"{span_words(away)} ago" if away >= 0 else f"in {span_words(-away)}"
    about = f"{it.subject.kind} {it.subject.name}".strip() or "nothing in particular"
    lines: list[Line] = [(
        Span(f"{local:%Y-%m-%d %H:%M:%S}{until}", Tone.STRONG), Span(f" · {ago} · ", Tone.MUTED),
        Span(f"{it.kind.value} {it.action}", SEVERITY_TONE[it.severity]), Span(f" · {about}", Tone.MUTED),
    )]  # fmt: skip
    lines += [(Span(row),) for row in wrap(told(it), max(10, width))]
    if it.kind is HappeningKind.CHANGE and it.reference:
        lines.append((Span(f"change {it.reference}: see the journal, 6", Tone.MUTED),))
    return lines


def copied(it: Happening, zone: tzinfo | None) -> str:
    """Write one happening for the clipboard."""
    local = it.at.astimezone(zone)
    return "  ".join(part for part in (f"{local:%Y-%m-%d %H:%M:%S%z}", word_of(it), it.subject.name, told(it)) if part)
