"""An Ollama double: the parts of its API that matter here, with its oddities (ENGINE facts, section 9)."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.lab.ollama_words import FOR_EVER, KeepAliveError, go_time, parse_keep_alive

DEFAULT_CONTEXT = 4096
DEFAULT_KEEP_ALIVE = timedelta(minutes=5)


@dataclass(slots=True)
class Installed:
    """A model on disk; ``remote_host`` makes it a cloud model."""

    name: str
    size: int = 2_019_393_189
    family: str = "llama"
    parameter_size: str = "3.2B"
    quantization: str = "Q4_K_M"
    remote_host: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    def details(self) -> dict[str, Any]:
        return {
            "parent_model": "", "format": "gguf", "family": self.family, "families": [self.family],
            "parameter_size": self.parameter_size, "quantization_level": self.quantization,
        }  # fmt: skip


@dataclass(slots=True)
class Loaded:
    """A model in memory. ``reads_left`` counts how often ``/api/ps`` still lists it after an unload."""

    model: Installed
    size: int
    size_vram: int
    context_length: int
    expires_at: datetime
    keep_alive: timedelta
    in_flight: int = 0
    reads_left: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    body: Mapping[str, Any] | None
    headers: Mapping[str, str] = field(repr=False)


class OllamaDouble:
    """Answers on 127.0.0.1 as Ollama of the given version does, and writes every request down.

    ``lingers`` is how many more answers of ``/api/ps`` list a model after its unload was
    accepted. ``delete_count`` counts deletions that were asked for: it must stay 0.
    ``required_header`` makes it stand behind a proxy that wants one. ``hold(path)`` makes
    requests for a path wait until ``release``, as ``/api/ps`` does while a model starts.
    """

    def __init__(
        self,
        *,
        version: str = "0.12.6",
        lingers: int = 2,
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        required_header: tuple[str, str] | None = None,
    ) -> None:
        self.version = version
        self.lingers = lingers
        self.required_header = required_header
        self.requests: list[Request] = []
        self._now = now
        self._installed: dict[str, Installed] = {}
        self._loaded: dict[str, Loaded] = {}
        self._lock = threading.RLock()
        self._gates: dict[str, threading.Event] = {}
        self._server = _Server(("127.0.0.1", port), self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="ollama double", daemon=True
        )
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """The address it answers at."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def delete_count(self) -> int:
        """How many deletions were asked for."""
        return sum(it.method == "DELETE" or it.path == "/api/delete" for it in self.requests)

    def asked(self) -> list[tuple[str, str]]:
        """Give method and path of every request so far."""
        return [(it.method, it.path) for it in self.requests]

    # --- arranging -----------------------------------------------------------------------------

    def install(self, name: str, **details: Any) -> Installed:
        """Put a model on disk."""
        model = Installed(name, **details)
        with self._lock:
            self._installed[canonical(name)] = model
        return model

    def load(
        self,
        name: str,
        *,
        keep_alive: timedelta = DEFAULT_KEEP_ALIVE,
        gpu_share: float = 0.0,
        size: int | None = None,
        context_length: int = 4096,
    ) -> None:
        """Put a model into memory; a negative ``keep_alive`` pins it."""
        with self._lock:
            model = self._installed.get(canonical(name)) or self.install(name)
            whole = size or int(model.size * 1.6)
            self._loaded[canonical(name)] = Loaded(
                model, whole, int(whole * gpu_share), context_length, self._expiry(keep_alive), keep_alive
            )

    def furnish(self) -> None:
        """Give it the guide's models: one idle, one pinned on the GPU, one split, two unloaded, one in the cloud."""
        self.install("llama3.2:3b", size=2_019_393_189)
        self.install("qwen2.5:3b", size=1_929_912_432, family="qwen2", parameter_size="3.1B")
        self.install("codellama:7b", size=3_825_910_662, parameter_size="7B", quantization="Q4_0")
        self.install(
            "nomic-embed-text", size=274_302_450, family="nomic-bert", parameter_size="137M", quantization="F16"
        )
        self.install("deepseek-r1:8b", size=4_920_753_328, parameter_size="8.0B")
        self.install("gpt-oss:120b-cloud", size=384, family="gptoss", remote_host="https://ollama.com:443")
        self.load("llama3.2:3b")
        self.load("qwen2.5:3b", keep_alive=timedelta(days=-1), gpu_share=1.0, context_length=8192)
        self.load("codellama:7b", gpu_share=0.4, context_length=16384)

    def begin_answer(self, name: str) -> None:
        """Start a long answer: while it lasts an unload is only noted."""
        with self._lock:
            self._loaded[canonical(name)].in_flight += 1

    def end_answer(self, name: str) -> None:
        """End it: the expiry moves on, or the model goes where an unload was asked for."""
        with self._lock:
            loaded = self._loaded[canonical(name)]
            loaded.in_flight -= 1
            if not loaded.in_flight and loaded.keep_alive == timedelta(0):
                loaded.reads_left = self.lingers
            elif not loaded.in_flight:
                loaded.expires_at = self._expiry(loaded.keep_alive)

    def hold(self, path: str) -> None:
        """Let requests for ``path`` wait."""
        self._gates[path] = threading.Event()

    def release(self, path: str) -> None:
        """Let them go on."""
        self._gates.pop(path, threading.Event()).set()

    def is_loaded(self, name: str) -> bool:
        """Tell whether it is in memory, without asking as a client would."""
        with self._lock:
            return canonical(name) in self._loaded

    def is_installed(self, name: str) -> bool:
        """Tell whether it is on disk."""
        with self._lock:
            return canonical(name) in self._installed

    def close(self) -> None:
        """Stop answering, as a stopped server does: its port refuses connections."""
        for path in list(self._gates):
            self.release(path)
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- answering -----------------------------------------------------------------------------

    def answer(self, request: Request) -> tuple[int, object]:
        """Give status and body: an object for JSON, text for plain, ``None`` for nothing."""
        self.requests.append(request)
        gate = self._gates.get(request.path)
        if gate is not None:
            gate.wait(30.0)
        wanted = self.required_header
        if wanted and request.headers.get(wanted[0].lower()) != wanted[1]:
            return 401, "Unauthorized"
        if not _is_local_name(request.headers.get("host", "")):
            return 403, None
        routes = _ROUTES.get(request.path)
        if routes is None:
            return 404, "404 page not found"
        handler = routes.get(request.method)
        if handler is None:
            return 405, "405 method not allowed"
        with self._lock:
            return handler(self, request)

    def _root(self, _request: Request) -> tuple[int, object]:
        return 200, "Ollama is running"

    def _version(self, _request: Request) -> tuple[int, object]:
        return 200, {"version": self.version}

    def _tags(self, _request: Request) -> tuple[int, object]:
        return 200, {"models": [self._tag(model) for model in self._installed.values()]}

    def _tag(self, model: Installed) -> dict[str, Any]:
        tag = {
            "name": model.name, "model": model.name, "modified_at": go_time(self._now() - timedelta(days=20)),
            "size": model.size, "digest": model.digest, "details": model.details(),
        }  # fmt: skip
        if model.remote_host:
            tag |= {"remote_model": model.name.removesuffix("-cloud"), "remote_host": model.remote_host}
        return tag

    def _ps(self, _request: Request) -> tuple[int, object]:
        now = self._now()
        for key, it in list(self._loaded.items()):
            if it.reads_left is not None:
                it.reads_left -= 1
            gone = it.reads_left is not None and it.reads_left < 0
            if gone or (it.reads_left is None and not it.in_flight and it.keep_alive and it.expires_at <= now):
                del self._loaded[key]
        listed = sorted(self._loaded.values(), key=lambda it: it.expires_at, reverse=True)
        return 200, {"models": [self._runner(it) for it in listed]}

    def _runner(self, it: Loaded) -> dict[str, Any]:
        runner = {
            "name": it.model.name, "model": it.model.name, "size": it.size, "digest": it.model.digest,
            "details": it.model.details(), "expires_at": go_time(it.expires_at), "size_vram": it.size_vram,
        }  # fmt: skip
        if _release(self.version) >= (0, 10, 0):
            runner["context_length"] = it.context_length
        return runner

    def _generate(self, request: Request) -> tuple[int, object]:
        return self._use(request, {"response": ""}, is_empty=not (request.body or {}).get("prompt"))

    def _chat(self, request: Request) -> tuple[int, object]:
        said = {"message": {"role": "assistant", "content": ""}}
        return self._use(request, said, is_empty=not (request.body or {}).get("messages"))

    def _use(self, request: Request, said: dict[str, Any], *, is_empty: bool) -> tuple[int, object]:
        body = request.body
        if body is None:
            return 400, {"error": "missing request body"}
        name = str(body.get("model", ""))
        try:
            keep_alive = parse_keep_alive(body.get("keep_alive"), DEFAULT_KEEP_ALIVE)
        except KeepAliveError as error:
            return 400, {"error": str(error)}
        if not name and request.path == "/api/chat":
            return 400, {"error": "model is required"}
        if canonical(name) not in self._installed:
            return 404, {"error": f"model '{name}' not found"}
        if is_empty and keep_alive == timedelta(0) and _release(self.version) >= (0, 3, 11):
            self._expire(name)
            reason = "unload"
        else:
            context = int((body.get("options") or {}).get("num_ctx", DEFAULT_CONTEXT))
            self._load_for(name, keep_alive, context, is_named=body.get("keep_alive") is not None)
            reason = "load" if is_empty else "stop"
        return 200, {"model": name, "created_at": go_time(self._now()), **said, "done": True, "done_reason": reason}

    def _expire(self, name: str) -> None:
        """Note the unload: the answer comes before the runner has gone, and never cuts a request off."""
        loaded = self._loaded.get(canonical(name))
        if loaded is None:
            return
        loaded.keep_alive, loaded.expires_at = timedelta(0), self._now()
        if not loaded.in_flight:
            loaded.reads_left = self.lingers

    def _load_for(self, name: str, keep_alive: timedelta, context: int, *, is_named: bool) -> None:
        loaded = self._loaded.get(canonical(name))
        if loaded and loaded.in_flight and loaded.keep_alive == timedelta(0) and not is_named:
            return  # an unload is noted, and only a request that names a keep_alive revives the model
        other_context = loaded is not None and loaded.context_length != context
        if loaded is None or loaded.reads_left is not None or (other_context and not loaded.in_flight):
            # Asked with another context than it has, the server loads it anew.
            self.load(name, keep_alive=keep_alive, context_length=context)
            loaded = self._loaded[canonical(name)]
        elif not is_named:
            keep_alive = loaded.keep_alive  # a request that names none leaves the one of the load
        loaded.keep_alive, loaded.expires_at = keep_alive, self._expiry(keep_alive)
        if keep_alive == timedelta(0):
            loaded.reads_left = self.lingers

    def _delete(self, request: Request) -> tuple[int, object]:
        """Erase from disk, as the real one does: nothing of ours may ever come here."""
        body = request.body or {}
        name = canonical(str(body.get("model") or body.get("name") or ""))
        if self._installed.pop(name, None) is None:
            return 404, {"error": f"model '{name}' not found"}
        self._loaded.pop(name, None)
        return 200, None

    def _expiry(self, keep_alive: timedelta) -> datetime:
        return self._now() + (FOR_EVER if keep_alive < timedelta(0) else keep_alive)


