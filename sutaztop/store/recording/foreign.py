"""What is read from a recording, made harmless: it may be a clip that somebody sent.

A recorder writes nothing but cleaned text. Whoever wants to reach a terminal with a control code writes a file by hand.
"""

import json
import re
from typing import Any

from sutaztop.domain.text import clean_text

# The writer's JSON is ASCII: what could hide in it are escapes. Those that are looked for are a few too many.
_SUSPECT = re.compile(rb"\\u(?:00[01789a]|06|18|20[0-6]|d[89a-f]|f[ef])", re.IGNORECASE)
_SHORTEST_LIMIT = 4096
_MOST = 16 << 20
"""Bytes of one JSON text: a whole row of a thousand containers takes about a million; values made of it ten times."""


def read_plain(raw: bytes) -> Any:
    r"""Read a JSON text, its strings cleaned. Raises ``ValueError``, also for one that is far too long.

    >>> read_plain(b'{"name": "a\\u001b[31mb"}')
    {'name': 'ab'}
    """
    if len(raw) > _MOST:
        raise ValueError(f"one value holds more than {_MOST} bytes")
    value = json.loads(raw)
    return _clean(value) if not raw.isascii() or _SUSPECT.search(raw) else value


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value, limit=max(_SHORTEST_LIMIT, len(value)))
    if isinstance(value, list):
        return [_clean(it) for it in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(it) for key, it in value.items()}
    return value
