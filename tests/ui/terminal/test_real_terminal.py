"""The screen in a real terminal: sent as differences, left clean, and gone when the terminal is."""

import os
import signal
import termios
import time

import pytest

from tests.ui.terminal.term import Term, settle_all

STEPS: tuple[tuple[str, str | tuple[int, int]], ...] = (
    ("a reading", "r"),
    ("moving", "jjjjj"),
    ("a page", "\x1b[6~"),
    ("another reading", "r"),
    ("the end", "G"),
    ("sorting", "s"),
    ("picked", "j\r"),
    ("grouping", "v"),
    ("filtering", "/post"),
    ("kept", "\r"),
    ("cleared", "\x1b"),
    ("a theme", "T"),
    ("smaller", (80, 24)),
    ("read while small", "r"),
    ("larger", (132, 43)),
    ("a plan", "gU"),
    ("cancelled", "\x1b"),
    ("redrawn", "\x0c"),
)


def test_sending_differences_shows_exactly_what_sending_everything_shows() -> None:
    with Term("plain") as plain, Term() as diffed:
        for term in (plain, diffed):
            term.until_shows("Containers · ")
        settle_all([plain, diffed])
        for name, step in STEPS:
            for term in (plain, diffed):
                if isinstance(step, tuple):
                    term.resize(*step)
                else:
                    term.send(step)
            settle_all([plain, diffed])
            different = [
                (y, x, one, other)
                for y, rows in enumerate(zip(plain.picture(), diffed.picture(), strict=True))
                for x, (one, other) in enumerate(zip(*rows, strict=True))
                if one != other
            ]
            assert not different, (name, different[:5])


def test_a_reading_costs_a_fraction_of_the_bytes() -> None:
    with Term("plain") as plain, Term() as diffed:
        for term in (plain, diffed):
            term.until_shows("Containers · ")
        settle_all([plain, diffed])
        before = [len(term.received) for term in (plain, diffed)]
        for _ in range(5):
            for term in (plain, diffed):
                term.send("r")
            settle_all([plain, diffed])
        everything, differences = (
            (len(term.received) - earlier) / 5 for term, earlier in zip((plain, diffed), before, strict=True)
        )
    assert differences < 4_000
    assert differences < everything / 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, code: int) -> None:
    with Term() as term:
        term.until_shows("Containers · ")
        term.process.send_signal(number)
        assert term.wait(30) == code
        for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
            assert sequence in term.received
        assert termios.tcgetattr(term._slave) == term.attributes


@pytest.mark.parametrize("keys", ["q", "\x03", "\x11"])
def test_quitting_by_key_is_clean_and_quick(keys: str) -> None:
    with Term() as term:
        term.until_shows("Containers · ")
        term.settle()
        began = time.monotonic()
        term.send(keys)
        assert term.wait(30) == 0
        assert b"\x1b[?1049l" in term.received
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("ignore_hangup", [False, True])
def test_when_the_terminal_goes_the_process_goes(ignore_hangup: bool) -> None:
    with Term(ignore_hangup=ignore_hangup) as term:
        term.until_shows("Containers · ")
        term.hang_up()
        assert term.wait_unread(10) in (129, -signal.SIGHUP)


def test_a_terminal_that_does_not_read_cannot_keep_the_process() -> None:
    with Term() as term:
        term.until_shows("Containers · ")
        # Nothing is read from here on: themes repaint everything until the pty is full.
        for _ in range(40):
            term.send("T")
        term.process.send_signal(signal.SIGTERM)
        assert term.wait_unread(12) == 143


def test_the_wall_hears_no_key_but_its_own_two() -> None:
    with Term("wall") as term:
        term.until_shows("need attention")
        term.send("URAO/xj\r1z")
        term.settle()
        assert term.process.poll() is None
        term.send("q")
        term.settle()
        assert term.process.poll() is None
        term.send("qqq")
        assert term.wait(30) == 0


def test_the_screen_runs_without_colour() -> None:
    os.environ["NO_COLOR"] = "1"
    try:
        with Term() as term:
            term.until_shows("Containers · ")
    finally:
        del os.environ["NO_COLOR"]
