"""What the real Compose says of files, in both dialects, and what is refused before anything is written."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from sutaztop.contracts import EngineError, EngineRefused, NotFound, NotSupported
from sutaztop.domain.keep import ChangeComposeFile
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import MIB
from sutaztop.engines.docker.compose_files import ComposeFiles, dry_run_lines
from sutaztop.engines.docker.compose_run import Compose
from sutaztop.engines.docker.compose_wish import read_wishes
from sutaztop.engines.docker.endpoint import Endpoint
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

NOWHERE = Endpoint("unix:///nowhere.sock", "test")
DEPLOY = "deploy.resources.limits."
BASE = """\
x-shared: &shared {cpus: "0.5", memory: 64M}
include: [more.yaml]
services:
  a: {image: i, deploy: {replicas: 2, resources: {limits: *shared, reservations: {memory: 16M}}}}
  b: {image: i, mem_limit: 64m, cpus: 0.5, scale: 2, memswap_limit: -1}
  q: {image: i, cpu_quota: 50000, cpu_period: 50000}
  p: {image: i, profiles: [rare], cpus: "${NOT_SET_ANYWHERE:-0.25}"}
  n: {image: i}
"""


@pytest.fixture
def files() -> ComposeFiles:
    if reason := missing_for_compose():
        give_up("compose", reason)
    return ComposeFiles(Compose(NOWHERE, (str(compose_binary()),)))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "compose.yaml").write_text(BASE)
    (tmp_path / "more.yaml").write_text("services: {inc: {image: i, mem_limit: 96m}}\n")
    return Project("kept", str(tmp_path), (str(tmp_path / "compose.yaml"),), (), "5.6.1")


@pytest.mark.compose
def test_both_dialects_anchors_includes_and_profiles_are_read(files: ComposeFiles, project: Project) -> None:
    found = files.wishes(project)
    assert {name: (it.cpu, it.memory, it.replicas) for name, it in found.items()} == {
        "a": (0.5, 64 * MIB, 2), "b": (0.5, 64 * MIB, 2), "q": (1.0, None, None), "p": (0.25, None, None),
        "n": (None, None, None), "inc": (None, 96 * MIB, None),
    }  # fmt: skip
    assert found["a"].keys == ("deploy.replicas", f"{DEPLOY}cpus", f"{DEPLOY}memory")
    assert found["a"].reservation == 16 * MIB
    assert (found["b"].keys, found["b"].swap) == (("cpus", "mem_limit", "memswap_limit", "scale"), -1)
    assert (found["q"].keys, found["q"].period_us) == (("cpu_quota",), 50_000)


def test_compose_1_prints_yaml_with_amounts_as_they_were_written() -> None:
    printed = (
        "services:\n  a:\n    deploy:\n      resources:\n        limits:\n          cpus: 0.5\n          memory: 64M\n"
        "    image: i\n  b:\n    cpus: 0.5\n    mem_limit: 64m\n    scale: 2\nversion: '3.8'\n"
    )
    found = read_wishes(printed, is_json=False, file="docker-compose.yml")
    assert [(it.cpu, it.memory, it.replicas) for it in found.values()] == [(0.5, 64 * MIB, None), (0.5, 64 * MIB, 2)]


@pytest.mark.parametrize("printed", ["{", "[1]", "{}", '{"services": [1]}', '{"services": {"a": 1}}'])
def test_whatever_is_printed_it_is_read_or_refused(printed: str) -> None:
    try:
        found = read_wishes(printed, is_json=True, file="x")
    except ValueError:
        return
    assert all(wish.cpu is None for wish in found.values())


@pytest.mark.compose
def test_a_survey_names_the_automatic_override_that_f_would_leave_out(files: ComposeFiles, project: Project) -> None:
    override = Path(project.folder) / "compose.override.yaml"
    override.write_text("services: {b: {cpus: 0.75}}\n")
    survey = files.survey(project, "b", "")
    ours = str(Path(project.folder) / "compose.sutaztop.yaml")
    assert survey.project.files == (*project.files, str(override), ours)
    assert survey.added == (str(override),)
    assert survey.wish.cpu == 0.75
    named = replace(project, files=(*project.files, str(override)))
    assert files.survey(named, "b", "").added == ()


@pytest.mark.compose
def test_a_rehearsal_without_an_engine_still_reads_and_says_why_there_is_no_dry_run(
    files: ComposeFiles, project: Project
) -> None:
    survey = files.survey(project, "inc", "")
    rehearsal = files.rehearse(survey, "inc", "services: {inc: {mem_limit: 128m}}\n")
    assert rehearsal.wish.memory == 128 * MIB
    assert rehearsal.why_none
    assert not Path(survey.path).exists()


@pytest.mark.compose
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("services: {b: {deploy: {resources: {limits: {cpus: '1'}}}}}", "can't set distinct values"),
        ("services: {nosuch: {cpus: '1'}}", "neither an image nor a build"),
        ("services: [", "yaml"),
    ],
)
def test_what_compose_refuses_is_refused_in_its_own_words(
    files: ComposeFiles, project: Project, text: str, why: str
) -> None:
    survey = files.survey(project, "b", "")
    with pytest.raises(EngineRefused, match=why):
        files.rehearse(survey, "b", text)
    change = ChangeComposeFile("", "kept/b", "b", survey.path, None, text, survey.project)
    with pytest.raises(EngineRefused, match=why):
        files.replace(change)
    assert sorted(it.name for it in Path(project.folder).iterdir()) == ["compose.yaml", "more.yaml"]


@pytest.mark.compose
def test_an_unknown_service_is_told_with_those_there_are(files: ComposeFiles, project: Project) -> None:
    with pytest.raises(NotFound, match=r"no service web.*a, b, inc") as refused:
        files.survey(project, "web", "")
    assert "renamed" in refused.value.trouble.advice


@pytest.mark.compose
def test_a_base_file_that_changed_since_the_survey_is_seen_whatever_its_time_says(
    files: ComposeFiles, project: Project
) -> None:
    survey = files.survey(project, "b", "")
    change = ChangeComposeFile(
        "", "kept/b", "b", survey.path, None, "x", survey.project, fingerprint=survey.fingerprint
    )
    assert files.moved(change) == ""
    base = Path(project.files[0])
    kept = base.stat()
    base.write_text(BASE.replace("64m", "65m"))
    os.utime(base, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert files.moved(change) == "the files of project kept changed"


def test_files_that_are_gone_are_told_by_name(project: Project) -> None:
    gone = replace(project, files=(*project.files, "/nowhere/x.yaml"))
    with pytest.raises(NotFound, match=r"There is no /nowhere/x\.yaml on this host"):
        ComposeFiles(Compose(NOWHERE, ("no-such-compose",))).wishes(gone)


def test_a_project_of_compose_1_is_not_given_to_another_line(project: Project, tmp_path: Path) -> None:
    program = tmp_path / "compose-double"
    program.write_text("#!/bin/sh\n[ \"$*\" = 'version --short' ] && echo 2.40.3 && exit 0\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    old = replace(project, version="1.29.2")
    with pytest.raises(NotSupported, match="Compose 1, which made it, was not found") as refused:
        ComposeFiles(Compose(NOWHERE, (str(program),))).survey(old, "b", "")
    assert "engine.compose_command" in refused.value.trouble.advice


def test_a_compose_before_2_18_says_that_it_cannot_rehearse(project: Project, tmp_path: Path) -> None:
    program = tmp_path / "compose-double"
    program.write_text(
        "#!/bin/sh\n[ \"$*\" = 'version --short' ] && echo 2.15.0 && exit 0\n"
        'case "$*" in *--dry-run*) echo "unknown flag: --dry-run" >&2; exit 1;; esac\n'
        'echo \'{"services": {"b": {"cpus": 0.5}}}\'\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    old = ComposeFiles(Compose(NOWHERE, (str(program),)))
    survey = old.survey(replace(project, version="2.15.0"), "b", "")
    assert "came with 2.18" in old.rehearse(survey, "b", "services: {}").why_none


@pytest.mark.parametrize("name", ["", "--pull", "a b", "a\nb"])
def test_labels_that_name_no_project_are_not_given_to_compose(project: Project, name: str) -> None:
    with pytest.raises(NotSupported, match="not known"):
        ComposeFiles(Compose(NOWHERE, ("false",))).wishes(replace(project, name=name))


def test_a_pipe_in_place_of_a_file_is_not_waited_for(project: Project) -> None:
    pipe = Path(project.folder) / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(NotSupported, match="no regular file"):
        ComposeFiles(Compose(NOWHERE, ("false",))).wishes(replace(project, files=(str(pipe),)))


def test_the_stamp_is_another_once_a_file_is(project: Project) -> None:
    files = ComposeFiles(Compose(NOWHERE, ("false",)))
    before = files.stamp(project)
    assert files.stamp(project) == before
    Path(project.own_file).write_text("# new\n")
    assert files.stamp(project) != before


def test_a_dry_runs_words_are_cleaned_and_told_once() -> None:
    said = (
        " DRY-RUN MODE -  Container x-a-1  Recreate \n DRY-RUN MODE -  Container x-a-1  Recreated \n"
        " Container x-b-1 \x1b[31mRunning\x1b[0m \n DRY-RUN MODE -  Container 0123456789ab_x-a-1  Started \n"
    )
    assert dry_run_lines(said) == ("Container x-a-1 Recreated", "Container x-b-1 Running")


def test_only_engine_errors_leave(project: Project) -> None:
    with pytest.raises(EngineError):
        ComposeFiles(Compose(NOWHERE, ("no-such-compose",))).survey(project, "a", "")
