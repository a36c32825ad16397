"""Two hundred containers come and go under the running monitor: it keeps none of them, open or shown."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from tests.bench.fleet import Fleet
from tests.bench.monitors import sutaztop

_AT_ONCE = 4
_LATER = 6.0


def churn(fleet: Fleet, number: int) -> list[str]:
    """Give what was measured before, at the height, and after, and what rows are shown at the end."""
    lab = fleet.lab
    with sutaztop().start(fleet, lines=50) as screen:
        screen.wait_for(sutaztop().is_up, seconds=60)
        time.sleep(10)
        process = psutil.Process(screen.process.pid)
        lines = [_words("before", process)]

        def one(index: int) -> None:
            name = f"churn-{index}"
            lab.run(name)
            lab.remove(name)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            half = list(pool.map(one, range(number // 2)))
            lines.append(_words(f"after {len(half)}", process))
            list(pool.map(one, range(number // 2, number)))
        time.sleep(_LATER)
        lines.append(_words(f"after {number}", process))
        text = screen.text()
        counted = re.search(r"(\d+) running of (\d+)", text)
        running = len(lab.docker("ps", "-q").split())
        everything = len(lab.docker("ps", "-aq").split())
        shown = f"{counted[1]} running of {counted[2]}" if counted else "no count"
        lines.append(f"shown: {shown}; docker ps: {running} running of {everything}; "
                     f"rows of containers that are gone: {text.count('churn-')}")  # fmt: skip
    return lines


def _words(when: str, process: psutil.Process) -> str:
    return (
        f"{when:12} {process.num_fds():5} descriptors {process.num_threads():4} threads "
        f"{process.memory_info().rss / 2**20:7.1f} MiB"
    )
