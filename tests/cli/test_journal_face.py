"""The journal from a script: in words, as JSON, proven, exported; undo and keep where there is nothing to do."""

import json
import os
from pathlib import Path

import pytest

from sutaztop.cli.clock import SystemClock
from sutaztop.cli.faces import run_face
from sutaztop.cli.lend import ProcessLender, is_watched, reach_words, take_lock
from sutaztop.contracts import BorrowError
from sutaztop.domain.quantity import Seconds
from sutaztop.engines.docker.endpoint import Endpoint, Tls
from sutaztop.store.process import is_running, process_name
from tests.terminal import ROOT

CHANGE_ID = "0123456789ab"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path / ".local/state/sutaztop"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out, errors = capsys.readouterr()
    return " ".join((out + errors).split())


def change_something(capsys: pytest.CaptureFixture[str]) -> str:
    """Make a change in a demo world, which then is gone; give its id. No guardrail minds that it is the second."""
    agreed = ["--yes", "--force", "--confirm", "sutazai-backend"]
    assert run_face(["limits", "backend", "--cpus", "3", *agreed, "--reason", "the queue is long", "--demo"]) == 0
    out = capsys.readouterr().out
    return out.partition("sutaztop undo ")[2].split()[0]


def test_the_journal_tells_when_who_what_why_and_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    change_id = change_something(capsys)
    assert run_face(["journal"]) == 0
    out = said(capsys)
    for word in (change_id, "UTC", "applied", "sutazai-backend", "cpu 2 → 3", "because: the queue is long", "kernel"):
        assert word in out


def test_only_the_newest_are_told_where_so_asked_and_the_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = change_something(capsys), change_something(capsys)
    assert run_face(["journal", "--last", "1"]) == 0
    out = said(capsys)
    assert (second in out, first in out) == (True, False)
    run_face(["journal"])
    out = said(capsys)
    assert out.index(second) < out.index(first)


