import os
import subprocess
import threading
from pathlib import Path

import pytest

from sutaztop.collectors.walk import Interrupted, Leisure, be_nice, measure_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "deep/er").mkdir(parents=True)
    (root / "a").write_bytes(b"x" * 50_000)
    (root / "deep/b").write_bytes(b"y" * 9_000)
    (root / "deep/er/c").write_bytes(b"")
    return root


def du(path: Path) -> int:
    done = subprocess.run(["du", "-x", "-s", "-B1", str(path)], capture_output=True, text=True, check=True, timeout=30)
    return int(done.stdout.split()[0])


def test_a_tree_takes_what_du_says(tree: Path) -> None:
    walked = measure_tree(str(tree))
    assert walked.size == du(tree)
    assert walked.entries == 6
    assert walked.skipped == 0


def test_a_sparse_file_counts_what_it_allocates(tree: Path) -> None:
    before = measure_tree(str(tree)).size
    with (tree / "sparse").open("wb") as file:
        file.truncate(1 << 30)
    assert measure_tree(str(tree)).size - before < 1 << 20


def test_a_file_with_two_names_counts_once(tree: Path) -> None:
    before = measure_tree(str(tree)).size
    (tree / "deep/again").hardlink_to(tree / "a")
    assert measure_tree(str(tree)).size == before == du(tree)


def test_symbolic_links_are_not_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/large").write_bytes(b"z" * 500_000)
    before = measure_tree(str(tree)).size
    (tree / "out").symlink_to(tmp_path / "outside")
    (tree / "round").symlink_to(tree)
    assert measure_tree(str(tree)).size - before < 100_000


def test_another_filesystem_inside_is_left_out() -> None:
    if os.stat("/dev").st_dev == os.stat("/dev/shm").st_dev:  # noqa: PTH116 - as short as the question
        pytest.skip("/dev/shm is no filesystem of its own here")
    inside = Path("/dev/shm/sutaztop-test-walk")
    before = measure_tree("/dev").size
    inside.write_bytes(b"x" * 3_000_000)
    try:
        assert measure_tree("/dev").size - before < 1_000_000
    finally:
        inside.unlink()


def test_what_goes_during_the_walk_is_counted_as_skipped(tree: Path) -> None:
    turns: list[None] = []

    def remove() -> None:
        turns.append(None)
        # The fourth entry is the second of "deep": its listing is under way, "er" not yet gone into.
        if len(turns) == 4:
            (tree / "deep/er/c").unlink()
            (tree / "deep/er").rmdir()

    assert measure_tree(str(tree), remove).skipped == 1


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        measure_tree(str(tmp_path / "nowhere"))


def test_a_walk_rests_and_goes_on() -> None:
    rests: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout or 0)
            return False

    leisure = Leisure(Stop(), work=-1.0, rest=0.5)
    leisure()
    leisure()
    assert rests == [0.5, 0.5]


def test_a_walk_that_is_told_to_stop_stops(tree: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        measure_tree(str(tree), Leisure(stop, work=-1.0, rest=0.0))


def test_only_the_thread_that_asks_becomes_nice() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    seen: list[int] = []

    def walk() -> None:
        be_nice()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=walk)
    thread.start()
    thread.join(10)
    assert seen == [19]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
