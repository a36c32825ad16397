"""An incident on a real engine, from the leak to the report, and the keys from a spike to its line."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop.actions.plan import plan
from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import PATIENCE, Assembly, assemble
from sutaztop.cli.export_beside import export_beside
from sutaztop.cli.incident_report import clip_wish, clip_words, folder_of
from sutaztop.cli.incidents_desk import IncidentsDesk
from sutaztop.cli.recordings import begin_recording, open_recording, recording_path
from sutaztop.cli.report import snapshot_lines, told_by
from sutaztop.domain.change import Plan, Result
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.incident import Incident
from sutaztop.domain.intent import SetLimits
from sutaztop.domain.quantity import MIB, Bytes
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import plain
from sutaztop.store.incidents import IncidentFile
from sutaztop.store.recording.recorder import FileRecorder
from tests.bench.spike import RECKONER, RECKONING, spike_to_line
from tests.lab.client import Lab

LEAKER, _QUIET = "leaker", 4
_TITLE, _WHO, _WHY = "The leaker dies for memory", "the bench", "killed for memory: room until the leak is mended"
_NOTES = ("memory climbs, nobody deployed anything", "the leaker was told to let go")
_BEFORE, _AFTER = 24, 64
"""MiB that the leaker may have."""
_LEAK = """BEGIN {
  while (h < 81) held[h++] = sprintf("%0200000d", h)
  print "started, holding 15 MiB"
  for (;;) {
    if (!system("test -e /letgo")) {
      if (n) print "let go of " n " chunks"
      for (it in leak) delete leak[it]
      n = 0
    } else if (!system("test -e /leak")) {
      leak[n++] = sprintf("%0140000d", n); printf "holding %.1f MiB\\n", 15.5 + n * 140000 / 1048576
    }
    fflush(); system("sleep 2")
  }
}"""
"""Works with 15 MiB, leaks while it is told to, over restarts, and lets go when it is told to: files tell it."""
_CONFIG = "profile: none\nguardrails: {host_cpu: 1000 %}\nthresholds: {window: 40s}\n"
"""Judged on the last 40 s, not on three minutes: the whole leak takes two."""
_WELL, _LEAKS, _LEAKS_ON, _RECOVERS = 60.0, 240.0, 15.0, 90.0
"""Seconds: while all is well, in which the kill has to come, under the new limit, and until it is closed."""
_POLL = 0.05
_COMPARED = 25


class Incidents:
    """What is at hand while it goes on: the engine, the program, the recorder, and what was seen."""

    def __init__(self, lab: Lab, assembly: Assembly, recorder: FileRecorder) -> None:
        self.lab = lab
        self.assembly = assembly
        self.recorder = recorder
        self.path = recording_path(assembly.state_directory, assembly.engine.endpoint)
        self.frame = assembly.monitor.tick(patience=PATIENCE)
        self.began = assembly.clock.now()
        self.failed: list[str] = []

    def run_for(self, seconds: float, ends: Callable[[], bool] = lambda: False) -> bool:
        """Read once a second; says whether what ends it came to be. It is asked many times a second."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.frame = self.assembly.monitor.tick()
            next_at = time.monotonic() + 1.0
            while time.monotonic() < next_at:
                if ends():
                    return True
                time.sleep(_POLL)
        return False

    def leaker(self) -> ContainerSnapshot:
        """Give the leaker as it was seen last."""
        return next(it for it in self.frame.snapshot.containers if it.container.name == LEAKER)

    def tell(self, file: str) -> None:
        """Tell the leaker something."""
        self.lab.docker("exec", LEAKER, "touch", file)

    def check(self, what: str, is_so: object) -> str:
        """Say whether something is as it has to be, and keep it if it is not."""
        if not is_so:
            self.failed.append(what)
        return f"  {'as it should be' if is_so else 'NOT SO        '}  {what}"


