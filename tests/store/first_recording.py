"""The recording of format 1 that every later version must read: how it was made, and how it is told as text.

It was made once, by ``python -m tests.store.first_recording``, and is never made anew: what it holds is what a program
of that version wrote. Its last minute stands in it as it does after a program was killed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop.config.load import load_settings
from sutaztop.domain.finding import Finding
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Reading, measured
from sutaztop.domain.recording import Happening
from sutaztop.domain.sample import Sample
from sutaztop.domain.verbs import Verb
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.teller import Teller
from sutaztop.store.recording.writer import Origin, Writer
from tests.given import NOW
from tests.store.demo_recording import Keeper, note_at
from tests.ui.world import PlainSource, open_stack

HERE = Path(__file__).parent / "recordings"
RECORDING, TEXT = HERE / "v1.db", HERE / "v1.txt"
SECONDS = 130
SHOWN = (0, 1, 29, 59, 60, 61, 90, 119, 130)
KEPT = ("sutazai-ollama", "sutazai-backend", "sutazai-postgres", "sutazai-redis", "sutazai-backup-runner",
        "sutazai-agentzero-coordinator-phase1")  # fmt: skip
STOPPED, AT = "sutazai-redis", 70


@dataclass
class _Few(PlainSource):
    """The demo world with a few of its containers."""

    def read(self, patience: Seconds | None = None) -> Sample:
        whole = super().read(patience)
        kept = tuple(it for it in whole.containers if it.name in KEPT)
        ids = {it.id for it in kept}
        services = tuple(it for it in whole.services if not ids.isdisjoint(it.container_ids))
        counters = {key: it for key, it in whole.counters.items() if key in ids}
        return replace(whole, containers=kept, services=services, counters=counters)


def make(path: Path) -> None:
    """Write the recording: an incident, a container that is stopped, a note, and an end as by a kill."""
    stack = open_stack("incident")
    source = _Few(stack.demo, stack.clock)
    monitor = stack.monitor
    monitor._source = source
    writer = Writer(path, Origin("unix:///var/run/docker.sock", "sutaz-host", "1", "boot"))
    teller = Teller(writer.connection, began=stack.clock.now(), boot="boot", journal=None)
    writer.begin(stack.clock.now())
    monitor.record_to(Keeper(writer, teller))
    stack.live(AT)
    stopped = next(it.id for it in stack.demo.engine.containers() if it.name == STOPPED)
    stack.demo.engine.change_state(stopped, Verb.STOP)
    stack.clock.advance(1.0)
    stack.live(SECONDS - AT - 1)
    insert(writer.connection, [note_at(stack.clock.now())])
    writer.connection.commit()
    writer.connection.execute("PRAGMA journal_mode = DELETE")
    writer.connection.execute("VACUUM")
    writer.connection.close()


def told(recording: FileRecording) -> str:
    """Tell the recording's frames and happenings as text."""
    return "\n".join(_lines(recording)) + "\n"


def _lines(recording: FileRecording) -> Iterator[str]:
    info = recording.info()
    assert info.first is not None
    assert info.last is not None
    yield f"{info.engine} {info.host} {info.program} {_time(info.first)} {_time(info.last)}"
    for second in SHOWN:
        frame = recording.frame_at(NOW + timedelta(seconds=second))
        assert frame is not None
        yield from _of_frame(frame)
    for it in recording.happenings(NOW, NOW + timedelta(hours=1)):
        yield _of_happening(it)


def _of_frame(frame: Frame) -> Iterator[str]:
    snapshot, host = frame.snapshot, frame.snapshot.host
    yield f"frame {frame.number} {_time(snapshot.at)} {len(snapshot.services)} services {len(snapshot.models)} servers"
    yield f"  host {host.hostname} cpu {_number(host.cpu)} available {_number(host.memory_available)}"
    for it in snapshot.containers:
        one, limits = it.container, it.container.resources.limits
        graph = frame.history.series(it.id, "cpu", points=5, bucket=Seconds(1.0))
        figures = [_number(figure) for figure in (it.usage.cpu, it.usage.memory, it.usage.throttled)]
        yield (
            f"  {one.name} {one.image} {one.state} {one.health} {limits.cpu} {limits.memory} oom {it.oom_killed}"
            f" {figures} {[None if point is None else round(point, 3) for point in graph]}"
        )
    load = frame.history.series(HOST, "cpu", points=4, bucket=Seconds(15.0))
    yield f"  graph {[None if value is None else round(value, 2) for value in load]}"
    yield from (f"  {_of_finding(it)}" for it in frame.findings)
    yield from (f"  advice {it.subject.name}: {it.proposal}: {it.reason}" for it in frame.recommendations)


def _of_finding(it: Finding) -> str:
    return f"finding {it.severity.word} {it.word} {it.subject.name}: {it.text}"


def _of_happening(it: Happening) -> str:
    return f"happening {_time(it.at)} {it.kind} {it.subject.name} {it.action} {it.text} {it.who}".rstrip()


def _number(reading: Reading[float] | Reading[int]) -> str:
    value = measured(reading)
    return "none" if value is None else f"{value:.6g}"


def _time(at: datetime) -> str:
    return at.isoformat()


def profile() -> Profile:
    """Give the profile that it is measured with."""
    return load_settings((), environment={}, profile="sutazai").profile


if __name__ == "__main__":
    if RECORDING.exists():
        raise SystemExit(f"{RECORDING} is there: it is never made anew")
    HERE.mkdir(exist_ok=True)
    make(RECORDING)
    made = FileRecording(RECORDING, profile())
    TEXT.write_text(told(made), encoding="utf-8")
    made.close()
