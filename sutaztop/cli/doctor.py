"""The doctor: what can be reached and what not, exactly why, and what to try."""

import argparse
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sutaztop.cli.assemble import PATIENCE, Assembly
from sutaztop.contracts import SutaztopError
from sutaztop.domain.engine import EngineInfo, SwarmRole
from sutaztop.domain.profile import ServiceRule
from sutaztop.domain.sample import Trouble
from sutaztop.render.paragraph import wrap
from sutaztop.store.chain import FILE_NAME

OK, NOTE, FAULT = "ok", "note", "FAULT"
UNREACHED = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was examined: ok, a note that something is absent, or a fault."""

    what: str
    word: str
    found: str
    advice: str = ""


def run_doctor(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO) -> int:
    """Examine everything and print it. 0 where the engine can be watched, 3 where it can't be."""
    del arguments
    width = max(60, min(110, shutil.get_terminal_size().columns))
    verdicts = list(examine(assembly))
    for verdict in verdicts:
        first, *rest = wrap(verdict.found, width - 19) or [""]
        print(f"{verdict.word:<6}{verdict.what:<12} {first}", file=out)
        for text in [*rest, *(wrap(f"→ {verdict.advice}", width - 19) if verdict.advice else [])]:
            print(f"{'':<19}{text}", file=out)
    return UNREACHED if any(it.what == "engine" and it.word == FAULT for it in verdicts) else 0


def examine(assembly: Assembly) -> Iterator[Verdict]:
    """Examine one thing after another, each within its deadline."""
    yield _settings(assembly)
    yield from _untold(assembly)
    info = _asked(assembly.engine.info)
    yield _engine(info, assembly)
    if isinstance(info, EngineInfo):
        yield _containers(assembly)
        yield _counters(assembly)
        if not info.without_engine:
            yield _swarm(info)
            yield _compose(assembly)
    yield _models(assembly)
    yield _journal(assembly)
    yield _terminal()


def _asked(question: Callable[[], EngineInfo]) -> EngineInfo | Trouble:
    try:
        return question()
    except SutaztopError as error:
        return error.trouble


def _fault(what: str, trouble: Trouble, word: str = FAULT) -> Verdict:
    return Verdict(what, word, f"{trouble.what.rstrip('.')}. {trouble.why}".rstrip(), trouble.advice)


def _settings(assembly: Assembly) -> Verdict:
    files = assembly.settings.files
    return Verdict("settings", OK, f"profile {assembly.settings.profile.name}; read {', '.join(files) or 'no file'}")


def _untold(assembly: Assembly) -> Iterator[Verdict]:
    """Say what scaling files ask for that can't be measured or followed here."""
    for rule in assembly.settings.profile.services:
        if rule.untold:
            advice = "What is left decides; with a metric gone, an autoscaler adds replicas and takes none."
            yield Verdict("scaling", NOTE, f"{rule.name}: {'; '.join(rule.untold)}", advice if _is_hpa(rule) else "")


def _is_hpa(rule: ServiceRule) -> bool:
    return ("horizontal", "hpa") in rule.scaling


def _engine(info: EngineInfo | Trouble, assembly: Assembly) -> Verdict:
    if isinstance(info, Trouble):
        return _fault("engine", info)
    where = "this host" if info.is_local else "another host"
    if assembly.demo:
        return Verdict(
            "engine", NOTE, "the demo world: nothing of it is real", "Leave --demo out to see a real engine."
        )
    if info.without_engine:
        words = f"it is not asked ({info.without_engine}); only the kernel's files are read, and nothing can be changed"
        return Verdict("engine", NOTE, words, "Join the group that owns the socket (that equals root).")
    return Verdict(
        "engine",
        OK,
        f"{info.version} (API {info.api_version}) at {info.endpoint}, chosen by {info.origin}; it runs on {where}, "
        f"{info.cpus} cores, cgroup v{info.cgroup_version} ({info.cgroup_driver or 'unknown'} driver)",
    )


def _containers(assembly: Assembly) -> Verdict:
    try:
        found = assembly.engine.containers()
    except SutaztopError as error:
        return _fault("containers", error.trouble)
    running = sum(it.is_running for it in found)
    return Verdict("containers", OK, f"{running} of {len(found)} run")


def _counters(assembly: Assembly) -> Verdict:
    frame = assembly.monitor.tick(patience=PATIENCE)
    report = frame.snapshot.report("counters")
    if report is None:
        return Verdict("counters", NOTE, "no container runs, so none was read")
    if report.trouble is not None:
        return _fault("counters", report.trouble)
    return Verdict("counters", OK, f"read from {report.source}")


def _swarm(info: EngineInfo) -> Verdict:
    if info.swarm_role is SwarmRole.MANAGER:
        return Verdict("swarm", OK, "this node manages a Swarm: its services can be changed")
    if info.swarm_role is SwarmRole.WORKER:
        advice = "Connect to a manager with --host or --context."
        return Verdict("swarm", NOTE, "this node is a worker: its services can't be seen or changed from here", advice)
    return Verdict("swarm", NOTE, "no Swarm here")


def _compose(assembly: Assembly) -> Verdict:
    found = assembly.compose_found()
    if found:
        return Verdict("compose", OK, ", ".join(" ".join(command) for command in found))
    advice = "Install Compose, or name it in the configuration: engine.compose_command."
    return Verdict("compose", NOTE, "no Compose found: replicas of Compose services can't be changed", advice)


def _models(assembly: Assembly) -> Verdict:
    snapshot = assembly.monitor.tick(patience=PATIENCE).snapshot
    report = snapshot.report("models")
    if report is not None and report.trouble is not None:
        return _fault("models", report.trouble, NOTE)
    if snapshot.models and report is not None:
        return Verdict("models", OK, report.source)
    tried = report.source if report is not None and "tried" in report.source else "no Ollama found, and none tried"
    return Verdict("models", NOTE, tried, "Name one with --ollama URL or models.endpoints.")


def _journal(assembly: Assembly) -> Verdict:
    folder = Path(assembly.state_directory)
    trouble = why_no_journal(folder)
    if not trouble:
        return Verdict("journal", OK, f"kept in {folder}")
    advice = "Name another with state_directory; without a journal nothing is changed."
    return Verdict("journal", FAULT, f"It can't be kept in {folder}: {trouble}", advice)


def why_no_journal(folder: Path) -> str:
    """Say what would keep a journal from being written there, or nothing; makes nothing to find out."""
    file = folder / FILE_NAME
    # lexists, unlike Path.exists, does not raise where a directory above may not be entered.
    existing = next((it for it in (file, folder, *folder.parents) if os.path.lexists(it)), folder)
    needed = os.R_OK | os.W_OK if existing == file else os.W_OK | os.X_OK
    if existing == file and (file.is_symlink() or not file.is_file()):
        return f"{file} is no ordinary file"
    if existing != file and not existing.is_dir():
        return f"{existing} is no directory"
    if not os.access(existing, needed):
        return f"{existing} may not be written by this user"
    if not os.statvfs(existing).f_bavail:
        return f"no room is left on the disk of {existing}"
    return ""


def _terminal() -> Verdict:
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        advice = "Use `sutaztop snapshot` here, or set TERM."
        return Verdict("terminal", NOTE, f"TERM is {term or 'not set'}: no screen can be drawn", advice)
    return Verdict("terminal", OK, f"{size.columns}×{size.lines}, TERM {term}")
