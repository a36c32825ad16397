"""Speaking HTTP with an Ollama server: one request, one answer, one deadline, and every failure by its name."""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead
from typing import Any, Literal
from urllib.parse import urlsplit

from sutaztop.contracts import ModelServerError
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line

DEFAULT_PORT = 11434
_LARGEST_ANSWER = 8 << 20

# There is nothing here to delete with: what may be sent is what these two types allow.
Method = Literal["GET", "POST"]
Path = Literal["/api/version", "/api/ps", "/api/tags", "/api/generate"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers. ``prefix`` is the path under which a proxy serves it, or empty."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


def parse_address(text: str) -> Address:
    """Read an address as Ollama reads OLLAMA_HOST: a bare host means port 11434, a scheme its own port.

    Raises ``ModelServerError``; credentials in the address are refused, because it is shown.

    >>> str(parse_address("gpu-box"))
    'http://gpu-box:11434'
    >>> str(parse_address("https://models.lan/ollama/"))
    'https://models.lan:443/ollama'
    """
    shown = clean_line(text, limit=80)
    what = f"{shown!r} is no address of an Ollama server"
    advice = "Write for example http://127.0.0.1:11434."
    try:
        parts = urlsplit(text if "://" in text else f"//{text}", scheme="bare")
        port = parts.port
    except ValueError as error:
        raise ModelServerError(what, clean_line(str(error)), advice) from error
    if parts.username is not None or parts.password is not None:
        where = clean_line(parts.hostname or "", limit=80)
        raise ModelServerError(
            f"The address of the Ollama server at {where} carries credentials", "An address is shown on the screen",
            "Leave them out and give an Authorization header under models.headers.",
        )  # fmt: skip
    defaults = {"bare": DEFAULT_PORT, "http": 80, "https": 443}
    if parts.scheme not in defaults or not parts.hostname or clean_line(parts.hostname) != parts.hostname:
        raise ModelServerError(what, "Only http and https with a host are spoken", advice)
    scheme = "http" if parts.scheme == "bare" else parts.scheme
    return Address(scheme, parts.hostname, port or defaults[parts.scheme], clean_line(parts.path.rstrip("/")))


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer: its status, and its JSON (an object) or the words it gave instead."""

    status: int
    body: Mapping[str, Any]
    words: str


class TookTooLong(ModelServerError):
    """No answer in time: which is not the same as no server."""


@dataclass(frozen=True, slots=True)
class Transport:
    """Sends one request at a time to one address, each over a connection of its own."""

    address: Address
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def exchange(self, method: Method, path: Path, sent: Mapping[str, Any] | None, deadline: Seconds) -> Answer:
        """Send and give the answer, whatever its status; raises ``ModelServerError`` where none came."""
        end = time.monotonic() + deadline
        asked = f"{method} {self.address}{path}"
        if deadline <= 0:
            raise self._too_late(asked, deadline)
        try:
            return self._exchange(method, path, sent, end)
        except (OSError, HTTPException, ValueError) as error:
            # The watchdog's cut shows as a torn answer; the clock tells what it was.
            if isinstance(error, TimeoutError) or time.monotonic() >= end:
                raise self._too_late(asked, deadline) from error
            raise self._failure(error) from error

    def _exchange(self, method: Method, path: Path, sent: Mapping[str, Any] | None, end: float) -> Answer:
        connection = self._connection(max(end - time.monotonic(), 0.01))
        with contextlib.closing(connection):
            connection.connect()
            # A socket's timeout starts anew with every byte; this one bounds the whole answer.
            watchdog = threading.Timer(max(end - time.monotonic(), 0.0), _cut, [connection.sock])
            watchdog.daemon = True
            watchdog.start()
            try:
                body = None if sent is None else json.dumps(sent).encode()
                headers = {"Accept": "application/json", "Connection": "close", **self.headers}
                if body is not None:
                    headers["Content-Type"] = "application/json"
                connection.request(method, self.address.prefix + path, body, headers)
                response = connection.getresponse()
                raw = response.read(_LARGEST_ANSWER + 1)
                if time.monotonic() >= end:
                    raise TimeoutError
                if response.length and len(raw) <= _LARGEST_ANSWER:
                    raise IncompleteRead(raw, response.length)
                return _answer(response.status, raw)
            finally:
                watchdog.cancel()

    def _connection(self, timeout: float) -> HTTPConnection:
        if self.address.scheme == "https":
            return HTTPSConnection(
                self.address.host, self.address.port, timeout=timeout, context=ssl.create_default_context()
            )
        return HTTPConnection(self.address.host, self.address.port, timeout=timeout)

    def _too_late(self, asked: str, deadline: Seconds) -> TookTooLong:
        return TookTooLong(
            f"Ollama at {self.address} did not answer in time", f"{asked} took over {max(deadline, 0.0):.1f} s",
            "It may be loading a model, or the address may lie behind a firewall; raise models.deadline if it is slow.",
        )  # fmt: skip

    def _failure(self, error: Exception) -> ModelServerError:
        what = f"Ollama at {self.address} cannot be reached"
        match error:
            case ConnectionRefusedError():
                why = "Nothing listens there (connection refused)"
                advice = "Start it (ollama serve), publish its port, or set models.endpoints."
            case socket.gaierror():
                why = f"The name {self.address.host} is not known here"
                advice = "Check models.endpoints; a container's name is only known inside its network."
            case ssl.SSLError():
                why = f"TLS failed: {clean_line(str(error), limit=200)}"
                advice = "Check that the server speaks https and that its certificate is trusted."
            case ConnectionResetError() | BrokenPipeError() | HTTPException():
                why = f"The connection broke off, or something else answers there ({type(error).__name__})"
                advice = "Check what listens at that port; during a restart, wait."
            case OSError():
                why = clean_line(error.strerror or str(error), limit=200)
                advice = "Check the address and the network between."
            case _:
                why = f"The request cannot be written: {clean_line(str(error), limit=200)}"
                advice = "Check models.headers and models.endpoints."
        return ModelServerError(what, why, advice)


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _answer(status: int, raw: bytes) -> Answer:
    if len(raw) > _LARGEST_ANSWER:
        return Answer(status, {}, f"an answer of over {_LARGEST_ANSWER >> 20} MiB")
    text = raw.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Answer(status, {}, clean_line(text.strip(), limit=200))
    error = body.get("error")
    return Answer(status, body, clean_line(error, limit=300) if isinstance(error, str) else "")
