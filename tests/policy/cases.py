"""Random situations for the decision: everything that a case may hold, in any combination."""

import os
from dataclasses import replace

from hypothesis import strategies as st

from sutaztop.domain.case import Case, HostRoom, LoadSample, OomKill, PastWish, Phase, Replica, Resized, Situation
from sutaztop.domain.numbers import Numbers
from sutaztop.domain.quantity import GIB, MIB

NOW = 1_000_000
CASES = int(os.environ.get("SUTAZTOP_CASES", "100"))
"""Random situations for each property; more with SUTAZTOP_CASES."""


def numbers() -> st.SearchStrategy[Numbers]:
    return st.builds(
        Numbers,
        cpu_up=st.sampled_from([7000, 7500, 8000]),
        cpu_down=st.sampled_from([2500, 3000]),
        horizontal=st.sampled_from(["proportional", "one"]),
        cpu_step=st.sampled_from([500, 1000]),
        memory_ceiling=st.sampled_from([None, 3 * GIB]),
        cool_down_up=st.sampled_from([60, 300]),
    )


@st.composite
def replicas(draw: st.DrawFn, number: int, limit: int, memory: int) -> Replica:
    level = draw(st.integers(0, 110))
    size = draw(st.integers(0, 100))
    wobble = draw(st.lists(st.integers(-20, 20), min_size=0, max_size=14))
    held = draw(st.sampled_from([0, 0, 10, 30, 60, 100]))
    step = draw(st.sampled_from([5, 15]))
    newest = NOW - draw(st.sampled_from([0, 0, 0, 10, 100]))
    pressure = draw(st.sampled_from([None, 0, 600, 3000]))
    samples = tuple(
        LoadSample(
            at=newest - step * (len(wobble) - 1 - place),
            cpu=max(0, limit * (level + by) // 100),
            working_set=memory * size // 100,
            periods=place * step * 10,
            throttled=place * step * 10 * held // 100,
            cpu_pressure=pressure,
            memory_pressure=pressure,
            memory_pressure_full=pressure,
        )
        for place, by in enumerate(wobble)
    )
    phase = draw(st.sampled_from([*[Phase.RUNNING] * 8, Phase.EXITED, Phase.STARTING, Phase.PAUSED]))
    return Replica(f"r{number}", phase, NOW - draw(st.sampled_from([30, 150, 100_000])), draw(st.booleans()), samples)


@st.composite
def cases(draw: st.DrawFn, number: int = 0) -> Case:
    limit = draw(st.sampled_from([None, 250, 1000, 2000, 3500, 4000, 8000]))
    memory = draw(st.sampled_from([None, 64 * MIB, 512 * MIB, 2 * GIB, 16 * GIB]))
    count = draw(st.integers(0, 5))
    members = tuple(
        draw(replicas(place, limit or 4000, memory or GIB)) for place in range(draw(st.sampled_from([count, count, 1])))
    )
    return Case(
        id=f"id{number}",
        name=f"case{number}",
        replicas=count,
        numbers=draw(numbers()),
        minimum_replicas=draw(st.sampled_from([0, 1, 1, 1, 2])),
        maximum_replicas=draw(st.sampled_from([1, 4, 10])),
        cpu_limit=limit,
        memory_limit=memory,
        cpu_reservation=draw(st.sampled_from([None, 500, 1000])),
        memory_reservation=draw(st.sampled_from([None, 256 * MIB])),
        why_not=draw(st.sampled_from(["", "", "", "it owns its data"])),
        members=members,
        last_change=draw(st.sampled_from([None, NOW - 30, NOW - 200, NOW - 50_000])),
        ooms=tuple(
            OomKill(NOW - age, at)
            for age, at in draw(
                st.lists(
                    st.tuples(st.sampled_from([60, 4000, 90_000]), st.sampled_from([None, 64 * MIB, 2 * GIB])),
                    max_size=2,
                )
            )
        ),
        raises=tuple(NOW - 100 * n for n in range(draw(st.sampled_from([0, 0, 0, 3])))),
        saturated=draw(st.sampled_from([0, 400, 1200])),
        saturated_span=draw(st.sampled_from([0, 3600])),
        wished=tuple(
            PastWish(NOW - age, wish)
            for age, wish in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 8)), max_size=4))
        ),
        resized=tuple(
            Resized(NOW - age, by)
            for age, by in draw(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([-1, 1, 2])), max_size=2))
        ),
        tier_rank=draw(st.integers(1, 3)),
    )


@st.composite
def steady_cases(draw: st.DrawFn) -> Case:
    """Give a case in which every replica runs, reports, and goes on as it was."""
    case = draw(cases())
    count = draw(st.integers(1, 5))
    limit, memory = case.cpu_limit or 4000, case.memory_limit or GIB
    share, size, held = draw(st.integers(0, 100)), draw(st.integers(0, 99)), draw(st.sampled_from([0, 0, 10, 60, 100]))
    samples = tuple(
        LoadSample(
            NOW - 5 * n, limit * share // 100, memory * size // 100, 1800 - 50 * n, (1800 - 50 * n) * held // 100
        )
        for n in range(35, -1, -1)
    )
    members = tuple(Replica(f"r{number}", Phase.RUNNING, NOW - 100_000, samples=samples) for number in range(count))
    return replace(
        case, replicas=count, members=members, last_change=None, wished=(), resized=(), raises=(),
        minimum_replicas=min(case.minimum_replicas, count), maximum_replicas=max(case.maximum_replicas, count),
    )  # fmt: skip


def hosts() -> st.SearchStrategy[HostRoom]:
    return st.builds(
        HostRoom,
        cpus=st.sampled_from([2000, 16_000]),
        memory_total=st.sampled_from([8 * GIB, 64 * GIB]),
        cpu_used=st.sampled_from([None, 500, 1750, 1990, 14_500]),
        memory_available=st.sampled_from([None, 256 * MIB, GIB, 2 * GIB, 7 * GIB]),
        memory_pressure_full=st.sampled_from([None, 0, 800]),
        cpu_reserved=st.sampled_from([0, 1500]),
        memory_reserved=st.sampled_from([0, 7 * GIB]),
    )


@st.composite
def situations(draw: st.DrawFn, most: int = 5) -> Situation:
    count = draw(st.integers(1, most))
    return Situation(NOW, draw(hosts()), tuple(draw(cases(number)) for number in range(count)))
