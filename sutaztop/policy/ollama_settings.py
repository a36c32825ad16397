"""What an Ollama's settings allow it to hold and to compute, against the limits of its container."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sutaztop.domain.finding import Severity
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import GIB, span_words
from sutaztop.domain.resources import Limits
from sutaztop.policy.settings_conflict import Conflict
from sutaztop.policy.settings_read import Settings
from sutaztop.policy.sizes import keep_alive, whole_number
from sutaztop.policy.wording import cores, count, memory

LONG = 3600.0
"""A model that stays for an hour after its last use is there for good where anybody works."""
MANY_AT_ONCE = 8
"""Requests at once: the memory of a context is taken that many times for each model."""
LEAST_FOR_A_MODEL = int(1.5 * GIB)
"""What one billion parameters take with their context; where sizes are not known, a model should have this."""
_NUMBERS = ("OLLAMA_MAX_LOADED_MODELS", "OLLAMA_NUM_PARALLEL", "OLLAMA_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class OllamaSettings:
    """The settings as they are understood; ``None`` where one is not set or is no number.

    ``keep_alive`` is in seconds, negative for ever. ``wrong`` are the keys whose values Ollama does not take.
    """

    max_loaded: int | None = None
    parallel: int | None = None
    threads: int | None = None
    keep_alive: float | None = None
    wrong: tuple[str, ...] = ()


def ollama_settings(settings: Settings) -> OllamaSettings:
    """Understand an Ollama container's settings."""
    given = {it.name: it.value for it in settings.all_of("ollama")}
    numbers = {key: whole_number(given[key]) for key in _NUMBERS if key in given}
    stays = keep_alive(given["OLLAMA_KEEP_ALIVE"]) if "OLLAMA_KEEP_ALIVE" in given else None
    wrong = [key for key, number in numbers.items() if number is None]
    if "OLLAMA_KEEP_ALIVE" in given and stays is None:
        wrong.append("OLLAMA_KEEP_ALIVE")
    most, parallel, threads = (numbers.get(key) for key in _NUMBERS)
    return OllamaSettings(most, parallel, threads, stays, tuple(wrong))


def model_sizes(server: ModelServer | None) -> list[int]:
    """Give what each model of a server takes of main memory, largest first.

    Of a loaded one that is told; of one that is installed only the size on disk is, which is about that of its
    weights: its context comes on top.
    """
    if server is None:
        return []
    sizes = {it.name: int(it.size) for it in server.installed if not it.remote}
    sizes |= {it.name: it.size - it.size_vram for it in server.loaded}
    return sorted((size for size in sizes.values() if size > 0), reverse=True)


def ollama_conflicts(settings: Settings, limits: Limits, server: ModelServer | None) -> Iterator[Conflict]:
    """Give what of an Ollama's settings fights its limits."""
    if not settings.all_of("ollama"):
        return
    found = ollama_settings(settings)
    for key in found.wrong:
        yield Conflict(
            key, "not understood", f"the value of {key} is nothing that Ollama understands there", Severity.WARNING
        )
    if limits.memory is not None and found.max_loaded:
        yield from _loaded(found, limits.memory, model_sizes(server))
    if found.parallel is not None and found.parallel > MANY_AT_ONCE and limits.memory is not None:
        text = (
            f"OLLAMA_NUM_PARALLEL of {found.parallel} has each model hold its context that many times, within "
            f"{memory(limits.memory)}; set 1 to 4"
        )
        yield Conflict("OLLAMA_NUM_PARALLEL", str(found.parallel), text)
    if found.threads is not None and limits.cpu is not None and found.threads > limits.cpu:
        most = max(1, int(limits.cpu))
        text = (
            f"OLLAMA_NUM_THREADS of {found.threads} for {cores(limits.cpu)}: more threads than cores stand in each "
            f"other's way and are throttled; set {most}, as num_thread of the model (Ollama reads no such variable)"
        )
        yield Conflict("OLLAMA_NUM_THREADS", str(found.threads), text)


def _loaded(found: OllamaSettings, limit: int, sizes: Sequence[int]) -> Iterator[Conflict]:
    most = found.max_loaded or 0
    stays = _stays(found.keep_alive)
    if sizes:
        whole = sum(sizes[:most])
        if whole <= limit:
            return
        room = _room(sizes, limit)
        told = count(min(most, len(sizes)), "model")
        text = (
            f"OLLAMA_MAX_LOADED_MODELS of {most} lets the largest {told} take about {memory(whole)}, over the memory "
            f"limit of {memory(limit)}{stays}; " + (f"set {room}" if room else "not one of that size fits: raise it")
        )
        severity = Severity.WARNING if most > 1 or not room else Severity.OK
        yield Conflict("OLLAMA_MAX_LOADED_MODELS", str(most), text, severity)
    elif limit // most < LEAST_FOR_A_MODEL:
        text = (
            f"OLLAMA_MAX_LOADED_MODELS of {most} leaves {memory(limit // most)} of the memory limit of {memory(limit)} "
            f"for each: less than the smallest models take with their context{stays}"
        )
        room = limit // LEAST_FOR_A_MODEL
        yield Conflict("OLLAMA_MAX_LOADED_MODELS", str(most), text + (f"; set {room}" if 0 < room < most else ""))


def _room(sizes: Sequence[int], limit: int) -> int:
    """Count how many of the largest models fit together."""
    number = whole = 0
    for size in sizes:
        whole += size
        if whole > limit:
            break
        number += 1
    return number


def _stays(seconds: float | None) -> str:
    if seconds is None or 0 <= seconds < LONG:
        return ""
    return ", and OLLAMA_KEEP_ALIVE keeps them there " + ("for ever" if seconds < 0 else f"for {span_words(seconds)}")