def test_json_is_a_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    change_id = change_something(capsys)
    assert run_face(["journal", "--json"]) == 0
    (document,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (document["change_id"], document["result"], document["why"]) == (change_id, "applied", "the queue is long")
    assert document["change"]["after"]["cpu"] == 3.0


def test_the_journal_works_where_no_engine_does(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    change_something(capsys)
    assert run_face(["journal", "--host", f"unix://{tmp_path}/none.sock"]) == 0
    assert run_face(["journal", "--context", "nowhere", "--open"]) == 0


def test_an_empty_journal_says_so_and_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert [run_face(["journal", *more]) for more in ([], ["--open"], ["--verify"])] == [0, 0, 0]
    out = said(capsys)
    assert "Nothing was changed from here yet" in out
    assert "Nothing is open" in out


def test_a_tampered_journal_is_wrong_at_the_line_that_is_named(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    change_something(capsys)
    change_something(capsys)
    assert run_face(["journal", "--verify"]) == 0
    assert "OK: 4 lines in 1 file" in said(capsys)
    path = state / "journal.jsonl"
    path.write_text(path.read_text().replace("the queue is long", "the queue is gone", 1))
    assert run_face(["journal", "--verify"]) == 1
    assert f"WRONG: Line 2 of {path} does not follow the line before it" in said(capsys)


def test_a_truncated_journal_is_wrong_and_what_is_left_is_told(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    first = change_something(capsys)
    change_something(capsys)
    path = state / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    assert run_face(["journal", "--verify"]) == 1
    assert "Line 4" in said(capsys)
    assert run_face(["journal"]) == 0
    out = said(capsys)
    assert first in out
    assert "Line 4" in out
    assert "torn" in out


def test_an_export_is_every_line_in_a_file_of_its_owner_and_overwrites_none(
    capsys: pytest.CaptureFixture[str], state: Path, tmp_path: Path
) -> None:
    change_something(capsys)
    target = tmp_path / "export.jsonl"
    assert run_face(["journal", "--export", str(target)]) == 0
    assert target.read_bytes() == (state / "journal.jsonl").read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600
    assert run_face(["journal", "--export", str(target)]) == 3
    capsys.readouterr()
    assert run_face(["journal", "--export", "-"]) == 0
    assert capsys.readouterr().out.encode() == target.read_bytes()


def test_a_demo_world_borrows_nothing_for_it_ends_with_its_program(
    capsys: pytest.CaptureFixture[str], state: Path
) -> None:
    assert run_face(["limits", "backend", "--cpus", "3", "--yes", "--for", "10m", "--demo"]) == 1
    assert "nobody takes it back here" in said(capsys)
    assert not (state / "reverters").exists()


def test_what_has_no_way_back_is_not_borrowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["--demo", "incident", "unload", "llama3.2:3b", "--yes", "--for", "10m"]) == 1
    assert "nothing takes it back by itself" in said(capsys)


@pytest.mark.parametrize("span", ["0s", "8d", "soon"])
def test_a_time_that_is_none_is_wrong_usage(span: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_face(["limits", "backend", "--cpus", "3", "--for", span, "--demo"])
    assert left.value.code == 2
    assert "--for" in capsys.readouterr().err


def test_undo_without_anything_to_take_back_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["undo", "--yes", "--demo"]) == 1
    assert run_face(["undo", "ffff", "--yes", "--demo"]) == 1
    assert "There is no change 'ffff' in the journal" in said(capsys)


def test_undo_of_what_a_new_world_does_not_have_is_refused_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    change_id = change_something(capsys)
    assert run_face(["undo", change_id, "--yes", "--demo"]) == 1
    assert "is as it was before the change" in said(capsys)


def test_keep_refuses_what_is_not_open_and_writes_nothing_under_read_only(
    capsys: pytest.CaptureFixture[str], state: Path
) -> None:
    change_id = change_something(capsys)
    before = (state / "journal.jsonl").read_bytes()
    assert run_face(["keep", change_id]) == 1
    assert "not borrowed" in said(capsys)
    assert run_face(["--read-only", "keep", change_id]) == 1
    assert "read-only" in said(capsys)
    assert (state / "journal.jsonl").read_bytes() == before


# --- who takes a change back ----------------------------------------------------------------


def test_one_reverter_holds_a_change_and_a_strange_id_names_no_file(tmp_path: Path) -> None:
    lock = take_lock(tmp_path, CHANGE_ID)
    assert lock is not None
    assert is_watched(tmp_path, CHANGE_ID)
    assert take_lock(tmp_path, CHANGE_ID) is None
    os.close(lock)
    assert not is_watched(tmp_path, CHANGE_ID)
    with pytest.raises(ValueError, match="not the id of a change"):
        take_lock(tmp_path, "../../etc/passwd")


def test_a_reverter_that_finds_no_such_change_is_an_error_before_anything_is_made(tmp_path: Path) -> None:
    lender = ProcessLender(str(tmp_path), SystemClock(), ())
    with pytest.raises(BorrowError, match="ended with 3"):
        lender.watch(CHANGE_ID)
    assert "is not a borrowed change" in (tmp_path / "reverter.log").read_text()
    assert not is_watched(tmp_path, CHANGE_ID)


def test_a_state_directory_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BorrowError):
        ProcessLender(str(tmp_path / "file"), SystemClock(), ()).watch(CHANGE_ID)


def test_the_terms_count_on_the_clock_that_goes_on_while_the_machine_sleeps(tmp_path: Path) -> None:
    clock = SystemClock()
    terms = ProcessLender(str(tmp_path), clock, ("--host", "unix:///x")).terms(Seconds(60.0))
    assert terms.boot
    assert 0 < terms.left(clock.instant()) <= 60
    assert terms.words == ("--host", "unix:///x")


@pytest.mark.parametrize(
    ("given", "endpoint", "wanted"),
    [
        ([], Endpoint("unix:///run/docker.sock", "default"), ["--host", "unix:///run/docker.sock"]),
        (["--context", "prod"], Endpoint("tcp://prod:2376", "", Tls()), ["--context", "prod"]),
        ([], Endpoint("tcp://prod:2376", "docker context prod", Tls()), []),
        (["--host", "tcp://a:2375"], Endpoint("tcp://a:2375", ""), ["--host", "tcp://a:2375"]),
        (["--profile", "none"], Endpoint("unix:///x", ""), ["--host", "unix:///x", "--profile", "none"]),
    ],
)
def test_the_engine_is_named_so_that_another_process_finds_the_same(
    given: list[str], endpoint: Endpoint, wanted: list[str]
) -> None:
    from sutaztop.cli.arguments import parse

    assert list(reach_words(parse(given), endpoint)) == wanted


def test_configuration_is_named_by_its_whole_path() -> None:
    from sutaztop.cli.arguments import parse

    words = reach_words(parse(["--config", "config/default.yaml"]), Endpoint("unix:///x", ""))
    assert words[-2:] == ("--config", str(Path.cwd() / "config/default.yaml"))
    assert ROOT.is_absolute()


def test_a_program_is_named_so_that_no_later_one_has_its_name() -> None:
    name = process_name()
    assert is_running(name)
    boot, pid, started = name.split(" ")
    assert not is_running(f"{boot} {pid} {int(started) + 1}")
    assert not is_running(f"another {pid} {started}")
    assert not is_running("")
