from datetime import timedelta

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.domain.finding import Severity
from sutaztop.domain.llm import Activity, LoadedModel
from sutaztop.domain.quantity import GIB, Bytes, parse_bytes, parse_cores, parse_ratio, parse_seconds
from sutaztop.domain.reading import FIRST_READ, Reason, Unmeasured, measured
from sutaztop.domain.resources import Limits
from tests import given


@pytest.mark.parametrize(
    ("text", "amount"),
    [("512m", 512 << 20), ("1G", GIB), ("4Gi", 4 * GIB), ("1024M", GIB), ("1.5 GiB", 3 * GIB // 2), ("7", 7)],
)
def test_a_size_is_read_as_docker_and_compose_read_it(text: str, amount: int) -> None:
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "many", "-1", "1.5X", "8G*0.5", "1e9", "½G", "0x10"])
def test_what_is_no_size_is_refused_and_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a size; write for example 512M"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["", "fast", "-1", "2000000000n", "1,5"])
def test_what_is_no_amount_of_cpu_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of CPU"):
        parse_cores(text)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("500ms", 0.5), ("6h", 21_600), ("1d", 86_400)])
def test_a_span_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["80", "1.01", "nan", "-5 %", "many", ""])
def test_a_bare_number_over_one_is_no_share_for_nobody_knows_what_it_means(text: str) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        parse_ratio(text)


def test_the_reason_why_nothing_was_measured_is_kept_in_words() -> None:
    assert measured(FIRST_READ) is None
    assert str(Unmeasured(Reason.COLLECTOR_FAILED, "permission denied")) == "collector failed: permission denied"


@pytest.mark.parametrize(
    ("stored", "wanted", "moved"),
    [(8, 6, 12), (4, 6, 6), (-1, 6, -1), (None, 6, 12)],
    ids=["twice", "no swap", "unlimited swap", "first limit"],
)
def test_memory_and_swap_move_together(stored: int | None, wanted: int, moved: int) -> None:
    before = Limits(memory=Bytes(4), memory_and_swap=None if stored is None else Bytes(stored))
    assert before.with_memory(Bytes(wanted)).memory_and_swap == moved


@given_values(st.integers(1, 2**45), st.integers(1, 2**45))
def test_the_engine_never_gets_less_memory_and_swap_than_memory(before: int, after: int) -> None:
    moved = given.limits(1.0, before).with_memory(Bytes(after))
    assert moved.memory_and_swap is not None
    assert moved.memory_and_swap >= after


def test_a_model_that_is_to_stay_for_centuries_is_pinned_and_one_past_its_time_is_busy_or_stopping() -> None:
    pinned = LoadedModel("a", Bytes(1), expires_at=given.NOW + timedelta(days=365 * 292))
    late = LoadedModel("b", Bytes(1), expires_at=given.NOW)
    assert (pinned.is_pinned(given.NOW), late.is_pinned(given.NOW)) == (True, False)
    assert (pinned.activity(given.NOW), late.activity(given.NOW)) == (Activity.IDLE, Activity.BUSY_OR_STOPPING)


def test_the_worst_severity_is_the_largest() -> None:
    assert max(Severity) is Severity.CRITICAL
    assert [it.word for it in sorted(Severity)] == ["ok", "unknown", "warning", "critical"]
