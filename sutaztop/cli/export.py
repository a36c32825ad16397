"""`sutaztop export`: a part of a recording to a new file. No engine is asked, and nothing in the recording changes."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TextIO, TypeAlias

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.export_beside import NICE, text_of
from sutaztop.cli.recordings import recording_meant
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.recording import ClipWish
from sutaztop.domain.when import parse_until, parse_when
from sutaztop.render.clips import clip_words, counted
from sutaztop.render.format import memory_words
from sutaztop.store.recording.clip import check_span, check_target, make_clip, put_in_place, writing
from sutaztop.store.recording.figures_named import figures_named
from sutaztop.store.recording.series import series
from sutaztop.store.recording.span import Span
from sutaztop.store.recording.tables import (
    happenings_as_csv,
    happenings_as_json,
    readings_as_csv,
    readings_as_json,
)

DONE, USAGE = 0, 2
OUTPUT = "-"

Write: TypeAlias = Callable[[TextIO], int]


def run_export(arguments: argparse.Namespace, *, out: TextIO) -> int:
    """Write what is asked for; gives the exit status.

    Raises ``ConfigError``, ``EngineUnreachable``, ``RecordingError`` and ``NoTime``.
    """
    if arguments.beside:
        os.nice(NICE)
    wrong = _wrong(arguments)
    if wrong:
        print(f"sutaztop: {wrong}", file=sys.stderr)
        return USAGE
    now = SystemClock().now()
    since = parse_when(arguments.since, now=now)
    until = parse_until(arguments.until, now=now, since=since)
    check_span(since, until)
    settings = settings_from(arguments, os.environ)
    source = recording_meant(
        arguments, settings, os.environ, named=arguments.recording, instead="E exports a clip of it"
    )
    if arguments.series or arguments.happenings:
        with Span(source, since, until) as span:
            _table(arguments, span, settings.profile, out)
        return DONE
    wish = ClipWish(since, until, tuple(arguments.container), anonymised=arguments.anonymise)
    made = make_clip(source, Path(arguments.file), wish, settings.profile, force=arguments.force)
    print(text_of(made) if arguments.beside else clip_words(made, None), file=out)
    return DONE


def _wrong(arguments: argparse.Namespace) -> str:
    """Say what does not go together, or nothing."""
    table = bool(arguments.series or arguments.happenings)
    pairs = (
        (arguments.series and arguments.happenings, "--series and --happenings are two tables: ask for one at a time"),
        (table and arguments.anonymise, "--anonymise makes clips: export one, and the table from it with --recording"),
        (arguments.every is not None and not arguments.series, "--every belongs to --series"),
        (arguments.format and not table, "--format belongs to --series and --happenings"),
        (arguments.file == OUTPUT and not table, "a clip is a file: name one"),
        (arguments.every is not None and arguments.every < 1, "--every wants a second or more"),
    )
    return next((words for is_so, words in pairs if is_so), "")


def _table(arguments: argparse.Namespace, span: Span, profile: Profile, out: TextIO) -> None:
    """Write a table to a file or to the output."""
    as_json = arguments.format == "jsonl"
    write: Write
    if arguments.series:
        figures = figures_named(arguments.series.split(","))
        every = None if arguments.every is None else timedelta(seconds=arguments.every)
        found = series(span, figures, profile, tuple(arguments.container), every)
        write = partial(readings_as_json if as_json else readings_as_csv, found, figures)
    else:
        wanted = frozenset(arguments.container)
        happenings = [it for it in span.happenings() if not wanted or {it.subject.name, it.subject.id} & wanted]
        write = partial(happenings_as_json if as_json else happenings_as_csv, happenings)
    if arguments.file == OUTPUT:
        write(out)
    else:
        _to_file(Path(arguments.file), write, force=arguments.force, out=out)


def _to_file(target: Path, write: Write, *, force: bool, out: TextIO) -> None:
    """Write a table whole or not at all."""
    check_target(target, force=force)
    part = target.with_name(f".{target.name}.part-{os.getpid()}")
    with writing(target, part):
        part.touch(mode=0o600, exist_ok=False)
        with part.open("w", encoding="utf-8", newline="") as file:
            count = write(file)
        put_in_place(part, target, force=force)
    size = memory_words(Bytes(target.stat().st_size))
    print(f"{target}: {counted(count, 'line')}, {size}", file=out)
