"""Where keys come from, and what is done where there are none."""

import sys
from pathlib import Path

from tests.terminal import Terminal

WITHOUT_INPUT = ("sh", "-c", 'exec "$0" "$@" </dev/null', sys.executable, "-m", "sutaztop")


def test_a_screen_without_a_keyboard_says_so_and_ends() -> None:
    with Terminal(["--demo", "calm"], program=WITHOUT_INPUT) as screen:
        assert screen.wait_gone() == 2
        screen.wait_for("the input is not a terminal")
        assert screen.written.index(b"\x1b[?1049l") < screen.written.index(b"no screen can be drawn")


def test_a_wall_without_an_input_is_given_one_that_never_ends() -> None:
    with Terminal(["--demo", "calm", "--wall"], program=WITHOUT_INPUT) as wall:
        wall.wait_for("containers run")
        assert str(Path("/proc", str(wall.process.pid), "fd/0").readlink()).startswith("pipe:")
        wall.process.terminate()
        assert wall.wait_gone() == 128 + 15
