"""When findings began and ended: one that flickers between two judgements is one line, not ten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind

BEGAN, WORSENED, ENDED = "began", "worsened", "ended"
"""The actions of a finding's lines."""
HOLD = timedelta(seconds=30)
"""How long a finding must be away before it has ended …"""
LONGEST_HOLD = timedelta(minutes=10)
"""… which doubles up to this each time it comes back within as long: what comes and goes is told ever more rarely."""
SETTLING = timedelta(seconds=15)
"""What is found so soon after watching began was there before, as far as can be told: rates want two readings."""
_TOLD_FROM = Severity.UNKNOWN
_TOLD_OTHERWISE = frozenset({"UNREACHABLE", "STALE"})
"""Words for what the timeline tells as the engine's being gone."""

Key: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class _Span:
    """A finding from its beginning on. ``away_since`` is ``None`` while it stands; ``ended`` once that was told."""

    subject: Subject
    word: str
    since: datetime
    told: Severity
    hold: timedelta
    away_since: datetime | None = None
    ended: bool = False


class FindingSpans:
    """Follows findings over judgements. Bounded: a key is forgotten once it has been away for the longest hold.

    ``known`` are findings that an earlier run told the beginning of: what is still there then does not begin
    again, and what is not has ended meanwhile.
    """

    def __init__(self, known: Iterable[Happening] = ()) -> None:
        self._spans: dict[Key, _Span] = {
            (it.subject.kind, it.subject.id, it.reference): _Span(it.subject, it.reference, it.at, it.severity, HOLD)
            for it in known
        }
        self._seen: tuple[Finding, ...] | None = None
        self._away = 0
        self._first: datetime | None = None

    def take(self, findings: tuple[Finding, ...], at: datetime) -> list[Happening]:
        """Give what began, worsened or ended with the findings as they are at a time."""
        if self._first is None:
            self._first = at
        if findings is self._seen and not self._away:
            return []
        told: list[Happening] = []
        if findings is not self._seen:
            self._seen = findings
            told += self._compare(findings, at)
        told += self._expire(at)
        return told

    def _compare(self, findings: tuple[Finding, ...], at: datetime) -> Iterator[Happening]:
        present: set[Key] = set()
        for it in findings:
            if it.severity < _TOLD_FROM or it.word in _TOLD_OTHERWISE:
                continue
            key = (it.subject.kind, it.subject.id, it.word)
            present.add(key)
            yield from self._stands(key, it, at)
        self._away = 0
        for key, span in self._spans.items():
            if key not in present and span.away_since is None:
                span.away_since = at
            self._away += span.away_since is not None

    def _stands(self, key: Key, it: Finding, at: datetime) -> Iterator[Happening]:
        span = self._spans.get(key)
        if span is None or span.ended:
            hold = min(LONGEST_HOLD, span.hold * 2) if span is not None else HOLD
            self._spans[key] = _Span(it.subject, it.word, at, it.severity, hold)
            if self._first is None or at - self._first >= SETTLING:
                yield _line(it, BEGAN, it.text, it.severity, at)
            return
        span.away_since = None
        if it.severity > span.told:
            span.told = it.severity
            yield _line(it, WORSENED, it.text, it.severity, at)

    def _expire(self, at: datetime) -> Iterator[Happening]:
        for key, span in tuple(self._spans.items()):
            if span.away_since is None:
                continue
            # Where the clock was set back, it is counted from now on.
            span.away_since = min(span.away_since, at)
            away = at - span.away_since
            if not span.ended and away >= span.hold:
                span.ended = True
                words = f"after {span_words((span.away_since - span.since).total_seconds())}"
                yield _line(span, ENDED, words, Severity.OK, span.away_since)
            if away >= max(LONGEST_HOLD, span.hold):
                del self._spans[key]
                self._away -= 1

    @property
    def count(self) -> int:
        """How many findings are followed."""
        return len(self._spans)


def _line(about: "Finding | _Span", action: str, text: str, severity: Severity, at: datetime) -> Happening:
    word = about.word
    told = f"{word} {text}" if action == ENDED else text if text.upper().startswith(word) else f"{word}: {text}"
    return Happening(at, HappeningKind.FINDING, about.subject, action, told, severity, reference=word)
