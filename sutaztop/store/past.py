"""What judging remembers, kept in a file: a program that starts anew goes on with the wishes of the one before."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sutaztop.domain.case import OomKill, PastWish, Resized
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.store.codec import encode_time
from sutaztop.store.files import write_whole

SCHEMA = "sutaztop.past/1"
LONGEST = 3600
"""Seconds after which nothing of it counts but kills and raises: what happened meanwhile was not seen."""

T = TypeVar("T")


def save_past(path: Path, past: Past, *, at: datetime, engine: str) -> None:
    """Write it in place of what stands there, whole or not at all. Raises ``OSError``."""
    document = {
        "schema": SCHEMA,
        "at": encode_time(at),
        "engine": engine,
        "wished": {key: [[it.at, it.replicas] for it in each] for key, each in past.wished.items()},
        "resized": {key: [[it.at, it.by] for it in each] for key, each in past.resized.items()},
        "kills": {key: [[it.at, it.limit] for it in each] for key, each in past.kills.items()},
        "raises": {key: list(each) for key, each in past.raises.items()},
        "counts": dict(past.counts),
        "limits": dict(past.limits),
        "sizes": dict(past.sizes),
        "observed": {key: [encode_time(it.at), it.what] for key, it in past.observed.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, separators=(",", ":")))


def load_past(path: Path, *, now: datetime, engine: str) -> tuple[Past, str]:
    """Read it back; gives nothing remembered, and why, where it can't be used.

    Another engine's is not ours. What is older than an hour, or from the future, keeps its kills and raises alone: no
    stabilization window may rest on a time in which nobody looked.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            return NO_PAST, f"{path} is of another version ({document['schema']!s:.40})"
        if document["engine"] != engine:
            return NO_PAST, f"{path} is another engine's"
        age = (now - _time(document["at"])).total_seconds()
        past = _decoded(document)
    except FileNotFoundError:
        return NO_PAST, ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return NO_PAST, f"{path} can't be read: {error}"
    if 0 <= age <= LONGEST:
        return past, ""
    kept = Past(kills=past.kills, raises=past.raises, counts=past.counts, limits=past.limits)
    return kept, f"{path} is {age:.0f} s old: its wishes no longer count"


def _decoded(document: Mapping[str, Any]) -> Past:
    return Past(
        wished=_each(document["wished"], lambda it: PastWish(int(it[0]), int(it[1]))),
        resized=_each(document["resized"], lambda it: Resized(int(it[0]), int(it[1]))),
        kills=_each(document["kills"], lambda it: OomKill(int(it[0]), None if it[1] is None else int(it[1]))),
        raises=_each(document["raises"], int),
        counts={str(key): int(it) for key, it in document["counts"].items()},
        limits={str(key): int(it) for key, it in document["limits"].items()},
        sizes={str(key): int(it) for key, it in document["sizes"].items()},
        observed={str(key): ObservedChange(_time(it[0]), str(it[1])) for key, it in document["observed"].items()},
    )


def _each(document: Mapping[str, Any], make: Callable[[Any], T]) -> Mapping[str, tuple[T, ...]]:
    return {str(key): tuple(make(it) for it in listed) for key, listed in document.items()}


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
