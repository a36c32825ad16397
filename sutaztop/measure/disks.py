"""Disk tiers: components' trees added up against their budgets, and the filesystems that carry them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sutaztop.domain.disk import ComponentReading, DiskSample, Filesystem, Medium, Tree
from sutaztop.domain.quantity import Bytes, Ratio
from sutaztop.domain.reading import NO_LIMIT, PENDING, Reading, Reason, Unmeasured
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier

_NOTHING_THERE = Unmeasured(Reason.NOT_SUPPORTED, "no path or volume is configured")


def disks_of(sample: DiskSample) -> Disks:
    """Measure the tiers, those of fast disks first; a tier without components is left out."""
    tiers = (_tier(medium, sample) for medium in Medium)
    return Disks(
        tiers=tuple(tier for tier in tiers if tier.components),
        reclaimable=sample.reclaimable,
        reclaimable_at=sample.reclaimable_at,
    )


def used_by(trees: Iterable[Tree]) -> Reading[Bytes]:
    """Add up measured trees, a tree inside another once.

    ``PENDING`` while one of them is still in its first walk: a sum without it would look like
    a small tree. Trees that cannot be read or are not there are left out, unless there is no
    other; what failed is then told before what does not exist.
    """
    chosen = outermost(trees)
    if not chosen:
        return _NOTHING_THERE
    sizes = [tree.size for tree in chosen]
    known = [size for size in sizes if not isinstance(size, Unmeasured)]
    missing = [size for size in sizes if isinstance(size, Unmeasured)]
    if any(size.reason is Reason.PENDING for size in missing):
        return PENDING
    if known:
        return Bytes(sum(known))
    return next((size for size in missing if size.reason is not Reason.NOT_THERE), missing[0])


def outermost(trees: Iterable[Tree]) -> tuple[Tree, ...]:
    """Leave out trees that lie inside another one on the same filesystem: its size holds theirs.

    >>> [tree.path for tree in outermost([Tree("/data/logs"), Tree("/data"), Tree("/database")])]
    ['/data', '/database']
    """
    unique = {tree.path.rstrip("/") or "/": tree for tree in trees}
    return tuple(tree for path, tree in unique.items() if not _is_inside(path, tree, unique))


def _is_inside(path: str, tree: Tree, others: dict[str, Tree]) -> bool:
    parent = path
    while parent != "/" and "/" in parent:
        parent = parent.rpartition("/")[0] or "/"
        outer = others.get(parent)
        if outer is not None and outer.mount_point == tree.mount_point:
            return True
    return False


def _tier(medium: Medium, sample: DiskSample) -> DiskTier:
    readings = [reading for reading in sample.components if reading.component.medium is medium]
    trees = [tree for reading in readings for tree in reading.trees]
    carriers = _carriers(trees, sample.filesystems)
    budgets = [it.component.recommended for it in readings if it.component.recommended is not None]
    return DiskTier(
        medium=medium,
        components=tuple(_component(reading) for reading in readings),
        used=used_by(trees),
        budget=Bytes(sum(budgets)) if budgets else None,
        filesystems=carriers,
        found_media=tuple(dict.fromkeys(filesystem.medium for filesystem in carriers)),
    )


def _component(reading: ComponentReading) -> ComponentUsage:
    used = used_by(reading.trees)
    budget = reading.component.recommended
    share: Reading[Ratio]
    share = NO_LIMIT if not budget else used if isinstance(used, Unmeasured) else Ratio(used / budget)
    return ComponentUsage(reading.component, reading.trees, used, share, _oldest(reading.trees))


def _oldest(trees: Iterable[Tree]) -> datetime | None:
    return min((tree.measured_at for tree in trees if tree.measured_at is not None), default=None)


def _carriers(trees: Iterable[Tree], filesystems: Sequence[Filesystem]) -> tuple[Filesystem, ...]:
    points = {tree.mount_point for tree in trees}
    return tuple(filesystem for filesystem in filesystems if filesystem.mount_point in points)
