"""Samples as rows and back: every sample exact again, whatever came, went, stopped or was lost."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.container import Container
from sutaztop.domain.counters import Pressure
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Ratio
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.history.memory import History
from sutaztop.measure.stack import measure
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.rows import Rows, Told
from sutaztop.store.recording.scribe import KEY_EVERY, Scribe, text_of
from sutaztop.store.recording.secrets import HIDDEN, Hider
from tests.given import NOW, container, counters
from tests.store.recording.kept import everything, open_kept, recorded, without_secrets


class Book:
    """A scribe with its parts, and what reads them."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.scribe = Scribe(self._number, Hider(b"key"))
        self.rows = Rows(lambda number: json.loads(self.parts[number - 1]))

    def _number(self, text: str) -> int:
        if text not in self.parts:
            self.parts.append(text)
        return self.parts.index(text) + 1

    def through(self, samples: Sequence[Sample]) -> Iterator[Told]:
        """Write and read each in turn."""
        history, before, last = History(), None, None
        for number, sample in enumerate(samples):
            last = measure(before, sample, Profile(), last)
            before = sample
            row = self.scribe.row(sample, Frame(number=number, snapshot=last, history=history))
            assert self.rows.read(json.loads(text_of(row)))
            yield self.rows.told()


def sample(second: float, *containers: Container, counted: Sequence[str] = (), **more: object) -> Sample:
    at = NOW + timedelta(seconds=second)
    clock = round(second * 1e9) + 960 * 10**9
    read = {
        it.id: replace(
            counters(at, clock_ns=clock, cpu_time_ns=round(second * 1e8)), pids=7, memory_usage_bytes=Bytes(4097)
        )
        for it in containers
        if it.name in counted
    }
    made = Sample(at, clock, containers=containers, counters=read, reports=(CollectorReport("stack", at),))
    return replace(made, **more)  # type: ignore[arg-type]


def test_every_sample_of_an_incident_is_exact_again(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 200)
    straight.close()
    found = everything(open_kept(tmp_path / "r.db", stack))
    assert len(found) == 200
    for was, now in zip(straight.samples, found, strict=True):
        assert without_secrets(now) == without_secrets(was)
        assert [type(it) for it in now.counters.values()] == [type(it) for it in was.counters.values()]


def test_of_the_environment_names_stay_settings_stay_and_values_are_hidden() -> None:
    secret = replace(container("a"), environment=(("DB_PASSWORD", "hunter2"), ("WORKERS", "4"), ("URL", "redis://h")),
                     command="run --token=xyzzy --port 1")  # fmt: skip
    book = Book()
    [told] = book.through([sample(0, secret)])
    found = dict(told.sample.containers[0].environment)
    assert (list(found), found["WORKERS"]) == (["DB_PASSWORD", "WORKERS", "URL"], "4")
    assert found["DB_PASSWORD"].startswith(HIDDEN)
    everywhere = "".join(book.parts)
    assert not any(it in everywhere for it in ("hunter2", "redis", "xyzzy"))
    changed = replace(secret, environment=(("DB_PASSWORD", "hunter3"),))
    [other] = Book().through([sample(0, changed)])
    assert dict(other.sample.containers[0].environment)["DB_PASSWORD"] != found["DB_PASSWORD"]


def test_counters_that_were_not_read_again_stand_and_rates_go_back_to_those_before() -> None:
    a, b = container("a"), container("b")
    first, second = sample(0, a, b, counted="ab"), sample(1, a, b, counted="ab")
    held = replace(sample(2, a, b), counters=second.counters)
    half = replace(sample(3, a, b, counted="ab"), counters={**sample(3, a, counted="a").counters,
                                                            b.id: second.counters[b.id]})  # fmt: skip
    book = Book()
    told = list(book.through([first, second, held, half, sample(4, a, b, counted="ab")]))
    assert [it.sample for it in told] == [first, second, held, half, sample(4, a, b, counted="ab")]
    assert told[2].before is not None
    assert told[3].before is not None
    assert told[3].before.counters[b.id] == first.counters[b.id]
    assert told[3].before.counters[a.id] == second.counters[a.id]


