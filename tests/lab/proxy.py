"""A proxy on a Unix socket that passes everything on and remembers what was asked."""

import re
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_REQUEST = re.compile(rb"(?:^|\n)([A-Z]{3,8}) (/\S*) HTTP/1\.[01]\r")
_OVERLAP = 4096


class RecordingProxy:
    """Stands before an engine's socket. ``asked`` holds (method, path) of every request, in order.

    ``hold`` names a request that is stopped on its way: before it reaches the engine, or with ``answer`` on the
    way back, when the engine has done it. ``held`` is set while one is; closing the proxy drops it.
    """

    def __init__(self, host: str) -> None:
        self._target = host.removeprefix("unix://")
        self._folder = tempfile.TemporaryDirectory(prefix="sutaztop-proxy-")
        self._path = str(Path(self._folder.name) / "docker.sock")
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self._path)
        self._server.listen(64)
        self._lock = threading.Lock()
        self._asked: list[tuple[str, str]] = []
        self._open: list[socket.socket] = []
        self._wanted: re.Pattern[str] | None = None
        self._hold_answer = False
        self._after = ""
        self._closed = threading.Event()
        self.held = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self) -> str:
        """The address to connect to."""
        return f"unix://{self._path}"

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What was asked so far."""
        with self._lock:
            return list(self._asked)

    def hold(self, request: str, *, answer: bool = False, after: str = "") -> None:
        """Stop every request of which ``METHOD /path`` matches a pattern, or its answer; once ``after`` was asked."""
        with self._lock:
            self._wanted, self._hold_answer, self._after = re.compile(request), answer, after

    def hold_no_more(self) -> None:
        """Let everything through again that is asked from now on; what is held stays so."""
        with self._lock:
            self._wanted = None

    def _is_held(self, found: list[tuple[bytes, bytes]]) -> bool:
        with self._lock:
            if self._wanted is None:
                return False
            for method, path in found:
                asked = f"{method.decode()} {path.decode()}"
                if not self._after and self._wanted.search(asked):
                    return True
                if self._after and re.search(self._after, asked):
                    self._after = ""
            return False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self._target)
            with self._lock:
                self._open += [client, engine]
            stopped = threading.Event()
            threading.Thread(target=self._pass, args=(client, engine, True, stopped), daemon=True).start()
            threading.Thread(target=self._pass, args=(engine, client, False, stopped), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool, stopped: threading.Event) -> None:
        kept, counted = b"", 0
        while True:
            try:
                chunk = source.recv(65536)
                if is_request and chunk:
                    kept += chunk
                    found = _REQUEST.findall(kept)
                    with self._lock:
                        self._asked += [(method.decode(), path.decode()) for method, path in found[counted:]]
                    if self._is_held(found[counted:]):
                        stopped.set()
                        if not self._hold_answer:
                            self.held.set()
                            self._closed.wait()
                            return
                    counted = len(found)
                    if len(kept) > 16 * _OVERLAP:
                        kept = kept[-_OVERLAP:]
                        counted = len(_REQUEST.findall(kept))
                if chunk and not is_request and stopped.is_set():
                    self.held.set()
                    self._closed.wait()
                    return
                if chunk:
                    target.sendall(chunk)
                    continue
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            return

    def close(self) -> None:
        """Stop; connections that are open break off."""
        self._closed.set()
        self._server.close()
        with self._lock:
            for it in self._open:
                it.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
