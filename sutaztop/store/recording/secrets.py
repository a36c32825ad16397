"""What a recording keeps of values that may be secrets: that they are there, and whether they changed."""

import hmac
import re
from collections.abc import Iterable

HIDDEN = "‹hidden "
"""Begins what stands for a value; a fingerprint follows, alike for alike values of one recording."""
_SECRET = re.compile(r"pass|pwd|secret|token|key|cred|auth|salt|private|cookie|session|dsn", re.IGNORECASE)
# Numbers, sizes, spans and switches: what settings are made of, and no secret worth the name.
_SETTING = re.compile(
    r"-?\d{1,9}(?:\.\d{1,4})?\s?(?:[kmgt]i?b?|b|ms|s|m|h|d|%)?|true|false|yes|no|on|off", re.IGNORECASE
)
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE)
_FLAG = re.compile(r"(?P<name>--?[\w.-]*(?:pass|pwd|secret|token|key|cred|auth)[\w.-]*)(?P<sign>[= ]\s*)(?P<value>\S+)",
                   re.IGNORECASE)  # fmt: skip


class Hider:
    """Puts fingerprints in the place of values, with a key of the recording's own: nobody looks them up in a table."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def fingerprint(self, value: str) -> str:
        """Give what stands for a value: twelve digits that tell it from others and do not tell it."""
        return f"{HIDDEN}{hmac.digest(self._key, value.encode(errors='replace'), 'sha256').hex()[:12]}›"

    def environment(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Hide every value but plain settings: policy reads those, and a recording is judged anew."""
        return tuple((name, self._of(name, value)) for name, value in pairs)

    def _of(self, name: str, value: str) -> str:
        if not value or value.startswith(HIDDEN) or (_SETTING.fullmatch(value) and not _SECRET.search(name)):
            return value
        return self.fingerprint(value)

    def command(self, text: str) -> str:
        """Hide what follows a flag that asks for a secret, and who logs in within an address.

        >>> Hider(b"k").command("redis-server --requirepass hunter2 --port 6379").endswith("› --port 6379")
        True
        """
        if "://" in text:
            text = _CREDENTIALS.sub(lambda it: f"{it['scheme']}{self.fingerprint(it[0])}@", text)
        return _FLAG.sub(lambda it: it["name"] + it["sign"] + self._of(it["name"], it["value"]), text)
