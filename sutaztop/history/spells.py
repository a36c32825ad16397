"""Putting judgements after one another together to spells: what was said, by whom, from when to when."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sutaztop.domain.finding import Finding, Recommendation, Severity, Subject
from sutaztop.domain.spell import Said, Spell

_LONGEST_SILENCE = timedelta(seconds=60)
"""Judgements further apart than this saw nothing between them: what both say is not said to have lasted."""

_Key = tuple[bool, str, str, str]
_Judgement = tuple[Sequence[Finding], Sequence[Recommendation]]


class Spells:
    """Takes the judgements of one judge, or of several at the same moments; times must not go back.

    With ``differences`` alone, what all of them say alike is no spell.
    """

    def __init__(self, *, differences: bool) -> None:
        self._differences = differences
        self._open: dict[_Key, Spell] = {}
        self._ended: list[Spell] = []
        self._last: datetime | None = None

    def add(self, at: datetime, judgements: Sequence[_Judgement]) -> None:
        """Take what each judge says at a moment, in an order that stays."""
        if self._last is not None and at - self._last > _LONGEST_SILENCE:
            self._end(set(self._open))
        self._last = at
        each = [dict(_said(*it)) for it in judgements]
        now: dict[_Key, tuple[Subject, tuple[Said | None, ...]]] = {}
        for one in each:
            for key, (subject, _) in one.items():
                if key in now:
                    continue
                said = tuple(other[key][1] if key in other else None for other in each)
                if not self._differences or len({_core(it) for it in said}) > 1:
                    now[key] = subject, said
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


def _said(
    findings: Sequence[Finding], recommendations: Sequence[Recommendation]
) -> Iterator[tuple[_Key, tuple[Subject, Said]]]:
    for it in findings:
        key = False, it.subject.kind, it.subject.id, it.word
        yield key, (it.subject, Said(it.severity, it.word, f"{it.word}: {it.text}"))
    together: dict[_Key, list[Recommendation]] = {}
    for one in recommendations:
        together.setdefault((True, one.subject.kind, one.subject.id, ""), []).append(one)
    for key, rows in together.items():
        rows.sort(key=lambda it: it.id)
        text = "; ".join(f"{it.proposal}{f' (held back: {it.blocked})' if it.blocked else ''}" for it in rows)
        rules = " ".join(f"{it.id.split(':')[0]}={it.rule}{'' if it.intent else '!'}" for it in rows)
        worst = max((it.severity for it in rows), default=Severity.OK)
        yield key, (rows[0].subject, Said(worst, rules, text))


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
