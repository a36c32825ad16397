"""The headless autopilot on the demo world, by a clock of the tests' own."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble_demo
from sutaztop.cli.autoscale import run_autoscale, turns_of
from sutaztop.cli.chosen import settings_from
from tests.clock import SetClock


class Run:
    """One run and what it said."""

    def __init__(self, home: Path, *words: str, clock: SetClock | None = None, scenario: str = "busy") -> None:
        self.home = home
        environment = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
        self.arguments = parse(["autoscale", *words, "--json", "--demo", scenario])
        settings = settings_from(self.arguments, environment)
        self.assembly: Assembly = assemble_demo(
            settings, scenario, 0, environment, clock=clock or SetClock(), who="ann, autopilot"
        )
        self.out = io.StringIO()

    def go(self) -> int:
        status = run_autoscale(self.arguments, self.assembly, out=self.out)
        self.assembly.close()
        return status

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def decisions(self) -> list[dict[str, Any]]:
        return [it for it in self.said if "decision" in it]

    @property
    def journal(self) -> list[dict[str, Any]]:
        path = next(self.home.rglob("journal.jsonl"), None)
        return [json.loads(line) for line in path.read_text().splitlines()] if path else []


def test_a_dry_run_tells_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, "backend", "--for", "300s")
    assert run.go() == 0
    would = [it for it in run.decisions if it["deed"] == "would do it"]
    assert would
    assert would[0]["decision"]["actions"][0]["kind"] == "cpu_limit"
    assert run.journal == []
    assert "dry run" in run.said[0]["message"]


def test_applying_raises_the_limit_once_keeps_the_cool_down_and_notes_who(tmp_path: Path) -> None:
    run = Run(tmp_path, "backend", "--apply", "--for", "400s", "--metrics", str(tmp_path / "metrics.prom"))
    assert run.go() == 0
    done = [it for it in run.decisions if it["deed"] == "done"]
    assert [it["decision"]["actions"][0]["to"] for it in done] == [3000]
    after = run.decisions[run.decisions.index(done[0]) + 1 :]
    assert not any(it["deed"] == "done" for it in after)
    assert {it["who"] for it in run.journal} == {"ann, autopilot"}
    assert [it["phase"] for it in run.journal] == ["intent", "outcome"]
    metrics = (tmp_path / "metrics.prom").read_text()
    assert 'sutaztop_autoscale_actions_total{axis="cpu_limit",deed="done"} 1' in metrics


def test_read_only_changes_nothing_even_with_apply(tmp_path: Path) -> None:
    run = Run(tmp_path, "backend", "--apply", "--for", "200s", "--read-only")
    assert run.go() == 0
    assert not any(it["deed"] == "done" for it in run.decisions)
    assert all(it["result"] == "refused" for it in run.journal if it["phase"] == "outcome")


def test_who_names_nothing_is_told_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(tmp_path, "--for", "5s")
    assert run.go() == 2
    assert "com.sutaztop.autoscale=true" in capsys.readouterr().err


def test_an_unknown_name_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Run(tmp_path, "backnd", "--for", "5s").go() == 2
    assert "Did you mean" in capsys.readouterr().err


def test_a_second_one_on_the_same_engine_is_told_of_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path, "backend", "--for", "5s")
    with turns_of(run.assembly).take("autopilot", "ann", "autoscale") as holder:
        assert not holder
        assert run.go() == 1
    assert "ann" in capsys.readouterr().err


def test_what_it_remembers_survives_a_restart(tmp_path: Path) -> None:
    clock = SetClock()
    first = Run(tmp_path, "sutazai_backend", "--for", "60s", clock=clock)
    assert first.go() == 0
    kept = json.loads(next(tmp_path.rglob("autoscale-*.json")).read_text())
    service = next(iter(kept["wished"]))
    clock.advance(30)
    second = Run(tmp_path, "sutazai_backend", "--for", "1s", clock=clock)
    assert second.go() == 0
    again = json.loads(next(tmp_path.rglob("autoscale-*.json")).read_text())
    assert again["wished"][service][0] == kept["wished"][service][0]
