"""`sutaztop record`: without a screen, until its time is over; the next program goes on with what it saw."""

import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble
from sutaztop.cli.record import run_record, status_words
from sutaztop.cli.recordings import begin_recording, open_recording, recording_path
from sutaztop.contracts import ConfigError
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import GIB, Bytes, Seconds
from sutaztop.domain.recording import RecorderStatus


def demo(folder: Path, *words: str) -> tuple[Assembly, list[str]]:
    said = ["--demo", "calm", "record", *words]
    return assemble(parse(said), environment={"XDG_STATE_HOME": str(folder), "HOME": str(folder)}), said


def until(holds: Callable[[], object]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def test_it_records_for_its_time_says_so_and_ends(tmp_path: Path) -> None:
    assembly, words = demo(tmp_path, "--for", "3s", "--json")
    out = io.StringIO()
    try:
        assert run_record(parse(words), assembly, out=out) == 0
    finally:
        assembly.close()
    told = [json.loads(it) for it in out.getvalue().splitlines()]
    assert told[-1]["writing"] is True
    assert told[-1]["lost"] == 0
    path = recording_path(assembly.state_directory, assembly.engine.endpoint)
    kept = open_recording(path, assembly.settings.profile)
    info = kept.info()
    assert info.last is not None
    frame = kept.frame_at(info.last)
    kept.close()
    assert frame is not None
    assert frame.snapshot.containers


def test_where_recording_is_off_it_says_where(tmp_path: Path) -> None:
    assembly, words = demo(tmp_path)
    off = replace(assembly.settings, recording=replace(assembly.settings.recording, enabled=False))
    assembly = replace(assembly, settings=off)
    try:
        assert begin_recording(assembly, "me") is None
        with pytest.raises(ConfigError, match="enabled is false"):
            run_record(parse(words), assembly, out=io.StringIO())
    finally:
        assembly.close()


def test_the_next_program_goes_on_with_what_this_one_saw(tmp_path: Path) -> None:
    first, _ = demo(tmp_path)
    recorder = begin_recording(first, "one")
    assert recorder is not None
    for _ in range(4):
        first.monitor.tick()
        time.sleep(1.0)
    assert recorder.flush(30)
    first.close()
    recorder.close()
    second, _ = demo(tmp_path)
    alone = second.monitor.tick()
    began = alone.snapshot.clock_ns
    begin_recording(second, "two")
    host = second.monitor.history

    def reaches_back() -> bool:
        second.monitor.tick()
        drawn = host.series(HOST, "memory_utilization", points=120, bucket=1.0)  # type: ignore[arg-type]
        since = (second.monitor.tick().snapshot.clock_ns - began) // 10**9
        return sum(it is not None for it in drawn[: 119 - since]) >= 2

    try:
        until(reaches_back)
    finally:
        second.close()


def test_graphs_of_containers_are_taken_up_though_recording_begins_before_the_first_reading(tmp_path: Path) -> None:
    first, _ = demo(tmp_path)
    recorder = begin_recording(first, "one")
    assert recorder is not None
    frame = first.monitor.tick()
    for _ in range(4):
        time.sleep(1.0)
        frame = first.monitor.tick()
    assert recorder.flush(30)
    first.close()
    recorder.close()
    busy = next(it.id for it in frame.snapshot.containers if it.container.is_running)
    second, _ = demo(tmp_path)
    begin_recording(second, "two")
    began = second.monitor.tick().snapshot.clock_ns

    def reaches_back() -> bool:
        now = second.monitor.tick().snapshot.clock_ns
        drawn = second.monitor.history.series(busy, "memory", points=120, bucket=Seconds(1.0))
        return sum(it is not None for it in drawn[: 119 - (now - began) // 10**9]) >= 2

    try:
        until(reaches_back)
    finally:
        second.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (RecorderStatus(writing=True, size=Bytes(2 * GIB), path="/r.db"), "Recording to /r.db, 2 GiB."),
        (
            RecorderStatus(writing=True, why_not="2 GiB holds no more than 3 d", lost=2, size=GIB, path="/r.db"),
            "Recording to /r.db, 1 GiB; 2 GiB holds no more than 3 d; 2 samples were lost.",
        ),
        (RecorderStatus(writing=False, why_not="the disk is full", lost=1), "Not recording: the disk is full; 1 samp"),
    ],
)
def test_how_it_goes_in_a_line(status: RecorderStatus, words: str) -> None:
    assert status_words(status).startswith(words)
