"""Ollama's answers as values: pure, tolerant of what newer servers add and older ones lack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sutaztop.domain.llm import InstalledModel, LoadedModel
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.text import clean_line

_NANOSECONDS = re.compile(r"(\.\d{6})\d+")
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def decode_time(text: object) -> datetime | None:
    """Read RFC 3339 as Go writes it, nine digits of a second and the server's zone, into UTC.

    Go's zero time and anything unreadable give ``None``.

    >>> decode_time("2026-11-23T08:05:00.123456789+01:00").isoformat()
    '2026-11-23T07:05:00.123456+00:00'
    >>> decode_time("0001-01-01T00:00:00Z")
    """
    if not isinstance(text, str) or text.startswith("0001-01-01"):
        return None
    try:
        moment = datetime.fromisoformat(_NANOSECONDS.sub(r"\1", text))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def decode_version(text: str) -> tuple[int, int, int] | None:
    """Read a release number; ``None`` where it tells nothing, as in a development build's 0.0.0.

    >>> decode_version("0.12.6-rc1"), decode_version("0.0.0")
    ((0, 12, 6), None)
    """
    match = _RELEASE.match(text)
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match.groups())
    return (major, minor, patch) if (major, minor, patch) > (0, 0, 0) else None


def decode_loaded(body: Mapping[str, Any]) -> tuple[LoadedModel, ...]:
    """Read ``/api/ps``: what is in memory, in the server's order."""
    return tuple(
        LoadedModel(
            name=clean_line(name, limit=200), size=_bytes(entry, "size"), size_vram=_bytes(entry, "size_vram"),
            context_length=_positive(entry, "context_length"), expires_at=decode_time(entry.get("expires_at")),
            digest=_text(entry, "digest"), **_details(entry),
        )
        for name, entry in entries(body)
    )  # fmt: skip


def decode_installed(body: Mapping[str, Any]) -> tuple[InstalledModel, ...]:
    """Read ``/api/tags``: what is on disk, and the cloud models that only stand in the list."""
    return tuple(
        InstalledModel(
            name=clean_line(name, limit=200), size=_bytes(entry, "size"),
            modified_at=decode_time(entry.get("modified_at")), digest=_text(entry, "digest"),
            remote=is_remote(entry), **_details(entry),
        )
        for name, entry in entries(body)
    )  # fmt: skip


def entries(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each model's name as the server writes it, with its entry; those without a name are left out."""
    models = body.get("models")
    for entry in models if isinstance(models, Sequence) else ():
        if isinstance(entry, dict):
            name = entry.get("name") or entry.get("model")
            if isinstance(name, str):
                yield name, entry


def is_model_list(body: Mapping[str, Any]) -> bool:
    """Tell whether an answer has the shape of Ollama's lists; older servers write an empty one as null."""
    return "models" in body and (body["models"] is None or isinstance(body["models"], list))


def is_remote(entry: Mapping[str, Any]) -> bool:
    """Tell a cloud model: it runs elsewhere and never holds memory here."""
    return bool(entry.get("remote_host") or entry.get("remote_model"))


def canonical_name(name: str) -> str:
    """Give the name by which Ollama finds a model: case does not count, and the tag defaults to latest.

    >>> canonical_name("Llama3.2"), canonical_name("hf.co:443/org/model")
    ('llama3.2:latest', 'hf.co:443/org/model:latest')
    """
    lowered = clean_line(name, limit=200).casefold()
    return lowered if ":" in lowered.rpartition("/")[2] else f"{lowered}:latest"


def _details(entry: Mapping[str, Any]) -> dict[str, str]:
    found = entry.get("details")
    details = found if isinstance(found, dict) else {}
    return {
        "family": _text(details, "family"),
        "parameter_size": _text(details, "parameter_size"),
        "quantization": _text(details, "quantization_level"),
    }


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return clean_line(value, limit=100) if isinstance(value, str) else ""


def _positive(entry: Mapping[str, Any], key: str) -> int | None:
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _bytes(entry: Mapping[str, Any], key: str) -> Bytes:
    return Bytes(_positive(entry, key) or 0)