def incident(lab: Lab, failed: list[str]) -> Iterator[str]:
    """Let it happen and tell of it; what is not as it has to be is added to ``failed``."""
    lab.run(LEAKER, "-m", f"{_BEFORE}m", "--cpus", "0.5", "--restart", "always", command=("awk", _LEAK))
    lab.run(RECKONER, "-m", "64m", "--cpus", "1", command=("sh", "-c", RECKONING))
    for number in range(_QUIET):
        lab.run(f"quiet-{number}", "-m", "64m", "--cpus", "0.5")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        config.write_text(_CONFIG)
        environment = {"HOME": folder, "XDG_STATE_HOME": folder}
        words = ["--host", lab.host, "--config", str(config)]
        assembly = assemble(parse(["snapshot", *words]), environment={**os.environ, **environment}, who=_WHO)
        try:
            recorder = begin_recording(assembly, _WHO)
            assert recorder is not None
            with closing(recorder):
                it = Incidents(lab, assembly, recorder)
                yield from _happens(it)
                failed += it.failed
        finally:
            assembly.close()
        # The screen writes the same recording: it begins with the graphs that were.
        yield from spike_to_line(lab, words, environment, failed)


def _happens(it: Incidents) -> Iterator[str]:
    """Open it while all is well, let it come, do something about it, and close it."""
    desk = _desk(it)
    it.run_for(_WELL)
    opened = desk.open(Incident(_TITLE, it.assembly.clock.now(), _WHO))
    yield f"opened, held against {opened.baseline:%H:%M:%S} UTC: {opened.why}"
    it.tell("/leak")
    began = time.monotonic()
    noted = False

    def climbs() -> bool:
        nonlocal noted
        if not noted and any(one.subject.id == it.leaker().id for one in it.frame.findings):
            noted = True
            it.recorder.note(_NOTES[0], _WHO, Subject("container", it.leaker().id, LEAKER))
        return _kill(it) is not None

    it.run_for(_LEAKS, climbs)
    seen_at = it.assembly.clock.now()
    killed = _kill(it)
    if killed is None:
        yield it.check(f"the kill came within {_LEAKS:.0f} s", False)
        return
    yield it.check(f"the kill came {time.monotonic() - began:.0f} s after the leak began", True)
    yield (
        f"from the OOM kill to its line in the timeline {(seen_at - killed.at).total_seconds():.2f} s "
        "by the engine's time of it, read once a second"
    )
    # Who looks at it acts on what was read after it, as on the screen.
    it.run_for(3.0)
    yield from _raise(it)
    it.run_for(_LEAKS_ON)
    it.tell("/letgo")
    it.recorder.note(_NOTES[1], _WHO, Subject("container", it.leaker().id, LEAKER))
    # Seen by the recording alone: the screen that looks for it is started when all is over.
    it.lab.docker("exec", RECKONER, "touch", "/spike")
    it.run_for(_RECOVERS)
    it.recorder.flush(10)
    found = desk.compare(opened)
    yield "different while it was open: " + "; ".join(f"{one.subject.name} {one.words}" for one in found[:6])
    closing_began = time.monotonic()
    yield desk.close(opened, report=True)
    yield f"closing took {time.monotonic() - closing_began:.1f} s"
    folder = folder_of(Path(it.assembly.state_directory), opened.title, opened.since)
    yield from _told(it, folder)
    yield from _clip(it, folder / "clip.db", opened.since)


def _desk(it: Incidents) -> IncidentsDesk:
    """Give what the screen works with, put together as the screen does it."""
    profile = it.assembly.settings.profile

    def clip(opened: Incident, until: datetime, path: Path) -> str:
        return clip_words(export_beside(it.path, path, clip_wish(opened.since, until)))

    return IncidentsDesk(
        Path(it.assembly.state_directory), IncidentFile(it.path.with_suffix(".incident.json")),
        lambda: open_recording(it.path, profile), it.assembly.clock, profile.thresholds, export=clip,
    )  # fmt: skip


def _kill(it: Incidents) -> Happening | None:
    """Read the kill's line in the timeline, as another program would."""
    with closing(open_recording(it.path, it.assembly.settings.profile)) as recording:
        lines = recording.happenings(it.began, it.assembly.clock.now(), kinds=(HappeningKind.EVENT,))
    return next((one for one in lines if one.action == "oom" and one.subject.id == it.leaker().id), None)


