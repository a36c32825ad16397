"""Regular expressions whose work grows with the text and no faster, whatever the pattern and whoever wrote the text.

Python's own ``re`` goes back and tries again: a pattern as plain as ``a.*b.*c`` takes hours on a line made for
it, holds the interpreter's lock all that time, and can't be broken off. What is searched here are log lines, which
strangers write. So a pattern is read into an automaton (Thompson, "Regular expression search algorithm", 1968) whose
states are worked out when they are first met and then looked up: no place of the text is looked at twice. The price is
what such an automaton can't know: backreferences and looking around are refused in words.

Case does not count. Known are the dot, classes such as ``[a-z]`` and ``[^…]``, those of digits, words, blanks and word
edges with their opposites, ``^ $``, groups, ``|``, ``* + ? {2,5}`` and their lazy forms, which find the same.
"""

from dataclasses import dataclass
from typing import Final

from sutaztop.domain.regex_pattern import Consume, Expect, Program, RegexError, Split, compile_pattern

__all__ = ["Regex", "RegexError", "TooMuchWork", "Work"]

LONGEST = 2000
"""Characters of a text that are looked at; what stands behind them is not found."""
_MOST_KEPT = 20_000
"""Steps remembered at one time, about 2 MB; then they are worked out anew."""


class TooMuchWork(Exception):
    """The work that was allowed is used up."""


@dataclass(slots=True)
class Work:
    """How much may still be done: a unit is a character looked up, or a step of the automaton worked out.

    Counted and not timed, so that the same lines always give the same answer; a million are about a tenth of a second.
    """

    left: int


class _State:
    """Where the automaton may be at once, and what stands before: nothing (``None``), or whether it belongs to a word.

    ``found`` is the state of a match.
    """

    __slots__ = ("after_word", "found", "next", "places")

    def __init__(self, places: frozenset[int], after_word: bool | None, *, found: bool = False) -> None:  # noqa: FBT001 - see above
        self.places = places
        self.after_word = after_word
        self.found = found
        self.next: dict[str, _State] = {}


_FOUND: Final = _State(frozenset(), None, found=True)
_START = frozenset({0})


class Regex:
    r"""A pattern that is looked for anywhere in a text. Raises ``RegexError`` with words for what it can't be.

    >>> Regex(r"time(d )?out|\b5\d\d\b").found_in("upstream Timed out")
    True
    >>> Regex("(a+)+$").found_in("a" * 1999 + "b")
    False
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._program: Program = compile_pattern(source)
        self._states: dict[tuple[frozenset[int], bool | None], _State] = {}
        self._kept = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Regex) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Regex({self.source!r})"

    def found_in(self, text: str, work: Work | None = None) -> bool:
        """Tell whether it is found in the first ``LONGEST`` characters. Raises ``TooMuchWork``."""
        text = text[:LONGEST].casefold()
        if work is not None:
            work.left -= len(text) + 1
            if work.left < 0:
                raise TooMuchWork
        state = self._state(_START, None)
        for char in text:
            following = state.next.get(char)
            if following is None:
                following = self._step(state, char, work)
            if following.found:
                return True
            state = following
        return self._reached(state, None)[1]

    def _state(self, places: frozenset[int], after_word: bool | None) -> _State:  # noqa: FBT001 - see _State
        key = (places, after_word)
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = _State(places, after_word)
        return found

    def _step(self, state: _State, char: str, work: Work | None) -> _State:
        """Work out where a character leads, and remember it."""
        if self._kept >= _MOST_KEPT:
            self._states.clear()
            self._kept = 0
        if work is not None:
            work.left -= len(self._program)
            if work.left < 0:
                raise TooMuchWork
        places, matched = self._reached(state, char)
        if matched:
            following = _FOUND
        else:
            led = {place + 1 for place in places if _consumes(self._program[place], char)}
            # The search may begin at any character.
            following = self._state(_START.union(led), is_word(char))
        state.next[char] = following
        self._kept += 1
        return following

    def _reached(self, state: _State, char: str | None) -> tuple[set[int], bool]:
        """Give the places that take a character, before ``char`` or the end, and whether the pattern is found."""
        before, after = state.after_word, None if char is None else is_word(char)
        takers: set[int] = set()
        seen = set(state.places)
        waiting = list(state.places)
        while waiting:
            place = waiting.pop()
            step = self._program[place] if place < len(self._program) else None
            if step is None:
                return takers, True
            if isinstance(step, Consume):
                takers.add(place)
                continue
            if isinstance(step, Split):
                leads: tuple[int, ...] = step.to
            else:
                leads = (place + 1,) if step.holds(before, after) else ()
            for lead in leads:
                if lead not in seen:
                    seen.add(lead)
                    waiting.append(lead)
        return takers, False


def is_word(char: str) -> bool:
    r"""Tell whether a character belongs to a word, as ``\w`` does."""
    return char.isalnum() or char == "_"


def _consumes(step: Consume | Split | Expect, char: str) -> bool:
    return isinstance(step, Consume) and step.takes(char)
