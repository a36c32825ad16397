"""Keeping limits: a plan for a file of our own from what Compose says, and its writing, checked and undone.

Planning is pure but for what ``ProjectFiles`` is asked; it changes nothing.
"""

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from sutaztop.actions.compose_patch import Setting, Unpatchable, patch
from sutaztop.actions.guard import NO_CHANGE
from sutaztop.contracts import Engine, EngineError, NotSupported, ProjectFiles, SutaztopError
from sutaztop.domain.change import Outcome, Plan, PreviewRow, Refusal, Result
from sutaztop.domain.container import Container
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import KeepLimits
from sutaztop.domain.keep import ChangeComposeFile, Rehearsal, Survey, TextBlock, Wish, same_cpu
from sutaztop.domain.project import Project, project_of_labels
from sutaztop.domain.quantity import Bytes, Cores, exact_bytes, exact_cores
from sutaztop.domain.resources import DEFAULT_PERIOD_US, Limits
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.text import clean_line

RULE = "compose files"
_DEPLOY = ("deploy", "resources", "limits")
_MOST_LINES = 40
"""How much of a dry run is shown; a project of a hundred services says the same of most."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What is to be kept: one container's limits, and how many containers its service has."""

    container: Container
    project: Project
    limits: Limits
    replicas: int | None
    others: int


def plan_keep(intent: KeepLimits, frame: Frame, files: ProjectFiles | None, *, why: str = "") -> Plan | Refusal:
    """Plan the writing of a container's live limits into a file of our own, or say why there is no plan.

    Asks Compose what the files say, and what an ``up`` with the new text would do: this takes a
    second or more, and belongs on no thread that draws.
    """
    if frame.trouble is not None:
        return Refusal(
            "stale", f"The engine does not answer: {frame.trouble.why or frame.trouble.what}", "Wait for it."
        )
    target = _target(intent, frame)
    if isinstance(target, Refusal):
        return target
    if files is None:
        return Refusal(RULE, "The files of this stack can't be read from here.", "Run it where the engine is Docker's.")
    try:
        survey = files.survey(target.project, target.container.service, intent.path)
        return _plan(target, survey, files, frame, why)
    except EngineError as error:
        trouble = error.trouble
        why_not = ": ".join(part.rstrip(".") for part in (trouble.what, trouble.why) if part)
        return Refusal(RULE, f"{why_not}.", f"{trouble.advice}." if trouble.advice else "")


def _target(intent: KeepLimits, frame: Frame) -> _Target | Refusal:
    found = frame.snapshot.by_id.get(intent.container_id)
    if found is None:
        return Refusal("unknown", f"There is no container {intent.container_id[:12]} any more.", "Choose another.")
    it = found.container
    if it.swarm_service_id:
        return Refusal(
            "swarm",
            f"{it.name} is a task of a Swarm service, whose specification has its limits and keeps them.",
            "A `docker stack deploy` brings back those of the stack file: change them there too.",
        )
    project = project_of_labels(it.labels)
    if not it.service or not project.name:
        return Refusal(
            "not compose", f"{it.name} was not made by Compose: there is no file that could bring other limits back.",
            "Its live limits stay until it is removed.",
        )  # fmt: skip
    service = frame.snapshot.service_of(it)
    is_compose = service is not None and service.orchestrator is Orchestrator.COMPOSE
    ids = service.container_ids if service is not None and is_compose else ()
    limits = it.resources.limits
    siblings = [frame.snapshot.by_id[other].container for other in ids if other in frame.snapshot.by_id]
    others = sum(not _same(other.resources.limits, limits) for other in siblings)
    return _Target(it, project, limits, len(ids) or None, others)


def _same(one: Limits, other: Limits) -> bool:
    return same_cpu(one.cpu, other.cpu) and one.memory == other.memory


