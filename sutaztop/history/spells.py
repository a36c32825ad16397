"""Putting judgements after one another together to spells: what was said, by whom, from when to when."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sutaztop.domain.finding import Finding, Recommendation, Subject
from sutaztop.domain.spell import Said, Spell

_LONGEST_SILENCE = timedelta(seconds=60)
"""Judgements further apart than this, and three times as far as those before, saw nothing between them."""

_Key = tuple[bool, str, str, str]
_Judgement = tuple[Sequence[Finding], Sequence[Recommendation]]
_Told = dict[_Key, tuple[Subject, Said]]
_Line = tuple[tuple[str, str], Subject, Said]
"""What orders it among others of its key, what it is about, what it says."""


class Spells:
    """Takes the judgements of one judge, or of several at the same moments; times must not go back.

    With ``differences`` alone, what all of them say alike is no spell, and all findings about a subject are one, for
    one judge may call by another word what another sees too.
    """

    def __init__(self, *, differences: bool) -> None:
        self._differences = differences
        self._open: dict[_Key, Spell] = {}
        self._ended: list[Spell] = []
        self._last: datetime | None = None
        self._step = timedelta(0)

    def add(self, at: datetime, judgements: Sequence[_Judgement]) -> None:
        """Take what each judge says at a moment, in an order that stays."""
        if self._last is not None:
            step = at - self._last
            if step > max(_LONGEST_SILENCE, 3 * self._step):
                self._end(set(self._open))
            self._step = step
        self._last = at
        each = [self._said(*it) for it in judgements]
        now: dict[_Key, tuple[Subject, tuple[Said | None, ...]]] = {}
        for one in each:
            for key, (subject, _) in one.items():
                said = tuple(other[key][1] if key in other else None for other in each)
                if not self._differences or len({_core(it) for it in said}) > 1:
                    now.setdefault(key, (subject, said))
        for key, spell in self._open.items():
            # It was so until this moment, whatever is so from now on.
            self._open[key] = replace(spell, until=at)
        self._end({key for key, it in self._open.items() if key not in now or not _alike(it.said, now[key][1])})
        for key, (subject, said) in now.items():
            known = self._open.get(key)
            self._open[key] = (
                Spell(subject, key[0], said, at, at) if known is None else replace(known, said=said, subject=subject)
            )

    def told(self) -> tuple[Spell, ...]:
        """Give all spells, in the order in which they began."""
        found = [*self._ended, *self._open.values()]
        return tuple(sorted(found, key=lambda it: (it.since, not it.advice, it.subject.name, it.subject.id)))

    def _end(self, keys: set[_Key]) -> None:
        self._ended += [self._open.pop(key) for key in sorted(keys)]

    def _said(self, findings: Sequence[Finding], recommendations: Sequence[Recommendation]) -> _Told:
        """Put together what one judge says of each subject, in an order of its own."""
        together: dict[_Key, list[_Line]] = {}
        for key, line in self._lines(findings, recommendations):
            together.setdefault(key, []).append(line)
        told: _Told = {}
        for key, lines in together.items():
            lines.sort(key=lambda it: it[0])
            said = [it for _, _, it in lines]
            rules, text = " ".join(it.rules for it in said), "; ".join(it.text for it in said)
            told[key] = lines[0][1], Said(max(it.severity for it in said), rules, text)
        return told

    def _lines(
        self, findings: Sequence[Finding], recommendations: Sequence[Recommendation]
    ) -> Iterator[tuple[_Key, _Line]]:
        for it in findings:
            key = False, it.subject.kind, it.subject.id, "" if self._differences else it.word
            yield key, ((it.word, it.text), it.subject, Said(it.severity, it.word, f"{it.word}: {it.text}"))
        for one in recommendations:
            text = f"{one.proposal}{f' (held back: {one.blocked})' if one.blocked else ''}"
            rule = f"{one.id.split(':')[0]}={one.rule}{'' if one.intent else '!'}"
            key = True, one.subject.kind, one.subject.id, ""
            yield key, ((one.id, ""), one.subject, Said(one.severity, rule, text))


def _core(it: Said | None) -> tuple[object, ...] | None:
    """Give what makes two judges differ: what they say, not only by which rule."""
    return None if it is None else (it.severity, it.text)


def _alike(before: Sequence[Said | None], now: Sequence[Said | None]) -> bool:
    """Whether every judge says the same as before, be it with other figures."""
    return all(
        (one is None and other is None)
        or (one is not None and other is not None and (one.severity, one.rules) == (other.severity, other.rules))
        for one, other in zip(before, now, strict=True)
    )
