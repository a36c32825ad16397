"""What was written around an instant: the lines of several containers by their time, and where runs began and ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from operator import attrgetter

from sutaztop.domain.container import Container
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.severity import Severity
from sutaztop.render.cells import Line, Span, Tone, fit, fit_line
from sutaztop.render.cursor import ago_words
from sutaztop.render.paragraph import hard_wrap

REACHES = (Seconds(5.0), Seconds(30.0), Seconds(60.0), Seconds(300.0))
"""How far around the instant is looked, to each side."""
_NAME = 16
_STAMP_FROM = 40
_SIGKILL = 137
_BEGAN = "a run began"
_LIFE = frozenset({"start", "die", "oom"})
_TOGETHER = timedelta(seconds=1)
"""An OOM kill and the end of the run that it killed lie no further apart; nor do two accounts of one end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that ``name`` wrote, or (``line`` is ``None``) words that stand between the lines.

    ``instant`` marks the words that stand at the instant itself.
    """

    at: datetime
    name: str
    line: LogLine | None = None
    words: str = ""
    bad: bool = False
    instant: bool = False


def line_of(entry: Entry) -> LogLine | None:
    """Give an entry's line."""
    return entry.line


def short_name(container: Container) -> str:
    """Give a container's name without its project's, where it begins with that."""
    for sign in "-_":
        if container.project and container.name.startswith(container.project + sign):
            return container.name[len(container.project) + 1 :]
    return container.name


def run_edges(container: Container, name: str, events: Iterable[Event], span: tuple[datetime, datetime]) -> list[Entry]:
    """Give where runs of a container began and ended in a span: its log goes on over them without a word.

    ``events`` are those that were seen; what the container itself tells of its last start and end fills in.
    """
    since, until = span
    mine = sorted((it for it in events if it.subject_id == container.id), key=attrgetter("at"))
    kills = [it.at for it in mine if it.action == "oom"]
    edges: list[Entry] = []
    for it in mine:
        if it.action == "die":
            oom = any(abs(it.at - kill) <= _TOGETHER for kill in kills)
            edges.append(Entry(it.at, name, words=_ended(it.detail, oom=oom), bad=it.detail != "0" or oom))
        elif it.action == "start":
            edges.append(Entry(it.at, name, words=_BEGAN))
    if container.finished_at is not None and not _near(edges, container.finished_at, began=False):
        code = "" if container.exit_code is None or container.is_running else str(container.exit_code)
        oom = container.oom_killed and not container.is_running
        edges.append(Entry(container.finished_at, name, words=_ended(code, oom=oom), bad=code != "0" or oom))
    if container.started_at is not None and not _near(edges, container.started_at, began=True):
        edges.append(Entry(container.started_at, name, words=_BEGAN))
    return sorted((it for it in edges if since <= it.at <= until), key=attrgetter("at"))


def told_entries(happenings: Iterable[Happening], names: Mapping[str, str], edges: Iterable[Entry]) -> list[Entry]:
    """Give what the timeline tells of the containers in ``names`` (short names by id): changes, findings, notes, ends.

    A start or an end that stands in ``edges`` already is not told twice.
    """
    known = list(edges)
    found = []
    for it in happenings:
        name = names.get(it.subject.id)
        if name is None or (it.kind is HappeningKind.EVENT and it.action not in _LIFE):
            continue
        mine = [edge for edge in known if edge.name == name]
        if it.kind is HappeningKind.EVENT and it.action != "oom" and _near(mine, it.at, began=it.action == "start"):
            continue
        words = f"{it.kind.value}: {it.text}" if it.kind is not HappeningKind.EVENT else it.text
        found.append(Entry(it.at, name, words=words, bad=it.severity >= Severity.WARNING))
    return found


def _ended(code: str, *, oom: bool) -> str:
    words = "the run ended"
    if code:
        words += f", exit code {code}"
    if oom:
        return words + (", killed for memory" if code in ("", str(_SIGKILL)) else ", after a kill for memory in it")
    return words + (" (SIGKILL: by hand, by a stop, or for memory)" if code == str(_SIGKILL) else "")


