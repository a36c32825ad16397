"""The disk plan beside a directory that really fills: what was foretold, and when it came true."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import PATIENCE, Assembly, assemble
from sutaztop.domain.quantity import MIB, Bytes
from sutaztop.domain.reading import measured
from sutaztop.domain.sizes import component_key
from sutaztop.measure.growth import Growth, forecast, growth_of
from tests.lab.client import Lab

NAME = "growing"
_LOT = 64 * 1024
_LEARN = 0.5
"""Share of the time after which the forecast is held against what happens: half is learnt from, half foretold."""
_EVERY = 20
"""Seconds between two measurements of the directory."""
_CONFIG = """\
profile: none
disks: {{every: {every}s}}
components:
  {name}: {{medium: ssd, paths: [{path}], recommended: {budget}}}
"""


def planning(lab: Lab, minutes: float) -> Iterator[str]:
    """Let a directory grow to its budget in so many minutes; say each new forecast, then what came of them."""
    with tempfile.TemporaryDirectory() as folder:
        growing = Path(folder, "data")
        growing.mkdir()
        budget = 20 * MIB
        config = Path(folder, "config.yaml")
        config.write_text(_CONFIG.format(every=_EVERY, name=NAME, path=growing, budget=budget))
        words = ["recommend", "--host", lab.host, "--config", str(config)]
        assembly = assemble(parse(words), environment={"HOME": folder, "XDG_STATE_HOME": folder})
        over = threading.Event()
        writer = threading.Thread(target=_grow, args=(growing, minutes * 60 / (budget / _LOT), over))
        writer.start()
        try:
            yield from _watched(assembly, growing, budget, minutes * 60)
        finally:
            over.set()
            writer.join()
            assembly.close()


def _grow(folder: Path, every: float, over: threading.Event) -> None:
    number = 0
    while not over.wait(every):
        (folder / f"{number}").write_bytes(os.urandom(_LOT))
        number += 1


@dataclass(frozen=True, slots=True)
class Foretold:
    """A forecast: when it was made, and when it says that the budget is reached; all in seconds since the start."""

    at: float
    full: float
    earliest: float
    latest: float

    @classmethod
    def now(cls, at: float, room: int, growth: Growth | None) -> "Foretold | None":
        """Make one, where there is one to make."""
        when = forecast(Bytes(room), growth) if growth is not None and room > 0 else None
        if when is None:
            return None
        return cls(at, at + when.left, at + when.earliest, float("inf") if when.latest is None else at + when.latest)

    def __str__(self) -> str:
        return f"full at {self.full:.0f} s ({self.earliest:.0f} to {self.latest:.0f})"


def _watched(assembly: Assembly, growing: Path, budget: int, seconds: float) -> Iterator[str]:
    began = time.monotonic()
    told: list[Foretold] = []
    advised, said = False, -seconds
    key = component_key(assembly.settings.profile.components[0].name)
    assembly.monitor.tick(patience=PATIENCE)
    while (now := time.monotonic() - began) < 1.5 * seconds:
        used = sum(it.stat().st_blocks * 512 for it in growing.iterdir())
        if used >= budget:
            yield from _what_came_of(told, now)
            return
        frame = assembly.monitor.tick()
        if found := Foretold.now(now, budget - used, measured(growth_of(frame.history.sizes(key)))):
            told.append(found)
            if now - said >= seconds / 8:
                said = now
                yield f"{now:6.0f} s  {used / MIB:.1f} MiB; {found}"
        for it in (it for it in frame.recommendations if not advised and it.rule.startswith("R-DISK")):
            advised = True
            yield f"{now:6.0f} s  {it.severity.word} {it.rule}: {it.subject.name}: {it.proposal}: {it.reason}"
        time.sleep(1.0)
    yield "it was not full in time"


def _what_came_of(told: Sequence[Foretold], full: float) -> Iterator[str]:
    yield f"{full:6.0f} s  at its budget; {len(told)} forecasts"
    early = [it for it in told if it.at <= _LEARN * full]
    if early:
        yield f"half way, the word was: {early[-1]}; that is {early[-1].full - full:+.0f} s"
    errors = sorted(abs(it.full - full) for it in told)
    if errors:
        within = sum(it.earliest - _EVERY <= full <= it.latest + _EVERY for it in told)
        yield (
            f"from the first, at {told[0].at:.0f} s: error median {errors[len(errors) // 2]:.0f} s, worst "
            f"{errors[-1]:.0f} s; the range, and one measurement beside it, held it in {within} of {len(told)}"
        )
