"""The language models of the world's Ollama: loaded, asked, kept alive, unloaded, killed, loaded again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from sutaztop.domain.llm import InstalledModel, LoadedModel
from sutaztop.domain.quantity import GIB, Bytes

VERSION = "0.12.6"
LINGERS = 2.0
"""Seconds that an unloaded model still stands in /api/ps while its runner ends."""
FOR_EVER = timedelta(days=106751)
"""What a negative ``keep_alive`` becomes: the largest Go duration, 292 years."""
DEFAULT_KEEP_ALIVE = 300.0
"""Seconds that the server keeps a model of which nobody said otherwise."""
LOAD_SECONDS = 4.0
LONGEST_LAST_ANSWER = 6.0
"""An unload does not abort an answer; the world lets one end within this many seconds."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An installed model, and how it behaves once loaded. Sizes in bytes, times in seconds.

    ``held`` is what it takes loaded; ``host_share`` the part of that in the container's memory
    (the rest is on the GPU). ``keep_alive`` is ``None`` for a pinned one. About every ``asked``
    seconds somebody asks, and the answer takes about ``answers`` seconds on ``cores``.
    """

    name: str
    size: int
    held: int
    host_share: float
    family: str
    parameters: str
    quantization: str
    context: int
    keep_alive: float | None
    asked: float
    answers: float
    cores: float


FILES = (
    ModelFile("llama3.2:3b", 2_019_393_189, int(3.2 * GIB), 0.12, "llama", "3.2B", "Q4_K_M", 4096, None, 25, 6, 0.4),
    ModelFile("codellama:7b", 3_825_910_662, int(5.4 * GIB), 1.0, "llama", "7B", "Q4_0", 4096, 300, 110, 14, 3.0),
    ModelFile("qwen2.5:1.5b", 986_061_892, int(1.25 * GIB), 1.0, "qwen2", "1.5B", "Q4_K_M", 8192, 5, 3, 55, 2.6),
    ModelFile("nomic-embed-text:latest", 274_302_450, int(0.72 * GIB), 1.0, "nomic-bert", "137M", "F16", 2048, 5, 3, 40,
              0.7),
    ModelFile("mistral:7b", 4_113_301_824, int(5.6 * GIB), 1.0, "llama", "7.2B", "Q4_0", 4096, 120, 400, 10, 3.2),
    ModelFile("deepseek-r1:8b", 5_225_376_047, int(6.4 * GIB), 1.0, "qwen3", "8.2B", "Q4_K_M", 4096, 120, 900, 20, 3.4),
    ModelFile("tinyllama:latest", 637_700_138, int(0.9 * GIB), 1.0, "llama", "1B", "Q4_0", 2048, 60, 500, 4, 1.5),
)  # fmt: skip


class Runner:
    """A loaded model. Times are seconds of the world."""

    __slots__ = ("busy_until", "expires", "file", "gone_at", "keep_alive", "loaded_at", "next_asked")

    def __init__(self, file: ModelFile, now: float, random: Random) -> None:
        self.file = file
        self.keep_alive = file.keep_alive
        self.loaded_at = now
        self.busy_until: float | None = None
        self.next_asked = now + file.asked * (0.3 + random.random())
        self.expires = None if self.keep_alive is None else now + self.keep_alive
        self.gone_at: float | None = None

    def step(self, now: float, random: Random) -> bool:
        """Live on; tells whether it is still loaded."""
        if self.gone_at is not None:
            return now < self.gone_at
        if self.busy_until is not None:
            if now >= self.busy_until:
                self.busy_until = None
                self.expires = None if self.keep_alive is None else now + self.keep_alive
                self.next_asked = now + self.file.asked * (0.4 + 1.1 * random.random())
            return True
        if now >= self.next_asked:
            self.busy_until = now + self.file.answers * (0.6 + 0.8 * random.random())
        return self.expires is None or now < self.expires or self.busy_until is not None

    def keep(self, seconds: float, now: float) -> None:
        """Stay so long after each request from now on; negative is for ever. An unload that was asked for is off."""
        self.keep_alive = None if seconds < 0 else seconds
        self.expires = None if seconds < 0 else now + seconds
        self.gone_at = None

    def unload(self, now: float) -> None:
        """Expire at once; an answer under way ends first."""
        if self.gone_at is None:
            last = now if self.busy_until is None else min(self.busy_until, now + LONGEST_LAST_ANSWER)
            self.gone_at = last + LINGERS
            self.expires = now


class LivingModels:
    """What the server holds. Under the world's lock."""

    def __init__(self, loaded: tuple[str, ...], random: Random, *, loads_by_itself: bool) -> None:
        self._random = random
        self._loads_by_itself = loads_by_itself
        self._wanted = loaded
        self._runners: dict[str, Runner] = {}
        self._return_at: dict[str, float] = {}
        for name in loaded:
            self.load(name, 0.0)
            runner = self._runners[name]
            if runner.file.keep_alive is not None and runner.file.answers > 30:
                # Found in the middle of a long answer: its expiry lies in the past already.
                runner.expires, runner.busy_until = -20.0, 30.0

    def file(self, name: str) -> ModelFile | None:
        """Find an installed model as the server does: any case, ``:latest`` where no tag is given."""
        wanted = name.lower() if ":" in name else f"{name.lower()}:latest"
        return next((file for file in FILES if file.name == wanted), None)

    def load(self, name: str, now: float) -> None:
        """Bring an installed model into memory."""
        file = self.file(name)
        if file is not None and file.name not in self._runners:
            self._runners[file.name] = Runner(file, now, self._random)

    def keep(self, file: ModelFile, seconds: float | None, now: float) -> None:
        """Load a model where it is not loaded; ``None`` leaves one that is as it was."""
        if file.name not in self._runners:
            self.load(file.name, now)
            seconds = DEFAULT_KEEP_ALIVE if seconds is None else seconds
        if seconds is not None:
            self._runners[file.name].keep(seconds, now)

    def unload(self, file: ModelFile, now: float) -> None:
        """Let a model go; nothing happens where it is not loaded."""
        runner = self._runners.get(file.name)
        if runner is not None:
            runner.unload(now)

    def kill_largest(self, now: float) -> None:
        """Lose the runner with the most host memory, as the kernel's OOM killer chooses."""
        on_host = [it for it in self._runners.values() if it.gone_at is None]
        if on_host:
            victim = max(on_host, key=lambda it: it.file.held * it.file.host_share)
            del self._runners[victim.file.name]
            self._return_at[victim.file.name] = now + 20.0

    def lose_all(self) -> None:
        """Forget every runner: the server has stopped."""
        self._runners.clear()

    def step(self, now: float) -> tuple[float, float]:
        """Live on; gives the cores and the host memory in bytes that the runners take."""
        for name in [name for name, runner in self._runners.items() if not runner.step(now, self._random)]:
            del self._runners[name]
        if self._loads_by_itself:
            self._come_back(now)
        cores = memory = 0.0
        for runner in self._runners.values():
            file = runner.file
            filled = min(1.0, 0.1 + (now - runner.loaded_at) / LOAD_SECONDS) if runner.loaded_at else 1.0
            memory += file.held * file.host_share * filled
            if runner.busy_until is not None or filled < 1.0:
                cores += file.cores
        return cores, memory

    def _come_back(self, now: float) -> None:
        """Somebody asks again for what is usually loaded, some minutes after it went."""
        for name in self._wanted:
            if name not in self._runners:
                due = self._return_at.setdefault(name, now + 150.0 + 150.0 * self._random.random())
                if now >= due:
                    del self._return_at[name]
                    self.load(name, now)

    def loaded(self, epoch: datetime, now: float) -> tuple[LoadedModel, ...]:
        """Give ``/api/ps``: latest expiry first. ``now`` is in seconds since ``epoch``."""
        shown = []
        for runner in self._runners.values():
            file = runner.file
            expires = epoch + timedelta(seconds=now) + FOR_EVER
            if runner.expires is not None:
                expires = epoch + timedelta(seconds=runner.expires)
            shown.append(
                LoadedModel(
                    file.name, Bytes(file.held), Bytes(_on_gpu(file)), file.context, expires, _digest(file.name),
                    file.family, file.parameters, file.quantization,
                )
            )  # fmt: skip
        return tuple(sorted(shown, key=lambda it: it.expires_at or epoch, reverse=True))


def installed(epoch: datetime) -> tuple[InstalledModel, ...]:
    """Give ``/api/tags``."""
    return tuple(
        InstalledModel(file.name, Bytes(file.size), epoch - timedelta(days=3 + 11 * place), _digest(file.name),
                       file.family, file.parameters, file.quantization)
        for place, file in enumerate(FILES)
    )  # fmt: skip


def _on_gpu(file: ModelFile) -> int:
    """All or nothing: a model with little on the host counts as wholly on the GPU, as the server tells it."""
    return file.held if file.host_share < 0.5 else 0


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()
