from sutaztop.demo.open import DemoWorld, open_demo
from sutaztop.domain.disk import ComponentReading, Medium
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.domain.reading import Unmeasured
from tests.clock import SetClock


def size(reading: ComponentReading) -> int:
    sizes = [tree.size for tree in reading.trees]
    assert not any(isinstance(it, Unmeasured) for it in sizes)
    return sum(it for it in sizes if not isinstance(it, Unmeasured))


def models(demo: DemoWorld) -> ComponentReading:
    return next(it for it in demo.disks_collector.collect().components if it.component.name == "Ollama models")


def test_every_component_of_the_plan_has_trees_with_their_own_age(busy: DemoWorld, clock: SetClock) -> None:
    sample = busy.disks_collector.collect()
    ages = [clock.now() - tree.measured_at for it in sample.components for tree in it.trees if tree.measured_at]
    assert [len(it.trees) for it in sample.components] == [1, 2, 1, 1]
    assert all(0 <= age.total_seconds() <= 300 for age in ages)
    assert len(set(ages)) > 1


def test_a_volume_is_found_where_a_container_mounts_it(busy: DemoWorld) -> None:
    vectors = busy.disks_collector.collect().components[1]
    assert [tree.path for tree in vectors.trees] == [
        "/var/lib/docker/volumes/sutazaiapp_chromadb_data/_data",
        "/var/lib/docker/volumes/sutazaiapp_qdrant_data/_data",
    ]


def test_the_models_are_near_their_budget_in_an_incident_and_grow(incident: DemoWorld, clock: SetClock) -> None:
    before = size(models(incident))
    assert 0.93 < before / (150 * GIB) < 0.98
    clock.advance(3600.0)
    assert 1.8 * GIB < size(models(incident)) - before < 2.4 * GIB


def test_a_tree_keeps_its_size_until_it_is_measured_again(incident: DemoWorld, clock: SetClock) -> None:
    before = models(incident)
    while (after := models(incident)).trees[0].measured_at == before.trees[0].measured_at:
        assert after == before
        clock.advance(30.0)
    assert size(after) > size(before)


def test_a_filesystem_is_never_fuller_than_full(incident: DemoWorld, clock: SetClock) -> None:
    clock.advance(400 * 86_400.0)
    for filesystem in incident.disks_collector.collect().filesystems:
        assert filesystem.used + filesystem.available == filesystem.total
        assert filesystem.available >= 0


def test_filesystems_tell_their_medium_and_hold_their_trees(busy: DemoWorld) -> None:
    sample = busy.disks_collector.collect()
    mounted = {it.mount_point: it for it in sample.filesystems}
    for reading in sample.components:
        for tree in reading.trees:
            assert mounted[tree.mount_point].medium is reading.component.medium
            assert not isinstance(tree.size, Unmeasured)
            assert tree.size <= mounted[tree.mount_point].used
    assert {it.medium for it in mounted.values()} == {Medium.SSD, Medium.HDD}


def test_much_can_be_reclaimed_without_touching_a_volume(busy: DemoWorld) -> None:
    found = busy.engine.reclaimable()
    assert found.images + found.containers + found.build_cache > 30 * GIB
    assert found.volumes_unused > Bytes(0)


def test_without_a_plan_only_filesystems_are_read(clock: SetClock) -> None:
    sample = open_demo(clock).disks_collector.collect()
    assert sample.components == ()
    assert sample.filesystems
