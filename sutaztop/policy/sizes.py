"""Sizes and numbers in the settings of well-known programs, each read as strictly as the program reads it.

What these give ``None`` for is no size there: some programs refuse to start with it, others fall
back to their default without a word.
"""

import re

from sutaztop.domain.quantity import GIB, KIB, MIB, TIB

_POSTGRES = re.compile(r"(-?\d{1,15})\s*(B|kB|MB|GB|TB)?")
_REDIS = re.compile(r"(\d{1,15})(b|k|kb|m|mb|g|gb)?", re.IGNORECASE)
_JVM = re.compile(r"(\d{1,15})([kmgt])?", re.IGNORECASE)
_NEO4J = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*(?:([kmgt])(?:i?b)?|b)?", re.IGNORECASE)
_POSTGRES_UNITS = {"B": 1, "kB": KIB, "MB": MIB, "GB": GIB, "TB": TIB}
_BINARY = {"": 1, "k": KIB, "m": MIB, "g": GIB, "t": TIB}
_REDIS_UNITS = {"": 1, "b": 1, "k": 10**3, "kb": KIB, "m": 10**6, "mb": MIB, "g": 10**9, "gb": GIB}


def postgres_size(text: str, *, bare: int = KIB) -> int | None:
    """Read a PostgreSQL memory setting: units are case-sensitive, a ``bare`` number counts units of its own.

    Without a unit ``shared_buffers`` counts blocks of 8 kB, ``work_mem`` kB (PostgreSQL's manual, 20.1).

    >>> postgres_size("2GB") // MIB, postgres_size("128", bare=8 * KIB) // MIB, postgres_size("512mb")
    (2048, 1, None)
    """
    match = _POSTGRES.fullmatch(text.strip().strip("'"))
    if match is None or int(match[1]) < 0:
        return None
    return int(match[1]) * (_POSTGRES_UNITS[match[2]] if match[2] else bare)


def redis_size(text: str) -> int | None:
    """Read a Redis memory setting: ``1gb`` is a power of 1024, ``1g`` one of 1000 (redis.conf). 0 is no limit.

    >>> redis_size("128mb") == 128 * MIB, redis_size("128m"), redis_size("1.5gb")
    (True, 128000000, None)
    """
    match = _REDIS.fullmatch(text.strip())
    return None if match is None else int(match[1]) * _REDIS_UNITS[(match[2] or "").lower()]


def jvm_size(text: str) -> int | None:
    """Read the size of ``-Xmx``: whole numbers, powers of 1024.

    >>> jvm_size("2g") // MIB, jvm_size("512M") // MIB, jvm_size("1.5g"), jvm_size("2gb")
    (2048, 512, None, None)
    """
    match = _JVM.fullmatch(text)
    return None if match is None else int(match[1]) * _BINARY[(match[2] or "").lower()]


def neo4j_size(text: str) -> int | None:
    """Read a Neo4j memory setting: powers of 1024.

    >>> neo4j_size("512m") // MIB, neo4j_size("1.5G") // MIB, neo4j_size("half")
    (512, 1536, None)
    """
    match = _NEO4J.fullmatch(text.strip())
    return None if match is None else int(float(match[1]) * _BINARY[(match[2] or "").lower()])


def whole_number(text: str) -> int | None:
    """Read a whole number, not negative.

    >>> whole_number("4"), whole_number("four"), whole_number("-1")
    (4, None, None)
    """
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdecimal() and len(stripped) < 12 else None
