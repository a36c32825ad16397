"""Reading a recording: any instant as the frame that was shown then, measured with the formulas of today."""

import gc
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from sutaztop.contracts import RecordingError
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.domain.recording import Happening, HappeningKind, RecordingInfo
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import Snapshot
from sutaztop.domain.text import clean_line
from sutaztop.measure.stack import measure
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.foreign import read_plain
from sutaztop.store.recording.happenings import between, next_to
from sutaztop.store.recording.inflate import BROKEN, bounded, inflate
from sutaztop.store.recording.recorded_history import FigureStore
from sutaztop.store.recording.rows import NOTHING_KEPT, Rows, Told
from sutaztop.store.recording.schema import about, microseconds, newest_us, open_to_read, time_at
from sutaztop.store.recording.writer import read_part, unpack_rows

if TYPE_CHECKING:
    from sutaztop.domain.container import Container

_MOST_PARTS = 1024
_HEAD = 96
"""Bytes within which a row says whether it is whole."""
_NEAR_US, _LONG_US = 2_000_000, 600_000_000
"""A row stands for so long by itself, and no minute takes longer by the wall clock, be that set on within it."""
_STRETCHES = 3
"""Minutes that stay unpacked: stepping back and forth costs no reading."""


@dataclass(slots=True)
class _Stretch:
    """A minute's rows, or those of the open one; ``times`` are theirs, in order, ``whole`` the places of whole ones."""

    key: tuple[str, int]
    run: int
    rows: list[bytes]
    times: list[int]
    whole: list[int]
    reader: Rows | None = None
    place: int = -1


def snapshot_of(told: Told, profile: Profile) -> Snapshot:
    """Measure a row; what only earlier snapshots knew is as it was told then."""
    made = measure(told.before, told.sample, profile, None)
    containers = tuple([
        it if (kept := told.kept.get(it.container.id, NOTHING_KEPT)) is NOTHING_KEPT and it.resting_since is None
        else replace(
            it, oom_killed=kept.oom_killed, ends=kept.ends, resting_since=kept.resting_since, kills=kept.kills
        )
        for it in made.containers
    ])  # fmt: skip
    by_id = MappingProxyType({it.container.id: it for it in containers})
    return replace(made, containers=containers, by_id=by_id, watch=told.watch)