def canonical(name: str) -> str:
    """Give the name by which models are found."""
    lowered = name.lower()
    return lowered if ":" in lowered.rpartition("/")[2] else f"{lowered}:latest"


_Handler = Callable[[OllamaDouble, Request], tuple[int, object]]
_ROUTES: Mapping[str, Mapping[str, _Handler]] = {
    "/": {"GET": OllamaDouble._root, "HEAD": OllamaDouble._root},
    "/api/version": {"GET": OllamaDouble._version, "HEAD": OllamaDouble._version},
    "/api/tags": {"GET": OllamaDouble._tags, "HEAD": OllamaDouble._tags},
    "/api/ps": {"GET": OllamaDouble._ps},
    "/api/generate": {"POST": OllamaDouble._generate},
    "/api/chat": {"POST": OllamaDouble._chat},
    "/api/delete": {"DELETE": OllamaDouble._delete},
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A held request may wait longer than a closing test wants to.
    block_on_close = False

    def __init__(self, address: tuple[str, int], double: OllamaDouble) -> None:
        self.double = double
        super().__init__(address, _Wire)


class _Wire(BaseHTTPRequestHandler):
    """Bytes in, bytes out."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 10

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            self._send(400, {"error": "invalid character in request"})
            return
        headers = {key.lower(): value for key, value in self.headers.items()}
        self._send(*self.server.double.answer(Request(self.command, self.path, body, headers)))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names http.server calls

    def _send(self, status: int, body: object) -> None:
        is_json = isinstance(body, dict)
        raw = json.dumps(body).encode() if is_json else str(body or "").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8" if is_json else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Say nothing: the requests are kept."""

    def handle(self) -> None:
        """Serve, and take a client that has given up for what it is."""
        try:
            super().handle()
        except (ConnectionResetError, BrokenPipeError):
            self.close_connection = True


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def _is_local_name(host: str) -> bool:
    """Bound to loopback, Ollama refuses names of other hosts (DNS rebinding)."""
    return host.rpartition(":")[0].strip("[]") in {"127.0.0.1", "localhost", "::1"} or host == "localhost"