def _plan(target: _Target, survey: Survey, files: ProjectFiles, frame: Frame, why: str) -> Plan | Refusal:
    name, limits = target.container.service, target.limits
    says = survey.kept or survey.wish
    refusal = _refuse(target, says)
    if refusal is not None:
        return refusal
    settings = settings_of(
        says, limits, target.replicas, first_line=survey.project.is_first_line, version=survey.version
    )
    if not settings:
        return _nothing_to_do(target, survey)
    try:
        text = patch(survey.text, [Setting(("services", name, *it.keys), it.value) for it in settings], survey.version)
    except Unpatchable as error:
        return Refusal(RULE, f"{survey.path} can't be changed: {error}.", "Mend it, or name another file with --file.")
    rehearsal = files.rehearse(survey, name, text)
    if not _agrees(rehearsal.wish, limits):
        return Refusal(
            RULE,
            f"With {survey.path} the files together still say {_limits_words(rehearsal.wish)}: "
            "another file overrules it.",
            "Change that file, or name a file that is read last.",
        )
    change = ChangeComposeFile(
        engine=frame.snapshot.engine.endpoint if frame.snapshot.engine else "",
        id=f"{target.project.name}/{name}", name=name, path=survey.path, before=survey.text, after=text,
        project=survey.project, container_id=target.container.id, limits=limits, fingerprint=survey.fingerprint,
    )  # fmt: skip
    return Plan(
        title=f"Keep the limits of {name}",
        object=f"Compose service {change.id} in {survey.path}, for container {target.container.name} "
        f"({target.container.short_id}) on {change.engine}",
        change=change,
        rows=_rows(target, says, settings),
        same_as=shlex.join(["sutaztop", "keep-limits", target.container.name, "--file", survey.path]),
        why=why or f"the next up that makes it anew would go back to {_limits_words(says)}",
        does=f"writes {'a new file' if survey.text is None else 'its keys into a file'} that is read after the others; "
        "nothing running is touched",
        risks=_risks(target, survey, rehearsal),
        undo=_undo_words(survey),
        blocks=(
            TextBlock("the file", diff_lines(survey.path, survey.text, text)),
            TextBlock("counts with", (up_command(survey.project),)),
            TextBlock("dry run", dry_run_lines(rehearsal)),
        ),
    )


def _refuse(target: _Target, says: Wish) -> Refusal | None:
    limits, name = target.limits, target.container.service
    if says.reservation is not None and limits.memory is not None and limits.memory < says.reservation:
        return Refusal(
            "reservation",
            f"Its files reserve {exact_bytes(says.reservation)} for {name}, more than the {exact_bytes(limits.memory)} "
            "it may use now: the next up would fail.",
            "Lower the reservation in its files first.",
        )
    lost = [figure for figure, had, has in (("CPU", says.cpu, limits.cpu), ("memory", says.memory, limits.memory))
            if had is not None and has is None]  # fmt: skip
    if lost:
        return Refusal(
            "limit stays",
            f"{name} runs without a {' and '.join(lost)} limit, and its files set one: "
            "a file of ours can't take it away.",
            "Take it out of its own file.",
        )
    return None


def _nothing_to_do(target: _Target, survey: Survey) -> Refusal:
    says = f"its files say what {target.container.name} has: {_limits_words(survey.kept or survey.wish)}"
    if survey.kept is not None and not _agrees(survey.wish, target.limits):
        return Refusal(
            NO_CHANGE, f"{survey.path} keeps it already: {says}.", f"Bring it up with: {up_command(survey.project)}"
        )
    return Refusal(NO_CHANGE, f"Nothing needs keeping: {says}.")


def settings_of(
    says: Wish, limits: Limits, replicas: int | None, *, first_line: bool = False, version: str = ""
) -> tuple[Setting, ...]:
    """Give what must be written for a service to have these limits, in the dialect that its files use.

    Both dialects for one figure are refused by Compose, and for two figures read badly: what the
    files leave open follows what they say of the other. Of Compose 1, files of version 2 know
    ``mem_limit``, those of version 3 ``deploy``; its ``cpus`` of a service must be a number.
    """
    by_service = _is_by_service(says, first_line=first_line, version=version)
    found: list[Setting] = []
    if limits.cpu is not None and not same_cpu(says.cpu, limits.cpu):
        found.append(_cpu_setting(limits.cpu, says, by_service=by_service, first_line=first_line))
    if limits.memory is not None and limits.memory != says.memory:
        here = "mem_limit" in says.keys or (by_service and "deploy.resources.limits.memory" not in says.keys)
        found.append(Setting(("mem_limit",) if here else (*_DEPLOY, "memory"), memory_text(limits.memory)))
        swap = limits.memory_and_swap
        if "memswap_limit" in says.keys and swap is not None and swap != says.swap:
            found.append(Setting(("memswap_limit",), "-1" if swap < 0 else memory_text(swap)))
    # One replica is what a file that says nothing means.
    if replicas is not None and replicas != (1 if says.replicas is None else says.replicas):
        scale = "scale" in says.keys or (by_service and "deploy.replicas" not in says.keys)
        found.append(Setting(("scale",) if scale else ("deploy", "replicas"), str(replicas)))
    return tuple(found)


