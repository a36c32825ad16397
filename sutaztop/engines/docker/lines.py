"""Lines out of byte streams: the engine's events, and containers' logs with their two streams kept apart. Pure."""

import json
import re
from collections.abc import Iterable, Iterator

from sutaztop.contracts import EngineError
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.text import clean_line, clean_text
from sutaztop.engines.docker.decode import decode_event
from sutaztop.engines.payload import parse_time

LONGEST_LOG_LINE = 8192
"""Characters kept of one line; a container that never ends its line fills no memory."""
_LONGEST_EVENT = 1024 * 1024
_HEADER = 8
_STREAMS = {1: "stdout", 2: "stderr"}
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ")


def decode_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Read ``GET /events``: one object a line. Raises ``EngineError`` for what is not."""
    for line in _split(pieces):
        try:
            payload = json.loads(line)
        except ValueError as error:
            raise EngineError("The engine's events could not be understood", clean_line(str(error))) from error
        event = decode_event(payload)
        if event is not None:
            yield event


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting = b""
    for piece in pieces:
        *whole, waiting = (waiting + piece).split(b"\n")
        # Newer engines put a record separator before each object when asked for a sequence.
        yield from (line for text in whole if (line := text.strip(b"\x1e \r")))
        if len(waiting) > _LONGEST_EVENT:
            raise EngineError("The engine's events could not be understood", "one is longer than 1 MiB")
    if line := waiting.strip(b"\x1e \r"):
        yield line


def decode_logs(pieces: Iterable[bytes], *, terminal: bool) -> Iterator[LogLine]:
    """Read ``GET /containers/{id}/logs?timestamps=1``.

    Without a terminal the engine frames what it sends: a byte for the stream, three zeros,
    four bytes of length. With one there is a single raw stream. Each frame begins with the
    time; a line over 16 KiB comes in several frames, each with a time of its own, and is put
    together again.
    """
    frames: Iterator[tuple[str, bytes]]
    frames = (("stdout", piece) for piece in pieces) if terminal else _frames(pieces)
    open_lines: dict[str, _OpenLine] = {}
    for stream, content in frames:
        line = open_lines.setdefault(stream, _OpenLine(stream))
        yield from line.take(content, stamped_within=not terminal)
    for line in open_lines.values():
        yield from line.finish()


class _OpenLine:
    """A line whose end has not come yet, bounded in length."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._content = b""

    def take(self, content: bytes, *, stamped_within: bool) -> Iterator[LogLine]:
        """Add content, and give the lines that are whole now."""
        if stamped_within and self._content and (stamp := _STAMP.match(content)):
            content = content[stamp.end() :]
        *whole, rest = content.split(b"\n")
        for part in whole:
            self._add(part)
            yield self._line()
        self._add(rest)

    def finish(self) -> Iterator[LogLine]:
        """Give what is left when the stream ends."""
        if self._content:
            yield self._line()

    def _add(self, part: bytes) -> None:
        # Four bytes a character at most, and the time before them.
        self._content = (self._content + part)[: 4 * LONGEST_LOG_LINE + 64]

    def _line(self) -> LogLine:
        content, self._content = self._content, b""
        stamp = _STAMP.match(content)
        at = parse_time(stamp[0].decode().strip()) if stamp else None
        text = content[stamp.end() if stamp else 0 :].decode("utf-8", "replace")
        # A progress bar overwrites its line: what stands at the end is what a terminal shows.
        text = text.rstrip("\r").rpartition("\r")[2]
        return LogLine(clean_text(text, limit=LONGEST_LOG_LINE).expandtabs(4), self._stream, at)


def _frames(pieces: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Take frames apart as they arrive; a large one is handed on in the pieces it came in."""
    waiting, left, stream = b"", 0, "stdout"
    for piece in pieces:
        waiting += piece
        while waiting:
            if left:
                part, waiting = waiting[:left], waiting[left:]
                left -= len(part)
                yield stream, part
                continue
            if len(waiting) < _HEADER:
                break
            kind, zeros = waiting[0], waiting[1:4]
            if zeros != b"\0\0\0" or kind not in (0, 1, 2):
                raise EngineError("The container's log could not be understood", "its frames are not the engine's")
            left, stream = int.from_bytes(waiting[4:8], "big"), _STREAMS.get(kind, "stdout")
            waiting = waiting[_HEADER:]
