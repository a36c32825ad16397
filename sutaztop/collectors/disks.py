"""The disk plan's trees and filesystems, measured in the background and told with their age."""

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from sutaztop.collectors.counters import StackView
from sutaztop.collectors.errand import Errand, Pace
from sutaztop.collectors.filesystems import DiskMount, mount_of, parse_disk_mounts, read_filesystem
from sutaztop.collectors.stack import StackReading
from sutaztop.collectors.walk import Interrupted, Leisure, be_nice, measure_tree
from sutaztop.contracts import Clock, Engine
from sutaztop.domain.disk import Component, ComponentReading, DiskSample, Filesystem, Reclaimable, Tree
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.reading import PENDING, Reading, Reason, Unmeasured

_ELSEWHERE = Unmeasured(Reason.NOT_SUPPORTED, "the engine runs on another host")
_LONG = Seconds(24 * 3600.0)
"""A walk may take its time; it is never trouble for having been long."""
_RESTS = 5
"""A tree is not walked again before it was left alone for this many times the time that the walk took."""
_LOGS = "containers"
"""Under the engine's root: each container's log, as the drivers json-file and local keep it, and little else."""
_FILESYSTEMS_EVERY = Seconds(5.0)


class DiskPace(Protocol):
    """How often trees are measured, and the engine is asked what it could reclaim."""

    @property
    def every(self) -> Seconds: ...  # noqa: D102 - said above
    @property
    def reclaimable_every(self) -> Seconds: ...  # noqa: D102 - said above


class DisksCollector:
    """Gives what is known of the disks at once; walks and slow questions go on behind.

    Trees are found from the components' paths, from volumes by the containers' mounts or under
    the engine's root, and from the engine's root itself; containers' logs are one more. One thread
    with the last claim on CPU and disk walks those that are due, one after another; each keeps its
    size and its age until the next walk of it has ended. How full filesystems are is asked every few seconds on a
    thread of its own: the answer of a network filesystem may never come. Only a local engine's
    disks can be looked at.
    """

    name = "disks"
    every = Seconds(1.0)
    deadline = Seconds(2.0)

    def __init__(  # noqa: PLR0913 - what it reads from, what for, and how often
        self,
        engine: Engine,
        stack: StackView,
        clock: Clock,
        components: Sequence[Component],
        pace: DiskPace,
        *,
        proc: str = "/proc",
        sys: str = "/sys",
    ) -> None:
        self._engine = engine
        self._stack = stack
        self._clock = clock
        self._components = tuple(components)
        self._mountinfo = Path(proc, "self/mountinfo")
        self._sys = sys
        self._every = pace.every
        self._lock = threading.Lock()
        self._trees: dict[str, Tree] = {}
        self._volumes = Volumes()
        self._stop = threading.Event()
        self._is_nice = False
        self._walk: Errand[None] = Errand("disk walk", clock, Pace(deadline=_LONG))
        self._carriers: Errand[_Carriers] = Errand("filesystems", clock, Pace(_FILESYSTEMS_EVERY))
        self._account: Errand[Reclaimable] = Errand("reclaimable", clock, Pace(pace.reclaimable_every, _LONG))

    @property
    def source(self) -> str:
        """Say in words where the values come from."""
        return "own walk of the trees, statvfs and the engine's account"

    def collect(self) -> DiskSample:
        """Give what is known so far, and set going what is due; never waits for a walk."""
        seen = self._stack.latest()
        if seen is None:
            return DiskSample(components=tuple(ComponentReading(it) for it in self._components))
        self._account.ask(self._engine.reclaimable)
        if not seen.engine.is_local:
            return self._sample(tuple(ComponentReading(it, _named(it, _ELSEWHERE)) for it in self._components), ())
        volumes = self._volumes_of(seen)
        placed = [(it, places_of(it, volumes)) for it in self._components]
        paths = tuple(dict.fromkeys(place.path for _, places in placed for place in places if not place.why_not))
        logs = f"{volumes.root}/{_LOGS}" if volumes.root else ""
        if logs and logs not in paths:
            paths = (*paths, logs)
        self._carriers.ask(partial(_carriers_of, paths, self._mountinfo, self._sys))
        if due := self._due(paths):
            self._walk.ask(partial(self._walk_all, due))
        carriers = self._carriers.latest() or _NO_CARRIERS
        found = tuple(ComponentReading(it, tuple(self._tree(p, carriers) for p in places)) for it, places in placed)
        return self._sample(found, carriers.filesystems, logs)

    def close(self) -> None:
        """Stop walking at the next file; twice is fine."""
        self._stop.set()
        for errand in (self._walk, self._carriers, self._account):
            errand.close()

    def _volumes_of(self, seen: StackReading) -> "Volumes":
        """Gather anew only when the containers changed: this is asked every second."""
        if not self._volumes.is_of(seen):
            self._volumes = Volumes(seen)
        return self._volumes

    def _due(self, paths: Sequence[str]) -> list[str]:
        """Choose what to walk now, and forget trees that nobody asks for any more."""
        now = self._clock.now()
        due = []
        with self._lock:
            self._trees = {path: self._trees[path] for path in paths if path in self._trees}
            for path in paths:
                tree = self._trees.get(path)
                age = (now - tree.measured_at).total_seconds() if tree and tree.measured_at else None
                if tree is None or age is None or age >= max(self._every, _RESTS * tree.duration_seconds):
                    due.append(path)
        return due

    def _tree(self, place: "Place", carriers: "_Carriers") -> Tree:
        if place.why_not:
            return Tree(place.path, Unmeasured(Reason.NOT_THERE, place.why_not))
        with self._lock:
            tree = self._trees.get(place.path)
        if tree is None:
            trouble = self._walk.report().trouble
            tree = Tree(place.path, Unmeasured(Reason.COLLECTOR_FAILED, str(trouble)) if trouble else PENDING)
        return replace(tree, mount_point=carriers.points.get(place.path, ""))

    def _sample(
        self, components: tuple[ComponentReading, ...], filesystems: tuple[Filesystem, ...], logs: str = ""
    ) -> DiskSample:
        report = self._account.report()
        known = self._account.latest()
        reclaimable: Reading[Reclaimable] = PENDING
        if known is not None:
            reclaimable = replace(known, logs=self._size_of(logs))
        elif report.trouble is not None:
            reclaimable = Unmeasured(Reason.COLLECTOR_FAILED, str(report.trouble))
        return DiskSample(components, filesystems, reclaimable, report.read_at)

    def _size_of(self, path: str) -> Bytes:
        with self._lock:
            tree = self._trees.get(path)
        return Bytes(0) if tree is None or isinstance(tree.size, Unmeasured) else tree.size

    def _walk_all(self, paths: Sequence[str]) -> None:
        """Walk trees one after another; runs on the walk's own thread."""
        if not self._is_nice:
            be_nice()
            self._is_nice = True
        for path in paths:
            try:
                tree = self._walk_one(path)
            except Interrupted:
                return
            with self._lock:
                self._trees[path] = tree

    def _walk_one(self, path: str) -> Tree:
        began = self._clock.monotonic_ns()
        try:
            walked = measure_tree(path, Leisure(self._stop))
        except OSError as error:
            reason = Reason.NOT_THERE if isinstance(error, FileNotFoundError) else Reason.COLLECTOR_FAILED
            return Tree(path, Unmeasured(reason, _why(error)), self._clock.now())
        duration = (self._clock.monotonic_ns() - began) / 1e9
        return Tree(path, walked.size, self._clock.now(), duration, walked.skipped)


