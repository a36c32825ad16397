import time

import pytest

from sutaztop.collectors.errand import Errand, Pace
from sutaztop.contracts import SutaztopError
from sutaztop.domain.quantity import Seconds
from tests.clock import SetClock
from tests.collectors.fakes import DEADLINE, Gate


def soon() -> float:
    return time.monotonic() + DEADLINE


def fail() -> int:
    raise SutaztopError("The thing was not read", "it is broken", "mend it")


def crash() -> int:
    raise ZeroDivisionError("a fault of our own")


def do(errand: Errand[int], job: object) -> bool:
    taken = errand.ask(job)  # type: ignore[arg-type]
    assert errand.wait(soon())
    return taken


def test_a_value_stays_with_the_time_it_was_read() -> None:
    clock = SetClock()
    errand: Errand[int] = Errand("thing", clock)
    do(errand, lambda: 7)
    read_at = clock.now()
    clock.advance(60)
    assert errand.latest() == 7
    assert errand.report().read_at == read_at
    assert errand.report().trouble is None
    errand.close()


def test_a_fresh_value_is_taken_once() -> None:
    errand: Errand[int] = Errand("thing", SetClock())
    do(errand, lambda: 7)
    assert errand.take_fresh() == 7
    assert errand.take_fresh() is None
    assert errand.latest() == 7
    errand.close()


def test_asking_again_while_a_job_hangs_queues_nothing() -> None:
    gate = Gate()
    errand: Errand[None] = Errand("thing", SetClock())
    assert errand.ask(gate.pass_through)
    assert gate.entered.wait(DEADLINE)
    assert not errand.ask(gate.pass_through)
    assert not errand.wait(time.monotonic() + 0.01)
    gate.opened.set()
    assert errand.wait(soon())
    assert errand.ask(lambda: None)
    errand.close()


def test_a_hanging_job_becomes_trouble_after_its_deadline_and_keeps_the_last_value() -> None:
    clock, gate = SetClock(), Gate()
    errand: Errand[int | None] = Errand("thing", clock, Pace(deadline=Seconds(5.0)))
    errand.ask(lambda: 7)
    assert errand.wait(soon())
    errand.ask(gate.pass_through)
    clock.advance(4)
    assert errand.report().trouble is None
    clock.advance(8)
    trouble = errand.report().trouble
    assert trouble is not None
    assert "has not answered for 12 s" in trouble.what
    assert errand.latest() == 7
    gate.opened.set()
    errand.close()


def test_it_is_asked_no_more_often_than_its_pace() -> None:
    clock = SetClock()
    errand: Errand[int] = Errand("thing", clock, Pace(every=Seconds(10.0)))
    assert do(errand, lambda: 1)
    clock.advance(9)
    assert not do(errand, lambda: 2)
    clock.advance(1)
    assert do(errand, lambda: 3)
    assert errand.latest() == 3
    errand.close()


def test_after_trouble_the_wait_doubles_to_its_longest_and_a_success_ends_it() -> None:
    clock = SetClock()
    errand: Errand[int] = Errand("thing", clock, Pace(longest_wait=Seconds(4.0)))
    for wait in (1, 2, 4, 4):
        assert do(errand, fail)
        clock.advance(wait - 0.5)
        assert not do(errand, fail)
        clock.advance(0.5)
    assert do(errand, lambda: 1)
    assert errand.report().trouble is None
    assert do(errand, fail)
    clock.advance(1)
    assert do(errand, lambda: 1)
    errand.close()


def test_trouble_is_told_in_its_own_words() -> None:
    errand: Errand[int] = Errand("thing", SetClock(), source=lambda: "a file")
    do(errand, fail)
    report = errand.report()
    assert str(report.trouble) == "The thing was not read. it is broken. mend it."
    assert report.read_at is None
    assert report.source == "a file"
    errand.close()


def test_a_fault_of_our_own_stays_inside_its_collector() -> None:
    errand: Errand[int] = Errand("thing", SetClock())
    do(errand, crash)
    trouble = errand.report().trouble
    assert trouble is not None
    assert "ZeroDivisionError: a fault of our own" in trouble.why
    errand.close()


@pytest.mark.parametrize("started", [True, False])
def test_closing_puts_away_what_it_holds_once(started: bool) -> None:
    closed: list[str] = []
    errand: Errand[int] = Errand("thing", SetClock(), on_close=lambda: closed.append("closed"))
    if started:
        do(errand, lambda: 1)
    errand.close()
    errand.close()
    errand.join(soon())
    assert closed == ["closed"]
    assert not errand.ask(lambda: 1)


def test_closing_never_waits_for_a_job_that_hangs() -> None:
    gate = Gate()
    errand: Errand[None] = Errand("thing", SetClock())
    errand.ask(gate.pass_through)
    assert gate.entered.wait(DEADLINE)
    errand.close()
    assert not gate.opened.is_set()
    gate.opened.set()
    errand.join(soon())
