"""Texts that are kept: for their owner alone, under names of their own."""

import stat
from pathlib import Path

import pytest

from sutaztop.store.kept_texts import keep_text


def test_a_text_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = Path(keep_text(tmp_path, "web.log", "one\ntwo\n"))
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_text_of_the_same_name_writes_over_nothing(tmp_path: Path) -> None:
    paths = [keep_text(tmp_path, "web.log", text) for text in ("one", "two")]
    assert [Path(it).read_text(encoding="utf-8") for it in paths] == ["one", "two"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.log", "/abs/web.log", ".hidden", "a\nb;rm -rf.log", "x" * 500 + ".log", ""]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = Path(keep_text(tmp_path, name, "text"))
    assert path.parent == tmp_path / "logs"
    assert not path.name.startswith(".")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    with pytest.raises(OSError, match="logs"):
        keep_text(tmp_path, "web.log", "text")