def _raise(it: Incidents) -> Iterator[str]:
    intent = SetLimits(it.leaker().id, memory=Bytes(_AFTER * MIB))
    planned = plan(intent, it.frame, it.assembly.settings.profile, why=_WHY, circumstances=it.assembly.circumstances())
    if not isinstance(planned, Plan):
        yield it.check(f"the limit can be raised: {planned}", False)
        return
    outcome = it.assembly.actuator.apply(planned)
    yield it.check(f"the limit was raised: {outcome.message} {outcome.observed}", outcome.result is Result.APPLIED)


# --- what is left of it --------------------------------------------------------------------------


def _told(it: Incidents, folder: Path) -> Iterator[str]:
    """Print the report, and hold it against what happened."""
    report = folder / "report.md"
    text = report.read_text(encoding="utf-8")
    yield f"\n{text}"
    sizes = {one.name: one.stat().st_size for one in folder.iterdir()}
    pictures = [size for name, size in sizes.items() if name.endswith(".svg")]
    yield (
        f"report {sizes['report.md']} B, {len(pictures)} pictures of {sum(pictures)} B together, "
        f"clip {sizes.get('clip.db', 0)} B, the recording {it.path.stat().st_size} B"
    )
    parts = {part.partition("\n")[0].strip(): part for part in text.split("\n## ")}
    lines = [line for line in parts.get("Time line", "").splitlines() if f"| {LEAKER} |" in line]

    def has(*words: str) -> bool:
        return any(all(word in line for word in words) for line in lines)

    different = next((part for name, part in parts.items() if name.startswith("What was different")), "")
    rows = [line for line in different.splitlines() if line.startswith(f"| {LEAKER} |")]
    yield it.check("time line: the engine's event of the kill", has("| event oom |"))
    yield it.check("time line: a finding that began", has("| finding began |"))
    yield it.check("time line: a finding that ended", has("| finding ended |"))
    yield it.check("time line: the change, who made it and why", has("| change applied |", _WHO, _WHY))
    for note in _NOTES:
        yield it.check(f"time line: the note {note!r}", has("| note", note))
    verdicts = parts.get("Did it help?", "").splitlines()
    yield it.check("verdict of the change", any(LEAKER in line and " before and " in line for line in verdicts))
    limit = f"memory limit | {_BEFORE} MiB | {_AFTER} MiB"
    yield it.check("differences: the limit", any(limit in row for row in rows))
    yield it.check("differences: the kill", any("OOM kills" in row for row in rows))
    usage = it.leaker().container
    critical = [one.text for one in it.frame.findings if one.severity is Severity.CRITICAL]
    yield it.check("it runs again, under the new limit", usage.is_running)
    yield f"critical at the end: {'; '.join(critical) or 'nothing'}"


def _clip(it: Incidents, path: Path, since: datetime) -> Iterator[str]:
    """Open the clip, and hold what it shows against what the recording shows."""
    profile = it.assembly.settings.profile
    yield it.check("there is a clip", path.is_file())
    if not path.is_file():
        return
    with closing(open_recording(path, profile)) as clip, closing(open_recording(it.path, profile)) as whole:
        info = clip.info()
        yield it.check(f"it opens, as a clip, from {info.first} to {info.last}", info.is_clip)
        assert info.first is not None
        assert info.last is not None
        step = (info.last - since) / _COMPARED
        other: list[tuple[str, str]] = []
        for number in range(_COMPARED):
            at = since + step * (number + 1) - timedelta(milliseconds=1)
            one, two = clip.frame_at(at), whole.frame_at(at)
            assert one is not None
            assert two is not None
            lines = zip(_text(one, it.assembly), _text(two, it.assembly), strict=False)
            other += [pair for pair in lines if pair[0] != pair[1]][:1]
        yield it.check(f"{_COMPARED} of its frames equal the recording's, word by word", not other)
        for ours, theirs in other[:3]:
            yield f"    clip      {ours}\n    recording {theirs}"


def _text(frame: Frame, assembly: Assembly) -> list[str]:
    return [plain(line) for line in snapshot_lines(told_by(assembly, frame))]
