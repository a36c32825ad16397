"""Which lines of a log are shown: words, ``!word``, ``/regex/`` and ``!/regex/``, all of which must hold."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sutaztop.domain.event import LogLine
from sutaztop.domain.regex import Regex, RegexError, TooMuchWork, Work

WORK = 8_000_000
"""How much patterns may do for one look through the lines: half a second on a slow machine. See ``Work``."""
_TOKEN = re.compile(r"\s*(!?)(?:/((?:\\.|[^/\\])+)/(?=\s|$)|(\S+))")
"""Linear: each branch of the inner group begins with another character."""
_MOST = 400
"""Characters of a filter."""
Entry = TypeVar("Entry")


def _itself(entry: object) -> LogLine | None:
    return entry if isinstance(entry, LogLine) else None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What a line must hold (``wanted``, ``patterns``) and must not (``unwanted``, ``refused``); case does not count.

    ``trouble`` says in words which pattern is left out and why, or is empty.
    """

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    patterns: tuple[Regex, ...] = ()
    refused: tuple[Regex, ...] = ()
    trouble: str = field(default="", compare=False)

    @property
    def lets_all_through(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.wanted or self.unwanted or self.patterns or self.refused)

    def lets_through(self, line: LogLine, work: Work | None = None) -> bool:
        """Tell whether a line is to be shown. Raises ``TooMuchWork``."""
        if self.wanted or self.unwanted:
            text = line.text.casefold()
            if not all(word in text for word in self.wanted) or any(word in text for word in self.unwanted):
                return False
        return all(it.found_in(line.text, work) for it in self.patterns) and not any(
            it.found_in(line.text, work) for it in self.refused
        )

    def sift(
        self, entries: Iterable[Entry], line_of: Callable[[Entry], LogLine | None] = _itself
    ) -> tuple[list[Entry], "LogFilter"]:
        """Give the entries to be shown, and the filter to go on with: words about the log itself are always shown.

        ``line_of`` gives an entry's line, or nothing for such words.

        Where patterns take more than ``WORK``, they are left out from here on, all lines are given that the words let
        through, and the filter says so.
        """
        if self.lets_all_through:
            return list(entries), self
        kept = list(entries)
        work = Work(WORK)
        try:
            return [it for it in kept if (line := line_of(it)) is None or self.lets_through(line, work)], self
        except TooMuchWork:
            words = replace(
                self, patterns=(), refused=(), trouble="the pattern is too much work for these lines: left out"
            )
            return words.sift(kept, line_of)


def parse_log_filter(text: str) -> LogFilter:
    r"""Read a filter: ``error !healthz`` wants "error" and refuses "healthz"; a lone ``!`` is still being typed.

    A pattern stands between slashes and may hold blanks; a path such as ``/api/v1`` has no slash at its end and is a
    word. One that can't be used is left out, with words.

    >>> parse_log_filter("Error !healthz !")
    LogFilter(wanted=('error',), unwanted=('healthz',), patterns=(), refused=(), trouble='')
    >>> found = parse_log_filter(r"/timed? ?out/ !/5\d\d$/ /api/v1 /(/")
    >>> found.wanted, found.patterns, found.refused
    (('/api/v1',), (Regex('timed? ?out'),), (Regex('5\\d\\d$'),))
    >>> found.trouble
    '/(/ there is a ( without its )'
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    patterns: list[Regex] = []
    refused: list[Regex] = []
    trouble = ""
    for found in _TOKEN.finditer(text[:_MOST]):
        negated, pattern, word = found.groups()
        if pattern is None:
            if negated or word != "!":
                (unwanted if negated else wanted).append(word.casefold())
            continue
        try:
            (refused if negated else patterns).append(Regex(pattern.replace(r"\/", "/")))
        except RegexError as error:
            trouble = f"/{pattern}/ {error}"
    return LogFilter(tuple(wanted), tuple(unwanted), tuple(patterns), tuple(refused), trouble)
