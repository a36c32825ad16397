"""Anonymised clips: nothing in them tells whose they are, and all the rest is as it was."""

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sutaztop.config.load import load_settings
from sutaztop.domain.container import Container, ContainerState, Mount, Port, Probe
from sutaztop.domain.disk import Component, ComponentReading, DiskSample, Filesystem, Medium, Tree
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Evidence, Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.intent import SetLimits
from sutaztop.domain.keep import Defined, Wish
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer, ModelWatch
from sutaztop.domain.process import Process
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.recording import ClipWish, Happening, HappeningKind
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.history.memory import History
from sutaztop.store.recording.anonymise import NOTE, Anonymiser, text_fields
from sutaztop.store.recording.clip import make_clip
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.pseudonyms import Pseudonyms
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.rows import Told
from sutaztop.store.recording.values import hints
from sutaztop.store.recording.writer import Origin, Writer
from tests import given
from tests.store.demo_recording import record_demo

PROFILE = load_settings((), environment={}, profile="sutazai").profile
KEY = b"k" * 32


def contents(path: Path) -> str:
    """Give everything that stands in a clip, unpacked and decoded, and its bytes as they are."""
    made = [path.read_bytes().decode("latin-1")]
    connection = sqlite3.connect(path)
    for table in ("about", "run", "part", "row", "minute", "happening", "size", "state"):
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own words
            for cell in row:
                if isinstance(cell, bytes):
                    try:
                        raw = zlib.decompress(cell)
                    except zlib.error:
                        raw = cell
                    made += [raw.decode("latin-1"), *_strings(raw)]
                else:
                    made.append(str(cell))
    connection.close()
    return "\n".join(made)


def _strings(raw: bytes) -> Iterator[str]:
    for line in raw.split(b"\n"):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        yield json.dumps(value, ensure_ascii=False)


NAMES = (
    "Orion",
    "vega",
    "lyra",
    "quasar",
    "nebula",
    "pulsar",
    "zenith",
    "corvus",
    "hydra",
    "cygnus",
    "aquila",
    "perseus",
)