def _is_by_service(says: Wish, *, first_line: bool, version: str) -> bool:
    if any(key in says.keys for key in ("cpus", "cpu_quota", "mem_limit")):
        return True
    if any(key.startswith("deploy.") for key in says.keys):
        return False
    return "scale" in says.keys or (first_line and version.startswith("2"))


def _cpu_setting(cpu: Cores, says: Wish, *, by_service: bool, first_line: bool) -> Setting:
    if "cpu_quota" in says.keys:
        return Setting(("cpu_quota",), str(round(cpu * (says.period_us or DEFAULT_PERIOD_US))))
    number = exact_cores(cpu)
    if "cpus" in says.keys or (by_service and "deploy.resources.limits.cpus" not in says.keys):
        return Setting(("cpus",), number if first_line else f'"{number}"')
    return Setting((*_DEPLOY, "cpus"), f'"{number}"')


def memory_text(amount: Bytes) -> str:
    """Write an amount of memory as Compose reads it: with a unit, so that it is a text and exact.

    >>> memory_text(Bytes(96 << 20)), memory_text(Bytes(100_000_001))
    ('96m', '100000001b')
    """
    text = exact_bytes(amount)
    return f"{text}b" if text.isdigit() else text


def _agrees(wish: Wish, limits: Limits) -> bool:
    return same_cpu(wish.cpu, limits.cpu) and wish.memory == limits.memory


# --- words ----------------------------------------------------------------------------------


def _limits_words(wish: Wish | Limits) -> str:
    cpu = "no limit" if wish.cpu is None else exact_cores(wish.cpu)
    return f"cpu {cpu}, memory {'no limit' if wish.memory is None else exact_bytes(wish.memory)}"


def _rows(target: _Target, says: Wish, settings: Sequence[Setting]) -> tuple[PreviewRow, ...]:
    limits, written = target.limits, {setting.keys[-1] for setting in settings}
    rows = []
    if written & {"cpus", "cpu_quota"}:
        now = "no limit" if says.cpu is None else exact_cores(says.cpu)
        rows.append(PreviewRow("cpu", f"{says.file}: {now}", exact_cores(limits.cpu or Cores(0)), "as it runs now"))
    if written & {"memory", "mem_limit"}:
        now = "no limit" if says.memory is None else exact_bytes(says.memory)
        rows.append(
            PreviewRow("memory", f"{says.file}: {now}", exact_bytes(limits.memory or Bytes(0)), "as it runs now")
        )
    if written & {"replicas", "scale"}:
        now = "1" if says.replicas is None else str(says.replicas)
        rows.append(PreviewRow("replicas", f"{says.file}: {now}", str(target.replicas), "as there are now"))
    return tuple(rows)


def diff_lines(path: str, before: str | None, after: str | None) -> tuple[str, ...]:
    """Write the exact difference of a file, as ``diff -u`` does; what a terminal would obey is taken out."""
    old, new = ((text or "").splitlines(keepends=True) for text in (before, after))
    names = ("/dev/null" if before is None else path, "/dev/null" if after is None else path)
    return tuple(clean_line(line.rstrip("\r\n"), limit=400) for line in difflib.unified_diff(old, new, *names))


