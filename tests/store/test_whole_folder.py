"""A folder that is written whole or not at all, whatever becomes of the program."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sutaztop.store.files import whole_folder

VICTIM = """
import sys
from pathlib import Path
from sutaztop.store.files import whole_folder
with whole_folder(Path(sys.argv[1])) as made:
    (made / "half").write_text("x")
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_it_has_its_name_when_it_is_whole_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report"
    with whole_folder(target) as made:
        (made / "a").write_text("1")
        assert not target.exists()
        assert made.name.startswith(".")
    assert (target / "a").read_text() == "1"
    assert target.stat().st_mode & 0o777 == 0o700
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("x")])
def test_of_what_fails_nothing_is_left_and_the_next_try_succeeds(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "report"
    with pytest.raises(type(error)):
        _fill_and_fail(target, error)
    assert not list(tmp_path.iterdir())
    with whole_folder(target) as made:
        (made / "a").write_text("2")
    assert (target / "a").read_text() == "2"


@pytest.mark.parametrize("sort", ["empty", "full", "file", "dangling"])
def test_what_is_there_is_never_written_over(tmp_path: Path, sort: str) -> None:
    target = tmp_path / "report"
    _put(target, sort)
    with pytest.raises(FileExistsError) as refused, whole_folder(target):
        raise AssertionError("nothing may be begun")
    assert refused.value.filename == str(target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("sort", ["empty", "full", "file", "dangling"])
def test_nor_what_came_meanwhile(tmp_path: Path, sort: str) -> None:
    target = tmp_path / "report"
    with pytest.raises(FileExistsError):
        _fill_and_put(target, sort)
    assert list(tmp_path.iterdir()) == [target]
    assert not (target / "a").exists()


def _fill_and_fail(target: Path, error: BaseException) -> None:
    with whole_folder(target) as made:
        (made / "a").write_text("1")
        raise error


def _fill_and_put(target: Path, sort: str) -> None:
    with whole_folder(target) as made:
        (made / "a").write_text("mine")
        _put(target, sort)


def _put(target: Path, sort: str) -> None:
    if sort == "file":
        target.write_text("other")
    elif sort == "dangling":
        target.symlink_to("nowhere")
    else:
        target.mkdir()
        if sort == "full":
            (target / "b").write_text("other")


def test_what_a_killed_program_left_stands_in_nobodys_way_and_goes(tmp_path: Path) -> None:
    target = tmp_path / "report"
    words = [sys.executable, "-c", VICTIM, str(target)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "begun\n"
        (half,) = tmp_path.iterdir()
        with whole_folder(tmp_path / "another"):
            assert (half / "half").exists(), "one that is being written is left alone"
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    assert half.exists()
    with whole_folder(target) as made:
        (made / "a").write_text("1")
    assert {it.name for it in tmp_path.iterdir()} == {"another", "report"}
