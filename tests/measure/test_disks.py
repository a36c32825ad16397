from datetime import timedelta

from sutaztop.domain.disk import Component, ComponentReading, DiskSample, Filesystem, Medium, Tree
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.domain.reading import PENDING, Reading, Reason, Unmeasured
from sutaztop.domain.snapshot import DiskTier
from sutaztop.measure.disks import disks_of
from tests.given import NOW

GONE = Unmeasured(Reason.COLLECTOR_FAILED, "no such directory")


def tree(path: str, size: Reading[Bytes] = PENDING, *, minutes: int = 0, mount_point: str = "/") -> Tree:
    return Tree(path, size, NOW - timedelta(minutes=minutes), mount_point=mount_point)


def component(name: str, *trees: Tree, medium: Medium = Medium.SSD, recommended: int | None = None) -> ComponentReading:
    size = None if recommended is None else Bytes(recommended)
    return ComponentReading(Component(name, medium, recommended=size), trees)


def only_tier(*readings: ComponentReading, filesystems: tuple[Filesystem, ...] = ()) -> DiskTier:
    (tier,) = disks_of(DiskSample(readings, filesystems)).tiers
    return tier


def test_a_tier_adds_up_its_components_against_their_recommended_sizes() -> None:
    tier = only_tier(
        component("postgres", tree("/a", Bytes(GIB), minutes=3), recommended=4 * GIB),
        component("ollama", tree("/b", Bytes(5 * GIB), minutes=1), recommended=10 * GIB),
    )
    assert tier.used == 6 * GIB
    assert tier.budget == 14 * GIB
    assert tier.components[0].budget_utilization == 0.25
    assert tier.components[0].measured_at == NOW - timedelta(minutes=3)


def test_tiers_come_fast_disks_first_and_none_is_empty() -> None:
    sample = DiskSample((component("logs", medium=Medium.HDD), component("db", medium=Medium.SSD)))
    assert [tier.medium for tier in disks_of(sample).tiers] == [Medium.SSD, Medium.HDD]


def test_the_age_of_a_component_is_that_of_its_oldest_tree() -> None:
    tier = only_tier(component("db", tree("/a", Bytes(1), minutes=1), tree("/b", Bytes(1), minutes=9)))
    assert tier.components[0].measured_at == NOW - timedelta(minutes=9)


def test_a_sum_waits_for_the_first_walk_of_every_tree() -> None:
    assert only_tier(component("db", tree("/a", Bytes(1)), tree("/b"))).used == PENDING


def test_a_tree_that_cannot_be_read_is_left_out_unless_it_is_all_there_is() -> None:
    assert only_tier(component("db", tree("/a", Bytes(7)), tree("/b", GONE))).used == 7
    assert only_tier(component("db", tree("/b", GONE))).used == GONE


def test_what_failed_is_told_before_what_does_not_exist() -> None:
    absent = Unmeasured(Reason.NOT_THERE, "no such directory")
    assert only_tier(component("db", tree("/a", absent), tree("/b", GONE))).used == GONE
    assert only_tier(component("db", tree("/a", absent))).used == absent


def test_a_tree_inside_another_is_counted_once() -> None:
    tier = only_tier(
        component("engine", tree("/var/lib/docker", Bytes(10))),
        component("db", tree("/var/lib/docker/volumes/db/_data", Bytes(4))),
        component("neighbour", tree("/var/lib/docker-backup", Bytes(3))),
    )
    assert tier.used == 13
    assert tier.components[1].used == 4


def test_a_tree_on_a_filesystem_of_its_own_is_not_inside_another() -> None:
    tier = only_tier(
        component("engine", tree("/var/lib/docker", Bytes(10))),
        component("db", tree("/var/lib/docker/volumes/db/_data", Bytes(4), mount_point="/var/lib/docker/volumes")),
    )
    assert tier.used == 14


def test_a_component_without_a_recommended_size_has_no_share() -> None:
    assert str(only_tier(component("db", tree("/a", Bytes(1)))).components[0].budget_utilization) == "no limit set"


def test_a_tier_shows_what_its_devices_say_they_are() -> None:
    root = Filesystem("/", "/dev/sda1", "ext4", Bytes(9), Bytes(1), Bytes(8), Medium.HDD)
    other = Filesystem("/mnt", "/dev/sdb1", "ext4", Bytes(9), Bytes(1), Bytes(8), Medium.SSD)
    tier = only_tier(component("db", tree("/a", Bytes(1))), filesystems=(root, other))
    assert tier.filesystems == (root,)
    assert tier.found_media == (Medium.HDD,)
