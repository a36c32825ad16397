"""Faces that print and leave: snapshot, check, recommend. They use the screen's own words."""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from sutaztop.cli.assemble import PATIENCE, Assembly
from sutaztop.domain.finding import Recommendation, Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Reason, Unmeasured
from sutaztop.domain.silence import Silence, heard
from sutaztop.domain.text import clean_line
from sutaztop.render.advice import advice_title
from sutaztop.render.arrange import Arrangement, arrange
from sutaztop.render.boxes import rule
from sutaztop.render.cells import SEVERITY_GLYPH, Line, Span, plain
from sutaztop.render.disks import disks_lines, disks_title
from sutaztop.render.fleet import fleet_heading, fleet_row, fleet_title, lay_columns
from sutaztop.render.graphs import Glyphs
from sutaztop.render.header import engine_words
from sutaztop.render.host import host_lines, host_title
from sutaztop.render.journal import time_words
from sutaztop.render.look import Look
from sutaztop.render.models import models_lines, models_title
from sutaztop.render.paragraph import wrap
from sutaztop.store.contract import recommendations_document, snapshot_document
from sutaztop.store.silences import SilenceFile

_STATUS = {Severity.OK: 0, Severity.WARNING: 1, Severity.CRITICAL: 2, Severity.UNKNOWN: 3}
UNKNOWN = _STATUS[Severity.UNKNOWN]
_BETWEEN = Seconds(1.0)


def watch(assembly: Assembly, span: Seconds) -> Frame:
    """Take frames a second apart until the span is over; the last one is judged with all of them.

    At least two, because a rate needs two samples.
    """
    end = assembly.clock.monotonic_ns() + round(span * 1e9)
    last = end + round(PATIENCE * 1e9)
    frame = assembly.monitor.tick(patience=PATIENCE)
    while True:
        assembly.clock.sleep(_BETWEEN)
        now = assembly.clock.monotonic_ns()
        over = now >= end
        # The last look waits for slow readers once more: the disks were only set going by the first.
        frame = assembly.monitor.tick(judge_now=over, patience=PATIENCE if over else None)
        # An engine that takes a second for each answer has given no rates yet: a moment more gives them.
        if over and (now >= last or not _is_waiting(frame)):
            return frame


