"""Documents of cases, as `sutaztop decide --from` takes them: one situation, or examples with an input each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sutaztop.contracts import ConfigError
from sutaztop.domain.case import Situation
from sutaztop.domain.numbers import Numbers
from sutaztop.domain.text import clean_line
from sutaztop.store.situation import host_numbers, situation_of

MOST_BYTES = 64 << 20
"""A larger document is refused unread: a thousand containers take about five million."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One situation of a document. ``name`` is an example's, and empty for a situation that stands alone."""

    name: str
    place: str
    document: Mapping[str, Any]

    def read(self, base: Numbers | None = None) -> tuple[Situation, Numbers]:
        """Give the situation and the numbers of its host's guards. Raises ``ConfigError``."""
        situation = situation_of(self.document, where=self.place, base=base)
        return situation, host_numbers(self.document, where=self.place, base=base)


def read_cases(text: str, where: str) -> list[Kept]:
    """Find the situations of a document. Raises ``ConfigError`` with file, place and what is allowed."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{where}:{error.lineno}:{error.colno}: is no JSON: {error.msg}", _ALLOWED) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: can't be read as JSON: {clean_line(str(error))[:80]}", _ALLOWED) from error
    if not isinstance(document, Mapping):
        raise ConfigError(f"{where}: is no situation", _ALLOWED)
    if "examples" not in document:
        return [Kept("", where, document)]
    examples = document["examples"]
    if not isinstance(examples, list):
        raise ConfigError(f"{where}: examples is not a list", _ALLOWED)
    return [_example(it, f"{where}: examples[{place}]") for place, it in enumerate(examples)]


_ALLOWED = 'Allowed: {"now", "host", "service" or "services", "config"}, or {"examples": [{"name", "input", "config"}]}'


def _example(example: object, place: str) -> Kept:
    if not isinstance(example, Mapping) or not isinstance(example.get("input"), Mapping):
        raise ConfigError(f"{place} has no input", _ALLOWED)
    name = example.get("name", "")
    document = {**example["input"], "config": example.get("config") or example["input"].get("config") or {}}
    return Kept(clean_line(name) if isinstance(name, str) else "", place, document)