def up_command(project: Project) -> str:
    """Write the command with which all of a project's files count, quoted for a shell."""
    files = [word for path in project.files for word in ("-f", path)]
    variables = [word for path in project.environment_files for word in ("--env-file", path)]
    program = ["docker-compose"] if project.is_first_line else ["docker", "compose"]
    folder = ["--project-directory", project.folder]
    return shlex.join([*program, "-p", project.name, *folder, *files, *variables, "up", "-d"])


def dry_run_lines(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Give the lines of a dry run as a preview shows them: not more than can be read, or why there are none."""
    if rehearsal.why_none:
        return (f"not known: {rehearsal.why_none}",)
    lines = rehearsal.lines or ("Compose says that it would change nothing",)
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], f"… and {more} lines more") if more > 0 else lines


def _risks(target: _Target, survey: Survey, rehearsal: Rehearsal) -> tuple[str, ...]:
    risks = ["A plain `up` does not read this file: it must be named, as in the command below."]
    recreated = [it.split()[1] for it in rehearsal.lines if it.startswith("Container ") and it.endswith(" Recreated")]
    if recreated:
        risks.append(f"The next up with it makes {', '.join(recreated[:8])} anew: stopped, and started again.")
    elif not rehearsal.why_none and not rehearsal.lines:
        risks.append("An up with it would change nothing that runs.")
    risks += [
        f"{path} is read by a plain up and not named in the labels: it is named here too." for path in survey.added
    ]
    if target.others:
        count = "1 other container" if target.others == 1 else f"{target.others} other containers"
        risks.append(f"{count} of the service run with other limits; the file gives all of them these.")
    return tuple(risks)


def _undo_words(survey: Survey) -> str:
    if survey.text is None:
        return f"the file is taken away again, and kept as {survey.path}.<time>.bak"
    return f"what was there stays beside it as {survey.path}.<time>.bak, and is put back byte for byte"


# --- doing it -------------------------------------------------------------------------------


def moved_since_preview(change: ChangeComposeFile, engine: Engine, files: ProjectFiles | None) -> str:
    """Say what is another than at the preview: a file, or the container's limits; nothing where all is the same."""
    moved = _files(files).moved(change)
    if moved or not change.container_id:
        return moved
    now = engine.inspect(change.container_id).resources.limits
    return "" if _same(now, change.limits) else f"the limits of {change.name} changed"


def carry_out(change: ChangeComposeFile, files: ProjectFiles | None) -> Outcome:
    """Write the file, read it back, and have Compose say what it makes of it; what it takes otherwise is put back."""
    try:
        here = _files(files)
        # What stood there before needs nobody's leave to stand there again.
        backup = here.replace(change, checked=bool(change.container_id))
    except EngineError as error:
        return Outcome(Result.REFUSED, change, f"Nothing was changed: {error}")
    kept = f"; what was there is {backup}" if backup else ""
    if change.after is None:
        return Outcome(Result.APPLIED, change, "Done, and read back", f"{change.path} is gone{kept}")
    try:
        wrong, seen = _read_back(change, here)
    except SutaztopError as error:
        wrong, seen = str(error), ""
    if not wrong:
        return Outcome(Result.APPLIED, change, "Done, and read back", f"{seen}{kept}")
    try:
        here.replace(change.inverse, checked=False)
    except EngineError as error:
        return Outcome(Result.FAILED, change, f"{wrong}; and it could not be put back: {error}{kept}")
    return Outcome(Result.FAILED, change, f"It was put back as it was: {wrong}")


def _read_back(change: ChangeComposeFile, files: ProjectFiles) -> tuple[str, str]:
    """Say what is wrong with what stands there, and what Compose reads from it."""
    moved = files.moved(change.inverse)
    if moved:
        return moved, ""
    if not change.container_id:
        return "", f"{change.path} is as it was before"
    wish = files.wishes(change.project).get(change.name)
    if wish is None:
        return f"Compose sees no service {change.name} any more", ""
    if not _agrees(wish, change.limits):
        return f"Compose reads {_limits_words(wish)} from the files together", ""
    return "", f"{change.path} stands, and Compose reads {_limits_words(wish)} from the files together"


def _files(files: ProjectFiles | None) -> ProjectFiles:
    if files is None:
        raise NotSupported("The files of this stack can't be written from here")
    return files
