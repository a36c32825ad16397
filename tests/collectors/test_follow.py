import threading
from collections.abc import Iterator

from sutaztop.collectors.follow import Follower, Seen
from sutaztop.domain.event import Event
from tests.collectors.fakes import DEADLINE, Gate, ScriptedEngine


class Stream(Iterator[Event]):
    """A stream on which nothing ever happens, until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __next__(self) -> Event:
        assert self.closed.wait(DEADLINE), "nobody closed the stream"
        raise StopIteration

    def close(self) -> None:
        self.closed.set()


class SlowEngine(ScriptedEngine):
    """An engine that takes its time to open a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()
        self.stream = Stream()

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        del since_ns
        self.gate.pass_through()
        return self.stream


def test_a_stream_that_opens_after_it_was_given_up_is_closed() -> None:
    engine = SlowEngine()
    follower = Follower(engine, None, Seen())
    assert engine.gate.entered.wait(DEADLINE)
    follower.abandon()
    engine.gate.opened.set()
    assert follower.ended.wait(DEADLINE)
    assert engine.stream.closed.is_set()
    assert follower.take() == ((), False)