def stack_of(names: list[str]) -> tuple[Sample, Frame, list[Happening]]:
    """Give a sample, its frame and happenings that have these names wherever one may stand."""
    project, service, volume, network, host, registry, person, folder, label, model, process, free = names
    key = given.container_id("x" + service)
    name = f"{project}-{service}-1"
    secret = f"{free}{person}"
    labels = MappingProxyType(
        {
            "com.docker.compose.project": project,
            "com.docker.compose.project.working_dir": f"/srv/{folder}",
            f"io.{label}.owner": person,
            "org.opencontainers.image.vendor": registry,
        }
    )
    container = Container(
        id=key,
        name=name,
        image=f"{registry}.example:5000/{project}/{service}:{free}",
        state=ContainerState.RUNNING,
        pid=7,
        project=project,
        service=service,
        number=1,
        command=f"/opt/{folder}/run --token={secret}",
        network_mode=f"{project}_{network}",
        networks=(f"{project}_{network}", "bridge"),
        addresses=("172.19.44.7",),
        mounts=(
            Mount("volume", f"/var/lib/docker/volumes/{project}_{volume}/_data", f"/{folder}", f"{project}_{volume}"),
        ),
        ports=(Port(80, "tcp", "203.0.113.77", 8080),),
        probes=(Probe(None, 1, f"refused by {host}"),),
        environment=(("POSTGRES_PASSWORD", secret), (f"{label}_URL", f"http://{host}:80/{folder}"), ("THREADS", "4")),
        labels=labels,
    )
    owner = Service(
        id=f"{project}/{service}",
        name=service,
        orchestrator=Orchestrator.COMPOSE,
        project=project,
        image=container.image,
        running=1,
        container_ids=(key,),
        folder=f"/home/{person}/{folder}",
        files=(f"/home/{person}/{folder}/compose.yaml",),
        rollout_message=f"task on {host} failed",
        labels=labels,
    )
    sample = Sample(
        at=given.NOW,
        clock_ns=3600 * 10**9,
        engine=EngineInfo(
            f"tcp://{host}.example:2376", f"docker context {project}", host, f"{host}-id", kernel=f"6.1-{host}"
        ),
        containers=(container,),
        services=(owner,),
        counters=MappingProxyType({key: given.counters(clock_ns=3600 * 10**9, run=f"{person}/7")}),
        host=replace(given.host_counters(clock_ns=3600 * 10**9), hostname=host),
        disks=DiskSample(
            (
                ComponentReading(
                    Component(f"{project} data", Medium.SSD, (f"/mnt/{folder}",), (volume,)),
                    (Tree(f"/mnt/{folder}", Bytes(5), given.NOW, 1.0, 0, f"/mnt/{folder}"),),
                ),
            ),
            (Filesystem(f"/mnt/{folder}", f"{host}:/{folder}", "nfs", Bytes(9), Bytes(5), Bytes(4)),),
        ),
        models=(
            ModelServer(
                f"http://{host}:11434",
                "0.12",
                (LoadedModel(f"{model}-bot:latest", Bytes(3), family=model), LoadedModel("llama3.2:3b", Bytes(3))),
                (InstalledModel(f"{person}/llama3:8b", Bytes(3)),),
                key,
                f"{host} refused",
            ),
        ),
        events=(
            Event(given.NOW, 1, "container", "rename", key, name, f"/{free}", MappingProxyType({"image": registry})),
            Event(given.NOW, 2, "image", "pull", container.image, container.image),
        ),
        reports=(
            CollectorReport(
                "stack",
                given.NOW,
                trouble=Trouble(
                    f"{name} is not read", f"/home/{person}/{folder} is locked", f"ask {person}@{host}.example"
                ),
            ),
        ),
        wishes=MappingProxyType(
            {key: Wish(cpu=Cores(1.0), keys=("cpus",), file=f"{folder}.yaml", trouble=f"{name}: no")}
        ),
        projects=(Defined(project, f"{folder}.yaml", MappingProxyType({service: Wish(profiles=(label,))})),),
        outside=(
            Process(9, process, Cores(1.0), Bytes(1), given.NOW),
            Process(8, "dockerd", Cores(1.0), Bytes(1), given.NOW),
        ),
    )
    subject = Subject("container", key, service)
    text = f"{name} on {host} holds {project}_{volume}, as 172.19.44.7 and "
    text += f"http://{host}:80/{folder} of {person}@{free}.example"
    frame = Frame(
        number=3,
        snapshot=Snapshot(
            given.NOW,
            3600 * 10**9,
            Seconds(1.0),
            sample.engine,
            given.frame().snapshot.host,
            watch=ModelWatch(MappingProxyType({(f"http://{host}:11434", f"{model}-bot:latest"): (None, given.NOW)})),
        ),
        history=History(),
        findings=(
            Finding(subject, Severity.CRITICAL, "OOM", text, (Evidence("share of limit", f"93 % of {name}"),)),
            Finding(Subject("tier", f"/mnt/{folder}", f"/mnt/{folder}"), Severity.WARNING, "FULL", text),
            Finding(
                Subject("model", f"http://{host}:11434 {model}-bot:latest", f"{model}-bot:latest"),
                Severity.OK,
                "M",
                text,
            ),
        ),
        recommendations=(
            Recommendation(
                f"limits:{key}",
                subject,
                Severity.WARNING,
                "limits",
                f"more for {name}",
                text,
                intent=SetLimits(key, Cores(2.0)),
                blocked=f"{service} is protected",
            ),
        ),
        trouble=Trouble(f"{host} is gone", text, f"see /home/{person}"),
        observed=MappingProxyType(
            {key: ObservedChange(given.NOW, "limits"), f"{project}/{service}": ObservedChange(given.NOW, "replicas")}
        ),
    )
    happenings = [
        Happening(given.NOW, HappeningKind.CHANGE, subject, "applied", text, who=f"{person}@{host}, autopilot"),
        Happening(
            given.NOW, HappeningKind.NOTE, Subject("", "", ""), "noted", f"called {free} of {registry}", who=person
        ),
    ]
    return sample, frame, happenings


def clip_of(tmp_path: Path, names: list[str]) -> tuple[Path, Path]:
    sample, frame, happenings = stack_of(names)
    source = tmp_path / "whole.db"
    writer = Writer(source, Origin(f"tcp://{names[4]}.example:2376", names[4], "test", f"boot-{names[4]}"))
    writer.begin(given.NOW)
    for second in range(3):
        at = given.NOW + timedelta(seconds=second)
        writer.write(replace(sample, at=at, clock_ns=sample.clock_ns + second * 10**9), replace(frame, number=second))
    insert(writer.connection, happenings)
    writer.connection.execute("INSERT INTO size VALUES (?, 1795435000, 5)", (f"filesystem:/mnt/{names[7]}",))
    writer.connection.commit()
    writer.close()
    target = tmp_path / "clip.db"
    wish = ClipWish(given.NOW - timedelta(minutes=5), given.NOW + timedelta(minutes=5), anonymised=True)
    make_clip(source, target, wish, PROFILE, force=True)
    return source, target


