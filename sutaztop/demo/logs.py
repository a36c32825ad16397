"""What containers write: lines worked out from their number, so that none has to be kept."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from zlib import crc32

from sutaztop.demo.container import LivingContainer
from sutaztop.demo.scenarios import Ailment
from sutaztop.domain.event import LogLine
from sutaztop.domain.text import clean_line

MOST_AT_ONCE = 2000
"""Lines given for one request or one pause of a follower; older ones are left out."""
_TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/app/agent.py", line 41, in <module>',
    "    from coordinator import plan",
    '  File "/app/coordinator.py", line 118',
    "IndentationError: unexpected indent",
)
_API = (
    'INFO:     10.0.3.{a}:{b} - "POST /api/v1/chat HTTP/1.1" 200 OK',
    'INFO:     10.0.3.{a}:{b} - "GET /health HTTP/1.1" 200 OK',
    "INFO:     task {c} handed to agent {a} after {d} ms",
    "WARNING:  model answered in {d} ms, over the budget of 800 ms",
)
_LINES = {
    "llm": (
        '[GIN] 200 | {d}.{a}ms | 10.0.3.{a} | POST "/api/chat"',
        '[GIN] 200 | {a}.{d}µs | 127.0.0.1 | GET "/api/version"',
        'level=INFO source=server.go msg="llama runner started in {a}.{d} seconds"',
    ),
    "api": _API,
    "api-replica": _API,
    "database": (
        "LOG:  checkpoint starting: time",
        "LOG:  checkpoint complete: wrote {d} buffers (0.{a}%); sync=0.0{a} s",
        "LOG:  automatic vacuum of table sutazai.public.tasks: index scans: 1",
        "LOG:  duration: {d}.{a} ms  statement: SELECT id, state FROM agents WHERE pool = $1",
    ),
    "cache": (
        "1:M * {d} changes in 60 seconds. Saving...",
        "1:M * Background saving started by pid {b}",
        "1:M * DB saved on disk",
    ),
    "worker": ("Task app.tasks.embed[{c}] received", "Task app.tasks.embed[{c}] succeeded in {a}.{d}s: 'ok'"),
    "scraper": ("level=info msg=scraped targets={a} took={d}ms", 'level=info msg="no change in configuration"'),
    "proxy": (
        '10.0.3.{a} - - "GET /agents/{a}/state HTTP/1.1" 200 {d}',
        '10.0.3.{a} - - "POST /v1/chat/completions HTTP/1.1" 200 {b}',
    ),
}  # fmt: skip
_AGENT = (
    "heartbeat: idle, queue empty",
    "picked up task {c}, priority {a}",
    "asked model llama3.2:3b, {d} tokens in {a} s",
    "task {c} done: stored {a} results",
    "memory: {d} documents indexed, none stale",
)


class Written:
    """One container's log as it stands: numbered lines with their times."""

    def __init__(self, container: LivingContainer) -> None:
        self._container = container
        self._lines = _LINES.get(container.configuration.kind, _AGENT)
        self._every = 1.5 + crc32(container.id.encode()) % 90 / 10

    def count(self, now: float) -> int:
        """How many lines the present or last run has written by ``now``."""
        container = self._container
        started = container.started
        if started is None:
            return 0
        if container.ailment is Ailment.CRASHING:
            return len(_TRACEBACK) * min(container.restart_count + 1, MOST_AT_ONCE // len(_TRACEBACK))
        until = now if container.finished is None or container.is_running else container.finished
        return int(max(0.0, until - started) / self._every) + 1

    def between(self, since: datetime | None, until: datetime | None, total: int) -> tuple[int, int]:
        """Give the first line of a span, and the one behind its last; both bounds are of the span."""
        numbers = range(total)

        def at(number: int) -> datetime:
            # Every line has its time; an earlier run's lines of a crashing one lie before those of a later.
            return self.line(number, total).at or self._container.at(0.0)

        first = 0 if since is None else bisect_left(numbers, since, key=at)
        return first, total if until is None else bisect_right(numbers, until, key=at)

    def line(self, number: int, total: int) -> LogLine:
        """Give one line; ``total`` is the count that it is numbered in."""
        container = self._container
        started = container.started or 0.0
        if container.ailment is Ailment.CRASHING:
            runs_ago = (total - 1 - number) // len(_TRACEBACK)
            text = _TRACEBACK[number % len(_TRACEBACK)]
            return LogLine(text, "stderr", container.at(started - 61.4 * runs_ago))
        chance = crc32(f"{container.id}{number}".encode())
        if container.ailment is Ailment.UNHEALTHY and chance % 3 == 0:
            return LogLine("health probe asked by hand: 200 OK", "stdout", self._at(started, number))
        template = self._lines[chance % len(self._lines)]
        text = template.format(a=chance % 97 + 2, b=chance % 28_000 + 32_000, c=f"{chance:08x}", d=chance % 870 + 12)
        stream = "stderr" if template.startswith(("WARNING", "level=")) else "stdout"
        return LogLine(clean_line(text), stream, self._at(started, number))

    def _at(self, started: float, number: int) -> datetime:
        return self._container.at(started) + timedelta(seconds=number * self._every)
