"""An Ollama server: what it has loaded and installed, and how a model is asked to leave memory."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sutaztop.collectors.ollama_decode import (
    canonical_name,
    decode_installed,
    decode_loaded,
    decode_version,
    entries,
    is_model_list,
    is_remote,
)
from sutaztop.collectors.ollama_http import Answer, Path, TookTooLong, Transport, parse_address
from sutaztop.contracts import ModelServerError, NotFound
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line

DEADLINE = Seconds(3.0)
LOAD_DEADLINE = Seconds(330.0)
"""A load that stands still is given up by the server after 5 minutes (OLLAMA_LOAD_TIMEOUT)."""
UNLOADS_SINCE = (0, 3, 11)
"""Before this release the request that unloads loads the model first (ENGINE facts, section 9)."""
# Liveness is judged by the one request that takes no lock inside the server.
_LIVENESS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class OllamaHost:
    """A ``ModelHost`` over Ollama's API. ``deadline`` bounds each call as a whole.

    It sends GET and, for ``unload`` and ``keep``, one POST of ``/api/generate``; nothing in it can delete.
    """

    address: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    deadline: Seconds = DEADLINE
    container_id: str = ""

    @property
    def endpoint(self) -> str:
        """The address, complete; as it was given where it is none."""
        try:
            return str(parse_address(self.address))
        except ModelServerError:
            return clean_line(self.address, limit=80)

    def version(self) -> str:
        """Ask for the release: the proof that an Ollama answers. Raises ``ModelServerError``."""
        return _Call(self._transport(), self.deadline).version()

    def read(self) -> ModelServer:
        """Read both lists. Raises ``ModelServerError``, which tells a busy server from none."""
        call = _Call(self._transport(), self.deadline)
        version = call.version()
        installed = decode_installed(call.models("/api/tags"))
        try:
            loaded = decode_loaded(call.models("/api/ps"))
        except TookTooLong as error:
            raise ModelServerError(
                f"Ollama at {self.endpoint} is up, but does not tell which models are loaded",
                "/api/ps did not answer in time, as it does while a model starts", "Wait until the model is loaded.",
            ) from error  # fmt: skip
        return ModelServer(self.endpoint, version, loaded, installed, self.container_id)

    def unload(self, model: str) -> None:
        """Ask for the model to leave memory; it is gone only once ``read`` no longer lists it.

        A model that is installed and not loaded is left as it is. Raises ``NotFound`` for an
        unknown one and ``ModelServerError`` where the server is too old, the model runs
        elsewhere, or the answer is another than "unload".
        """
        shown = clean_line(model, limit=200)
        call = _Call(self._transport(), self.deadline)
        self._refuse_old(call.version(), shown)
        name = self._name_on_server(call, shown)
        try:
            answer = call.post({"model": name, "keep_alive": 0, "stream": False})
        except TookTooLong as error:
            raise ModelServerError(
                f"Whether {shown} will be unloaded is not known", f"{self.endpoint} did not answer in time",
                "The request may still be carried out: look at the loaded models again.",
            ) from error  # fmt: skip
        self._expect(answer, shown, "unload")

    def keep(self, model: str, keep_alive: Seconds | None, context_length: int | None = None) -> None:
        """Load a model, or say how long a loaded one stays. See ``ModelHost``.

        The connection is held until the model is loaded: a server that sees it close gives the load up.
        """
        shown = clean_line(model, limit=200)
        call = _Call(self._transport(), self.deadline)
        call.version()
        sent: dict[str, Any] = {"model": self._name_on_server(call, shown), "stream": False}
        if keep_alive is not None:
            sent["keep_alive"] = -1 if keep_alive < 0 else f"{max(1, round(keep_alive))}s"
        if context_length:
            sent["options"] = {"num_ctx": context_length}
        patient = _Call(self._transport(), LOAD_DEADLINE)
        try:
            answer = patient.post(sent)
        except TookTooLong as error:
            raise ModelServerError(
                f"Whether {shown} is loaded is not known", f"{self.endpoint} did not answer within {LOAD_DEADLINE:g} s",
                "It may still be loading: look at the loaded models again, and at the server's log.",
            ) from error  # fmt: skip
        self._expect(answer, shown, "load")

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""

    def _transport(self) -> Transport:
        return Transport(parse_address(self.address), self.headers)

    def _refuse_old(self, version: str, model: str) -> None:
        release = decode_version(version)
        if release is None or release < UNLOADS_SINCE:
            needed = ".".join(str(part) for part in UNLOADS_SINCE)
            raise ModelServerError(
                f"{model} is not unloaded: Ollama {version} at {self.endpoint} may load it instead",
                f"A request to unload is understood from {needed} on; older ones load the model first",
                "Update Ollama, or wait until the model expires.",
            )

    def _name_on_server(self, call: "_Call", model: str) -> str:
        """Find the name as the server writes it: ours has been cleaned, and may lack tag or case."""
        wanted = canonical_name(model)
        for path in ("/api/tags", "/api/ps"):
            for name, entry in entries(call.models(path)):
                if canonical_name(name) != wanted:
                    continue
                if is_remote(entry):
                    raise ModelServerError(
                        f"{model} is never loaded here", f"It runs at {_remote_host(entry)} and holds no memory here"
                    )
                return name
        raise NotFound(
            f"Ollama at {self.endpoint} has no model {model}", "It is neither installed nor loaded",
            "Look at the installed models for its exact name.",
        )  # fmt: skip

    def _expect(self, answer: Answer, model: str, wanted: str) -> None:
        if answer.status == 404:
            raise NotFound(f"Ollama at {self.endpoint} has no model {model}", answer.words)
        if answer.status != 200:
            raise _unexpected(self.endpoint, "/api/generate", answer)
        reason = answer.body.get("done_reason")
        if reason != wanted:
            raise ModelServerError(
                f"Ollama at {self.endpoint} did not {wanted} {model}",
                f"It answered {clean_line(str(reason), limit=40)!r} where {wanted!r} was expected",
                "Look at the loaded models again.",
            )


@dataclass(slots=True)
class _Call:
    """The requests of one call, which share its deadline."""

    transport: Transport
    deadline: Seconds
    end: float = field(init=False)

    def __post_init__(self) -> None:
        self.end = time.monotonic() + self.deadline

    def version(self) -> str:
        answer = self._get("/api/version", Seconds(self.deadline * _LIVENESS_SHARE))
        version = answer.body.get("version")
        if answer.status != 200 or not isinstance(version, str):
            raise _unexpected(str(self.transport.address), "/api/version", answer)
        return clean_line(version, limit=40)

    def models(self, path: Path) -> Mapping[str, Any]:
        answer = self._get(path, self._left())
        if answer.status != 200 or not is_model_list(answer.body):
            raise _unexpected(str(self.transport.address), path, answer)
        return answer.body

    def post(self, sent: Mapping[str, Any]) -> Answer:
        return self.transport.exchange("POST", "/api/generate", sent, self._left())

    def _get(self, path: Path, deadline: Seconds) -> Answer:
        return self.transport.exchange("GET", path, None, deadline)

    def _left(self) -> Seconds:
        return Seconds(self.end - time.monotonic())


def _remote_host(entry: Mapping[str, Any]) -> str:
    host = entry.get("remote_host")
    return clean_line(host, limit=80) if isinstance(host, str) and host else "another host"


def _unexpected(endpoint: str, path: str, answer: Answer) -> ModelServerError:
    """Say what a status means here, each with its own remedy."""
    said = f"GET {path}" if path != "/api/generate" else f"POST {path}"
    why = f"{said} gave {answer.status}" + (f": {answer.words}" if answer.words else "")
    match answer.status:
        case 401 | 407:
            advice = "A proxy wants credentials: give its header under models.headers."
        case 403:
            advice = "Bound to loopback, Ollama refuses foreign names: use its address, or set OLLAMA_HOST or headers."
        case 404 | 405:
            advice = "Something else may answer at this address, or Ollama is older than 0.1.42."
        case 502 | 503 | 504:
            advice = "It is overloaded or a proxy finds no server behind it: wait, then look at its log."
        case 200:
            advice = "Something else answers at this address: check models.endpoints."
        case _:
            advice = "Look at the server's log."
    return ModelServerError(f"Ollama at {endpoint} did not answer as Ollama does", why, advice)
