"""Answers that go on: bytes as they come, on a connection that any thread can end."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from sutaztop.contracts import EngineUnreachable, Unreachable
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.endpoint import Endpoint

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

_PIECE = 64 * 1024
T = TypeVar("T")


def socket_of(response: "Response") -> socket.socket | None:
    """Find the socket beneath an answer, or ``None`` where a library hides it elsewhere.

    The connection lets go of it when the engine announces that it will close; the body's
    reader then still has it.
    """
    held = getattr(getattr(response.raw, "connection", None), "sock", None)
    if held is None:
        reader = getattr(getattr(response.raw, "_fp", None), "fp", None)
        held = getattr(getattr(reader, "raw", None), "_sock", None)
    return held if isinstance(held, socket.socket) else None


class ByteStream:
    """The body of an endless answer. One thread reads, any thread closes."""

    def __init__(
        self,
        client: "APIClient",
        response: "Response",
        *,
        endpoint: Endpoint,
        on_close: Callable[["ByteStream"], None],
    ) -> None:
        self._client = client
        self._response = response
        self._endpoint = endpoint
        self._on_close = on_close
        self._reading = threading.Lock()
        self._closed = False
        self._socket = socket_of(response)
        if self._socket is not None:
            self._socket.settimeout(None)
            _keep_alive(self._socket)

    def read(self) -> bytes:
        """Wait for the next bytes; empty means the end. Raises ``EngineUnreachable`` when it breaks."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        piece = b""
        with self._reading:
            if not self._closed:
                try:
                    piece = self._response.raw.read1(_PIECE)
                except (RequestException, HTTPError, OSError, ValueError, AttributeError) as error:
                    # Closing from another thread surprises the libraries in many ways.
                    if not self._closed:
                        self._closed = True
                        raise EngineUnreachable(
                            Unreachable.GONE,
                            f"The stream from the engine at {self._endpoint.address} broke off",
                            clean_line(str(error), limit=200),
                            "It is opened again; look whether the engine runs",
                        ) from error
                if not piece:
                    self._closed = True
        if self._closed:
            self._release()
            return b""
        return piece

    def close(self) -> None:
        """End it; a reader that waits gets the end at once. Twice is fine."""
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._release()

    def _release(self) -> None:
        """Give back the connection, unless a reader is inside: it then does so when it leaves."""
        if self._reading.acquire(blocking=False):
            try:
                self._response.close()
                self._client.close()
                self._on_close(self)
            finally:
                self._reading.release()


def _keep_alive(connection: socket.socket) -> None:
    """Let the kernel notice within a minute that a remote host has gone without a word."""
    if connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


class Following(Iterator[T], Generic[T]):
    """An iterator over decoded items with a ``close`` that any thread may call."""

    def __init__(self, stream: ByteStream, decode: Callable[[Iterator[bytes]], Iterator[T]]) -> None:
        self._stream = stream
        self._items = decode(iter(stream.read, b""))

    def __next__(self) -> T:
        try:
            return next(self._items)
        except BaseException:
            self._stream.close()
            raise

    def close(self) -> None:
        """End the stream; twice is fine."""
        self._stream.close()

    def __del__(self) -> None:
        # Whoever forgets to close must not keep a connection to the engine for good.
        self._stream.close()