@dataclass(frozen=True, slots=True)
class _Carriers:
    """The filesystems that carry the trees, and the mount point of each tree's path."""

    filesystems: tuple[Filesystem, ...] = ()
    points: Mapping[str, str] = field(default_factory=dict)


_NO_CARRIERS = _Carriers()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tree should be. ``why_not`` says why it is nowhere; ``path`` then only names it."""

    path: str
    why_not: str = ""


class Volumes:
    """Where the volumes of a stack lie: asked by every component, gathered once."""

    def __init__(self, seen: StackReading | None = None) -> None:
        self.root = seen.engine.root_directory if seen else ""
        self._containers = seen.containers if seen else ()
        self._projects = tuple(dict.fromkeys(it.project for it in self._containers if it.project))
        self._mounted = {
            mount.volume: mount.source
            for it in self._containers
            for mount in it.mounts
            if mount.volume and mount.source
        }

    def is_of(self, seen: StackReading) -> bool:
        """Whether it was gathered from just these containers: they are the same objects until they change."""
        return seen.engine.root_directory == self.root and seen.containers == self._containers

    def find(self, name: str) -> Place:
        """Find a volume: by whole name or as ``project_name``, where a container has it mounted, or under the root."""
        names = [name, *(f"{project}_{name}" for project in self._projects)]
        for candidate in names:
            if source := self._mounted.get(candidate):
                return Place(source)
        for candidate in names:
            path = os.path.join(self.root, "volumes", candidate, "_data")  # noqa: PTH118 - one of hundreds
            if self.root and os.path.exists(path):  # noqa: PTH110 - as above
                return Place(path)
        return Place(f"volume {name}", "no container mounts a volume of this name, and the engine's root has none")


def places_of(component: Component, volumes: Volumes) -> tuple[Place, ...]:
    """Find a component's trees: its paths, its volumes, and the engine's root where it stands for that."""
    found = [Place(os.path.normpath(path)) for path in component.paths]
    found += [volumes.find(name) for name in component.volumes]
    if component.engine_root:
        root = volumes.root
        found.append(Place(root) if root else Place("the engine's root", "the engine does not tell where it is"))
    return tuple(dict.fromkeys(found))


def _named(component: Component, why: Reading[Bytes]) -> tuple[Tree, ...]:
    names = (*component.paths, *(f"volume {name}" for name in component.volumes))
    if component.engine_root:
        names = (*names, "the engine's root")
    return tuple(Tree(name, why) for name in names)


def _carriers_of(paths: Sequence[str], mountinfo: Path, sys: str) -> _Carriers:
    mounts = parse_disk_mounts(mountinfo.read_text("utf-8", "replace"))
    carriers: dict[str, DiskMount] = {}
    for path in paths:
        carrier = mount_of(os.path.realpath(path), mounts)
        if carrier is not None:
            carriers[path] = carrier
    filesystems = []
    for mount in dict.fromkeys(carriers.values()):
        with suppress(OSError):
            filesystems.append(read_filesystem(mount, sys))
    return _Carriers(tuple(filesystems), {path: mount.point for path, mount in carriers.items()})


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such directory"
    if isinstance(error, PermissionError):
        return "permission denied; run sutaztop as a user who may read it"
    return error.strerror or str(error)
