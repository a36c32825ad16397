"""Memory: the working set as Docker counts it, and its share of a container's own limit."""

from sutaztop.domain.quantity import Bytes, Ratio
from sutaztop.domain.reading import NO_LIMIT, NOT_SUPPORTED, Reading, Unmeasured


def working_set(usage: Bytes | None, inactive_file: Bytes | None) -> Reading[Bytes]:
    """Give usage less the page cache that can go at once; active page cache stays in.

    Equal to ``docker stats`` since 19.03 (docker/cli, ``calculateMemUsageUnixNoCache``):
    an inactive cache not smaller than the usage is not believed and nothing is taken off.

    >>> working_set(Bytes(500), Bytes(400))
    100
    >>> working_set(Bytes(500), Bytes(600)), working_set(Bytes(500), None)
    (500, 500)
    """
    if usage is None:
        return NOT_SUPPORTED
    if inactive_file is not None and inactive_file < usage:
        return Bytes(usage - inactive_file)
    return usage


def share_of_limit(memory: Reading[Bytes], limit: Bytes | None) -> Reading[Ratio]:
    """Give the working set over the limit that inspect tells.

    Never over the limit in the stats: there, an unlimited container has the host's memory.

    >>> share_of_limit(Bytes(96), Bytes(128))
    0.75
    >>> str(share_of_limit(Bytes(96), None))
    'no limit set'
    """
    if not limit:
        return NO_LIMIT
    return memory if isinstance(memory, Unmeasured) else Ratio(memory / limit)
