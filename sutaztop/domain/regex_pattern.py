"""A pattern read into a program of small steps; what the automaton of ``domain.regex`` can't do is refused in words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

LARGEST = 1000
"""Steps of a program; ``(a{100}){100}`` would have ten thousand."""
_DEEPEST = 40
_META = ".*+?()[]{}|^$\\"


class RegexError(ValueError):
    """The pattern can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Consume:
    """Takes one character: one of ``chars`` or of ``ranges`` or that a test of ``kinds`` knows, or any other."""

    chars: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    kinds: tuple[Callable[[str], bool], ...] = ()
    negated: bool = False

    def takes(self, char: str) -> bool:
        """Tell whether it takes a character; case does not count, and ``char`` is folded."""
        upper = char.upper()
        found = (
            char in self.chars
            or any(low <= char <= high or low <= upper <= high for low, high in self.ranges)
            or any(kind(char) for kind in self.kinds)
        )
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Split:
    """Goes on at each of several places."""

    to: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expect:
    """Goes on where something is true of the place: its ``kind`` is ``^``, ``$``, ``b`` or ``B``."""

    kind: str

    def holds(self, before: bool | None, after: bool | None) -> bool:  # noqa: FBT001 - a word, none, or the text's end
        """Tell whether it is true, given whether word characters stand before and after; ``None`` is the text's end."""
        match self.kind:
            case "^":
                return before is None
            case "$":
                return after is None
            case kind:
                return (bool(before) is not bool(after)) is (kind == "b")


Step: TypeAlias = Consume | Split | Expect
Program: TypeAlias = tuple[Step, ...]


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


_KINDS: dict[str, Callable[[str], bool]] = {"d": str.isdecimal, "w": _is_word, "s": str.isspace}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


def compile_pattern(source: str) -> Program:
    """Read a pattern. Its end is the place behind the last step. Raises ``RegexError``."""
    reader = _Reader(source)
    program = reader.either(0)
    if not reader.is_done:
        raise RegexError("there is a ) without its (")
    return tuple(program)


