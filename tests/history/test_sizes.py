"""What is kept of sizes, how much of it, and that it can be stored and put back."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.domain.disk import Component, Filesystem, Medium, Tree
from sutaztop.domain.quantity import GIB, MIB, Bytes, Ratio
from sutaztop.domain.reading import PENDING, Reading
from sutaztop.domain.sizes import component_key, filesystem_key, tier_key
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier, Snapshot
from sutaztop.history.memory import History
from sutaztop.history.sizes import SizeHistory
from tests import given

KEY = component_key("models")


def seen(minutes: float, size: Reading[Bytes], *, walked: float | None = None) -> Snapshot:
    """Give a snapshot in which the component was measured at a minute, or earlier."""
    at = given.NOW + timedelta(minutes=minutes)
    measured_at = given.NOW + timedelta(minutes=minutes if walked is None else walked)
    small = Tree("/small", Bytes(0), given.NOW - timedelta(days=1))
    trees = (Tree("/large", size, measured_at), small)
    usage = ComponentUsage(Component("models", Medium.SSD), trees, size, Ratio(0.5), small.measured_at)
    used = Bytes(size + GIB) if isinstance(size, int) else Bytes(GIB)
    filesystem = Filesystem("/data", "/dev/sda", "ext4", Bytes(100 * GIB), used, Bytes(100 * GIB - used))
    return replace(given.snapshot((), at=at), disks=Disks((DiskTier(Medium.SSD, (usage,), size, None, (filesystem,)),)))


def lived(minutes: int, *, every: float = 5.0, begin: float = 0.0) -> SizeHistory:
    history = SizeHistory()
    for step in range(int(minutes / every)):
        history.record(seen(begin + step * every, Bytes(step * MIB)))
    return history


def test_a_component_its_tier_and_its_filesystem_are_kept() -> None:
    history = History()
    for minute in range(5):
        history.record(seen(minute, Bytes(minute * GIB)))
    assert list(history.sizes(KEY).sizes) == [minute * GIB for minute in range(5)]
    assert list(history.sizes(tier_key(Medium.SSD)).sizes) == [minute * GIB for minute in range(5)]
    assert list(history.sizes(filesystem_key("/data")).sizes) == [(minute + 1) * GIB for minute in range(5)]
    assert len(history.sizes("component:unknown")) == 0


def test_a_size_that_stands_between_two_walks_is_kept_once_at_the_time_of_its_walk() -> None:
    history = SizeHistory()
    for second in range(120):
        history.record(seen(10 + second / 60, Bytes(7), walked=9))
    assert list(history.sizes(KEY).times) == [int((given.NOW + timedelta(minutes=9)).timestamp())]


def test_a_sum_has_the_time_of_its_largest_tree() -> None:
    """The small tree was walked a day ago: that says nothing of when nearly all of the sum was measured."""
    assert list(lived(10).sizes(KEY).times) == [int(given.NOW.timestamp()), int(given.NOW.timestamp()) + 300]


def test_what_was_not_measured_is_a_gap() -> None:
    history = SizeHistory()
    history.record(seen(0, PENDING))
    assert not len(history.sizes(KEY))


def test_a_month_is_kept_ever_coarser_and_no_more() -> None:
    history = lived(40 * 24 * 60)
    series = history.sizes(KEY)
    assert len(series) <= 70 + 330 + 820
    span = series.times[-1] - series.times[0]
    assert 30 * 86400 <= span <= 35 * 86400
    day = [at for at in series.times if at > series.times[-1] - 86400]
    assert len(day) == 288
    assert list(series.times) == sorted(set(series.times))


def test_a_series_is_the_same_object_until_it_grows() -> None:
    history = lived(30)
    first = history.sizes(KEY)
    history.record(seen(25, Bytes(99 * MIB)))
    assert history.sizes(KEY) is first
    history.record(seen(31, Bytes(5)))
    assert history.sizes(KEY) is not first


def test_a_wall_clock_that_is_set_back_leaves_no_points_ahead_of_it() -> None:
    history = lived(60)
    history.record(seen(22, Bytes(3)))
    series = history.sizes(KEY)
    assert series.times[-1] == int((given.NOW + timedelta(minutes=22)).timestamp())
    assert list(series.times) == sorted(series.times)


def test_filesystems_under_ever_new_names_do_not_fill_memory() -> None:
    history = SizeHistory()
    for number in range(2000):
        it = seen(number, Bytes(1))
        assert it.disks is not None
        tier = it.disks.tiers[0]
        odd = tuple(replace(fs, mount_point=f"/run/{number}") for fs in tier.filesystems)
        history.record(replace(it, disks=replace(it.disks, tiers=(replace(tier, filesystems=odd),))))
    assert len(history.state()) <= 256


def test_what_is_stored_is_plain_and_comes_back_the_same() -> None:
    history = lived(3 * 24 * 60)
    state = history.state()
    assert all(type(value) is int for _, points in state for point in points for value in point)
    other = SizeHistory()
    other.restore(state)
    assert other.state() == state


def test_what_was_measured_since_is_newer_than_what_is_put_back() -> None:
    history = lived(60, begin=100)
    history.restore(lived(110).state())
    series = history.sizes(KEY)
    # The old one ends at minute 105, where the new one has its own.
    assert list(series.times) == sorted(set(series.times))
    assert series.sizes[-1] == 11 * MIB
    assert series.times[0] == int(given.NOW.timestamp())


@given_values(st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 10**12)), max_size=80))
def test_times_always_rise_and_state_always_comes_back(measured: list[tuple[int, int]]) -> None:
    history = SizeHistory()
    for minutes, size in measured:
        history.record(seen(minutes, Bytes(size)))
    times = list(history.sizes(KEY).times)
    assert times == sorted(set(times))
    other = SizeHistory()
    other.restore(history.state())
    assert [key for key, _ in other.state()] == [key for key, _ in history.state()]
