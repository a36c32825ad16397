"""Tens of thousands of frames through the whole program, as fast as they go: what grows."""

import asyncio
import gc
from pathlib import Path

from tests.ui.typing import rest
from tests.ui.world import Stack, open_stack

_WARM_UP = 3_000
_STEP = 3_000


def soak(frames: int) -> list[str]:
    """Give the resident memory over so many frames of the demo world, a second of its time each."""
    return asyncio.run(_soak(open_stack("busy"), frames))


async def _soak(stack: Stack, frames: int) -> list[str]:
    app = stack.app()
    lines = []
    async with app.run_test(size=(120, 40)) as pilot:
        warm = 0.0
        for number in range(1, _WARM_UP + frames + 1):
            app.resident.take_frame(stack.live(1))
            if number % 20 == 0:
                await rest(pilot)
            if number % _STEP == 0:
                gc.collect()
                held = _resident()
                warm = held if number == _WARM_UP else warm
                told = f"{held:8.2f} MiB" + (f"  {held - warm:+.2f} since warm" if warm else "")
                lines.append(f"{number:>6} frames {told}")
                print(lines[-1], flush=True)
    return lines


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