def _near(edges: Sequence[Entry], at: datetime, *, began: bool) -> bool:
    return any((it.words == _BEGAN) is began and abs(it.at - at) <= _TOGETHER for it in edges)


def merged(parts: Iterable[Iterable[Entry]]) -> list[Entry]:
    """Put entries in the order of their times; those of the same time keep the order in which they were given."""
    return sorted((it for part in parts for it in part), key=attrgetter("at"))


def nearest(entries: Sequence[Entry], at: datetime) -> int:
    """Give the place of the line nearest to an instant, or of the nearest words where there is no line; 0 for none."""
    places = [n for n, it in enumerate(entries) if it.line is not None] or range(len(entries))
    return min(places, key=lambda n: abs(entries[n].at - at), default=0)


def entry_lines(  # noqa: PLR0913 - a line and how it is read
    entry: Entry, width: int, *, named: bool, matches: bool = False, wrapped: bool = False, zone: tzinfo | None = None
) -> list[Line]:
    """Write one entry. ``named`` tells who wrote it; ``matches`` marks what a filter looks for."""
    at = entry.at.astimezone(zone)
    stamp = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} " if width >= _STAMP_FROM else ""
    if entry.line is None:
        tone = Tone.KEY if entry.instant else Tone.CRITICAL if entry.bad else Tone.ACCENT
        who = f"{entry.name}: " if named and not entry.instant else ""
        text = f"{stamp}──{'▸' if entry.instant else '─'} {who}{entry.words} "
        return [fit_line((Span(text, tone), Span("─" * max(0, width - len(text)), tone)), width)]
    head = [Span(stamp, Tone.MUTED)] if stamp else []
    if named:
        head.append(Span(fit(entry.name, min(_NAME, width // 4)) + " ", Tone.ACCENT))
    head.append(Span("e ", Tone.WARNING) if entry.line.stream == "stderr" else Span("  "))
    used = sum(len(span.text) for span in head)
    room = max(1, width - used)
    text = entry.line.text
    tone = Tone.STRONG if matches else Tone.PLAIN
    if not wrapped:
        return [(*head, Span(fit(text, room), tone))]
    rows = hard_wrap(text, room) or [""]
    return [(*head, Span(rows[0], tone)), *((Span(" " * used), Span(row, tone)) for row in rows[1:])]


@dataclass(frozen=True, slots=True)
class AroundState:
    """What a title tells: whose lines, around what, how far, how many, and what is done to them."""

    name: str
    at: datetime
    reach: Seconds
    now: datetime
    lines: int
    shown: int
    others: int
    filter_text: str = ""
    reading: bool = False


def around_title(state: AroundState, zone: tzinfo | None = None) -> Line:
    """Write whose lines these are and around which instant."""
    ago = ago_words((state.now - state.at).total_seconds())
    count = f"{state.shown:,} of {state.lines:,} lines" if state.filter_text else f"{state.lines:,} lines"
    parts = (
        f"{state.at.astimezone(zone):%H:%M:%S} ± {span_words(state.reach)}", ago, count,
        f"with {state.others} neighbour{'' if state.others == 1 else 's'}" if state.others else "",
        f"filter {state.filter_text}" if state.filter_text else "",
    )  # fmt: skip
    rest = "".join(f" · {part}" for part in parts if part)
    reading = (Span(" · reading …", Tone.WARNING),) if state.reading else ()
    return (Span(f"Log of {state.name}", Tone.TITLE), Span(rest, Tone.MUTED), *reading)


def export_text(state: AroundState, entries: Iterable[Entry], trouble: Sequence[str]) -> str:
    """Write what is shown as plain text: its head, what is missing, and each line with time, name and stream."""
    head = [
        f"# log of {state.name} around {state.at.isoformat()} ± {span_words(state.reach)}",
        *([f"# filter: {state.filter_text}"] if state.filter_text else []),
        *(f"# {it}" for it in trouble),
    ]
    rows = [
        f"{it.at.isoformat(timespec='milliseconds')}\t{it.name}\t" + (f"{it.line.stream}\t{it.line.text}" if it.line
        else f"-\t=== {it.words} ===") for it in entries
    ]  # fmt: skip
    return "\n".join([*head, *rows]) + "\n"
