"""What looks ahead: disks that fill, and models that could make room."""

from collections.abc import Iterator

from sutaztop.domain.finding import Recommendation
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.disk_plan import disk_advice, filling_findings
from sutaztop.policy.llms import unload_advice, unload_findings
from sutaztop.policy.model_settings import settings_findings
from sutaztop.policy.severity import Ranked


def plan_findings(snapshot: Snapshot, history: HistoryView, profile: Profile) -> Iterator[Ranked]:
    """Give what will be wrong, what settings promise too much, and whether unloading helped."""
    if snapshot.disks is not None:
        yield from filling_findings(snapshot.disks, history, snapshot.at)
    yield from settings_findings(snapshot, profile.thresholds)
    yield from unload_findings(snapshot)


def plan_advice(snapshot: Snapshot, history: HistoryView, profile: Profile) -> Iterator[Recommendation]:
    """Give what can be done about it."""
    if snapshot.disks is not None:
        yield from disk_advice(snapshot.disks, history, profile.thresholds, snapshot.at)
    unload = unload_advice(snapshot, history, profile.thresholds)
    if unload is not None:
        yield unload
