"""The world's Ollama: what is loaded and installed, loading, keeping and unloading. It has no way to delete."""

from sutaztop.contracts import ModelServerError, NotFound
from sutaztop.demo.llm import VERSION, ModelFile, installed
from sutaztop.demo.world import World
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line

ENDPOINT = "http://127.0.0.1:11434"


class DemoModels:
    """``ModelHost`` over a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def endpoint(self) -> str:
        """The address that the world's Ollama would answer at."""
        return ENDPOINT

    def read(self) -> ModelServer:
        """See ``ModelHost``. Raises ``ModelServerError`` while its container does not run."""
        world = self._world
        with world.moment():
            container_id = self._answering()
            loaded = world.models.loaded(world.epoch, world.now)
            return ModelServer(ENDPOINT, VERSION, loaded, installed(world.epoch), container_id)

    def unload(self, model: str) -> None:
        """See ``ModelHost``: the model stands in ``read`` for about two seconds more."""
        world = self._world
        shown = clean_line(model, limit=200)
        with world.moment():
            self._answering()
            world.models.unload(self._file(shown), world.now)

    def keep(self, model: str, keep_alive: Seconds | None, context_length: int | None = None) -> None:
        """See ``ModelHost``. Returns at once; the memory fills over some seconds."""
        del context_length
        world = self._world
        shown = clean_line(model, limit=200)
        with world.moment():
            self._answering()
            world.models.keep(self._file(shown), keep_alive, world.now)

    def _file(self, model: str) -> ModelFile:
        file = self._world.models.file(model)
        if file is None:
            raise NotFound(
                f"Ollama at {ENDPOINT} has no model {model}", "It is neither installed nor loaded",
                "Look at the installed models for its exact name.",
            )  # fmt: skip
        return file

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _answering(self) -> str:
        server = self._world.model_server()
        if server is None or not server.is_running:
            raise ModelServerError(
                f"Ollama at {ENDPOINT} does not answer", "The connection was refused",
                "Look whether its container runs.",
            )  # fmt: skip
        return server.id


class DemoModelsCollector:
    """``Collector[tuple[ModelServer, ...]]`` over a world's one server."""

    name = "models"
    deadline = Seconds(2.0)

    def __init__(self, models: DemoModels, *, every: Seconds = Seconds(1.0)) -> None:
        self._models = models
        self.every = every

    @property
    def source(self) -> str:
        """Say that none of it is real."""
        return "demo world"

    def collect(self) -> tuple[ModelServer, ...]:
        """Read the server. Raises ``ModelServerError``."""
        return (self._models.read(),)

    def close(self) -> None:
        """Do nothing: nothing is open."""
