"""A file of our own among somebody's: what is refused, what is kept, and that nothing half-written ever stands."""

import os
import stat
from pathlib import Path

import pytest

from sutaztop.contracts import EngineError, EngineRefused, NotFound
from sutaztop.engines.docker import own_file
from sutaztop.engines.docker.own_file import MARK, check_place, read_own, replace_own

TEXT = f"{MARK}: …\r\nservices: {{}}\r\n"


def names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


def test_a_new_file_stands_whole_and_belongs_as_the_others_do(tmp_path: Path) -> None:
    base, ours = tmp_path / "compose.yaml", tmp_path / "compose.sutaztop.yaml"
    base.write_text("services: {}\n")
    base.chmod(0o664)
    assert replace_own(str(ours), None, TEXT, None, like=str(base)) == ""
    assert ours.read_bytes() == TEXT.encode()
    assert stat.S_IMODE(ours.stat().st_mode) == 0o664
    assert names(tmp_path) == ["compose.sutaztop.yaml", "compose.yaml"]


def test_what_was_there_is_kept_with_its_own_inode_under_a_name_with_the_time(tmp_path: Path) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_bytes(b"# mine\r\n")
    inode = ours.stat().st_ino
    backup = Path(replace_own(str(ours), "# mine\r\n", TEXT, None, like=""))
    assert backup.read_bytes() == b"# mine\r\n"
    assert backup.stat().st_ino == inode
    assert ours.read_bytes() == TEXT.encode()
    again = Path(replace_own(str(ours), TEXT, "third", None, like=""))
    assert again != backup
    assert again.read_bytes() == TEXT.encode()


def test_where_the_file_system_has_no_hard_links_the_backup_is_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_bytes(b"# mine\r\n")
    assert Path(replace_own(str(ours), "# mine\r\n", TEXT, None, like="")).read_bytes() == b"# mine\r\n"


def test_what_the_check_refuses_never_stands_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_text("before")

    def refuse(trial: str) -> None:
        assert Path(trial).read_bytes() == TEXT.encode()
        assert ours.read_text() == "before"
        raise EngineRefused("Compose can't use it")

    with pytest.raises(EngineRefused, match="Compose can't use it"):
        replace_own(str(ours), "before", TEXT, refuse, like="")
    assert ours.read_text() == "before"
    assert names(tmp_path) == ["compose.sutaztop.yaml"]


def test_what_changes_while_it_is_checked_is_not_overwritten(tmp_path: Path) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_text("before")

    def meddle(trial: str) -> None:
        del trial
        ours.write_text("mine")

    with pytest.raises(EngineRefused, match="changed meanwhile"):
        replace_own(str(ours), "before", TEXT, meddle, like="")
    assert ours.read_text() == "mine"
    assert names(tmp_path) == ["compose.sutaztop.yaml"]


def test_a_name_that_can_not_go_over_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_text("before")

    def full(self: Path, target: object) -> Path:
        del self, target
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(EngineError, match="No space left on device") as refused:
        replace_own(str(ours), "before", TEXT, None, like="")
    assert refused.value.trouble.advice == "Make room on that disk"
    assert ours.read_text() == "before"
    assert names(tmp_path) == ["compose.sutaztop.yaml"]


def test_taken_away_it_stays_under_its_backups_name(tmp_path: Path) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_text(TEXT, newline="")
    backup = replace_own(str(ours), TEXT, None, None, like="")
    assert not ours.exists()
    assert Path(backup).read_bytes() == TEXT.encode()


# --- where nothing of ours may stand --------------------------------------------------------


def test_a_symbolic_link_is_refused_and_its_target_named(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text("theirs")
    link = tmp_path / "compose.sutaztop.yaml"
    link.symlink_to("theirs.yaml")
    with pytest.raises(EngineRefused, match=r"symbolic link.*would change theirs\.yaml"):
        check_place(str(link), ())
    with pytest.raises(EngineRefused, match="could not be read"):
        read_own(str(link))
    with pytest.raises(EngineRefused):
        replace_own(str(link), None, TEXT, None, like="")
    assert (tmp_path / "theirs.yaml").read_text() == "theirs"
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["compose.override.yaml", "other.yml"])
def test_somebodys_file_is_never_taken_for_ours(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("services: {}\n")
    whose = "one of the project's own files" if name == "compose.override.yaml" else "somebody's file"
    with pytest.raises(EngineRefused, match=whose) as refused:
        check_place(str(path), (str(tmp_path / "compose.override.yaml"),))
    assert "--file" in refused.value.trouble.advice


def test_a_file_of_another_name_that_sutaztop_wrote_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "kept.yaml"
    path.write_text(TEXT)
    check_place(str(path), ())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no folder"):
        check_place(str(tmp_path / "gone" / "x.yaml"), ())


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_not_be_written_is_told_before_anything_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_text(TEXT)
    denied = str(tmp_path if what == "folder" else ours)

    def access(path: str | Path, mode: int) -> bool:
        del mode
        return str(path) != denied

    # Root may write anything: what the kernel would say to another user is said here in its place.
    monkeypatch.setattr(os, "access", access)
    with pytest.raises(EngineError, match=r"may (not )?be written") as refused:
        check_place(str(ours), ())
    assert refused.value.trouble.advice


@pytest.mark.parametrize(("path", "why"), [("kept.yaml", "no absolute path"), ("/srv/notes.txt", "end in .yaml")])
def test_a_path_that_is_none_for_a_compose_file_is_refused(path: str, why: str) -> None:
    with pytest.raises(EngineRefused, match=why):
        check_place(path, ())


def test_a_folder_or_a_pipe_in_its_place_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "compose.sutaztop.yaml"
    os.mkfifo(pipe)
    with pytest.raises(EngineRefused, match="no regular file"):
        check_place(str(pipe), ())


def test_what_is_no_text_or_far_too_large_is_refused(tmp_path: Path) -> None:
    ours = tmp_path / "compose.sutaztop.yaml"
    ours.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(EngineRefused, match="byte 0xff in line 2"):
        read_own(str(ours))
    ours.write_bytes(b"#" * (own_file.LARGEST + 1))
    with pytest.raises(EngineRefused, match="larger than"):
        read_own(str(ours))