def _is_waiting(frame: Frame) -> bool:
    """Whether a running container has no CPU figure only because its second reading is still to come."""
    return any(
        isinstance(it.usage.cpu, Unmeasured) and it.usage.cpu.reason in (Reason.FIRST_READ, Reason.PENDING)
        for it in frame.snapshot.containers if it.container.is_running
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A frame to be printed, with the lines that a profile draws, and what of its advice is silent."""

    frame: Frame
    thresholds: Thresholds
    shown: tuple[Recommendation, ...]
    silent: tuple[tuple[Recommendation, Silence], ...] = ()


def told_by(assembly: Assembly, frame: Frame) -> Told:
    """Give a frame as an assembly would print it now; a demo world keeps no notes of what is silent."""
    thresholds = assembly.settings.profile.thresholds
    if assembly.demo:
        return Told(frame, thresholds, frame.recommendations)
    silences, trouble = SilenceFile(assembly.state_directory).load()
    if trouble:
        print(f"sutaztop: {trouble}", file=sys.stderr)
    return Told(frame, thresholds, *heard(frame.recommendations, silences, assembly.clock.now()))


def run_report(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO) -> int:
    """Watch, print, and give the exit status."""
    frame = watch(assembly, arguments.watch)
    if getattr(arguments, "save", ""):
        from sutaztop.cli.keep_seen import save

        save(frame, assembly, arguments.save)
    return print_report(arguments, told_by(assembly, frame), out=out)


def print_report(arguments: argparse.Namespace, told: Told, *, out: TextIO) -> int:
    """Print what the words ask for, and give the exit status."""
    frame = told.frame
    if arguments.json:
        document = (
            recommendations_document(frame, told.silent)
            if arguments.command == "recommend"
            else snapshot_document(frame)
        )
        print_json(document, out)
    else:
        write = {"snapshot": snapshot_lines, "check": check_lines, "recommend": recommend_lines}[arguments.command]
        out.writelines(f"{plain(line).rstrip()}\n" for line in write(told))
    if arguments.command == "check":
        return check_status(frame)
    return UNKNOWN if frame.trouble is not None else 0


def print_json(document: Mapping[str, Any], out: TextIO) -> None:
    """Write a document."""
    # A question mark in a name would be another name: an output that is not Unicode gets escapes.
    is_unicode = (getattr(out, "encoding", None) or "utf-8").lower().startswith("utf")
    json.dump(document, out, indent=2, ensure_ascii=not is_unicode)
    out.write("\n")


def check_status(frame: Frame) -> int:
    """Give 0 ok, 1 warning, 2 critical, 3 unknown. Unknown only where nothing worse is known.

    An engine that does not answer is unknown, never ok: that nothing was seen is no good news.
    """
    if frame.trouble is not None:
        return UNKNOWN
    return _STATUS[frame.worst]


def width_here() -> int:
    """Give the width that text is written for."""
    return max(80, min(200, shutil.get_terminal_size((120, 40)).columns))


def snapshot_lines(told: Told) -> list[Line]:
    """Write everything, a panel after another, every container on a line."""
    width, frame = width_here(), told.frame
    look = Look(
        now=frame.snapshot.at.astimezone(),
        glyphs=Glyphs.BLOCKS,
        window=Seconds(60.0),
        thresholds=told.thresholds,
        stale=frame.trouble is not None,
    )
    wish = Arrangement()
    arranged = arrange(frame, wish)
    sheet = lay_columns(width)
    when = f"{'recorded ' if frame.recorded else ''}{look.now:%Y-%m-%d %H:%M:%S %Z}"
    lines: list[Line] = [(Span(f"sutaztop · {' · '.join(engine_words(frame))} · {when}"),)]
    if frame.trouble is not None:
        lines += [(Span(text),) for text in wrap(str(frame.trouble), width)]
    lines += [(), rule(host_title(frame), width), *host_lines(frame, width, 6, look)]
    lines += [(), rule(fleet_title(arranged, wish), width), fleet_heading(sheet, wish, look)]
    lines += [fleet_row(frame, arranged, index, sheet, look) for index in range(len(arranged.entries))]
    lines += [(), rule(disks_title(frame), width), *_shown(disks_lines(frame, width, 30, look))]
    lines += [(), rule(models_title(frame), width), *_shown(models_lines(frame, width, 30, look))]
    lines += [(), rule(advice_title(frame, len(frame.recommendations)), width)]
    return lines + _advice(told)


def _shown(lines: list[Line]) -> list[Line]:
    """Leave out the blank lines that fill a panel on the screen."""
    return [line for line in lines if plain(line).strip()]


def check_lines(told: Told) -> list[Line]:
    """Write one line with the verdict, then one for each finding that is not ok, worst first."""
    frame = told.frame
    found = [finding for finding in frame.findings if finding.severity is not Severity.OK]
    if frame.trouble is not None:
        return [(Span(f"UNKNOWN - {frame.trouble}"),)]
    verdict = frame.worst.word.upper()
    running = sum(it.container.is_running for it in frame.snapshot.containers)
    count = f"{len(found)} finding{'s' if len(found) != 1 else ''}"
    when = f", recorded {time_words(frame.snapshot.at, None)}" if frame.recorded else ""
    all_of_them = f"{running} of {len(frame.snapshot.containers)} containers run, {count}"
    lines: list[Line] = [(Span(f"{verdict} - {all_of_them}{when}"),)]
    lines += [
        (Span(f"{SEVERITY_GLYPH[it.severity]} {clean_line(it.subject.name)}  {it.word}  {' '.join(it.text.split())}"),)
        for it in found
    ]
    return lines


def recommend_lines(told: Told) -> list[Line]:
    """Write each recommendation with its reason, what holds it back, and its rule; and when it was recorded."""
    when: list[Line] = [(Span(f"Recorded {time_words(told.frame.snapshot.at, None)}."),)] if told.frame.recorded else []
    return when + _advice(told)


def _advice(told: Told) -> list[Line]:
    width = width_here()
    frame, shown, silent = told.frame, told.shown, told.silent
    if not frame.recommendations and frame.trouble is not None:
        return [(Span("Not known: the engine does not answer, so that nothing can be advised."),)]
    lines: list[Line] = []
    if not shown:
        what = "All that is advised is silent." if silent else "Nothing to do that the figures would support."
        lines.append((Span(what),))
    for it in shown:
        lines.append(
            (Span(f"{SEVERITY_GLYPH[it.severity]} {clean_line(it.subject.name)}: {it.proposal}  [{it.rule}]"),)
        )
        lines += [(Span(f"    {text}"),) for text in wrap(it.reason, width - 4)]
        if it.blocked:
            lines += [(Span(f"    held back: {text}"),) for text in wrap(it.blocked, width - 15)]
    for it, silence in silent:
        how = (
            f"muted: {silence.reason}" if silence.until is None else f"snoozed until {silence.until.astimezone():%H:%M}"
        )
        lines.append((Span(f"  {it.subject.name}: {it.proposal}  [{it.rule}]  ({how})"),))
    return lines
