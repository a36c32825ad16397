"""The program is killed in the middle of a change: what the engine has then, and what the next start says."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.lend import is_watched
from tests.lab.client import Lab
from tests.lab.proxy import RecordingProxy
from tests.terminal import ROOT, Terminal

pytestmark = pytest.mark.docker
BEFORE, AFTER = "500000000", "750000000"
CPU = "{{.HostConfig.NanoCpus}}"
DEADLINE = 60.0


class Console:
    """The program on the lab's engine behind a proxy, with a home of its own. ``name`` is a container to change."""

    def __init__(self, lab: Lab, proxy: RecordingProxy, home: Path, name: str) -> None:
        self.lab, self.proxy, self.name = lab, proxy, name
        self.state = home / "sutaztop"
        self.environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home), "COLUMNS": "110"}
        self.environment.pop("DOCKER_HOST", None)
        lab.run(name, "--cpus", "0.5", "--memory", "64m")

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "sutaztop", "--host", self.proxy.host, *words],
            cwd=ROOT, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str, status: int = 0) -> str:
        """Run to the end; give all that was written, blanks made one."""
        process = self.start(*words)
        out, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == status, out + errors
        return " ".join((out + errors).split())

    def raise_cpu(self, *more: str) -> "subprocess.Popen[str]":
        return self.start("limits", self.name, "--cpus", "0.75", "--yes", *more)

    def killed_at(self, request: str, *more: str, answer: bool = False, after: str = "") -> None:
        """Raise the CPU limit, and kill the program when a request of it, or its answer, is on the way."""
        self.proxy.hold(request, answer=answer, after=after)
        process = self.raise_cpu(*more)
        assert self.proxy.held.wait(DEADLINE), self.proxy.asked
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=DEADLINE)
        self.proxy.hold_no_more()

    @property
    def cpu(self) -> str:
        return self.lab.inspect(self.name, CPU)

    def journal(self) -> list[dict[str, Any]]:
        path = self.state / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def open(self) -> list[dict[str, Any]]:
        process = self.start("journal", "--open", "--json")
        out, errors = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, errors
        return [json.loads(line) for line in out.splitlines()]

    def until(self, claim: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not claim():
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def until_back(self, change_id: str) -> dict[str, Any]:
        """Wait until the journal tells that a change was taken back; give that line."""
        self.until(lambda: bool(self._ends_of(change_id)))
        return self._ends_of(change_id)[0]

    def _ends_of(self, change_id: str) -> list[dict[str, Any]]:
        return [it for it in self.journal() if it["undoes"] == change_id and it["phase"] == "outcome"]

    def log(self) -> str:
        path = self.state / "reverter.log"
        return path.read_text() if path.exists() else "no log"

    def reverter_of(self, change_id: str) -> int:
        """Give the process that waits for a change, by its own word in the log."""
        lines = [line.split() for line in self.log().splitlines()]
        return int(next(it[1] for it in reversed(lines) if it[2:4] == [change_id, "waits"]))

    def close(self) -> None:
        """Have no reverter wait any longer: each ends within moments of a keep."""
        for change_id in {it["change_id"] for it in self.journal() if it["borrow"]}:
            if is_watched(self.state, change_id):
                self.start("keep", change_id).communicate(timeout=DEADLINE)
                self.until(lambda id_=change_id: not is_watched(self.state, id_))  # type: ignore[misc]
        self.lab.remove(self.name)


@pytest.fixture
def console(lab: Lab, tmp_path: Path) -> Iterator[Console]:
    with RecordingProxy(lab.host) as proxy:
        it = Console(lab, proxy, tmp_path, "undo-web")
        try:
            yield it
        finally:
            proxy.hold_no_more()
            it.close()


# --- killed in the middle -------------------------------------------------------------------


def test_killed_before_the_intent_nothing_was_done_and_nothing_is_told(console: Console) -> None:
    console.killed_at(r"^GET .*/containers/json")
    assert console.cpu == BEFORE
    assert console.journal() == []
    assert console.open() == []


def test_killed_between_intent_and_change_the_next_start_says_that_it_was_not_made(console: Console) -> None:
    console.killed_at(r"^POST .*/update")
    assert console.cpu == BEFORE
    (intent,) = console.journal()
    (found,) = console.open()
    assert (found["change_id"], found["result"], found["now"]) == (intent["change_id"], None, "not made")
    assert "changes to decide about: 1 unfinished" in console.run("snapshot")
    told = console.run("undo", intent["change_id"], "--yes", status=1)
    assert "is as it was before the change" in told
    assert "let stand as it is" in console.run("keep", intent["change_id"])
    assert console.open() == []


@pytest.mark.parametrize(
    ("request_", "after"),
    [(r"^POST .*/update", ""), (r"^GET .*/json", r"^POST .*/update")],
    ids=["during apply", "before the outcome"],
)
def test_killed_after_the_engine_did_it_the_next_start_says_so_and_takes_it_back(
    request_: str, after: str, console: Console
) -> None:
    console.killed_at(request_, answer=True, after=after)
    console.until(lambda: console.cpu == AFTER)
    (found,) = console.open()
    assert (found["result"], found["now"]) == (None, "made")
    told = console.run("undo", "--yes", "--reason", "it was left half done")
    assert "applied" in told
    assert f"takes back change {found['change_id']}" in told
    assert console.cpu == BEFORE
    assert console.open() == []
    assert "OK: 3 lines in 1 file" in console.run("journal", "--verify")


# --- borrowed -------------------------------------------------------------------------------


def borrowed(console: Console, span: str) -> str:
    process = console.raise_cpu("--for", span)
    out, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, out + errors
    assert f"unless: sutaztop keep {console.journal()[0]['change_id']}" in out
    return str(console.journal()[0]["change_id"])


def test_a_borrowed_change_comes_back_by_itself_and_the_journal_says_so(console: Console) -> None:
    change_id = borrowed(console, "4s")
    assert console.cpu == AFTER
    back = console.until_back(change_id)
    assert (console.cpu, back["result"]) == (BEFORE, "applied")
    assert back["who"].endswith("by itself")
    assert "reverted by itself" in console.run("journal")
    assert console.open() == []


def test_a_kept_change_stays_and_nobody_waits_for_it_any_longer(console: Console) -> None:
    change_id = borrowed(console, "10m")
    (found,) = console.open()
    assert found["change_id"] == change_id
    assert is_watched(console.state, change_id)
    assert "It stays" in console.run("keep", change_id[:6])
    console.until(lambda: not is_watched(console.state, change_id))
    assert console.cpu == AFTER
    assert console.open() == []
    assert "nothing to keep" in console.run("keep", change_id, status=1)


def test_a_borrowed_change_comes_back_though_the_program_was_killed_while_it_was_made(console: Console) -> None:
    console.killed_at(r"^POST .*/update", "--for", "4s", answer=True)
    console.until(lambda: console.cpu == AFTER)
    change_id = console.journal()[0]["change_id"]
    assert console.until_back(change_id)["result"] == "applied"
    assert console.cpu == BEFORE
    assert console.open() == []


def test_a_borrowed_change_that_was_never_made_is_dropped_when_its_time_is_over(console: Console) -> None:
    console.killed_at(r"^POST .*/update", "--for", "3s")
    console.until(lambda: "dropped" in [it["phase"] for it in console.journal()])
    assert console.cpu == BEFORE
    assert console.open() == []


def test_a_borrowed_change_that_somebody_changed_since_is_left_alone(console: Console) -> None:
    borrowed(console, "5s")
    console.lab.docker("update", "--cpus", "0.25", console.name)
    console.until(lambda: "dropped" in [it["phase"] for it in console.journal()])
    assert console.cpu == "250000000"
    assert "cpu 0.25" in console.journal()[-1]["message"]


def test_a_change_borrowed_on_the_screen_comes_back_though_screen_and_terminal_are_gone(console: Console) -> None:
    settings = console.state.parent / "config.yaml"
    settings.write_text("actions: {borrow: 12s}\n")
    words = ["--host", console.proxy.host, "--config", str(settings)]
    with Terminal(words, environment=console.environment) as screen:
        screen.wait_for(console.name)
        screen.send(f"/{console.name}\r")
        screen.wait_for("match")
        screen.send("U")
        screen.wait_for("Borrow 12 s (b)")
        time.sleep(0.6)  # keys are not heard for 400 ms after a dialog has opened
        screen.send("b")
        screen.wait_for("borrowed: undo-web cpu")
        screen.process.send_signal(signal.SIGKILL)
        screen.wait_gone()
    change_id = console.journal()[0]["change_id"]
    assert console.until_back(change_id)["result"] == "applied"
    assert console.cpu == BEFORE


def test_a_reverter_that_was_killed_is_started_again_by_the_next_change_and_only_one_waits(console: Console) -> None:
    change_id = borrowed(console, "10m")
    os.kill(console.reverter_of(change_id), signal.SIGKILL)
    console.until(lambda: not is_watched(console.state, change_id))
    console.run("limits", console.name, "--memory", "96m", "--dry-run", "--force")
    assert is_watched(console.state, change_id)
    again = console.start("revert", "--change", change_id, "--state", str(console.state))
    again.communicate(timeout=DEADLINE)
    assert again.returncode == 0
    assert sum("waits" in line for line in console.log().splitlines()) == 2


def test_an_overdue_change_is_told_at_the_next_start_and_taken_back_when_asked(console: Console) -> None:
    change_id = borrowed(console, "8s")
    os.kill(console.reverter_of(change_id), signal.SIGKILL)
    console.until(lambda: bool(overdue(console)))
    assert "changes to decide about: 1 overdue borrowed" in console.run("snapshot")
    assert console.cpu == AFTER
    assert not is_watched(console.state, change_id)
    assert "OVERDUE" in console.run("journal", "--open")
    console.run("undo", change_id, "--yes")
    assert console.cpu == BEFORE
    assert console.open() == []


def overdue(console: Console) -> list[str]:
    return [it["change_id"] for it in console.open() if has_ended(it["borrow"])]


def has_ended(borrow: dict[str, Any]) -> bool:
    return datetime.fromisoformat(borrow["until"]) < datetime.now(UTC)
