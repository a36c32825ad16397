"""An engine that answers by a script on a Unix socket, and remembers what it was asked."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

SILENCE = b""
"""The answer of an engine that accepts and never says a word."""


@dataclass(frozen=True)
class Asked:
    """One request: its method, its path with parameters, its body and its connection's number."""

    method: str
    path: str
    body: bytes
    connection: int


def answer(
    status: int = 200,
    body: object = None,
    *,
    kind: str = "application/json",
    headers: str = "",
    raw: bytes | None = None,
) -> bytes:
    """Put an HTTP answer together; ``body`` is written as JSON unless ``raw`` is given."""
    content = json.dumps(body).encode() if raw is None else raw
    head = f"HTTP/1.1 {status} Words\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
    return head.encode() + content


PING = answer(200, raw=b"OK", kind="text/plain", headers="Api-Version: 1.41\r\n")


class ScriptedEngine:
    """Serves ``script(method, path) -> bytes`` until it is left; ``/_ping`` is answered unless scripted."""

    def __init__(self, folder: Path, script: Callable[[str, str], bytes | None]) -> None:
        self.path = folder / "engine.sock"
        self.asked: list[Asked] = []
        self._script = script
        self._listener = socket.socket(socket.AF_UNIX)
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def host(self) -> str:
        """The address."""
        return f"unix://{self.path}"

    def __enter__(self) -> Self:
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(timeout=10.0)
        for connection in self._connections:
            connection.close()

    def hang_up(self) -> None:
        """End every connection, as an engine that is killed does."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _run(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                number = len(self._connections)
                self._run(lambda given=connection, its=number: self._serve(given, its))  # type: ignore[misc]

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection.makefile("rb") as requests:
            while line := requests.readline():
                method, path, _ = line.decode().split()
                length = 0
                while (header := requests.readline().strip()) != b"":
                    name, _, value = header.decode().partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                self.asked.append(Asked(method, path, requests.read(length), number))
                said = self._script(method, path)
                if said is None:
                    said = PING if path == "/_ping" else answer(404, {"message": "page not found"})
                if said == SILENCE:
                    requests.read(1)  # nothing more is sent: wait until the client has gone
                    return
                connection.sendall(said)
