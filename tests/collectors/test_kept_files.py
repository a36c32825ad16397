import os
import resource
from pathlib import Path

import pytest

from sutaztop.collectors.kept_files import Budget, KeptFile, raise_descriptor_limit


def test_a_file_is_read_from_its_start_each_time(tmp_path: Path) -> None:
    path = tmp_path / "cpu.stat"
    path.write_text("usage_usec 1\n")
    file = KeptFile(str(path), Budget(1))
    assert file.read() == "usage_usec 1\n"
    path.write_text("usage_usec 2\n")
    assert file.read() == "usage_usec 2\n"
    file.close()


@pytest.mark.parametrize("size", [0, 16_383, 16_384, 16_385, 100_000])
def test_a_long_file_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "stat"
    path.write_text("x" * size)
    file = KeptFile(str(path), Budget(0))
    assert len(file.read()) == size


def test_a_closed_file_gives_its_place_back(tmp_path: Path) -> None:
    path = tmp_path / "stat"
    path.write_text("1")
    budget = Budget(1)
    first, second = KeptFile(str(path), budget), KeptFile(str(path), budget)
    first.read()
    second.read()
    assert budget.left == 0
    second.close()
    assert budget.left == 0
    first.close()
    first.close()
    assert budget.left == 1


def test_a_file_that_cannot_be_read_is_not_kept_open(tmp_path: Path) -> None:
    def refuse(descriptor: int, length: int, offset: int, /) -> bytes:
        raise PermissionError(descriptor, f"{length} {offset}")

    path = tmp_path / "stat"
    path.write_text("1")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count is all that is asked
    with pytest.raises(PermissionError):
        KeptFile(str(path), Budget(1), refuse).read()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above


def test_the_limit_of_open_files_is_raised_to_the_hard_one_and_never_lowered() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        assert raise_descriptor_limit() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
        assert raise_descriptor_limit() == hard
        assert Budget.of_this_process().left > 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
