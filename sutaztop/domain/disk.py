"""Disk tiers: filesystems, measured trees, and the budgets that the guide gives them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sutaztop.domain.quantity import Bytes, Ratio
from sutaztop.domain.reading import PENDING, Reading


class Medium(StrEnum):
    """What a tier is made of; UNKNOWN for a virtual disk that does not tell."""

    SSD = "ssd"
    HDD = "hdd"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the disk plan, as configured: where it lives and how large it may grow.

    ``paths`` are directories on the engine's host; ``volumes`` are volume names, matched whole
    or after ``project_``; ``engine_root`` stands for the engine's own data directory. Sizes
    are the guide's range and its recommendation; the recommendation is the budget.
    """

    name: str
    medium: Medium
    paths: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    engine_root: bool = False
    minimum: Bytes | None = None
    recommended: Bytes | None = None
    maximum: Bytes | None = None


@dataclass(frozen=True, slots=True)
class Filesystem:
    """A mounted filesystem. ``available`` is what an ordinary user may still write."""

    mount_point: str
    device: str
    kind: str
    total: Bytes
    used: Bytes
    available: Bytes
    medium: Medium = Medium.UNKNOWN

    @property
    def utilization(self) -> Ratio:
        """What is used of what anybody who asks could have used, as ``df`` counts; 0 where there is nothing.

        What is kept for root can't be written by others: it is no room.
        """
        reachable = self.used + self.available
        return Ratio(self.used / reachable if reachable else 0.0)


@dataclass(frozen=True, slots=True)
class Tree:
    """A measured directory tree: allocated bytes, when the walk ended and how long it took.

    ``size`` is ``Unmeasured`` while the first walk goes on, where the path is missing or may
    not be read; an unreadable part is named in ``skipped``.
    """

    path: str
    size: Reading[Bytes] = PENDING
    measured_at: datetime | None = None
    duration_seconds: float = 0.0
    skipped: int = 0
    mount_point: str = ""


@dataclass(frozen=True, slots=True)
class Reclaimable:
    """What the engine could give back (``/system/df``); volumes are told, never proposed.

    ``images`` are all unused ones; ``images_dangling`` the part of them that no name points to
    any more. ``logs`` are containers' logs as files, 0 where they were not measured.
    """

    images: Bytes = Bytes(0)
    containers: Bytes = Bytes(0)
    build_cache: Bytes = Bytes(0)
    volumes_unused: Bytes = Bytes(0)
    images_dangling: Bytes = Bytes(0)
    logs: Bytes = Bytes(0)


@dataclass(frozen=True, slots=True)
class ComponentReading:
    """A component as found: the trees that belong to it."""

    component: Component
    trees: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class DiskSample:
    """Everything read of the disks at one time; each tree carries its own age."""

    components: tuple[ComponentReading, ...] = ()
    filesystems: tuple[Filesystem, ...] = ()
    reclaimable: Reading[Reclaimable] = PENDING
    reclaimable_at: datetime | None = None