# No word of ours begins so.
words = st.text("abcdefghijklmnopqrstuvwxyzäßé", min_size=5, max_size=10).map(lambda it: f"zq{it}")


@hypothesis_settings(max_examples=12, deadline=None)
@hypothesis_given(st.lists(words, min_size=12, max_size=12, unique=True))
def test_no_name_is_anywhere_in_an_anonymised_clip(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    source, target = clip_of(tmp_path_factory.mktemp("clip"), names)
    whole, text = contents(source), contents(target)
    for name in names:
        assert name in whole or name.encode() in source.read_bytes() or name == names[11]
        assert name.casefold() not in text.casefold()
    for telling in ("172.19.44.7", "203.0.113.77", "boot-"):
        assert telling not in text
    for frame_key in (given.container_id("x" + names[1]),):
        assert frame_key not in text
        assert frame_key[:12] not in text


def test_short_names_and_those_of_well_known_programs_are_replaced_as_words(tmp_path: Path) -> None:
    names = ["ab", "postgres", "vol", "nw", "h1x", "reg", "jo", "fo", "la", "mo", "pr", "fr"]
    _, target = clip_of(tmp_path, names)
    recording = FileRecording(target, PROFILE)
    found = recording.frame_at(given.NOW + timedelta(seconds=2))
    assert found is not None
    container = found.snapshot.containers[0].container
    assert re.fullmatch(r"proj-\w{6}-svc-\w{6}-1", container.name)
    text = found.findings[0].text
    assert text.startswith(f"{container.name} on host-")
    assert not re.search(r"\b(ab|postgres|jo|h1x|fr)\b", text)
    recording.close()


def test_what_belongs_together_still_does(tmp_path: Path) -> None:
    _, target = clip_of(tmp_path, list(NAMES))
    recording = FileRecording(target, PROFILE)
    found = recording.frame_at(given.NOW + timedelta(seconds=2))
    assert found is not None
    snapshot = found.snapshot
    container = snapshot.containers[0].container
    service = snapshot.services[0]
    assert (service.project, service.name) == (container.project, container.service)
    assert service.id == f"{container.project}/{container.service}"
    assert service.container_ids == (container.id,) == (found.findings[0].subject.id,)
    assert container.name == f"{container.project}-{container.service}-1"
    assert container.mounts[0].volume in container.mounts[0].source
    assert container.mounts[0].volume.startswith(f"{container.project}_")
    assert container.networks == (container.network_mode, "bridge")
    assert service.image == container.image
    assert found.last_change(container) is not None
    assert snapshot.models[0].container_id == container.id
    assert [it.name for it in snapshot.models[0].loaded][1] == "llama3.2:3b"
    assert [it.name for it in snapshot.outside][1] == "dockerd"
    assert container.name in found.findings[0].text
    assert next(key for key, _ in container.environment) == "POSTGRES_PASSWORD"
    assert all(value.startswith("‹hidden") for _, value in container.environment)
    assert container.probes[0].output == ""
    assert (container.state, container.pid, container.ports[0].host_port) == (ContainerState.RUNNING, 7, 8080)
    note = recording.happenings(given.NOW, given.NOW, kinds=[HappeningKind.NOTE])[0]
    assert note.text == NOTE
    change = recording.happenings(given.NOW, given.NOW, kinds=[HappeningKind.CHANGE])[0]
    assert change.who.endswith(", autopilot")
    recording.close()


def test_another_clip_has_other_pseudonyms(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        _, target = clip_of(tmp_path, list(NAMES))
        recording = FileRecording(target, PROFILE)
        found = recording.frame_at(given.NOW + timedelta(seconds=2))
        assert found is not None
        it = found.snapshot.containers[0].container
        names.append((it.name, it.id, it.project, found.snapshot.engine))
        recording.close()
        (tmp_path / "whole.db").unlink()
    assert not set(names[0]) & set(names[1])


def test_figures_states_and_findings_of_the_demo_world_stay(tmp_path: Path) -> None:
    source = tmp_path / "whole.db"
    frames = record_demo(source, 70)
    wish = ClipWish(frames[20].snapshot.at, frames[-1].snapshot.at, anonymised=True)
    made = make_clip(source, tmp_path / "clip.db", wish, PROFILE)
    recording = FileRecording(Path(made.path), PROFILE)
    for frame in (frames[20], frames[45], frames[-1]):
        found = recording.frame_at(frame.snapshot.at)
        assert found is not None
        assert len(found.snapshot.containers) == len(frame.snapshot.containers)
        for one, other in zip(found.snapshot.containers, frame.snapshot.containers, strict=True):
            assert (one.usage, one.oom_killed, len(one.ends)) == (other.usage, other.oom_killed, len(other.ends))
            mine, theirs = one.container, other.container
            for name in ("state", "health", "resources", "restart_count", "exit_code", "pid", "created_at", "number"):
                assert getattr(mine, name) == getattr(theirs, name)
            assert mine.name != theirs.name
        assert replace(found.snapshot.host, hostname="") == replace(frame.snapshot.host, hostname="")
        told = [(it.word, it.severity, it.subject.kind) for it in frame.findings]
        assert [(it.word, it.severity, it.subject.kind) for it in found.findings] == told
        assert [it.rule for it in found.recommendations] == [it.rule for it in frame.recommendations]
        assert [len(it.container_ids) for it in found.snapshot.services] == [
            len(it.container_ids) for it in frame.snapshot.services
        ]
    text = contents(Path(made.path))
    for it in frames[-1].snapshot.containers:
        assert it.container.id[:12] not in text
        if len(it.container.name) > 12:
            assert it.container.name not in text
    for telling in ("sutazai", "acme", "Jane", "AgentZero"):
        assert telling.casefold() not in text.casefold()
    recording.close()


def test_every_text_has_a_way() -> None:
    anonymiser = Anonymiser(KEY)
    seen: set[type] = set()

    def meet(kind: type) -> None:
        if kind in seen:
            return
        seen.add(kind)
        for it in fields(kind):
            for inner in _types(hints(kind)[it.name]):
                meet(inner)

    for kind in (Sample, Finding, Recommendation, Trouble, ObservedChange, ModelWatch, Happening):
        meet(kind)
        anonymiser._change_of(kind, "")
    assert len([it for kind in seen for it in text_fields(kind)]) > 100


def _types(hint: Any) -> Iterator[type]:
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for it in get_args(hint):
        if it is not Ellipsis:
            yield from _types(it)


@pytest.mark.parametrize(("text", "kept"), [
    ("http://registry.acme.io:5000/v2/.", r"http://host-\w{6}:5000/dir-\w{6}/\."),
    ("mail jane.doe@acme.io now", r"mail person-\w{6} now"),
    ("in /srv/acme/site.yaml, as told", r"in /srv/dir-\w{6}/dir-\w{6}\.yaml, as told"),
    ("at 10.20.30.40:80 and fe80:0:0:1:2:3:4:5", r"at 10\.\d+\.\d+\.\d+:80 and fd00::\w+:\w+"),
    ("id 0123456789ab", r"id [0-9a-f]{12}"),
    ("cpu 2 → 3 cores at 12:04:31, 93 % of 4 GiB", "cpu 2 → 3 cores at 12:04:31, 93 % of 4 GiB"),
])  # fmt: skip
def test_what_looks_like_a_name_in_a_sentence_is_replaced(text: str, kept: str) -> None:
    names = Pseudonyms(KEY)
    names.finish()
    found = names.text(text)
    assert re.fullmatch(kept, found), found


def test_one_name_has_one_pseudonym_and_no_two_names_have_the_same() -> None:
    names = Pseudonyms(KEY)
    made = [names.name("ctr", f"name{it}") for it in range(5000)]
    assert len(set(made)) == 5000
    assert made == [names.name("ctr", f"name{it}") for it in range(5000)]
    other = Pseudonyms(b"o" * 32)
    assert not {other.name("ctr", f"name{it}") for it in range(5000)} & set(made)


def test_a_task_keeps_its_service_and_its_number() -> None:
    names = Anonymiser(KEY)
    task = "q4x7rm2mzk0u1p9v3c5d8e6fa"
    one = replace(
        given.container(f"orion_agents.2.{task}", project="orion", service="orion_agents"), swarm_task_id=task
    )
    sample = Sample(at=given.NOW, clock_ns=1, containers=(one,))
    names.learn(_told_of(sample))
    names.finish()
    found = names.sample(sample).containers[0]
    assert found.name == f"{found.service}.2.{found.swarm_task_id}"
    assert task not in found.name


def _told_of(sample: Sample) -> Told:
    return Told(
        sample, None, 1, (), (), Seconds(1.0), None, None, MappingProxyType({}), ModelWatch(), MappingProxyType({})
    )
