"""Keeping limits: the dialect, the plan and its refusals, and what apply does with it; files are the demo's."""

from dataclasses import dataclass, replace

import pytest

from sutaztop.actions.apply import Actuator
from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.keep import plan_keep, settings_of
from sutaztop.actions.lease import Permission
from sutaztop.contracts import EngineError, NotPermitted, NotSupported
from sutaztop.demo.files import DemoFiles
from sutaztop.demo.host import no_own_cost
from sutaztop.demo.open import open_demo
from sutaztop.domain.change import Plan, Refusal, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import KeepLimits
from sutaztop.domain.keep import ChangeComposeFile, Rehearsal, Survey, Wish
from sutaztop.domain.project import Project, project_of_labels
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.resources import Limits
from sutaztop.store.codec import decode, encode
from tests import given
from tests.actions.test_apply import KeptJournal
from tests.clock import SetClock

LIVE = Limits(cpu=Cores(1.5), memory=Bytes(96 * MIB), memory_and_swap=Bytes(192 * MIB))
D = "deploy.resources.limits."


def written(says: Wish, replicas: int | None = None, *, first_line: bool = False, version: str = "") -> dict[str, str]:
    found = settings_of(says, LIVE, replicas, first_line=first_line, version=version)
    return {".".join(it.keys): it.value for it in found}


# --- the dialect ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((f"{D}cpus", f"{D}memory"), {f"{D}cpus": '"1.5"', f"{D}memory": "96m"}),
        (("cpus", "mem_limit"), {"cpus": '"1.5"', "mem_limit": "96m"}),
        (("mem_limit",), {"cpus": '"1.5"', "mem_limit": "96m"}),
        ((f"{D}memory",), {f"{D}cpus": '"1.5"', f"{D}memory": "96m"}),
        (("cpus", f"{D}memory"), {"cpus": '"1.5"', f"{D}memory": "96m"}),
        (("cpu_quota", "mem_limit"), {"cpu_quota": "75000", "mem_limit": "96m"}),
        (("mem_limit", "memswap_limit"), {"cpus": '"1.5"', "mem_limit": "96m", "memswap_limit": "192m"}),
        ((), {f"{D}cpus": '"1.5"', f"{D}memory": "96m"}),
    ],
)
def test_a_figure_is_written_where_the_files_write_it(keys: tuple[str, ...], expected: dict[str, str]) -> None:
    assert written(Wish(period_us=50_000 if "cpu_quota" in keys else None, keys=keys)) == expected


@pytest.mark.parametrize(
    ("keys", "version", "expected"),
    [
        ((), "3.8", {f"{D}cpus": '"1.5"', f"{D}memory": "96m"}),
        ((), "2.4", {"cpus": "1.5", "mem_limit": "96m"}),
        (("cpus",), "2.4", {"cpus": "1.5", "mem_limit": "96m"}),
    ],
)
def test_compose_1_gets_what_its_files_version_knows(
    keys: tuple[str, ...], version: str, expected: dict[str, str]
) -> None:
    assert written(Wish(keys=keys), first_line=True, version=version) == expected


@pytest.mark.parametrize(
    ("keys", "where"),
    [(("scale", "cpus"), "scale"), (("deploy.replicas",), "deploy.replicas"), ((), "deploy.replicas")],
)
def test_replicas_go_where_the_files_write_them(keys: tuple[str, ...], where: str) -> None:
    says = Wish(cpu=LIVE.cpu, memory=LIVE.memory, replicas=2, keys=keys)
    assert written(says, 3) == {where: "3"}
    assert written(says, 2) == {}


def test_one_replica_needs_no_word_where_the_files_have_none() -> None:
    assert written(Wish(cpu=LIVE.cpu, memory=LIVE.memory), 1) == {}


def test_unlimited_swap_is_written_as_such() -> None:
    unlimited = replace(LIVE, memory_and_swap=Bytes(-1))
    found = settings_of(Wish(keys=("mem_limit", "memswap_limit")), unlimited, None)
    assert {it.keys[-1]: it.value for it in found}["memswap_limit"] == "-1"


# --- a plan in the demo world ---------------------------------------------------------------


