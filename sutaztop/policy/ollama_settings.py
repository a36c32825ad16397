"""What an Ollama's settings allow it to hold and to compute, where that can be told without its models' sizes.

Where they are known, the model planner says which of them do not fit together (``model_settings``).
"""

from collections.abc import Iterator

from sutaztop.domain.finding import Severity
from sutaztop.domain.quantity import GIB, span_words
from sutaztop.domain.resources import Limits
from sutaztop.policy.model_plan import keep_alive_seconds
from sutaztop.policy.model_settings import LONG
from sutaztop.policy.settings_conflict import Conflict
from sutaztop.policy.settings_read import Settings
from sutaztop.policy.sizes import whole_number
from sutaztop.policy.wording import cores, memory

MANY_AT_ONCE = 8
"""Requests at once: the memory of a context is taken that many times for each model."""
LEAST_FOR_A_MODEL = int(1.5 * GIB)
"""What one billion parameters take with their context; where sizes are not known, a model should have this."""
_NUMBERS = ("OLLAMA_MAX_LOADED_MODELS", "OLLAMA_NUM_PARALLEL", "OLLAMA_NUM_THREADS")


def ollama_conflicts(settings: Settings, limits: Limits, *, sizes_known: bool) -> Iterator[Conflict]:
    """Give what of an Ollama's settings fights its limits, and the values that it does not understand."""
    given = {it.name: it.value for it in settings.all_of("ollama")}
    numbers = {key: whole_number(given[key]) for key in _NUMBERS if key in given}
    keep = keep_alive_seconds(given["OLLAMA_KEEP_ALIVE"]) if "OLLAMA_KEEP_ALIVE" in given else None
    wrong = [key for key, number in numbers.items() if number is None]
    if "OLLAMA_KEEP_ALIVE" in given and keep is None:
        wrong.append("OLLAMA_KEEP_ALIVE")
    for key in wrong:
        yield Conflict(
            key, "not understood", f"the value of {key} is nothing that Ollama understands there", Severity.WARNING
        )
    most, parallel, threads = (numbers.get(key) for key in _NUMBERS)
    if limits.memory is not None and most and not sizes_known:
        yield from _room_for_each(most, limits.memory, keep)
    if parallel is not None and parallel > MANY_AT_ONCE and limits.memory is not None:
        text = (
            f"OLLAMA_NUM_PARALLEL of {parallel} has each model hold its context that many times, within "
            f"{memory(limits.memory)}; set 1 to 4"
        )
        yield Conflict("OLLAMA_NUM_PARALLEL", str(parallel), text)
    if threads is not None and limits.cpu is not None and threads > limits.cpu:
        fitting = max(1, int(limits.cpu))
        text = (
            f"OLLAMA_NUM_THREADS of {threads} for {cores(limits.cpu)}: more threads than cores stand in each "
            f"other's way and are throttled; set {fitting}, as num_thread of the model (Ollama reads no "
            "such variable)"
        )
        yield Conflict("OLLAMA_NUM_THREADS", str(threads), text)


def _room_for_each(most: int, limit: int, keep: int | None) -> Iterator[Conflict]:
    if limit // most >= LEAST_FOR_A_MODEL:
        return
    stays = ""
    if keep is not None and not 0 <= keep < LONG:
        stays = ", and OLLAMA_KEEP_ALIVE keeps them there " + ("for ever" if keep < 0 else f"for {span_words(keep)}")
    text = (
        f"OLLAMA_MAX_LOADED_MODELS of {most} leaves {memory(limit // most)} of the memory limit of {memory(limit)} "
        f"for each: less than the smallest models take with their context{stays}"
    )
    room = limit // LEAST_FOR_A_MODEL
    yield Conflict("OLLAMA_MAX_LOADED_MODELS", str(most), text + (f"; set {room}" if 0 < room < most else ""))
