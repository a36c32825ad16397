from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sutaztop.collectors.disks import DisksCollector
from sutaztop.collectors.stack import StackReading
from sutaztop.domain.container import Container, Mount
from sutaztop.domain.disk import Component, DiskSample, Medium, Reclaimable, Tree
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.reading import Reason, Unmeasured
from sutaztop.measure.disks import disks_of
from tests.clock import SetClock
from tests.collectors.fakes import DEADLINE, Gate, ScriptedEngine, gone
from tests.given import container, engine_info
from tests.lab.dockerd import wait_until


@dataclass(frozen=True)
class Pace:
    every: Seconds = Seconds(300.0)
    reclaimable_every: Seconds = Seconds(600.0)


class Setting:
    """An engine with a root of its own, one of whose volumes a container mounts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = ScriptedEngine(space=lambda: Reclaimable(images=Bytes(5)))
        self.clock = SetClock()
        self.made: list[DisksCollector] = []
        self.folder("volumes/sutazaiapp_logs/_data", 30_000)
        mounted = self.folder("elsewhere/db", 20_000)
        mount = Mount("volume", str(mounted), "/var/lib/db", volume="sutazaiapp_db")
        self.containers: tuple[Container, ...] = (replace(container("db"), mounts=(mount,)),)
        self.info = replace(engine_info(), root_directory=str(root))
        self.known = True

    def folder(self, path: str, size: int) -> Path:
        made = self.root / path
        made.mkdir(parents=True)
        (made / "data").write_bytes(b"x" * size)
        return made

    def latest(self) -> StackReading | None:
        return StackReading(self.info, self.containers) if self.known else None

    def disks(self, *components: Component) -> DisksCollector:
        self.made.append(DisksCollector(self.engine, self, self.clock, components, Pace()))
        return self.made[-1]

    def until(self, disks: DisksCollector, holds: Callable[[DiskSample], bool]) -> DiskSample:
        """Collect until something holds of the sample."""
        found: list[DiskSample] = []

        def asked() -> bool:
            found.append(disks.collect())
            return holds(found[-1])

        wait_until(asked, DEADLINE)
        return found[-1]

    def walked(self, *components: Component) -> DiskSample:
        return self.until(self.disks(*components), is_walked)


def trees(sample: DiskSample) -> list[Tree]:
    return [tree for reading in sample.components for tree in reading.trees]


def is_walked(sample: DiskSample) -> bool:
    return all(
        not (isinstance(it.size, Unmeasured) and it.size.reason is Reason.PENDING) for it in trees(sample)
    ) and bool(sample.filesystems or not any(isinstance(it.size, int) for it in trees(sample)))


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made = Setting(tmp_path)
    yield made
    for it in made.made:
        it.close()
        it.close()


def component(*paths: Path, volumes: tuple[str, ...] = (), engine_root: bool = False) -> Component:
    return Component("part", Medium.SSD, tuple(map(str, paths)), volumes, engine_root, recommended=Bytes(1 << 20))


def size_of(tree: Tree) -> int:
    assert not isinstance(tree.size, Unmeasured), tree.size
    return tree.size


def test_a_path_is_measured_with_its_age_and_its_filesystem(setting: Setting) -> None:
    sample = setting.walked(component(setting.folder("opt/data", 50_000)))
    (tree,) = trees(sample)
    assert 50_000 <= size_of(tree) < 100_000
    assert tree.measured_at == setting.clock.now()
    assert tree.mount_point in {it.mount_point for it in sample.filesystems}
    (tier,) = disks_of(sample).tiers
    assert tier.used == tree.size
    assert tier.filesystems == sample.filesystems


def test_a_volume_is_found_where_a_container_mounts_it(setting: Setting) -> None:
    (tree,) = trees(setting.walked(component(volumes=("db",))))
    assert tree.path == str(setting.root / "elsewhere/db")
    assert size_of(tree) >= 20_000


def test_a_volume_that_no_container_mounts_is_found_under_the_engines_root(setting: Setting) -> None:
    (tree,) = trees(setting.walked(component(volumes=("logs",))))
    assert tree.path == str(setting.root / "volumes/sutazaiapp_logs/_data")


def test_a_volume_is_never_found_by_a_part_of_its_name(setting: Setting) -> None:
    setting.folder("volumes/other_logs/_data", 10)
    setting.containers = ()
    (tree,) = trees(setting.walked(component(volumes=("logs",))))
    assert isinstance(tree.size, Unmeasured)
    assert "no container mounts a volume of this name" in str(tree.size)


def test_the_engines_root_is_walked_where_a_component_stands_for_it(setting: Setting) -> None:
    (tree,) = trees(setting.walked(component(engine_root=True)))
    assert tree.path == str(setting.root)
    assert size_of(tree) >= 50_000


def test_a_missing_path_says_so(setting: Setting) -> None:
    (tree,) = trees(setting.walked(component(setting.root / "nowhere")))
    assert str(tree.size) == "not there: no such directory"


def test_a_remote_engines_disks_are_not_looked_for_here(setting: Setting) -> None:
    setting.info = replace(setting.info, is_local=False)
    (tree,) = trees(setting.disks(component(setting.root)).collect())
    assert str(tree.size) == "not supported: the engine runs on another host"


def test_before_the_engine_was_asked_nothing_is_known(setting: Setting) -> None:
    setting.known = False
    sample = setting.disks(component(setting.root)).collect()
    assert trees(sample) == []
    assert setting.engine.calls == []


def test_what_could_be_reclaimed_is_asked_at_its_own_pace(setting: Setting) -> None:
    disks = setting.disks()
    sample = setting.until(disks, lambda it: not isinstance(it.reclaimable, Unmeasured))
    assert sample.reclaimable == Reclaimable(images=Bytes(5))
    assert sample.reclaimable_at == setting.clock.now()
    setting.clock.advance(599)
    disks.collect()
    assert setting.engine.calls.count("reclaimable") == 1
    setting.clock.advance(1)
    setting.until(disks, lambda _: setting.engine.calls.count("reclaimable") == 2)


def test_an_account_that_takes_long_delays_nothing(setting: Setting) -> None:
    gate = Gate()
    setting.engine.space = gate.before(Reclaimable())
    sample = setting.walked(component(setting.root / "elsewhere"))
    assert str(sample.reclaimable) == "not read yet"
    gate.opened.set()


def test_an_account_that_is_refused_says_why(setting: Setting) -> None:
    setting.engine.failure = gone()
    sample = setting.until(setting.disks(), lambda it: str(it.reclaimable) != "not read yet")
    assert "The engine does not answer" in str(sample.reclaimable)


def test_a_tree_is_walked_again_when_it_is_due_and_keeps_its_size_until_then(setting: Setting) -> None:
    folder = setting.folder("opt/data", 10_000)
    disks = setting.disks(component(folder))
    first = size_of(trees(setting.until(disks, is_walked))[0])
    (folder / "more").write_bytes(b"x" * 90_000)
    setting.clock.advance(299)
    assert size_of(trees(disks.collect())[0]) == first
    setting.clock.advance(1)
    setting.until(disks, lambda it: size_of(trees(it)[0]) > first)


def test_a_tree_that_took_long_is_left_alone_for_longer(setting: Setting) -> None:
    folder = setting.folder("opt/data", 10_000)
    disks = setting.disks(component(folder))
    setting.until(disks, is_walked)
    disks._trees = {path: replace(tree, duration_seconds=100.0) for path, tree in disks._trees.items()}
    setting.clock.advance(499)
    assert disks._due([str(folder)]) == []
    setting.clock.advance(1)
    assert disks._due([str(folder)]) == [str(folder)]


def test_a_volume_that_came_later_is_walked_at_once(setting: Setting) -> None:
    disks = setting.disks(component(volumes=("db", "later")))
    setting.until(disks, is_walked)
    setting.folder("volumes/sutazaiapp_later/_data", 40_000)
    sample = setting.until(disks, lambda it: isinstance(trees(it)[1].size, int))
    assert size_of(trees(sample)[1]) >= 40_000


def test_closing_ends_a_walk_at_its_next_rest(setting: Setting) -> None:
    disks = setting.disks(component(setting.root))
    disks.collect()
    disks.close()
    assert disks._stop.is_set()


def test_containers_logs_are_measured_though_no_component_names_them(setting: Setting) -> None:
    setting.folder("containers/4f2a", 70_000)
    sample = setting.until(
        setting.disks(), lambda it: isinstance(it.reclaimable, Reclaimable) and it.reclaimable.logs > 0
    )
    assert isinstance(sample.reclaimable, Reclaimable)
    assert 70_000 <= sample.reclaimable.logs < 120_000
    assert sample.reclaimable.images == 5


def test_an_engine_that_keeps_no_logs_there_has_none(setting: Setting) -> None:
    sample = setting.until(
        setting.disks(component(setting.folder("opt/data", 50_000))),
        lambda it: isinstance(it.reclaimable, Reclaimable) and is_walked(it),
    )
    assert isinstance(sample.reclaimable, Reclaimable)
    assert sample.reclaimable.logs == 0
