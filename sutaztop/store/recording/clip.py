"""A clip: a span of a recording as a recording of its own, whole or not at all (ADR 0031)."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop import __version__
from sutaztop.contracts import RecordingError
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.domain.recording import ClipMade, ClipWish, Happening
from sutaztop.domain.text import clean_line
from sutaztop.history.memory import History
from sutaztop.store.recording.anonymise import Anonymiser
from sutaztop.store.recording.chosen import Chosen, Roster
from sutaztop.store.recording.figure_cuts import cut_coarse, cut_figures
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.reader import snapshot_of
from sutaztop.store.recording.rows import Told
from sutaztop.store.recording.schema import microseconds, time_at
from sutaztop.store.recording.span import Span
from sutaztop.store.recording.writer import Origin, Writer

FINE = timedelta(minutes=10)
"""How far before a clip's beginning its graphs have every reading: what the graphs of seconds show."""
COARSE = timedelta(hours=1)
"""How far before it they have the highest of each quarter minute: the longest of the screen's windows."""
_SIZES = timedelta(days=31)
_NO_HISTORY = History()


def make_clip(source: Path, target: Path, wish: ClipWish, profile: Profile, *, force: bool = False) -> ClipMade:
    """Write a clip. Takes its time and holds a minute in memory. Raises ``RecordingError`` with words for an operator.

    Nothing is at ``target`` before all of it is, and what is there already is left alone without ``force``.
    """
    check_span(wish.since, wish.until)
    check_target(target, force=force)
    if target.exists() and source.exists() and target.samefile(source):
        raise RecordingError(f"{target} is the recording itself", "a clip can't take its place", "Take another name.")
    with Span(source, wish.since, wish.until) as span:
        making = _Making(span, wish, profile)
        making.learn()
        part = target.with_name(f".{target.name}.part-{os.getpid()}")
        with writing(target, part):
            made = making.write(part)
            put_in_place(part, target, force=force)
        return replace(made, path=str(target), size=target.stat().st_size)


def check_span(since: datetime, until: datetime) -> None:
    """Refuse times the wrong way round."""
    if until <= since:
        raise RecordingError(
            "The span has no length", f"it ends at {_words(until)} and begins at {_words(since)}",
            "Write the earlier time after --from and the later one after --to.",
        )  # fmt: skip


def check_target(target: Path, *, force: bool) -> None:
    """Refuse to write where something is, and where no folder is."""
    if target.exists() and not force:
        raise RecordingError(f"{target} is there already", "it is not written over", "Take another name, or --force.")
    if not target.parent.is_dir():
        raise RecordingError(f"{target} can't be written", f"there is no folder {target.parent}", "Make it first.")


def nothing_there(span: Span) -> RecordingError:
    """Say that there is nothing in a span, and what there is."""
    ends = span.ends()
    if ends is None:
        return RecordingError(f"{span.path} is empty", "nothing was recorded so far", "Wait for a first reading.")
    return RecordingError(
        f"Nothing was recorded between {_words(span.since)} and {_words(span.until)}",
        f"the recording goes from {_words(ends[0])} to {_words(ends[1])}, perhaps with gaps",
        "Every reading is kept for a day, as recording.seconds says; of before there are only graphs.",
    )  # fmt: skip


