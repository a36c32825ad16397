"""One figure over time."""

import pytest

from sutaztop.history.series import Ring


@pytest.mark.parametrize("coarse", [False, True])
def test_readings_of_a_ring_put_into_another_make_the_same_ring(coarse: bool) -> None:
    one, other = Ring(10**9, 20, coarse=coarse), Ring(10**9, 20, coarse=coarse)
    for second in (0, 1, 2, 5, 9, 9.5, 21, 22, 30):
        one.put(round(second * 1e9), second / 7)
    for clock_ns, value in one.readings(0):
        other.put(clock_ns, value)
    assert other.read(30 * 10**9, 20, 1) == pytest.approx(one.read(30 * 10**9, 20, 1))
    assert [at // 10**9 for at, _ in one.readings(20 * 10**9)] == [21, 22, 30]
    assert list(Ring(10**9, 20).readings(0)) == []
