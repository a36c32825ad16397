"""The headless autopilot: watches, decides, tells each decision with its reason; with ``--apply`` carries it out."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import TextIO

from sutaztop.actions.autopilot import Autopilot, Deed, Seen, Ward
from sutaztop.actions.plan import plan
from sutaztop.cli.assemble import PATIENCE, Assembly
from sutaztop.cli.find import find_container, find_service
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.decision import Decision, DecisionState
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.judge import judge_asked
from sutaztop.policy.workloads import workloads
from sutaztop.store.autoscale_metrics import Metrics, write_metrics
from sutaztop.store.codec import encode_time
from sutaztop.store.decisions import decision_document
from sutaztop.store.past import load_past, save_past
from sutaztop.store.turns import SharedTurns
from sutaztop.store.who import who_am_i

DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
LABEL = "com.sutaztop.autoscale"
"""A container or service with this label set to true is seen to without being named."""
_TRUE = frozenset({"true", "1", "yes", "on"})
_BETWEEN = Seconds(1.0)
_QUIET = (
    DecisionState.HOLD, DecisionState.WARMING, DecisionState.INSUFFICIENT_DATA, DecisionState.OFF,
)  # fmt: skip


def run_autoscale(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO) -> int:
    """Run until told to stop or until the time is over; gives 0, and 1 where another one is at work on this engine."""
    with turns_of(assembly).take("autopilot", who_am_i(os.environ), "autoscale") as holder:
        if holder:
            print(f"sutaztop: another autopilot is at work on this engine: {holder}.", file=sys.stderr)
            return REFUSED
        return _Run(arguments, assembly, out).run()


def turns_of(assembly: Assembly) -> SharedTurns:
    """Give where autopilots of one engine meet; a demo world is a program's own, and has nobody to meet."""
    engine = assembly.engine.endpoint
    return SharedTurns(f"{engine} {assembly.state_directory}" if assembly.demo else engine)


