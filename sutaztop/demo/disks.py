"""The world's disks: a plan's directories with their sizes, filled as the scenario wants, and slowly growing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from sutaztop.demo.catalogue import ROOT
from sutaztop.demo.world import World
from sutaztop.domain.disk import Component, ComponentReading, DiskSample, Filesystem, Medium, Reclaimable, Tree
from sutaztop.domain.quantity import GIB, Bytes, Seconds

MEASURED_EVERY = 300.0
"""Seconds between two walks of a directory, as the real collector paces them."""
MODELS = "ollama"
_UNUSED = 0.01
"""The weight of a directory of the plan that no container mounts."""


@dataclass(frozen=True, slots=True)
class _Mounted:
    point: str
    device: str
    total: int
    medium: Medium
    other: int
    kind: str = "ext4"


# The last one is where everything else is found. ``other`` is what lies outside the plan.
_MOUNTED = (
    _Mounted(f"{ROOT}/data", "/dev/nvme0n1p3", 165 * GIB, Medium.SSD, 6 * GIB),
    _Mounted(f"{ROOT}/workspace", "/dev/sda1", 150 * GIB, Medium.HDD, 2 * GIB, "xfs"),
    _Mounted(f"{ROOT}/logs", "/dev/sda2", 100 * GIB, Medium.HDD, GIB, "xfs"),
    _Mounted(f"{ROOT}/backups", "/dev/sda3", 650 * GIB, Medium.HDD, 4 * GIB, "xfs"),
    _Mounted("/", "/dev/nvme0n1p2", 380 * GIB, Medium.SSD, 48 * GIB),
)


class Shelf:
    """The directories that the profile's components name, and how large each is at a time."""

    def __init__(self, world: World, components: Sequence[Component]) -> None:
        self._world = world
        with world.moment():
            self._places = [(component, _sizes(world, component)) for component in components]
        self._sizes = {place: size for _, sizes in self._places for place, size in sizes.items()}

    def components(self, now: float) -> tuple[ComponentReading, ...]:
        """Give each component with its trees, as last measured before ``now``."""
        return tuple(
            ComponentReading(component, tuple(self._tree(place, now) for place in places))
            for component, places in self._places
        )

    def _tree(self, path: str, now: float) -> Tree:
        took = 0.4 + self._sizes[path] / (24 * GIB)
        phase = crc32(path.encode()) % int(MEASURED_EVERY)
        measured = (now - phase) // MEASURED_EVERY * MEASURED_EVERY + phase
        mounted = _mounted(path)
        at = self._world.epoch + timedelta(seconds=measured)
        return Tree(path, Bytes(self.size(path, measured)), at, round(took, 2), 0, mounted.point)

    def size(self, path: str, now: float) -> int:
        """Give a directory's size at a time; growth ends when its filesystem is full to the last percent."""
        grown = self._sizes[path]
        if MODELS in path:
            grown += self._world.scenario.models_growth * max(now, -3600.0) / 3600.0
        else:
            grown += 0.01 * GIB * max(now, -3600.0) / 3600.0
        return int(max(0.0, min(grown, self._room(path))))

    def _room(self, path: str) -> float:
        """How large this one may get beside the others on its filesystem."""
        mounted = _mounted(path)
        others = sum(size for it, size in self._sizes.items() if it != path and _mounted(it) is mounted)
        return mounted.total * 0.995 - mounted.other - others

    def filesystems(self, now: float) -> tuple[Filesystem, ...]:
        """Give every filesystem as it is now."""
        found = []
        for mounted in _MOUNTED:
            held = sum(self.size(path, now) for path in self._sizes if _mounted(path) is mounted)
            used = min(mounted.total, mounted.other + held)
            found.append(
                Filesystem(
                    mounted.point, mounted.device, mounted.kind, Bytes(mounted.total), Bytes(used),
                    Bytes(mounted.total - used), mounted.medium,
                )
            )  # fmt: skip
        return tuple(found)


def _sizes(world: World, component: Component) -> dict[str, float]:
    """Spread a component over its places: nearly all of it where a container keeps its data."""
    mounts = [mount for it in world.containers.values() for mount in it.configuration.mounts]
    volumes = {mount.volume: mount.source for mount in mounts if mount.volume}
    binds = {mount.source for mount in mounts if not mount.volume}
    places = {path: 1.0 if path in binds else _UNUSED for path in component.paths}
    places |= {
        source: 1.0
        for volume, source in volumes.items()
        if any(volume == name or volume.endswith(f"_{name}") for name in component.volumes)
    }
    if component.engine_root:
        places["/var/lib/docker"] = 1.0
    budget = float(component.recommended or component.maximum or 10 * GIB)
    models = MODELS in component.name.lower()
    share = world.scenario.models_used if models else 0.35 + crc32(component.name.encode()) % 30 / 100
    return {place: budget * share * weight / sum(places.values()) for place, weight in places.items()}


def _mounted(path: str) -> _Mounted:
    return next(
        (it for it in _MOUNTED if path == it.point or path.startswith(it.point.rstrip("/") + "/")), _MOUNTED[-1]
    )


def reclaimable(world: World) -> Reclaimable:
    """Give what the engine could give back: much of it images and build cache, as on the real stack."""
    idle = sum(not it.is_running for it in world.containers.values())
    return Reclaimable(
        images=Bytes(int(19.4 * GIB)),
        containers=Bytes(idle * 11 * 2**20),
        build_cache=Bytes(int(13.6 * GIB)),
        volumes_unused=Bytes(int(6.2 * GIB)),
        images_dangling=Bytes(int(2.3 * GIB)),
        logs=Bytes(int(1.7 * GIB)),
    )


class DemoDisks:
    """``Collector[DiskSample]`` over a world, for the components that configuration names."""

    name = "disks"
    deadline = Seconds(5.0)

    def __init__(self, world: World, components: Sequence[Component], *, every: Seconds = Seconds(5.0)) -> None:
        self._world = world
        self._shelf = Shelf(world, components)
        self.every = every

    @property
    def source(self) -> str:
        """Say that none of it is real."""
        return "demo world"

    def collect(self) -> DiskSample:
        """Read the disks; each tree carries the time of its own walk."""
        with self._world.moment() as instant:
            return DiskSample(
                self._shelf.components(self._world.now),
                self._shelf.filesystems(self._world.now),
                reclaimable(self._world),
                instant.at,
            )

    def close(self) -> None:
        """Do nothing: nothing is open."""
