"""The lines around an instant, as they are read: fetched, merged, filtered, with one chosen, by identity."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from sutaztop.contracts.recording import Recording
from sutaztop.domain.container import Container
from sutaztop.domain.event import Event
from sutaztop.domain.neighbours import neighbours_of
from sutaztop.render.around import (
    REACHES,
    AroundState,
    Entry,
    around_title,
    entry_lines,
    export_text,
    line_of,
    merged,
    nearest,
    run_edges,
    short_name,
    told_entries,
)
from sutaztop.render.boxes import rule
from sutaztop.render.cells import Line, Span, Tone, fit
from sutaztop.render.log_filter import LogFilter, parse_log_filter
from sutaztop.ui.widgets.fetch import NEIGHBOUR, OWN, LogFetch, PastFetch, SpanSource
from sutaztop.ui.widgets.lines import Drawn, Lines

_TROUBLES = 4
"""Lines of words on what is missing, at most."""
_NO_ENGINE = "There is no log here: no engine can be asked."


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose lines, around what, and which containers and happenings were known then."""

    container: Container
    at: datetime
    among: Sequence[Container] = ()
    events: Sequence[Event] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Short names by id, as they stand on the screen, where there are any."""

    def name(self, container: Container) -> str:
        """Give the short name of a container."""
        named = self.names.get(container.id, container.name)
        return named if named != container.name else short_name(container)


class AroundBook:
    """Fetches and keeps the lines around an instant. Nothing here waits; ``look`` takes what has come."""

    def __init__(
        self, source: SpanSource | None, subject: Subject, recording: Callable[[], Recording] | None = None
    ) -> None:
        self.subject = subject
        self._recording = recording
        self._past: PastFetch | None = None
        self.reach = REACHES[1]
        self.is_merged = False
        self.wrapped = False
        self.only_matches = True
        self.filter_text = ""
        self._filter = LogFilter()
        self._source = source
        self._fetches: list[tuple[Container, LogFetch]] = []
        self._seen = (-1, -1)
        self._entries: list[Entry] = []
        self._matching: frozenset[int] = frozenset()
        self.shown: list[Entry] = []
        self.chosen = 0
        self._chosen_entry: Entry | None = None
        """What the operator went to; nothing until then, and it is the line nearest to the instant."""
        self._more = 0

    # --- fetching -----------------------------------------------------------------------------------

    def fetch(self, monotonic: float) -> None:
        """Read anew: the container's lines, and those of its neighbours where they are merged."""
        self.close()
        self._seen = (-1, -1)
        wanted = [(self.subject.container, OWN)]
        if self.is_merged:
            found, self._more = neighbours_of(self.subject.container, self.subject.among)
            wanted += [(it, NEIGHBOUR) for it in found]
        if self._source is not None:
            self._fetches = [
                (it, LogFetch(self._source, it.id, self.subject.at, self.reach, bounds)) for it, bounds in wanted
            ]
            for _, fetch in self._fetches:
                fetch.start(monotonic)
        if self._recording is not None:
            self._past = PastFetch(self._recording, *self._span)

    def close(self) -> None:
        """Stop reading."""
        for _, fetch in self._fetches:
            fetch.close()
        self._fetches = []

    def look(self, monotonic: float) -> bool:
        """Take what has come; tell whether there was anything new."""
        for _, fetch in self._fetches:
            fetch.look(monotonic)
        taken = [(it, fetch.lines()) for it, fetch in self._fetches]
        past = self._past
        done = sum(fetch.is_done for _, fetch in self._fetches) + (past is not None and past.is_done)
        seen = (sum(len(lines) for _, lines in taken), done)
        # While a flood is read its lines would be merged and sorted over and over: the first look and the last will do.
        if seen == self._seen or (self._seen[1] == seen[1] and self._seen[0] > 0):
            return False
        self._seen = seen
        span = self._span
        parts: list[Iterable[Entry]] = [(Entry(self.subject.at, "", words="here", instant=True),)]
        for container, lines in taken:
            name = self.subject.name(container)
            parts.append([Entry(line.at or span[0], name, line) for line in lines])
        shown = [self.subject.container, *(it for it, _ in taken[1:])]
        edges = [it for one in shown for it in run_edges(one, self.subject.name(one), self.subject.events, span)]
        parts.append(edges)
        if past is not None and past.is_done:
            parts.append(told_entries(past.found, {it.id: self.subject.name(it) for it in shown}, edges))
        self._entries = merged(parts)
        self._sift()
        return True

    @property
    def _span(self) -> tuple[datetime, datetime]:
        reach = timedelta(seconds=self.reach)
        return self.subject.at - reach, self.subject.at + reach

    @property
    def is_reading(self) -> bool:
        """Whether lines may still come."""
        return any(not fetch.is_done for _, fetch in self._fetches)

    @property
    def troubles(self) -> list[str]:
        """What is missing and why, in words."""
        if self._source is None:
            return [_NO_ENGINE]
        named = [(self.subject.name(it), fetch.words) for it, fetch in self._fetches]
        told = [f"{name}: {words}" for name, words in named if words]
        if self._more:
            told.append(f"{self._more} more neighbours are not merged")
        if self.is_merged and len(self._fetches) == 1:
            told.append("no neighbours are known: nothing that it depends on, and no network of its project")
        if self._filter.trouble:
            told.append(self._filter.trouble)
        return told

    # --- what is shown --------------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Look for something else."""
        self.filter_text = text.strip()
        self._filter = parse_log_filter(text)
        self._sift()

    def show_all(self) -> None:
        """Show lines that do not match too, or hide them again."""
        self.only_matches = not self.only_matches
        self._sift()

    def _sift(self) -> None:
        if self._filter.lets_all_through:
            self._matching = frozenset()
            self.shown = self._entries
        else:
            passed, self._filter = self._filter.sift(self._entries, line_of)
            self._matching = frozenset(id(it) for it in passed if it.line is not None)
            self.shown = passed if self.only_matches else self._entries
        wanted = self._chosen_entry
        if wanted is not None and wanted in self.shown:
            self.chosen = self.shown.index(wanted)
        else:
            self.chosen = nearest(self.shown, wanted.at if wanted is not None else self.subject.at)

    def matches(self, entry: Entry) -> bool:
        """Tell whether a filter looks for it."""
        return id(entry) in self._matching

    def move(self, by: int) -> None:
        """Choose another line."""
        if self.shown:
            self.chosen = min(len(self.shown) - 1, max(0, self.chosen + by))
            self._chosen_entry = self.shown[self.chosen]

    def to_instant(self) -> None:
        """Choose the line nearest to the instant again."""
        self._chosen_entry = None
        self.chosen = nearest(self.shown, self.subject.at)

    def to_match(self, step: int) -> bool:
        """Choose the next line that matches, or the one before; tell whether there is one."""
        places = range(self.chosen + 1, len(self.shown)) if step > 0 else range(self.chosen - 1, -1, -1)
        found = next((it for it in places if id(self.shown[it]) in self._matching), None)
        if found is not None:
            self.move(found - self.chosen)
        return found is not None

    def step_reach(self, step: int) -> bool:
        """Look further around, or less far; tell whether there is another reach."""
        place = REACHES.index(self.reach) + step
        if not 0 <= place < len(REACHES):
            return False
        self.reach = REACHES[place]
        return True

    def state(self, now: datetime) -> AroundState:
        """Say what is shown, for a title."""
        return AroundState(
            name=self.subject.container.name, at=self.subject.at, reach=self.reach, now=now,
            lines=sum(it.line is not None for it in self._entries), shown=sum(it.line is not None for it in self.shown),
            others=max(0, len(self._fetches) - 1), filter_text=self.filter_text, reading=self.is_reading,
        )  # fmt: skip

    def text(self, now: datetime) -> str:
        """Give what is shown as plain text."""
        return export_text(self.state(now), self.shown, self.troubles)


