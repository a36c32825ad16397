"""Containers that end and are started again: why, how often, and whether it is a loop."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sutaztop.domain.container import ContainerState
from sutaztop.domain.exit_codes import exit_words
from sutaztop.domain.finding import Evidence, Severity
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import span_words
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.causes import Cause
from sutaztop.policy.severity import grade_by_tier
from sutaztop.policy.wording import count, times

LATELY = timedelta(hours=1)
"""What was before this is no news."""
KEEPS_RUNNING = ("always", "unless-stopped", "on-failure", "any")
"""Restart policies, those of Swarm too, that mean a container to be there."""


def ended(container: ContainerSnapshot, at: datetime) -> Iterator[Cause]:
    """Tell a container that ended with an error though it was meant to go on, or is dead."""
    it = container.container
    failed = it.exit_code not in (0, None) and it.restart_policy.partition(":")[0] in KEEPS_RUNNING
    if not failed and it.state is not ContainerState.DEAD:
        return
    ago = f" {span_words((at - it.finished_at).total_seconds())} ago" if it.finished_at else ""
    text = f"{it.state} with code {it.exit_code}{_meaning(it.exit_code, container)}{ago}"
    text += f"; its restart policy is {it.restart_policy or 'no'}"
    evidence = (Evidence("exit code", str(it.exit_code)), Evidence("restarts", str(it.restart_count)))
    yield Cause(grade_by_tier(container), it.state.value.upper(), text, evidence, it.finished_at)


def restarting(container: ContainerSnapshot, thresholds: Thresholds) -> Iterator[Cause]:
    """Tell a container that waits for its next start."""
    it = container.container
    loop = it.restart_count >= thresholds.restarts_warning or len(container.ends) >= thresholds.restarts_warning
    code = _last_code(container)
    text = f"restarting, {count(it.restart_count, 'time')} so far"
    if loop:
        text = f"crash loop: {text}"
    text += _seen(container) + f"; last exit code {code}{_meaning(code, container)}"
    if loop:
        # moby doubles the pause from 100 ms after each run that was shorter than ten seconds.
        text += "; the pause before each start doubles, up to a minute"
    yield Cause(grade_by_tier(container), "RESTARTS", text, _evidence(container))


def restarted(container: ContainerSnapshot, thresholds: Thresholds, at: datetime) -> Iterator[Cause]:
    """Tell a container that runs and was restarted lately: often is a warning, once is only told."""
    it = container.container
    young = it.started_at is not None and at - it.started_at < LATELY
    seen = len(container.ends)
    # The engine counts over the whole life of a container: only a young run makes it news.
    often = seen >= thresholds.restarts_warning or (young and it.restart_count >= thresholds.restarts_warning)
    if not often and not seen:
        return
    since = it.started_at or container.ends[-1].at
    code = _last_code(container)
    ago = span_words((at - since).total_seconds())
    text = f"restarted {count(it.restart_count, 'time')}, last {ago} ago" if often else f"restarted {times(seen)}"
    text += _seen(container) if often else f" in the last hour, last {ago} ago"
    if code is not None:
        text += f"; last exit code {code}{_meaning(code, container)}"
    if _is_loop(container, thresholds):
        text = f"crash loop: {text}"
    yield Cause(Severity.WARNING if often else Severity.OK, "RESTARTS", text, _evidence(container), since)


def _is_loop(container: ContainerSnapshot, thresholds: Thresholds) -> bool:
    """Whether the same end came again and again; three different ones are three stories."""
    codes = Counter(it.exit_code for it in container.ends)
    return bool(codes) and max(codes.values()) >= thresholds.restarts_warning


def _last_code(container: ContainerSnapshot) -> int | None:
    told = container.container.exit_code
    return told if told is not None else container.ends[-1].exit_code if container.ends else None


def _meaning(code: int | None, container: ContainerSnapshot) -> str:
    words = exit_words(code, oom=container.oom_killed) if code is not None else ""
    return f" ({words})" if words else ""


def _seen(container: ContainerSnapshot) -> str:
    return f", {len(container.ends)} of them in the last hour that was watched" if container.ends else ""


def _evidence(container: ContainerSnapshot) -> tuple[Evidence, ...]:
    evidence = [Evidence("restarts", str(container.container.restart_count))]
    if container.ends:
        codes = Counter("?" if it.exit_code is None else str(it.exit_code) for it in container.ends)
        told = ", ".join(f"{code} {times(number)}" for code, number in sorted(codes.items()))
        evidence.append(Evidence("exit codes in the last hour", told))
    if len(container.ends) > 1:
        between = (container.ends[-1].at - container.ends[-2].at).total_seconds()
        evidence.append(Evidence("between the last two ends", span_words(between)))
    return tuple(evidence)
