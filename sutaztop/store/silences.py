"""Silences in a small file that a person can read; whole or not at all, and told where it can't be read."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sutaztop.domain.severity import Severity
from sutaztop.domain.silence import Silence
from sutaztop.domain.text import clean_line
from sutaztop.store.codec import encode_time
from sutaztop.store.files import write_json

SCHEMA = "sutaztop.silences/1"
FILE_NAME = "silences.json"
_MOST_BYTES = 1 << 20
_MOST = 500
"""The newest are kept: nobody has muted more on purpose."""


class SilenceFile:
    """The silences of a state directory. Two programs may write at once: each reads before it writes, the last wins."""

    def __init__(self, directory: str | Path) -> None:
        self.path = Path(directory, FILE_NAME)

    def load(self) -> tuple[tuple[Silence, ...], str]:
        """Give what is kept, and what of it can't be read, or nothing. Without a file there is nothing."""
        try:
            with self.path.open(encoding="utf-8") as file:
                document = json.loads(file.read(_MOST_BYTES))
            if document["schema"] != SCHEMA:
                return (), f"{self.path} is of another version"
            entries = list(document["silences"])
        except FileNotFoundError:
            return (), ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            return (), f"{self.path} can't be read ({clean_line(str(error))[:80]}): nothing is snoozed or muted"
        kept = [made for it in entries if (made := _decoded(it)) is not None]
        lost = len(entries) - len(kept)
        return tuple(kept), f"{self.path}: {lost} of {len(entries)} entries can't be read" if lost else ""

    def add(self, silence: Silence) -> str:
        """Keep one, in place of an earlier one for the same; give what went wrong, or nothing."""
        return self._write(lambda kept: [*(it for it in kept if it.key != silence.key), silence], silence.at)

    def remove(self, silence: Silence, now: datetime) -> str:
        """Forget one; give what went wrong, or nothing."""
        return self._write(lambda kept: [it for it in kept if it.key != silence.key], now)

    def _write(self, change: Callable[[Sequence[Silence]], Sequence[Silence]], now: datetime) -> str:
        kept, trouble = self.load()
        try:
            if trouble and self.path.exists():
                # What can't be read may be somebody's work: it is set aside and not written over.
                self.path.replace(self.path.with_suffix(f".{now:%Y%m%dT%H%M%S}.unreadable"))
            live = [it for it in change(kept) if not it.is_over(now)][-_MOST:]
            write_json(self.path, {"schema": SCHEMA, "silences": [_encoded(it) for it in live]})
        except (OSError, ValueError) as error:
            return f"{self.path}: {error}; it lasts until this program ends"
        return ""


def silence_document(it: Silence) -> dict[str, Any]:
    """Give what `recommend --json` says of a silence."""
    return {"until": encode_time(it.until) if it.until is not None else None, "reason": it.reason or None}


def _encoded(it: Silence) -> dict[str, Any]:
    return {
        "id": it.id,
        "rule": it.rule,
        "name": it.name,
        "proposal": it.proposal,
        "severity": it.severity.word,
        "at": encode_time(it.at),
        **silence_document(it),
    }


def _decoded(it: object) -> Silence | None:
    if not isinstance(it, Mapping):
        return None
    try:
        until = it["until"]
        return Silence(
            id=clean_line(it["id"]),
            rule=clean_line(it["rule"]),
            name=clean_line(it["name"]),
            proposal=clean_line(it["proposal"]),
            severity=Severity[it["severity"].upper()],
            at=_time(it["at"]),
            until=None if until is None else _time(until),
            reason=clean_line(it["reason"] or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