class AroundView(Lines):
    """Draws a book: the chosen line in the middle, what is missing beneath."""

    def __init__(self, book: AroundBook, now: datetime, zone: tzinfo | None) -> None:
        super().__init__(id="around")
        self.book = book
        self.page = 1
        self.message = ""
        self._now = now
        self._zone = zone

    def move(self, by: int) -> None:
        """Choose another line."""
        self.book.move(by)
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw title, lines and words."""
        book = self.book
        told = [(Span(fit(it, width), Tone.WARNING),) for it in book.troubles[:_TROUBLES]]
        if self.message:
            told.append((Span(fit(self.message, width), Tone.OK),))
        room = max(1, height - 1 - len(told))
        self.page = max(1, room - 1)
        title = rule(around_title(book.state(self._now), self._zone), width, active=True)
        body = self._body(width, room)
        body += [Drawn(())] * (room - len(body))
        return [Drawn(title), *body, *(Drawn(it) for it in told)]

    def _body(self, width: int, room: int) -> list[Drawn]:
        book = self.book
        if not any(it.line is not None for it in book.shown) and not book.is_reading:
            words = "No line matches." if book.filter_text else "Nothing was written then."
            kept = [Drawn(it) for entry in book.shown for it in self._lines(entry, width)]
            return [*kept[: room - 1], Drawn((Span(fit(words, width), Tone.MUTED),))]
        rows: deque[Drawn] = deque()
        if not book.shown:
            return []
        chosen = self._lines(book.shown[book.chosen], width)[:room]
        above, below = book.chosen - 1, book.chosen + 1
        rows.extend(Drawn(it, selected=True) for it in chosen)
        after: list[Drawn] = []
        half = (room - len(chosen)) // 2
        while below < len(book.shown) and len(after) < room - len(chosen):
            after += [Drawn(it) for it in self._lines(book.shown[below], width)]
            below += 1
        wanted = max(half, room - len(chosen) - len(after))
        before: list[Drawn] = []
        while above >= 0 and len(before) < wanted:
            before[:0] = [Drawn(it) for it in self._lines(book.shown[above], width)]
            above -= 1
        before = before[max(0, len(before) - wanted) :]
        return [*before, *rows, *after][:room]

    def _lines(self, entry: Entry, width: int) -> list[Line]:
        book = self.book
        return entry_lines(
            entry, width, named=book.is_merged, matches=book.matches(entry), wrapped=book.wrapped, zone=self._zone
        )
