"""Journal entries for tests, ready-made and as a hypothesis strategy."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from sutaztop.domain.change import Change, ChangeLimits, ChangeReplicas, JournalEntry, Result
from sutaztop.domain.container import ContainerState
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb
from tests import given

words = st.text(max_size=40)
sizes = st.integers(min_value=0, max_value=2**50).map(Bytes)
limits = st.builds(
    Limits,
    cpu=st.none() | st.floats(min_value=0.01, max_value=512).map(Cores),
    memory=st.none() | sizes,
    memory_and_swap=st.none() | st.just(Bytes(-1)) | sizes,
    pids=st.none() | st.integers(min_value=1, max_value=10**6),
    cpu_by_quota=st.booleans(),
)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
spans = st.floats(min_value=-1, max_value=1e6).map(Seconds)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(ChangeLimits, words, words, words, limits, limits, st.booleans()),
    st.builds(
        ChangeReplicas, words, words, words, st.integers(0, 99), st.integers(0, 99), st.sampled_from(Orchestrator)
    ),
    st.builds(Unload, words, words, words, sizes, words, sizes, sizes),
    st.builds(
        ChangeState,
        words,
        words,
        words,
        st.sampled_from(Verb),
        st.sampled_from(ContainerState),
        st.none() | times,
        st.integers(0, 2**22),
        st.none() | st.sampled_from(Signal),
        spans,
    ),
    st.builds(ChangeRollout, words, words, words, st.sampled_from(Rollout), words, words),
    st.builds(
        ChangeStay,
        words,
        words,
        words,
        st.sampled_from(Stay),
        sizes,
        st.none() | spans,
        st.none() | st.integers(1, 2**20),
        spans,
    ),
)
entries = st.builds(
    JournalEntry, times, words, st.sampled_from(["intent", "outcome"]), words, words, words,
    st.none() | changes, st.none() | st.sampled_from(Result), words, words, words,
)  # fmt: skip


def entry(change_id: str = "1", phase: str = "intent", message: str = "") -> JournalEntry:
    """Give an entry about a raise of CPU."""
    change = ChangeLimits("unix:///docker.sock", "f" * 64, "backend", given.limits(), given.limits(cpu=3.0))
    return JournalEntry(given.NOW, change_id, phase, "alice", "unix:///docker.sock", "backend", change, message=message)
