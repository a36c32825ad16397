"""New limits for a container that lives: sent, and then looked at, because an engine's answer tells half of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sutaztop.contracts import EngineError, EngineRefused, NotFound
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.limits import limits_update
from sutaztop.engines.docker.reads import Reads
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.identity import path_part, short
from sutaztop.engines.payload import Fields


@dataclass(frozen=True, slots=True)
class _Look:
    """A container at one moment: since when it runs (``None`` if it doesn't), how it ended, what limits it."""

    since: datetime | None = None
    ending: str = ""
    said: Limits | None = None
    enforced: Limits | None = None

    def ended_after(self, earlier: "_Look") -> str:
        """Say that the run of an earlier look is over; an empty text where it isn't, or where it can't be seen."""
        if not self.ending or earlier.since in {None, self.since}:
            return ""
        return f"the container ended meanwhile ({self.ending})"


def send_limits(transport: Transport, reads: Reads, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
    """Update the limits and give the warnings; nothing is sent when nothing differs.

    On cgroup v2 with systemd an update that is refused may have changed the kernel all the same: systemd is told first
    and rounds up to what it can do (measured, Docker 20.10). That is taken back. Memory below what cannot be reclaimed
    is no refusal there: the kernel kills the container, whatever the engine answers. So ``EngineRefused`` is raised
    only where nothing has changed, and ``EngineError`` with what has become of the container otherwise.
    """
    name = short(container_id)
    asked = f"new limits for {name}"
    transport.require_actions(asked)
    host = reads.host_config(container_id)
    body = limits_update(name, before, after, host)
    if not body:
        return ()
    path = f"/containers/{path_part(container_id, 'container')}/update"
    then = _look(reads, container_id)
    try:
        answer = transport.post(path, body, asked=asked)
    except EngineRefused as refused:
        now = _look(reads, container_id)
        if ended := now.ended_after(then):
            raise _not_for_nothing(refused, ended) from refused
        if now.said == then.said and now.enforced != then.enforced:
            with suppress(EngineError):
                transport.post(path, limits_update(name, after, before, host), asked=f"the earlier limits for {name}")
            if _look(reads, container_id).enforced != then.enforced:
                raise _not_for_nothing(refused, "but the kernel no longer enforces the earlier limits") from refused
        raise
    warnings = Fields(answer, "update").texts("Warnings")
    ended = _look(reads, container_id).ended_after(then)
    return (*warnings, f"{ended[0].upper()}{ended[1:]}") if ended else warnings


def _look(reads: Reads, container_id: str) -> _Look:
    try:
        it = reads.inspect(container_id)
        enforced = reads.kernel_limits(container_id) if it.is_running else None
    except NotFound:
        return _Look(ending="it is gone")
    except EngineError:
        return _Look()
    ending = "killed for want of memory" if it.oom_killed else f"exit code {it.exit_code}"
    if it.is_running:
        return _Look(it.started_at, "it was started anew", it.resources.limits, enforced)
    return _Look(None, ending, it.resources.limits)


def _not_for_nothing(refused: EngineRefused, what_became: str) -> EngineError:
    trouble = refused.trouble
    return EngineError(trouble.what, f"{trouble.why}; {what_became}", trouble.advice)