@dataclass
class Here:
    """A demo world in which one service got more CPU than it was made with."""

    files: DemoFiles
    actuator: Actuator
    journal: KeptJournal
    frame: Frame
    container_id: str
    project: Project

    def plan(self, path: str = "") -> Plan:
        planned = plan_keep(KeepLimits(self.container_id, path), self.frame, self.files)
        assert isinstance(planned, Plan), planned
        return planned

    def refusal(self, path: str = "", frame: Frame | None = None, files: DemoFiles | None = None) -> Refusal:
        planned = plan_keep(KeepLimits(self.container_id, path), frame or self.frame, files or self.files)
        assert isinstance(planned, Refusal), planned
        return planned

    @property
    def text(self) -> str | None:
        return self.files.texts.get(self.project.own_file)


@pytest.fixture
def here() -> Here:
    clock = SetClock()
    demo = open_demo(clock, scenario="calm", own_cost=no_own_cost)
    it = next(it for it in demo.engine.containers() if it.service == "postgres" and not it.swarm_service_id)
    demo.engine.set_limits(it.id, it.resources.limits, it.resources.limits.with_cpu(Cores(3.0)))
    journal = KeptJournal()
    actuator = Actuator(
        engine=demo.engine, model_host=lambda _: None, journal=journal, clock=clock, who="tester",
        permission=Permission(), files=demo.files,
    )  # fmt: skip
    containers = [given.measured_container(each) for each in demo.engine.containers()]
    frame = given.frame(given.snapshot(containers, services=tuple(demo.engine.services())))
    return Here(demo.files, actuator, journal, frame, it.id, project_of_labels(it.labels))


def test_the_plan_shows_the_diff_the_command_and_the_dry_run(here: Here) -> None:
    planned = here.plan()
    blocks = {it.title: it.lines for it in planned.blocks}
    assert '+          cpus: "3"' in blocks["the file"]
    assert blocks["counts with"][0].endswith(f"-f {here.project.files[0]} -f {here.project.own_file} up -d")
    assert any(line.endswith("Recreated") for line in blocks["dry run"])
    assert [row.figure for row in planned.rows] == ["cpu"]
    assert any("plain `up` does not read this file" in risk for risk in planned.risks)
    assert here.text is None


def test_a_path_with_a_blank_is_quoted_in_the_command(here: Here) -> None:
    blocks = {it.title: it.lines for it in here.plan("/opt/my files/x.yaml").blocks}
    assert "-f '/opt/my files/x.yaml' up -d" in blocks["counts with"][0]


def test_applied_it_stands_is_read_back_and_journalled(here: Here) -> None:
    planned = here.plan()
    outcome = here.actuator.apply(planned)
    assert outcome.result is Result.APPLIED, outcome
    assert "Compose reads cpu 3" in outcome.observed
    assert '"3"' in (here.text or "")
    assert [entry.phase for entry in here.journal.kept] == ["intent", "outcome"]
    assert [decode(encode(entry)) for entry in here.journal.kept] == here.journal.kept


def test_the_inverse_puts_back_what_was_there_byte_for_byte(here: Here) -> None:
    first = "# mine\r\nservices: {other: {cpus: '1'}}   # odd\r\n"
    here.files.texts[here.project.own_file] = first
    planned = here.plan()
    here.actuator.apply(planned)
    assert here.text != first
    assert isinstance(planned.change, ChangeComposeFile)
    back = planned.change.inverse
    assert here.actuator.apply(replace(planned, change=back)).result is Result.APPLIED
    assert here.text == first
    assert back.inverse.after == planned.change.after


def test_the_inverse_of_a_new_file_takes_it_away_and_keeps_it_aside(here: Here) -> None:
    planned = here.plan()
    here.actuator.apply(planned)
    written_text = here.text
    assert isinstance(planned.change, ChangeComposeFile)
    outcome = here.actuator.apply(replace(planned, change=planned.change.inverse))
    assert outcome.result is Result.APPLIED
    assert here.text is None
    assert here.files.texts[f"{here.project.own_file}.bak"] == written_text


def test_a_file_that_changed_since_the_preview_is_left_alone(here: Here) -> None:
    planned = here.plan()
    here.files.texts[here.project.own_file] = "services: {}\n"
    outcome = here.actuator.apply(planned)
    assert outcome.result is Result.REFUSED
    assert "changed since the preview" in outcome.message
    assert here.text == "services: {}\n"


def test_limits_that_changed_since_the_preview_are_not_kept(here: Here) -> None:
    planned = here.plan()
    engine = here.actuator._engine
    now = engine.inspect(here.container_id).resources.limits
    engine.set_limits(here.container_id, now, now.with_cpu(Cores(2.0)))
    outcome = here.actuator.apply(planned)
    assert outcome.result is Result.REFUSED
    assert "the limits of postgres changed" in outcome.message
    assert here.text is None