@contextmanager
def _without_collections() -> Iterator[None]:
    """Make many objects at once without looking through all there are again and again: none of them is garbage yet."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class FileRecording:
    """Reads one file; satisfies ``Recording``."""

    def __init__(self, path: Path, profile: Profile) -> None:
        self._path = path
        self._profile = profile
        self._lock = threading.RLock()
        self._connection = open_to_read(path)
        self._parts: dict[int, Any] = {}
        self._containers: dict[tuple[int, str], Container] = {}
        self._stretches: list[_Stretch] = []
        self._stood: tuple[int, tuple[str, int], int] = (-1, ("", 0), 0)
        self._figures = FigureStore(self._connection, self._lock, self._part)
        with self._reading():
            self._about = {key: clean_line(value) for key, value in about(self._connection).items()}

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the file; what goes wrong in it is told in words."""
        with self._lock:
            try:
                yield self._connection
            except BROKEN as error:
                raise RecordingError(f"{self._path} can't be read", str(error)) from error

    def info(self) -> RecordingInfo:
        """See ``Recording``."""
        with self._reading() as connection:
            # Of what is coarse not every minute can be shown. By the index: a month has many thousands.
            packed = "FROM minute WHERE samples IS NOT NULL ORDER BY first_us"
            first = connection.execute(
                f"SELECT min(us) FROM (SELECT * FROM (SELECT first_us us {packed} LIMIT 1)"  # noqa: S608 - our own words
                " UNION ALL SELECT min(at_us) FROM row)"
            ).fetchone()[0]
            last = newest_us(connection, whole=True)
            kept = self._about
            return RecordingInfo(
                path=str(self._path), engine=kept.get("engine", ""), host=kept.get("host", ""),
                program=kept.get("program", ""), first=None if first is None else time_at(first),
                last=None if last is None else time_at(last), size=self._path.stat().st_size,
                is_clip=kept.get("clip") == "1", anonymised=kept.get("anonymised") == "1",
            )  # fmt: skip

    def frame_at(self, at: datetime) -> Frame | None:
        """See ``Recording``."""
        with self._reading(), _without_collections():
            found = self._find(microseconds(at))
            return None if found is None else self._frame(*found)

    def step(self, at: datetime, by: int) -> Frame | None:
        """See ``Recording``."""
        with self._reading(), _without_collections():
            found = self._where_it_stood(microseconds(at)) or self._find(microseconds(at))
            if found is None and by > 0:
                # Before the first: one on is the first.
                found, by = self._neighbour(None, forward=True), by - 1
            while found is not None and by:
                stretch, place = found
                if 0 <= place + by < len(stretch.rows):
                    found, by = (stretch, place + by), 0
                elif by > 0:
                    found, by = self._neighbour(stretch, forward=True), by - (len(stretch.rows) - place)
                else:
                    found, by = self._neighbour(stretch, forward=False), by + place + 1
            return None if found is None else self._frame(*found)

    def samples(self, since: datetime, until: datetime) -> Iterator[Sample]:
        """Give every sample of a span, oldest first. Raises ``RecordingError``."""
        return (told.sample for _, told in self.told(since, until))

    def told(self, since: datetime, until: datetime) -> Iterator[tuple[str, Told]]:
        """Give every reading of a span, oldest first, with the boot whose clock it has. Raises ``RecordingError``.

        ``snapshot_of`` measures it anew. One minute is in memory at a time; what is written meanwhile comes too.
        """
        start, end = microseconds(since), microseconds(until)
        number: int | None = 0
        while number is not None:
            with self._reading():
                number, stretch = self._following(number, start, end)
                boot = self._figures.boot(stretch.run)
            reader = Rows(self._part, self._containers)
            for at_us, row in zip(stretch.times, stretch.rows, strict=False):
                with self._reading():
                    reader.read(read_plain(row))
                    told = reader.told() if start <= at_us <= end else None
                if told is not None:
                    yield boot, told

    def _following(self, number: int, start_us: int, end_us: int) -> tuple[int | None, _Stretch]:
        """Give the minute of a span after one, with its number; without one the rows that are not packed yet."""
        found = self._minute_after(number, start_us, end_us)
        if found is None:
            opened = self._unpacked(("row", 0), keep=False)
            # They may have been packed just before they were read: then they come as a minute.
            found = self._minute_after(number, start_us, end_us)
            if found is None:
                return None, opened
        return found, self._unpacked(("minute", found), keep=False)

    def _minute_after(self, number: int, start_us: int, end_us: int) -> int | None:
        found = self._connection.execute(
            "SELECT id FROM minute WHERE id > ? AND last_us >= ? AND first_us <= ? AND samples IS NOT NULL"
            " ORDER BY id LIMIT 1",
            (number, start_us, end_us),
        ).fetchone()
        return None if found is None else int(found[0])

    def happenings(
        self, since: datetime, until: datetime, *, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Sequence[Happening]:
        """See ``Recording``."""
        with self._reading() as connection:
            return between(connection, since, until, kinds)

    def next_happening(
        self, at: datetime, *, back: bool = False, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Happening | None:
        """See ``Recording``."""
        with self._reading() as connection:
            return next_to(connection, at, back=back, kinds=kinds)

    def close(self) -> None:
        """See ``Recording``."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- finding ----------------------------------------------------------------------------

    def _find(self, at_us: int) -> tuple[_Stretch, int] | None:
        """Give where the newest row at or before a time stands.

        A wall clock that was set back tells a time twice: what was written last stands for it.
        """
        opened = self._connection.execute("SELECT max(at_us) FROM row WHERE at_us <= ?", (at_us,)).fetchone()[0]
        if opened is not None and opened >= at_us - _NEAR_US:
            packed = None
        else:
            packed = (
                self._connection.execute(
                    "SELECT id, first_us FROM minute WHERE first_us BETWEEN ? AND ? AND last_us >= ?"
                    " AND samples IS NOT NULL ORDER BY id DESC LIMIT 1",
                    (at_us - _LONG_US, at_us, at_us - _NEAR_US),
                ).fetchone()
                or self._connection.execute(
                    "SELECT id, first_us FROM minute WHERE first_us <= ? AND samples IS NOT NULL"
                    " ORDER BY first_us DESC, id DESC LIMIT 1",
                    (at_us,),
                ).fetchone()
            )
        if opened is None and packed is None:
            return None
        if packed is None or (opened is not None and opened >= packed[1]):
            stretch = self._unpacked(("row", 0))
        else:
            stretch = self._unpacked(("minute", packed[0]))
        # Not by halving: a wall clock that was set back leaves times that do not rise.
        before = [(it, place) for place, it in enumerate(stretch.times) if it <= at_us]
        return (stretch, max(before)[1]) if before else None

    def _where_it_stood(self, at_us: int) -> tuple[_Stretch, int] | None:
        """Give where the frame given last stands, if it is of this time: a clock set back shows times twice."""
        stood_us, key, place = self._stood
        if stood_us != at_us:
            return None
        stretch = next((it for it in self._stretches if it.key == key), None)
        if stretch is not None and key[0] == "row":
            # The open minute goes on, and another takes its place: what was read of it earlier may be neither.
            stretch = self._unpacked(key)
        return (stretch, place) if stretch is not None and stretch.times[place : place + 1] == [at_us] else None

    def _neighbour(self, stretch: _Stretch | None, *, forward: bool) -> tuple[_Stretch, int] | None:
        """Give the first row after a stretch, or the last before it."""
        kind, number = ("minute", 0) if stretch is None else stretch.key
        if kind == "row":
            if forward:
                return None
            number = 1 << 62
        way, order = (">", "ASC") if forward else ("<", "DESC")
        found = self._connection.execute(
            f"SELECT id FROM minute WHERE id {way} ? AND samples IS NOT NULL ORDER BY id {order} LIMIT 1",  # noqa: S608 - our own words
            (number,),
        ).fetchone()
        if found is None and not forward:
            return None
        other = self._unpacked(("row", 0) if found is None else ("minute", found[0]))
        if not other.rows:
            return None
        return other, 0 if forward else len(other.rows) - 1

    def _unpacked(self, key: tuple[str, int], *, keep: bool = True) -> _Stretch:
        known = next((it for it in self._stretches if it.key == key), None)
        if known is not None and key[0] == "minute":
            self._stretches.remove(known)
            self._stretches.append(known)
            return known
        if key[0] == "row":
            found = self._connection.execute("SELECT run, at_us, body FROM row ORDER BY id").fetchall()
            run, times = found[-1][0] if found else 0, [it[1] for it in found]
            rows = bounded(inflate(it[2]) for it in found)
            whole = [place for place, it in enumerate(rows) if b'"k":1' in it[:_HEAD]]
        else:
            minute = self._connection.execute("SELECT run, samples FROM minute WHERE id = ?", key[1:]).fetchone()
            if minute is None or minute[1] is None:
                raise Undecodable("that time has just become too old to be kept")
            run, (times, whole, rows) = minute[0], unpack_rows(minute[1])
        if known is not None and known.rows == rows[: len(known.rows)] and known.rows:
            # The open minute has grown: what was gone through stays so.
            known.rows, known.times, known.whole = rows, times, whole
            return known
        made = _Stretch(key, run, rows, times, whole)
        if keep:
            self._stretches = [*(it for it in self._stretches if it.key != key), made][-_STRETCHES:]
        return made

    # --- making -----------------------------------------------------------------------------

    def _part(self, number: int) -> Any:
        found = self._parts.get(number)
        if found is None:
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            found = self._parts[number] = read_part(self._connection, number)
        return found

    def _told(self, stretch: _Stretch, place: int) -> Told:
        start = stretch.whole[bisect_right(stretch.whole, place) - 1] if stretch.whole else 0
        if stretch.reader is None or not start <= stretch.place <= place:
            stretch.reader, stretch.place = Rows(self._part, self._containers), start - 1
        for row in stretch.rows[stretch.place + 1 : place + 1]:
            stretch.reader.read(read_plain(row))
        stretch.place = place
        return stretch.reader.told()

    def _frame(self, stretch: _Stretch, place: int) -> Frame:
        told = self._told(stretch, place)
        self._stood = stretch.times[place], stretch.key, place
        snapshot = snapshot_of(told, self._profile)
        return Frame(
            number=told.number, snapshot=snapshot,
            history=self._figures.history(stretch.run, snapshot.at, snapshot.clock_ns),
            findings=told.findings, recommendations=told.recommendations, interval=told.interval,
            trouble=told.trouble, stale_since=told.stale_since, observed=told.observed, recorded=True,
        )  # fmt: skip
