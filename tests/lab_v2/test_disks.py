"""What goes into the machine and comes out of it, as far as it can be shown without one."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.lab_v2.__main__ import TOOLS, main
from tests.lab_v2.disks import RESULTS_SIZE, BuildFailed, checkout_disk, results_of
from tests.lab_v2.inside import ARGUMENTS


def test_the_checkout_goes_in_with_what_is_not_committed_and_without_what_is_ignored(tmp_path: Path) -> None:
    disk = tmp_path / "checkout"
    try:
        checkout_disk(disk)
    except BuildFailed:
        pytest.skip("this is no git checkout")
    with tarfile.open(disk) as tar:
        names = set(tar.getnames())
    assert {"sutaztop/Makefile", "sutaztop/tests/lab_v2/job.sh", "sutaztop/sutaztop/__init__.py"} <= names
    assert f"sutaztop/{ARGUMENTS}" not in names
    assert not [it for it in names if "/.venv/" in it or "__pycache__" in it]


def test_arguments_go_in_a_line_each(tmp_path: Path) -> None:
    disk = tmp_path / "checkout"
    try:
        checkout_disk(disk, ["tests/lab", "-k", "it comes back"])
    except BuildFailed:
        pytest.skip("this is no git checkout")
    with tarfile.open(disk) as tar:
        file = tar.extractfile(f"sutaztop/{ARGUMENTS}")
        assert file is not None
        assert file.read() == b"tests/lab\n-k\nit comes back"


def test_what_was_left_on_the_disk_comes_out(tmp_path: Path) -> None:
    disk = tmp_path / "results"
    with tarfile.open(disk, "w") as tar:
        entry = tarfile.TarInfo("./exit-code")
        entry.size = 2
        tar.addfile(entry, io.BytesIO(b"0\n"))
    assert results_of(disk) == {"exit-code": b"0\n"}


@pytest.mark.parametrize("content", [b"", bytes(1 << 16), b"no tar" * 1000])
def test_a_disk_that_was_never_written_has_nothing(tmp_path: Path, content: bytes) -> None:
    disk = tmp_path / "results"
    disk.write_bytes(content)
    assert results_of(disk) == {}
    assert len(content) < RESULTS_SIZE


def test_missing_tools_are_named_with_their_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--cache", str(tmp_path)]) == 2
    said = capsys.readouterr().out
    assert all(tool in said and package in said for tool, package in TOOLS.items())
    assert "sudo" not in said