class _Run:
    """One run: what was told last, what was done, and what is kept for the next one."""

    def __init__(self, arguments: argparse.Namespace, assembly: Assembly, out: TextIO) -> None:
        self._arguments = arguments
        self._assembly = assembly
        self._out = out
        self._is_over = False
        self._told: dict[str, tuple[object, ...]] = {}
        self._metrics = Metrics()
        name = sha256(assembly.engine.endpoint.encode()).hexdigest()[:16]
        self._kept = Path(assembly.state_directory) / f"autoscale-{name}.json"

    def run(self) -> int:
        """Look, decide and act every so often."""
        clock, monitor = self._assembly.clock, self._assembly.monitor
        past, why = load_past(self._kept, now=clock.now(), engine=self._assembly.engine.endpoint)
        monitor.remember(past)
        if why:
            self._say(f"what was remembered is not used: {why}")
        before = {it: signal.signal(it, self._end) for it in (signal.SIGTERM, signal.SIGINT)}
        began = clock.monotonic_ns()
        end = None if self._arguments.watch is None else began + round(self._arguments.watch * 1e9)
        next_look = began
        status, first = DONE, True
        try:
            while not self._is_over and (end is None or clock.monotonic_ns() < end):
                due = clock.monotonic_ns() >= next_look
                frame = monitor.tick(judge_now=due, patience=PATIENCE if first else None)
                if due:
                    next_look += round(self._arguments.every * 1e9)
                    status = self._look(frame, first=first)
                    if status == USAGE:
                        break
                    first = False
                clock.sleep(_BETWEEN)
        finally:
            for it, handler in before.items():
                signal.signal(it, handler)
        if status != USAGE:
            self._say(f"ended: {self._metrics.summary()}")
        return status

    def _end(self, number: int, at: FrameType | None) -> None:
        del number, at
        self._is_over = True

    # --- one look ---------------------------------------------------------------------------

    def _look(self, frame: Frame, *, first: bool) -> int:
        if frame.trouble is not None:
            # Nothing is decided on a picture that is not current; the same words are told once.
            if self._is_news("engine", (str(frame.trouble),)):
                self._say(f"nothing is decided: {frame.trouble}")
            return DONE
        self._told.pop("engine", None)
        wards = self._wards(frame)
        if isinstance(wards, Refusal):
            print(f"sutaztop: {wards}", file=sys.stderr)
            return USAGE
        if first:
            mode = "changes are made" if self._arguments.apply else "dry run, nothing is changed"
            names = ", ".join(sorted(it.subject.name for it in wards)) or "nothing"
            self._say(f"autopilot: {mode}; sees to {names}")
        began = self._assembly.clock.monotonic_ns()
        decided = self._decided(frame, wards)
        self._metrics.judged(self._assembly.clock.monotonic_ns() - began, at=frame.snapshot.at.timestamp())
        apply = self._assembly.actuator.apply if self._arguments.apply else None
        for seen in Autopilot(partial(self._plan, frame), apply).see_to(decided):
            self._tell(seen)
            self._metrics.saw(seen)
        self._keep(frame)
        return DONE

    def _decided(self, frame: Frame, wards: Sequence[Ward]) -> list[tuple[Ward, Decision]]:
        by_subject = {it.subject.id: it for it in wards}
        profile = self._assembly.settings.profile
        asked = {it.container_id for it in wards}
        judged = judge_asked(frame.snapshot, frame.history, profile, frame.past, asked)
        return [
            (by_subject[it.workload.subject.id], it.decision) for it in judged if it.workload.subject.id in by_subject
        ]

    def _wards(self, frame: Frame) -> Sequence[Ward] | Refusal:
        """Give what is to be seen to: what is named, what is labelled, or everything."""
        found: dict[str, Ward] = {}
        chosen: set[str] = set()
        for name in self._arguments.names:
            it = self._named(name, frame)
            if isinstance(it, Refusal):
                return it
            chosen.update(it)
        for workload in workloads(frame.snapshot):
            service = workload.service
            wanted = self._arguments.all or any(it.id in chosen for it in workload.containers)
            wanted = wanted or any(_is_labelled(it.container.labels) for it in workload.containers)
            if wanted or (service is not None and _is_labelled(service.labels)):
                found[workload.subject.id] = Ward(
                    workload.subject, workload.leader.id, "" if service is None else service.id
                )
        if not found:
            return Refusal(
                "nothing to see to", "No container or service is named, and none is labelled.",
                f"Name some, label them {LABEL}=true, or pass --all.",
            )  # fmt: skip
        return tuple(found.values())

    @staticmethod
    def _named(name: str, frame: Frame) -> Sequence[str] | Refusal:
        service = find_service(name, frame.snapshot)
        if not isinstance(service, Refusal):
            return service.container_ids
        one = find_container(name, frame.snapshot)
        return (one.id,) if isinstance(one, ContainerSnapshot) else one

    def _plan(self, frame: Frame, intent: Intent, why: str) -> Plan | Refusal:
        assembly = self._assembly
        return plan(
            intent, frame, assembly.settings.profile, why=why, files=assembly.project_files,
            circumstances=assembly.circumstances(),
        )  # fmt: skip

    # --- telling and keeping ----------------------------------------------------------------

    def _tell(self, seen: Seen) -> None:
        decision = seen.decision
        news = (decision.state, decision.actions, tuple(it.name for it in decision.guards), seen.deed, seen.message)
        key = f"{seen.ward.subject.id}:{seen.axis}"
        if not self._is_news(key, news) and seen.deed in (Deed.NOTHING, Deed.WOULD, Deed.LEFT):
            return
        if self._arguments.all and decision.state in _QUIET:
            # Of everything there is, only what matters is worth a line; the summary counts the others.
            return
        if self._arguments.json:
            document = {
                "at": encode_time(self._assembly.clock.now()), "subject": seen.ward.subject.name,
                "deed": seen.deed.value, "message": seen.message, "decision": decision_document(decision),
            }  # fmt: skip
            print(json.dumps(document), file=self._out, flush=True)
            return
        came = "" if seen.deed is Deed.NOTHING else f" [{seen.deed.value}{': ' if seen.message else ''}{seen.message}]"
        self._say(f"{decision.state.value:<17} {decision.text}{came}")

    def _is_news(self, key: str, news: tuple[object, ...]) -> bool:
        if self._told.get(key) == news:
            return False
        self._told[key] = news
        return True

    def _say(self, words: str) -> None:
        at = self._assembly.clock.now()
        if self._arguments.json:
            print(json.dumps({"at": encode_time(at), "message": words}), file=self._out, flush=True)
        else:
            print(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  {words}", file=self._out, flush=True)

    def _keep(self, frame: Frame) -> None:
        at = self._assembly.clock.now()
        try:
            save_past(self._kept, frame.past, at=at, engine=self._assembly.engine.endpoint)
            if self._arguments.metrics:
                write_metrics(Path(self._arguments.metrics), self._metrics, frame.snapshot)
        except OSError as error:
            if self._is_news("kept", (str(error),)):
                self._say(f"could not be written: {error}")


def _is_labelled(labels: Mapping[str, str]) -> bool:
    return labels.get(LABEL, "").strip().lower() in _TRUE
