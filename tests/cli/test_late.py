"""What stands behind the screen is made once, late, and ended whenever the screen is left."""

import argparse
import queue
import threading
from collections.abc import Callable

import pytest

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble
from sutaztop.cli.late import LateAssembly
from sutaztop.contracts import EngineUnreachable, Unreachable
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds


def demo() -> argparse.Namespace:
    return parse(["--demo", "calm"])


def make(made: list[Assembly], tmp_path: object) -> Callable[[], Assembly]:
    def now() -> Assembly:
        made.append(assemble(demo(), environment={"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}))
        return made[-1]

    return now


def test_nothing_is_made_before_frames_are_wanted(tmp_path: object) -> None:
    made: list[Assembly] = []
    late = LateAssembly(make(made, tmp_path))
    late.set_interval(Seconds(5.0))
    late.refresh_now()
    assert made == []
    frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    late.start(frames.put)
    assert frames.get(timeout=30).interval == 5.0
    assert len(made) == 1
    late.close()


def test_whoever_asks_first_has_it_made_and_all_have_the_same(tmp_path: object) -> None:
    made: list[Assembly] = []
    late = LateAssembly(make(made, tmp_path))
    backend = late.get().engine.inspect("sutazai-backend").id
    assert next(iter(late.logs(backend))).text
    assert late.kernel_limits(backend) is not None
    assert len(made) == 1
    late.close()
    late.close()


def test_a_screen_that_was_left_meanwhile_gets_no_frames(tmp_path: object) -> None:
    gate, frames = threading.Event(), queue.SimpleQueue[Frame]()
    made: list[Assembly] = []

    def slow() -> Assembly:
        assert gate.wait(30)
        return make(made, tmp_path)()

    late = LateAssembly(slow)
    late.start(frames.put)
    late.stop()
    gate.set()
    late.get()
    assert frames.empty()


def test_what_cannot_be_made_ends_no_screen(caplog: pytest.LogCaptureFixture) -> None:
    asked = threading.Event()

    def fail() -> Assembly:
        asked.set()
        raise EngineUnreachable(Unreachable.WRONG_CONTEXT, "The context has gone")

    late = LateAssembly(fail)
    late.start(lambda _: None)
    assert asked.wait(30)
    late.close()
    del caplog
