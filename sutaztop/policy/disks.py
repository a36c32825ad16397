"""What is wrong with the disk tiers: budgets, filesystems, and components on the wrong medium."""

from collections.abc import Iterator

from sutaztop.domain.disk import Filesystem, Medium
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.reading import Reason, Unmeasured, measured
from sutaztop.domain.snapshot import ComponentUsage, Disks
from sutaztop.policy.severity import UNRANKED, Ranked, grade
from sutaztop.policy.wording import memory, percent


def disk_findings(disks: Disks, thresholds: Thresholds) -> Iterator[Ranked]:
    """Give what is wrong with the disks."""
    filesystems = {fs.mount_point: fs for tier in disks.tiers for fs in tier.filesystems}
    for filesystem in filesystems.values():
        yield from _filesystem(filesystem, thresholds)
    for tier in disks.tiers:
        for component in tier.components:
            yield from _budget(component, thresholds)
            yield from _place(component, filesystems)


def _filesystem(filesystem: Filesystem, thresholds: Thresholds) -> Iterator[Ranked]:
    share = filesystem.utilization
    severity = grade(share, thresholds.disk_warning, thresholds.disk_critical)
    if severity > Severity.OK:
        subject = Subject("tier", filesystem.mount_point, filesystem.mount_point)
        text = f"filesystem {percent(share)} full, {memory(filesystem.available)} left"
        evidence = (Evidence("used", percent(share)), Evidence("left", memory(filesystem.available)))
        yield 0, Finding(subject, severity, "DISK", text, evidence)


def _budget(usage: ComponentUsage, thresholds: Thresholds) -> Iterator[Ranked]:
    subject = Subject("component", usage.component.name, usage.component.name)
    share, used, budget = measured(usage.budget_utilization), measured(usage.used), usage.component.recommended
    if isinstance(usage.used, Unmeasured) and usage.used.reason is Reason.COLLECTOR_FAILED:
        text = f"its size could not be measured: {usage.used.detail or usage.used.reason}"
        yield UNRANKED, Finding(subject, Severity.UNKNOWN, "NO DATA", text)
    elif isinstance(usage.used, Unmeasured) and usage.used.reason is Reason.NOT_THERE:
        # A plan may name what a host does not have: that is no failure, and no reason to wake anybody.
        yield UNRANKED, Finding(subject, Severity.OK, "ABSENT", f"nothing of it is here: {usage.used.detail}")
    if share is None or used is None or budget is None:
        return
    severity = grade(share, thresholds.disk_warning, thresholds.disk_critical)
    if severity > Severity.OK:
        text = f"{memory(used)} of a budget of {memory(budget)}"
        evidence = (Evidence("share of budget", percent(share)), Evidence("used", memory(used)))
        yield UNRANKED, Finding(subject, severity, "BUDGET", text, evidence, usage.measured_at)


def _place(usage: ComponentUsage, filesystems: dict[str, Filesystem]) -> Iterator[Ranked]:
    wanted = usage.component.medium
    if wanted is not Medium.SSD:
        # Bulk may lie on an SSD: the guide says that it *can* be on an HDD.
        return
    for tree in usage.trees:
        found = filesystems.get(tree.mount_point)
        if found is not None and found.medium is Medium.HDD:
            subject = Subject("component", usage.component.name, usage.component.name)
            text = f"{tree.path} belongs on {wanted.upper()} and lies on {found.medium.upper()} ({found.device})"
            evidence = (Evidence("filesystem", found.mount_point), Evidence("device", found.device))
            yield UNRANKED, Finding(subject, Severity.WARNING, "WRONG TIER", text, evidence)
            return
