"""Names and ids as one part of a request's path: what the engine cannot know is never asked for."""

import re

from sutaztop.contracts import NotFound
from sutaztop.domain.text import clean_line

_KNOWABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def path_part(identity: str, kind: str) -> str:
    """Give an id or name back if it can be one. Raises ``NotFound``: ``../info`` would ask for another thing.

    >>> path_part("sutazai-backend", "container")
    'sutazai-backend'
    """
    if _KNOWABLE.fullmatch(identity) is None:
        raise NotFound(f"No such {kind}", f"{clean_line(identity, limit=80)!r} cannot be the name or id of one")
    return identity


def short(identity: str) -> str:
    """Give an id's first twelve digits, as Docker prints them; a name as it is, cleaned."""
    text = clean_line(identity, limit=80)
    return text[:12] if re.fullmatch(r"[0-9a-f]{64}", text) else text