def test_containers_come_go_restart_and_come_again() -> None:
    a, b = container("a"), container("b")
    again = replace(a, started_at=NOW, restart_count=3, probes=())
    samples = [
        sample(0, a, counted="a"), sample(1, a, b, counted="ab"), sample(2, b, counted="b"),
        sample(3), sample(4, again, b, counted="ab"), sample(5, again, b, counted="b"),
        sample(6, b, again, counted="ab"),
    ]  # fmt: skip
    assert [it.sample for it in Book().through(samples)] == samples


def test_a_long_stretch_with_comings_and_goings_is_exact() -> None:
    chance = random.Random(3)  # noqa: S311 - which container, not a secret
    all_of_them = [container(f"c{it}") for it in range(8)]
    samples = []
    for second in range(4 * KEY_EVERY):
        there = [it for it in all_of_them if chance.random() < 0.8]
        samples.append(sample(second, *there, counted=[it.name for it in there if chance.random() < 0.8]))
    assert [it.sample for it in Book().through(samples)] == samples


def test_numbers_that_are_no_whole_pages_shares_or_percents_are_exact() -> None:
    a = container("a")
    odd = Pressure(Ratio(0.123456789), None, Ratio(0.5), None)
    even = Pressure(Ratio(0.25), Ratio(0.0), Ratio(0.1234), Ratio(0.5))
    plain = sample(0, a, counted="a")
    samples = [
        replace(plain, counters={a.id: replace(
            plain.counters[a.id], cpu_pressure=one, memory_usage_bytes=Bytes(size), memory_anon_bytes=None,
            system_cpu_time_ns=system, read_at=NOW - timedelta(seconds=5))})
        for one, size, system in ((odd, 1, None), (even, 4096, 10**15), (None, 0, 10**15 + 1), (odd, 12345, 0))
    ]  # fmt: skip
    assert [it.sample for it in Book().through(samples)] == samples


def test_after_lost_samples_the_next_stands_for_itself() -> None:
    a = container("a")
    book = Book()
    list(book.through([sample(0, a, counted="a"), sample(1, a, counted="a")]))
    book.scribe.skip()
    [told] = book.through([sample(20, a, counted="a")])
    assert told.sample == sample(20, a, counted="a")
    assert told.before is None


def test_reading_begins_with_a_whole_row_and_each_whole_row_is_enough() -> None:
    a = container("a")
    samples = [sample(it, a, counted="a") for it in range(2 * KEY_EVERY)]
    book, rows = Book(), []
    history, before, last = History(), None, None
    for number, it in enumerate(samples):
        last, before = measure(before, it, Profile(), last), it
        rows.append(book.scribe.row(it, Frame(number=number, snapshot=last, history=history)))
    reader = Rows(lambda number: json.loads(book.parts[number - 1]))
    assert not reader.read(rows[1])
    with pytest.raises(Undecodable):
        reader.told()
    for row in rows[KEY_EVERY:]:
        assert reader.read(row)
    assert reader.told().sample == samples[-1]


def test_trouble_and_hostile_words_come_back() -> None:
    bad = replace(container("a"), name='a\n"\x1b[2J\ud800', labels={"\u202e": "\x00", '"k":1': "\n"})
    trouble = Trouble("what\n", "why\x1b", "\u202e")
    told = list(Book().through([sample(0, bad, reports=(CollectorReport("stack", None, trouble=trouble),))]))
    assert told[0].sample.containers[0] == bad
    assert told[0].sample.reports[0].trouble == trouble


@pytest.mark.parametrize("row", [{}, {"t": 1}, {"t": 1, "n": 1, "k": 1}, {"t": "x", "n": 1, "k": 1, "#": 1},
                                 {"t": 1, "n": 1, "k": 1, "#": 1, "containers": [3], "names": []},
                                 {"t": 1, "n": 1, "k": 1, "#": 1, "engine": 9}])  # fmt: skip
def test_a_row_that_is_wrong_is_undecodable(row: dict[str, object]) -> None:
    reader = Rows(lambda number: [][number])

    def read() -> None:
        reader.read(row)
        reader.told()

    with pytest.raises(Undecodable):
        read()
