from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.contracts import EngineRefused
from sutaztop.domain.quantity import MIB, Bytes, Cores
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.decode import decode_resources
from sutaztop.engines.docker.limits import limits_update
from sutaztop.engines.payload import Fields
from tests.engines.recorded import recorded

BEFORE = Limits(Cores(0.5), Bytes(64 * MIB), Bytes(128 * MIB))
NANO = {"NanoCpus": 500_000_000, "Memory": 64 * MIB, "MemorySwap": 128 * MIB}


def update(before: Limits, after: Limits, host: dict[str, Any] | None = None) -> dict[str, int]:
    return dict(limits_update("web", before, after, Fields(NANO if host is None else host, "host")))


def test_nothing_is_sent_where_nothing_differs() -> None:
    assert update(BEFORE, BEFORE) == {}


def test_only_the_cpu_is_sent_where_only_it_differs() -> None:
    assert update(BEFORE, BEFORE.with_cpu(Cores(1.5))) == {"NanoCpus": 1_500_000_000}


@pytest.mark.parametrize(
    ("host", "body"),
    [
        ({"CpuQuota": 50_000, "CpuPeriod": 100_000}, {"CpuQuota": 75_000}),
        ({"CpuQuota": 25_000, "CpuPeriod": 50_000}, {"CpuQuota": 37_500}),
        ({"CpuQuota": 50_000}, {"CpuQuota": 75_000}),
        ({"CpuQuota": -1, "CpuPeriod": 100_000}, {"CpuQuota": 75_000}),
        ({"NanoCpus": 500_000_000, "CpuQuota": -1}, {"NanoCpus": 750_000_000}),
        ({}, {"NanoCpus": 750_000_000}),
    ],
)
def test_cpu_is_sent_in_the_words_the_container_was_made_with(host: dict[str, Any], body: dict[str, int]) -> None:
    assert update(Limits(cpu=Cores(0.5)), Limits(cpu=Cores(0.75)), host) == body


def test_memory_and_swap_always_go_together() -> None:
    after = BEFORE.with_memory(Bytes(96 * MIB))
    assert update(BEFORE, after) == {"Memory": 96 * MIB, "MemorySwap": 192 * MIB}


def test_unlimited_swap_stays_unlimited() -> None:
    before = Limits(memory=Bytes(64 * MIB), memory_and_swap=Bytes(-1))
    assert update(before, before.with_memory(Bytes(96 * MIB))) == {"Memory": 96 * MIB, "MemorySwap": -1}


def test_no_swap_stays_no_swap() -> None:
    before = Limits(memory=Bytes(64 * MIB), memory_and_swap=Bytes(64 * MIB))
    assert update(before, before.with_memory(Bytes(96 * MIB))) == {"Memory": 96 * MIB, "MemorySwap": 96 * MIB}


def test_swap_that_is_not_said_moves_along() -> None:
    assert update(BEFORE, Limits(BEFORE.cpu, Bytes(32 * MIB))) == {"Memory": 32 * MIB, "MemorySwap": 64 * MIB}


@pytest.mark.parametrize(("after", "what"), [(BEFORE.with_cpu(None), "CPU"), (BEFORE.with_memory(None), "memory")])
def test_a_ceiling_that_cannot_be_removed_is_refused_before_anything_is_sent(after: Limits, what: str) -> None:
    with pytest.raises(EngineRefused, match=f"The {what} limit of web cannot be removed"):
        update(BEFORE, after)


def test_a_pids_limit_can_be_removed() -> None:
    assert update(Limits(pids=50), Limits()) == {"PidsLimit": -1}
    assert update(Limits(), Limits(pids=50)) == {"PidsLimit": 50}


amounts = st.integers(1, 64).map(lambda number: number / 4)
given_limits = st.builds(
    lambda cpu, memory, factor: Limits(Cores(cpu), Bytes(memory * MIB), Bytes(factor * memory * MIB)),
    amounts,
    st.integers(6, 4096),
    st.integers(1, 3),
)


@given(given_limits, given_limits)
def test_a_change_and_its_inverse_leave_things_as_they_were(before: Limits, after: Limits) -> None:
    host = {"NanoCpus": int((before.cpu or 0) * 1e9), "Memory": before.memory, "MemorySwap": before.memory_and_swap}
    host = {**host, **update(before, after, host)}
    assert decode_resources(Fields(host, "host")).limits == after
    host = {**host, **update(after, before, host)}
    assert decode_resources(Fields(host, "host")).limits == before


def test_the_recorded_conflicts_are_never_asked_for() -> None:
    """Each conflict that a real engine answered with 409 came from a body that is not made here."""
    stored: dict[str, Any] = {}
    for case in recorded("update_cases.json"):
        body = case["body"]
        if case["status"] == 409 and isinstance(body, dict):
            now = decode_resources(Fields(stored, "host")).limits
            wanted = now.with_cpu(Cores(1.25)).with_memory(Bytes(512 * MIB))
            made = update(now, wanted, stored)
            assert not ({"NanoCpus", "CpuQuota"} <= set(made))
            assert ("Memory" in made) == ("MemorySwap" in made)
            assert "CpuPeriod" not in made
        stored = case.get("hostconfig_after") or stored
