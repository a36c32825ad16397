"""The time between two programs that recorded: told as a gap, with the reason as far as it can be known."""

import sqlite3
from datetime import datetime, timedelta

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.schema import microseconds, newest_us, time_at

SHORTEST = timedelta(seconds=10)
"""What is shorter is a restart that nobody misses anything by."""
_ENDED = "ended"
_SLACK_US = 2_000_000


def tell_gap(connection: sqlite3.Connection, at: datetime, boot: str) -> Happening | None:
    """Keep and give the gap that ends with a writer's start; ``None`` where there is none worth telling.

    Called before the new run has its row. ``boot`` is the machine's boot as the run before would have told it.
    Does not commit.
    """
    last_us = newest_us(connection)
    ended = connection.execute("SELECT at_us FROM state WHERE key = ?", (_ENDED,)).fetchone()
    connection.execute("DELETE FROM state WHERE key = ?", (_ENDED,))
    if last_us is None or microseconds(at) - last_us < SHORTEST // timedelta(microseconds=1):
        return None
    run = connection.execute("SELECT boot FROM run ORDER BY id DESC LIMIT 1").fetchone()
    if ended is not None and ended[0] >= last_us - _SLACK_US:
        action, why = "closed", "sutaztop was closed"
    elif run is not None and run[0] != boot:
        action, why = "rebooted", "the machine was started anew"
    else:
        action, why = "killed", "sutaztop was killed, or failed"
    span = span_words((microseconds(at) - last_us) / 1e6)
    gap = Happening(
        time_at(last_us), HappeningKind.GAP, Subject("host", "host", "host"), action,
        f"nobody recorded for {span}: {why}", Severity.UNKNOWN, until=at,
    )  # fmt: skip
    insert(connection, [gap])
    return gap


def note_end(connection: sqlite3.Connection, at: datetime) -> None:
    """Remember that a writer was closed in good order. Does not commit."""
    connection.execute("INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, x'')", (_ENDED, microseconds(at)))
