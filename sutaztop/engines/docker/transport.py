"""Raw JSON over docker-py's session: deadlines, one session per call in flight, errors translated (ADR 0003)."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sutaztop.contracts import (
    DeadlineExceeded,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
    NotPermitted,
    NotSupported,
    Unreachable,
)
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.endpoint import Endpoint
from sutaztop.engines.docker.stream import ByteStream, socket_of
from sutaztop.engines.docker.trouble import from_exception, from_status

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

LARGEST_ANSWER = 128 * 1024 * 1024
_LIFE_SIGN = Seconds(4.0)
"""How long a sign of life may take: data older than a few intervals must not look current."""
"""Bytes of one answer that are read at most; ``/system/df`` of a very large host stays far below."""
_PIECE = 64 * 1024

Parameters = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class _Request:
    """One request, its path complete. ``asked`` is the same in words."""

    method: str
    path: str
    asked: str
    deadline: Seconds
    parameters: Parameters | None = None
    content: str | None = None


class Transport:
    """Requests to one engine, from any number of threads.

    A ``requests.Session`` is not safe for two threads at once, so each call has one to itself,
    taken from those at rest or made anew; there are never more than calls at one time. Every
    method raises ``EngineError`` and nothing else.
    """

    def __init__(self, endpoint: Endpoint, *, deadline: Seconds) -> None:
        self.endpoint = endpoint
        self.deadline = deadline
        self._idle: deque[APIClient] = deque()
        self._streams: set[ByteStream] = set()
        self._lock = threading.Lock()
        self._version = ""
        self._closed = False

    def ping(self) -> None:
        """Have the engine give a sign of life."""
        self._ask_for_life(min(_LIFE_SIGN, self.deadline))

    def _ask_for_life(self, deadline: Seconds) -> str:
        """Give the API version that the engine tells with its sign of life; not every engine does."""
        ping = _Request("GET", "/_ping", "a sign of life", deadline)
        with self._answer(ping) as response:
            self._read(response, ping, time.monotonic() + deadline)
            return clean_line(response.headers.get("Api-Version", ""), limit=16)

    @property
    def api_version(self) -> str:
        """The API version the engine offers, asked for once for each connection."""
        if not self._version:
            self._version = self._ask_for_life(self.deadline)
        if not self._version:
            told = self._json(_Request("GET", "/version", "its version", self.deadline))
            self._version = str(told.get("ApiVersion", "")) if isinstance(told, dict) else ""
        if not self._version:
            raise EngineError(
                f"{self.endpoint.address} does not say which API it speaks", "It may not be a Docker engine",
                "Check the address",
            )  # fmt: skip
        return self._version

    def get(
        self, path: str, *, asked: str, parameters: Parameters | None = None, deadline: Seconds | None = None
    ) -> Any:
        """Read JSON. ``asked`` says in words what is asked, for errors."""
        return self._json(_Request("GET", self._versioned(path), asked, deadline or self.deadline, parameters))

    def post(
        self,
        path: str,
        body: object,
        *,
        asked: str,
        parameters: Parameters | None = None,
        deadline: Seconds | None = None,
    ) -> Any:
        """Send a change. Raises ``NotPermitted`` where the endpoint is not fit for changes."""
        self.require_actions(asked)
        content = json.dumps(body)
        return self._json(
            _Request("POST", self._versioned(path), asked, deadline or self.deadline, parameters, content)
        )

    def delete(
        self, path: str, *, asked: str, parameters: Parameters | None = None, deadline: Seconds | None = None
    ) -> Any:
        """Have an object removed. Raises ``NotPermitted`` where the endpoint is not fit for changes."""
        self.require_actions(asked)
        return self._json(_Request("DELETE", self._versioned(path), asked, deadline or self.deadline, parameters))

    def require_actions(self, asked: str) -> None:
        """Raise ``NotPermitted`` where nothing may be changed through this endpoint."""
        if reason := self.endpoint.actions_refused:
            raise NotPermitted(f"Not sent: {asked}", reason, "Use TLS, ssh -L to its socket, or sutaztop on that host")

    def stream(self, path: str, *, asked: str, parameters: Parameters | None = None) -> ByteStream:
        """Open an answer that goes on, on a connection of its own: ``close`` of either ends it."""
        request = _Request("GET", self._versioned(path), asked, self.deadline, parameters)
        client = self._new_client()
        try:
            response = self._send(client, request)
        except BaseException:
            client.close()
            raise
        stream = ByteStream(client, response, endpoint=self.endpoint, on_close=self._streams.discard)
        with self._lock:
            self._streams.add(stream)
            closed = self._closed
        if closed:
            stream.close()
        return stream

    def close(self) -> None:
        """End streams and idle connections. Waits for nothing: a call in flight ends by its deadline."""
        with self._lock:
            self._closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.close()
        while self._idle:
            self._idle.pop().close()

    def _versioned(self, path: str) -> str:
        return f"/v{quote(self.api_version, safe='.')}{path}"

    def _json(self, request: "_Request") -> Any:
        ends = time.monotonic() + request.deadline
        with self._answer(request) as response:
            content = self._read(response, request, ends)
        try:
            return json.loads(content) if content.strip() else None
        except ValueError as error:
            raise EngineError(
                f"The engine's answer to {request.asked} is not JSON",
                clean_line(str(error)),
                "Is this a Docker engine?",
            ) from error

    @contextmanager
    def _answer(self, request: "_Request") -> Iterator["Response"]:
        """Have a session for one call; it goes back to rest unless its connection is in doubt."""
        client = self._borrow()
        try:
            with self._send(client, request) as response:
                yield response
        except (NotFound, NotPermitted, NotSupported, EngineRefused):
            self._rest(client)  # an answer like any other, read to its end
            raise
        except BaseException as error:
            client.close()
            if isinstance(error, EngineUnreachable):
                self._version = ""  # another engine may answer next time
            raise
        self._rest(client)

    def _borrow(self) -> "APIClient":
        try:
            return self._idle.pop()
        except IndexError:
            return self._new_client()

    def _rest(self, client: "APIClient") -> None:
        self._idle.append(client)
        if self._closed:
            self.close()

    def _send(self, client: "APIClient", request: "_Request") -> "Response":
        """Send, and wait for the head of the answer; a refusal is read and raised."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        try:
            response = client.request(
                request.method,
                f"{client.base_url}{request.path}",
                params=request.parameters,
                data=request.content,
                headers=None if request.content is None else {"Content-Type": "application/json"},
                timeout=request.deadline,
                stream=True,
                allow_redirects=False,
            )
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise self._translated(error, request) from error
        if response.status_code < 300:
            return response
        with response:
            content = self._read(response, request, time.monotonic() + request.deadline)
        kind = response.headers.get("Content-Type", "")
        raise from_status(response.status_code, kind, content, asked=request.asked, endpoint=self.endpoint)

    def _translated(self, error: Exception, request: "_Request") -> EngineError:
        return from_exception(error, asked=request.asked, endpoint=self.endpoint, seconds=request.deadline)

    def _read(self, response: "Response", request: "_Request", ends: float) -> bytes:
        """Read the whole body before ``ends``, however slowly it trickles."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        connection = socket_of(response)
        pieces: list[bytes] = []
        size = 0
        try:
            while True:
                left = ends - time.monotonic()
                if left <= 0:
                    raise DeadlineExceeded(
                        f"The engine at {self.endpoint.address} did not finish its answer in time",
                        f"{request.asked} took longer than {request.deadline:g} s",
                    )
                if connection is not None:
                    connection.settimeout(left)
                piece = response.raw.read1(_PIECE)
                if not piece:
                    return b"".join(pieces)
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_ANSWER:
                    limit = f"over {LARGEST_ANSWER >> 20} MiB"
                    raise EngineError(f"The engine's answer to {request.asked} is too long", limit)
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise self._translated(error, request) from error

    def _new_client(self) -> "APIClient":
        """Make a session. The library is imported here, when an engine is first spoken to."""
        if self._closed:
            raise EngineUnreachable(Unreachable.GONE, "The connection to the engine was closed", "sutaztop is ending")
        if self.endpoint.address.startswith("ssh://"):
            raise EngineUnreachable(
                Unreachable.BAD_ADDRESS,
                f"The engine at {self.endpoint.address} ({self.endpoint.origin}) is not spoken to over ssh",
                "sutaztop opens no ssh connections of its own",
                f"Forward its socket: ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock "
                f"{self.endpoint.address.removeprefix('ssh://')}, then --host unix:///tmp/engine.sock",
            )
        from docker import APIClient
        from docker.constants import MINIMUM_DOCKER_API_VERSION
        from docker.errors import DockerException

        timeout = max(1, round(self.deadline))  # what a request without one would take; ours all have one
        try:
            client = APIClient(
                base_url=self.endpoint.address,
                # Never used: our paths carry the version that the engine offers.
                version=MINIMUM_DOCKER_API_VERSION,
                timeout=timeout,
                tls=self._tls(),
            )
        except DockerException as error:
            raise EngineUnreachable(
                Unreachable.TLS if self.endpoint.tls else Unreachable.BAD_ADDRESS,
                f"The engine at {self.endpoint.address} ({self.endpoint.origin}) cannot be spoken to",
                clean_line(str(error)), "Check the address and the certificates",
            ) from error  # fmt: skip
        if self.endpoint.socket_path:
            from sutaztop.engines.docker.unix import UnixAdapter

            client.mount("http+docker://", UnixAdapter(self.endpoint.socket_path, timeout))
        # Variables of the environment (proxies, another certificate bundle, .netrc) must not
        # send an engine's requests elsewhere or take another certificate for good.
        client.trust_env = False
        client.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
        return client

    def _tls(self) -> Any:
        from docker.tls import TLSConfig

        tls = self.endpoint.tls
        if tls is None:
            return False
        return TLSConfig(
            client_cert=(tls.certificate, tls.key) if tls.certificate and tls.key else None,
            ca_cert=tls.ca or None,
            verify=tls.verify,
        )
