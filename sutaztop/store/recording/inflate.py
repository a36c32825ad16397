"""Unpacking what a recording packs, with an end to it: a clip of some kilobytes may claim to hold gigabytes."""

import sqlite3
import struct
import zlib
from collections.abc import Iterable

from sutaztop.store.codec import Undecodable

MOST = 64 << 20
"""Bytes that one packed value, or the open minute, may hold: a minute of a thousand containers takes 7 million."""
UNREADABLE = (
    zlib.error, struct.error, Undecodable, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    RecursionError,
)  # fmt: skip
"""What a value raises on reading that somebody wrote by hand, or that a disk has damaged: only that value is lost."""
BROKEN = (sqlite3.Error, *UNREADABLE)
"""What reading such a file raises: it may hold anything anywhere."""


def inflate(body: bytes, most: int = MOST) -> bytes:
    """Unpack. Raises ``zlib.error`` for what is damaged or cut, ``ValueError`` for what is larger than ``most`` bytes.

    >>> inflate(zlib.compress(b"abc"))
    b'abc'
    >>> inflate(zlib.compress(bytes(1000)), most=999)
    Traceback (most recent call last):
    ValueError: a packed value holds more than 999 bytes
    """
    unpacking = zlib.decompressobj()
    # One byte more tells a value that ends there from one that goes on.
    raw = unpacking.decompress(body, most + 1)
    if len(raw) > most:
        raise ValueError(f"a packed value holds more than {most} bytes")
    if not unpacking.eof:
        raise zlib.error("a packed value is incomplete or truncated")
    return raw


def bounded(parts: Iterable[bytes], most: int = MOST) -> list[bytes]:
    """Take values that are small each, and together no more than ``most`` bytes. Raises ``ValueError``.

    >>> bounded([b"ab", b"c"], most=3)
    [b'ab', b'c']
    >>> bounded([b"ab", b"cd"], most=3)
    Traceback (most recent call last):
    ValueError: the rows of a minute hold more than 3 bytes
    """
    taken: list[bytes] = []
    room = most
    for it in parts:
        room -= len(it)
        if room < 0:
            raise ValueError(f"the rows of a minute hold more than {most} bytes")
        taken.append(it)
    return taken
