"""Finding what is open in a long journal without decoding it: every face asks at its start."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from sutaztop.domain.change import JournalEntry
from sutaztop.store.chain import all_lines
from sutaztop.store.codec import NewerVersion, Undecodable, decode

# As the codec writes it. Inside of a text every quotation mark is escaped, so that none of these can stand there.
_HEAD = re.compile(rb'"change_id":"([^"\\]*)","phase":"(intent|outcome|kept|dropped)"')
_UNDOES = re.compile(rb'"undoes":"([^"\\]+)"')
_BORROW = b'"borrow":{'
_APPLIED = b'"result":"applied"'


def unsettled_entries(paths: Sequence[Path]) -> tuple[JournalEntry, ...]:
    """Give the lines about changes that are borrowed or have no outcome, and about what took those back.

    Files are given oldest first. Raises ``JournalError`` where one can't be read; lines that can't be
    understood are left out, and told by a reading of the whole.
    """
    begun: dict[bytes, None] = {}
    ended: set[bytes] = set()
    borrowed: set[bytes] = set()
    settled: set[bytes] = set()
    for line in all_lines(paths):
        if (head := _HEAD.search(line)) is None:
            continue
        change_id, phase = head.groups()
        if phase == b"intent":
            begun[change_id] = None
            if _BORROW in line:
                borrowed.add(change_id)
        elif phase == b"outcome":
            ended.add(change_id)
            if _APPLIED in line and (undoes := _UNDOES.search(line)) is not None:
                settled.add(undoes[1])
        else:
            settled.add(change_id)
    wanted = {it for it in begun if (it in borrowed or it not in ended) and it not in settled}
    return tuple(_lines_of(wanted, paths)) if wanted else ()


def _lines_of(wanted: set[bytes], paths: Sequence[Path]) -> list[JournalEntry]:
    found = []
    for line in all_lines(paths):
        head, undoes = _HEAD.search(line), _UNDOES.search(line)
        if (head is not None and head[1] in wanted) or (undoes is not None and undoes[1] in wanted):
            try:
                found.append(decode(json.loads(line)))
            except (NewerVersion, Undecodable, ValueError, RecursionError):
                continue
    return found
