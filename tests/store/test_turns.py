"""Turns between sessions: one at a time for an object, told by name, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sutaztop.store.turns import SharedTurns

_HOLDER = """
import sys
from pathlib import Path
from sutaztop.store.turns import SharedTurns
with SharedTurns("unix:///s", folders=(Path(sys.argv[1]),)).take("svc", sys.argv[2], "Scale up backend") as holder:
    print(holder or "held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def turns(tmp_path: Path) -> SharedTurns:
    return SharedTurns("unix:///s", folders=(tmp_path,))


@contextmanager
def other_session(folder: Path, who: str = "alice (by sudo)") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _HOLDER, str(folder), who]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        yield process


def test_a_turn_is_held_by_one_and_the_other_is_told_who_and_what(turns: SharedTurns, tmp_path: Path) -> None:
    with other_session(tmp_path):
        with turns.take("svc", "bob", "Replicas") as holder:
            assert holder.startswith("alice (by sudo) is changing it (Scale up backend, since 20")
        with turns.take("another", "bob", "Replicas") as holder:
            assert holder == ""
    with turns.take("svc", "bob", "Replicas") as holder:
        assert holder == ""
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_a_session_that_is_killed_leaves_no_turn_behind(turns: SharedTurns, tmp_path: Path) -> None:
    with other_session(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
    with turns.take("svc", "bob", "Replicas") as holder:
        assert holder == ""


def test_what_stands_in_the_file_is_made_harmless(turns: SharedTurns, tmp_path: Path) -> None:
    with other_session(tmp_path, "\x1b[31mmallory\n\x07"), turns.take("svc", "bob", "Replicas") as holder:
        assert "\x1b" not in holder
        assert "\n" not in holder
        assert "mallory is changing it" in holder


def test_two_engines_are_two_objects(tmp_path: Path) -> None:
    first, second = (SharedTurns(engine, folders=(tmp_path,)) for engine in ("unix:///a", "unix:///b"))
    with first.take("svc", "a", "x") as one, second.take("svc", "b", "y") as two:
        assert (one, two) == ("", "")
    with first.take("svc", "a", "x"), first.take("svc", "b", "y") as two:
        assert "a is changing it" in two


def test_where_no_lock_can_be_had_the_turn_is_given(tmp_path: Path) -> None:
    with SharedTurns("unix:///s", folders=(tmp_path / "none",)).take("svc", "bob", "x") as holder:
        assert holder == ""
    link = tmp_path / "links"
    link.mkdir()
    turns = SharedTurns("unix:///s", folders=(link,))
    with turns.take("svc", "bob", "x"):
        (name,) = [it.name for it in link.iterdir()]
    (link / name).symlink_to(tmp_path / "victim")
    with turns.take("svc", "bob", "x") as holder:
        assert holder == ""
    assert not (tmp_path / "victim").exists(), "a link is not followed"