def test_what_compose_reads_otherwise_is_put_back(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = here.plan()

    def overruled(project: Project) -> dict[str, Wish]:
        del project
        return {"postgres": Wish(cpu=Cores(0.25))}

    monkeypatch.setattr(here.files, "wishes", overruled)
    outcome = here.actuator.apply(planned)
    assert outcome.result is Result.FAILED
    assert "put back as it was: Compose reads cpu 0.25" in outcome.message
    assert here.text is None


def test_a_dry_run_writes_nothing_and_read_only_refuses(here: Here) -> None:
    planned = here.plan()
    assert here.actuator.apply(planned, dry_run=True).result is Result.DRY_RUN
    here.actuator._permission = Permission(read_only=True, why="so started")
    assert here.actuator.apply(planned).result is Result.REFUSED
    assert here.text is None


def test_what_is_kept_already_needs_no_second_time_and_tells_the_command(here: Here) -> None:
    here.actuator.apply(here.plan())
    refusal = here.refusal()
    assert refusal.rule == NO_CHANGE
    assert "keeps it already" in refusal.why
    assert "up -d" in refusal.advice


# --- refusals -------------------------------------------------------------------------------


def test_a_file_of_the_project_itself_is_never_written(here: Here) -> None:
    assert "one of the project's own files" in here.refusal(here.project.files[0]).why


def test_a_file_that_has_anchors_is_told_with_its_line(here: Here) -> None:
    here.files.texts[here.project.own_file] = "x: &a 1\nservices: {}\n"
    refusal = here.refusal()
    assert "line 1 has an anchor" in refusal.why
    assert "--file" in refusal.advice


class Overruled(DemoFiles):
    """Another file is read after ours, or nothing may be written at all."""

    def __init__(self, wish: Wish, kind: str = "") -> None:
        self.wish = wish
        self.kind = kind
        self.texts = {}

    def survey(self, project: Project, service: str, path: str) -> Survey:
        del service
        if self.kind == "denied":
            raise NotPermitted("Nothing may be written in /srv", "permission denied", "Ask its owner")
        return Survey(project, self.wish, path or project.own_file, None)

    def rehearse_scale(self, project: Project, service: str, replicas: int) -> Rehearsal:
        del project, service, replicas
        raise NotSupported("nobody asked")

    def rehearse(self, survey: Survey, service: str, text: str) -> Rehearsal:
        del survey, service, text
        if self.kind == "invalid":
            raise EngineError("Compose can't use the files", "services.web: can't set distinct values", "Mend it")
        return Rehearsal(self.wish)


@pytest.mark.parametrize(
    ("wish", "kind", "why", "advice"),
    [
        (Wish(cpu=Cores(0.5)), "", "another file overrules it", "read last"),
        (Wish(cpu=Cores(0.5)), "invalid", "can't set distinct values", "Mend it."),
        (Wish(cpu=Cores(0.5)), "denied", "Nothing may be written in /srv: permission denied.", "Ask its owner."),
        (Wish(cpu=Cores(0.5), reservation=Bytes(64 * GIB)), "", "reserve 64g for postgres", "Lower the reservation"),
    ],
)
def test_trouble_with_the_files_is_a_refusal_with_what_and_what_to_try(
    here: Here, wish: Wish, kind: str, why: str, advice: str
) -> None:
    refusal = here.refusal(files=Overruled(wish, kind))
    assert why in refusal.why
    assert advice in refusal.advice


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"swarm_service_id": "abc"}, "swarm"),
        ({"labels": {}}, "not compose"),
        ({"service": ""}, "not compose"),
    ],
)
def test_what_compose_did_not_make_is_refused_with_the_reason(here: Here, change: dict[str, object], rule: str) -> None:
    found = here.frame.snapshot.by_id[here.container_id]
    other = replace(found, container=replace(found.container, **change))  # type: ignore[arg-type]
    assert here.refusal(frame=given.frame(given.snapshot([other]))).rule == rule


def test_a_limit_that_the_container_lacks_is_not_written_away(here: Here) -> None:
    found = here.frame.snapshot.by_id[here.container_id]
    bare = replace(found.container, resources=replace(found.container.resources, limits=Limits()))
    refusal = here.refusal(frame=given.frame(given.snapshot([replace(found, container=bare)])))
    assert refusal.rule == "limit stays"


def test_without_files_to_ask_there_is_no_plan(here: Here) -> None:
    planned = plan_keep(KeepLimits(here.container_id), here.frame, None)
    assert isinstance(planned, Refusal)
    assert "can't be read from here" in planned.why
