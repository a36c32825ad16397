"""P11: what was recorded and is judged again gives the same decisions."""

import io
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sutaztop.contracts import Source
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile, Thresholds
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Sample
from sutaztop.monitor import Monitor
from sutaztop.policy.deciding.decide import decide
from sutaztop.policy.judge import judge
from tests.clock import SetClock
from tests.simulator.ours import Ours
from tests.simulator.plants import PLANTS, burning
from tests.simulator.run import drive
from tests.simulator.world import World
from tests.ui.world import open_stack

MINUTES = 5


class Bytes(pickle.Pickler):
    """Writes values, read-only mappings among them, as bytes."""

    def reducer_override(self, value: object) -> Any:
        """Make a mapping proxy anew from its items."""
        return (read_only, (dict(value),)) if isinstance(value, MappingProxyType) else NotImplemented


def read_only(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(items)


def written(value: object) -> bytes:
    file = io.BytesIO()
    Bytes(file).dump(value)
    return file.getvalue()


@dataclass
class Recorder:
    """A source that keeps every sample as the bytes that a file would hold."""

    source: Source
    kept: list[bytes] = field(default_factory=list)

    def read(self, patience: Seconds | None = None) -> Sample:
        sample = self.source.read(patience)
        self.kept.append(written(sample))
        return sample

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Replayed:
    """A source that gives recorded samples, each made anew from its bytes."""

    kept: list[bytes]

    def read(self, patience: Seconds | None = None) -> Sample:
        del patience
        sample: Sample = pickle.loads(self.kept.pop(0))  # noqa: S301 - written by this very test
        return sample

    def close(self) -> None:
        """Nothing to close."""


def told(frame: Frame) -> str:
    return repr((frame.recommendations, frame.findings, frame.past))


def test_p11_a_recorded_run_judged_again_gives_the_same_decisions_word_for_word() -> None:
    stack = open_stack("incident")
    recorder = Recorder(stack.source)
    live = Monitor(recorder, stack.settings.profile, judge, stack.clock)
    seen: list[str] = []
    actions = 0
    for _ in range(MINUTES * 60):
        frame = live.tick()
        seen.append(told(frame))
        actions += sum(it.decision is not None and bool(it.decision.actions) for it in frame.recommendations)
        stack.clock.advance(1)
    assert actions, "nothing was advised: there is nothing to compare"
    # Another day's clock: judging asks the sample for its time, and nothing else.
    again = Monitor(Replayed(recorder.kept), stack.settings.profile, judge, SetClock())
    assert [told(again.tick()) for _ in seen] == seen


def test_p11_another_profile_gives_others() -> None:
    stack = open_stack("incident")
    recorder = Recorder(stack.source)
    live = Monitor(recorder, stack.settings.profile, judge, stack.clock)
    frames = []
    for _ in range(90):
        frames.append(live.tick())
        stack.clock.advance(1)
    assert frames[-1].recommendations
    deaf = Profile(thresholds=Thresholds(minimum_samples=10_000))
    again = Monitor(Replayed(recorder.kept), deaf, judge, SetClock())
    assert [again.tick() for _ in frames][-1].recommendations != frames[-1].recommendations


def test_situations_of_a_simulated_run_are_decided_alike_a_second_time() -> None:
    plant = burning(next(it for it in PLANTS if it.name == "square"))
    world = World(plant, restarts=True)
    ours = Ours(world, every=15)
    ours.keeps = True
    changes = drive(world, ours, 2400)
    assert changes
    assert all(decide(pickle.loads(pickle.dumps(it))) == decisions for it, decisions in ours.situations)  # noqa: S301


def test_another_order_of_hashes_changes_nothing() -> None:
    code = (
        "from tests.simulator.run import STRATEGIES, run\n"
        "from tests.simulator.plants import PLANTS\n"
        "plant = next(it for it in PLANTS if it.name == 'step 2→9')\n"
        "print(ascii([run(plant, it, 2400) for it in STRATEGIES]))\n"
    )
    root = Path(__file__).resolve().parents[2]
    said = [
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root, timeout=120,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert "R-CPU-7" in said[0]
    assert said[0] == said[1]