class _Reader:
    """Reads a pattern from left to right. A part's places count from its own beginning until it is joined to others."""

    def __init__(self, source: str) -> None:
        self._source = source.removeprefix("(?i)")
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._source)

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self, what: str) -> bool:
        if self._source.startswith(what, self._at):
            self._at += len(what)
            return True
        return False

    def either(self, depth: int) -> list[Step]:
        """Read what stands between bars."""
        if depth > _DEEPEST:
            raise RegexError("its groups are nested too deeply")
        branches = [self._sequence(depth)]
        while self._take("|"):
            branches.append(self._sequence(depth))
        whole = branches[-1]
        for branch in reversed(branches[:-1]):
            over = len(branch) + 2
            leave: list[Step] = [Split((over + len(whole),))]
            whole = [Split((1, over)), *_moved(branch, 1), *leave, *_moved(whole, over)]
        return _bounded(whole)

    def _sequence(self, depth: int) -> list[Step]:
        steps: list[Step] = []
        while not self.is_done and self._peek() not in "|)":
            steps += _moved(self._repeated(self._atom(depth)), len(steps))
            _bounded(steps)
        return steps

    def _atom(self, depth: int) -> list[Step]:
        char = self._peek()
        self._at += 1
        match char:
            case "(":
                return self._group(depth)
            case "[":
                return [self._class()]
            case ".":
                return [Consume(negated=True)]
            case "^" | "$":
                return [Expect(char)]
            case "\\":
                return [self._escaped()]
            case "*" | "+" | "?":
                raise RegexError(f"there is nothing before {char} that it could repeat")
            case _:
                # One character can be folded into two: ß into ss.
                return [_literal(it) for it in char.casefold()]

    def _group(self, depth: int) -> list[Step]:
        if self._take("?P<") or (
            self._source.startswith("?<", self._at) and self._source[self._at + 2 :][:1].isalpha()
        ):
            end = self._source.find(">", self._at)
            if end < 0:
                raise RegexError("the name of a group has no >")
            self._at = end + 1
        elif self._take("?:"):
            pass
        elif self._peek() == "?":
            raise RegexError("looking around and switches within (?…) are not known here")
        inner = self.either(depth + 1)
        if not self._take(")"):
            raise RegexError("there is a ( without its )")
        return inner

    def _escaped(self) -> Step:
        char = self._peek()
        if not char:
            raise RegexError(r"a \ stands at its end")
        self._at += 1
        if char in "bB":
            return Expect(char)
        if char in "AZ":
            return Expect("^" if char == "A" else "$")
        if char.lower() in _KINDS:
            return Consume(kinds=(_KINDS[char.lower()],), negated=char.isupper())
        if char in _CONTROLS:
            return _literal(_CONTROLS[char])
        if char.isdigit():
            raise RegexError(rf"\{char} refers back to a group, which is not known here")
        if char.isalpha():
            raise RegexError(rf"\{char} is not known here")
        return _literal(char)

    def _class(self) -> Step:
        negated = self._take("^")
        built = Consume()
        first = True
        while first or self._peek() != "]":
            if self.is_done:
                raise RegexError("there is a [ without its ]")
            first = False
            low = self._class_char()
            if isinstance(low, Consume):
                kind = low.kinds[0]
                test = (lambda char, kind=kind: not kind(char)) if low.negated else kind
                built = replace(built, kinds=(*built.kinds, test))
            elif self._peek() == "-" and self._source[self._at + 1 :][:1] not in ("]", ""):
                self._at += 1
                high = self._class_char()
                if isinstance(high, Consume) or high < low:
                    raise RegexError(f"the range that begins with {low}- goes backwards")
                built = replace(built, ranges=(*built.ranges, (low, high)))
            else:
                built = replace(built, chars=built.chars | {*low.casefold()})
        self._at += 1
        return replace(built, negated=negated)

    def _class_char(self) -> "str | Consume":
        char = self._peek()
        self._at += 1
        if char != "\\":
            return char
        escaped = self._escaped()
        if isinstance(escaped, Consume):
            return escaped if escaped.kinds else next(iter(escaped.chars))
        return "\b"

    def _repeated(self, atom: list[Step]) -> list[Step]:
        bounds = self._bounds()
        if bounds is None:
            return atom
        least, most = bounds
        if self._peek() == "+":
            raise RegexError("a + behind a repetition is not known here")
        self._take("?")
        if self._bounds() is not None:
            raise RegexError("there are two repetitions in a row")
        if len(atom) * max(least, most or 0) > LARGEST:
            raise RegexError("it is too large")
        steps: list[Step] = []
        for _ in range(least):
            steps += _moved(atom, len(steps))
        if most is None:
            here = len(steps)
            steps += [Split((here + 1, here + len(atom) + 2)), *_moved(atom, here + 1), Split((here,))]
        else:
            end = len(steps) + (most - least) * (len(atom) + 1)
            for _ in range(most - least):
                here = len(steps)
                steps += [Split((here + 1, end)), *_moved(atom, here + 1)]
        return _bounded(steps)

    def _bounds(self) -> tuple[int, int | None] | None:
        """Read how often what stands before is repeated, or nothing; a brace that is no bound is a character."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if self._peek() != "{" or (end := self._source.find("}", self._at)) < 0:
            return None
        low, comma, high = self._source[self._at + 1 : end].partition(",")
        if not all(
            it.isascii() and (it.isdigit() or (comma and not it)) for it in (low, high or (comma and "") or low)
        ):
            return None
        if not low and not high:
            return None
        self._at = end + 1
        if len(low) > 4 or len(high) > 4:
            raise RegexError("it is too large")
        least = int(low or 0)
        most = (int(high) if high else None) if comma else least
        if most is not None and most < least:
            raise RegexError(f"{{{low},{high}}} has its bounds the wrong way round")
        return least, most


def _literal(char: str) -> Step:
    return Consume(frozenset({char}))


def _moved(steps: list[Step], by: int) -> list[Step]:
    return [Split(tuple(it + by for it in step.to)) if isinstance(step, Split) else step for step in steps]


def _bounded(steps: list[Step]) -> list[Step]:
    if len(steps) > LARGEST:
        raise RegexError("it is too large")
    return steps