def _words(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"


@contextmanager
def writing(target: Path, part: Path) -> Iterator[None]:
    """Leave nothing half written behind, and tell in words what went wrong."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        why = "the disk is full" if "full" in str(error) or getattr(error, "errno", 0) == errno.ENOSPC else str(error)
        raise RecordingError(f"{target} can't be written", clean_line(why), "Nothing of it was kept.") from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + suffix).unlink(missing_ok=True)


def put_in_place(part: Path, target: Path, *, force: bool) -> None:
    """Give the whole file its name, durably."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    if force:
        part.replace(target)
    else:
        try:
            # A link, unlike a rename, never takes the place of what appeared there meanwhile.
            os.link(part, target)
        except FileExistsError:
            raise
        except OSError:  # a filesystem without links
            part.rename(target)
    with suppress(OSError):
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class _Making:
    """One clip being made."""

    def __init__(self, span: Span, wish: ClipWish, profile: Profile) -> None:
        self._span = span
        self._wish = wish
        self._profile = profile
        self._hidden = Anonymiser(os.urandom(32)) if wish.anonymised else None
        self._chosen: Chosen | None = None
        self._happenings: list[Happening] = []

    # --- looking through --------------------------------------------------------------------

    def learn(self) -> None:
        """Find out which containers are asked for, and every name that is not to be told."""
        self._choose(self._met())
        happenings = self._span.happenings()
        hidden, chosen = self._hidden, self._chosen
        if hidden is not None:
            about = self._span.about
            hidden.names.name("host", about.get("host", ""))
            hidden.names.endpoint(about.get("engine", ""))
            for it in happenings:
                hidden.learn_happening(it)
            hidden.finish()
        kept = happenings if chosen is None else [it for it in happenings if chosen.happening(it)]
        self._happenings = kept if hidden is None else [hidden.happening(it) for it in kept]

    def _met(self) -> Roster:
        """Go through everything that has names, as far as they are wanted."""
        roster, hidden = Roster(), self._hidden
        for _, told in self._span.rows(names=True):
            roster.meet(told.sample)
            if hidden is not None:
                hidden.learn(told)
            elif not self._wish.containers:
                break
        if roster.is_empty:
            raise nothing_there(self._span)
        return roster

    def _choose(self, roster: Roster) -> None:
        if not self._wish.containers:
            return
        chosen = self._chosen = Chosen(roster.wanted(self._wish.containers))
        for _, told in self._span.rows(names=True):
            chosen.meet(told)

    # --- writing ----------------------------------------------------------------------------

    def write(self, path: Path) -> ClipMade:
        """Write everything to a new file."""
        about = self._span.about
        hide = self._hidden.names if self._hidden is not None else None
        engine, host = about.get("engine", ""), about.get("host", "")
        if hide is not None:
            engine, host = hide.endpoint(engine), hide.name("host", host)
        origin = Origin(engine, host, about.get("program", ""))
        writer = self._opened(path, origin)
        try:
            runs = self._runs(writer.connection)
            self._before(writer.connection, runs)
            self._sizes(writer.connection)
            insert(writer.connection, self._happenings)
            made = self._rows(writer, lambda: self._opened(path, origin), runs)
        except BaseException:
            writer.connection.close()
            raise
        self._sealed(path)
        return made

    def _opened(self, path: Path, origin: Origin) -> Writer:
        writer = Writer(path, origin)
        # Until it has its name nobody needs it after a power cut.
        writer.connection.execute("PRAGMA synchronous = OFF")
        return writer

    def _runs(self, connection: sqlite3.Connection) -> dict[int, int]:
        """Write the runs, and give their numbers by those in the source."""
        made = {}
        for it in self._span.runs().values():
            boot = it.boot if self._hidden is None else self._hidden.names.run(it.boot)
            done = connection.execute(
                "INSERT INTO run (began_us, boot, program, pid) VALUES (?, ?, ?, 0)", (it.began_us, boot, it.program)
            )
            made[it.id] = done.lastrowid or 0
        return made

    def _new_id(self, key: str) -> str:
        if self._chosen is not None and key not in self._chosen.ids:
            return ""
        return key if self._hidden is None else self._hidden.names.id(key)

    def _before(self, connection: sqlite3.Connection, runs: dict[int, int]) -> None:
        """Write the figures that graphs show before the first reading, and those of minutes with nothing else."""
        start = self._span.start_us
        fine, coarse = start - FINE // timedelta(microseconds=1), start - COARSE // timedelta(microseconds=1)
        with self._span.reading():
            found = self._span.connection.execute(
                "SELECT run, slot, first_us, last_us, first_ns, last_ns, figures, coarse FROM minute"
                " WHERE last_us >= ? AND first_us <= ? AND (first_us < ? OR samples IS NULL) ORDER BY id",
                (coarse, microseconds(self._wish.until), start),
            )
            for run, slot, first_us, last_us, first_ns, last_ns, figures, of_quarters in found:
                body = None if of_quarters is None else cut_coarse(of_quarters, self._new_id)
                readings = None
                if figures is not None and last_us >= fine:
                    # The minute in which the clip begins: what of it lies before.
                    cut_ns = first_ns + (start - first_us) * 1000 if last_us >= start > first_us else None
                    cut = cut_figures(figures, self._new_id, cut_ns)
                    if cut is None:
                        continue
                    readings, body = cut
                connection.execute(
                    "INSERT INTO minute (run, slot, first_us, last_us, first_ns, last_ns, rows, samples, figures,"
                    " coarse) VALUES (?, ?, ?, ?, ?, ?, 0, NULL, ?, ?)",
                    (runs[run], slot, first_us, min(last_us, start), first_ns, last_ns, readings, body),
                )  # fmt: skip

    def _sizes(self, connection: sqlite3.Connection) -> None:
        """Write how the parts of the disk plan grew: graphs and forecasts look a month back."""
        until = microseconds(self._wish.until) // 1_000_000
        with self._span.reading():
            found = self._span.connection.execute(
                "SELECT key, at, bytes FROM size WHERE at BETWEEN ? AND ?", (until - int(_SIZES.total_seconds()), until)
            ).fetchall()
        hide = self._hidden
        rows = found if hide is None else [(hide.size_key(key), at, size) for key, at, size in found]
        connection.executemany("INSERT OR IGNORE INTO size (key, at, bytes) VALUES (?, ?, ?)", rows)

    def _rows(self, writer: Writer, opened: Callable[[], Writer], runs: dict[int, int]) -> ClipMade:
        run, count, containers = -1, 0, set[str]()
        first_us = last_us = 0
        try:
            for number, told in self._span.rows():
                it = told if self._chosen is None else self._chosen.told(told)
                if self._hidden is not None:
                    it = self._hidden.told(it)
                if number != run:
                    if run >= 0:
                        writer.close()
                        writer = opened()
                    run, writer.run = number, runs[number]
                    # Rates of the first frame want the counters before it.
                    writer.go_on_from(it.before)
                writer.write(it.sample, frame_of(it, self._profile))
                count, last_us = count + 1, microseconds(it.sample.at)
                first_us = first_us or last_us
                containers.update(one.id for one in it.sample.containers)
        finally:
            writer.close()
        return ClipMade(
            "", time_at(first_us), time_at(last_us), count, len(containers), len(self._happenings), 0,
            COARSE.total_seconds(), self._wish.anonymised,
        )  # fmt: skip

    def _sealed(self, path: Path) -> None:
        """Say in the file what it is, and make it one file that holds nothing else."""
        connection = sqlite3.connect(path)
        try:
            told = {
                "clip": "1", "anonymised": str(int(self._wish.anonymised)), "made_by": __version__,
                "from": self._wish.since.isoformat(), "until": self._wish.until.isoformat(),
                "chosen": str(len(self._chosen.ids)) if self._chosen is not None else "",
            }  # fmt: skip
            connection.executemany("INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)", sorted(told.items()))
            # Nobody goes on writing it: the key by which values are hidden is of no more use, to anybody.
            connection.execute("DELETE FROM about WHERE key = 'key'")
            connection.commit()
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        finally:
            connection.close()


def frame_of(told: Told, profile: Profile) -> Frame:
    """Give the frame of a row, without a history."""
    return Frame(
        number=told.number, snapshot=snapshot_of(told, profile), history=_NO_HISTORY, findings=told.findings,
        recommendations=told.recommendations, interval=told.interval, trouble=told.trouble,
        stale_since=told.stale_since, observed=told.observed,
    )  # fmt: skip


__all__ = [
    "COARSE", "FINE", "check_span", "check_target", "frame_of", "make_clip", "nothing_there",
    "put_in_place", "writing",
]  # fmt: skip
