"""What went wrong on the way to the engine, in the contract's errors: third-party exceptions end here."""

import errno
import json
import re
import socket
import ssl
from collections.abc import Iterator

from sutaztop.contracts import (
    DeadlineExceeded,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
    NotPermitted,
    NotSupported,
    OutOfSequence,
    Unreachable,
)
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.endpoint import Endpoint

# The engine's words, less what tells an operator nothing: which call, the 64-hex id he just
# named, and the wrapping that runc and gRPC put around the one sentence that matters.
_LITTER = re.compile(
    r"^Cannot update container [0-9a-f]{64}: |runc did not terminate successfully: exit status \d+: "
    r"|OCI runtime \w+ failed: |^rpc error: code = \w+ desc = |\s*: unknown$"
)
_LONG_ID = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
_OUT_OF_SEQUENCE = "update out of sequence"


def engine_words(body: bytes) -> str:
    """Give what the engine wrote in a refusal, cleaned and without its litter.

    >>> engine_words(b'{"message": "Cannot update container ' + b"ab" * 32 + b': Conflicting options: x"}')
    'Conflicting options: x'
    """
    text = body[:8192].decode("utf-8", "replace")
    try:
        payload = json.loads(text)
    except ValueError:
        payload = None
    if isinstance(payload, dict) and isinstance(payload.get("message"), str):
        text = payload["message"]
    return _LONG_ID.sub(r"\1", _LITTER.sub("", clean_line(text))).strip()


def from_status(status: int, content_type: str, body: bytes, *, asked: str, endpoint: Endpoint) -> EngineError:
    """Translate an HTTP refusal. ``asked`` says in words what was asked ("inspect of web")."""
    words = engine_words(body)
    if status in (401, 403):
        # A socket proxy refuses with a page, not with JSON: there is nothing of use to quote.
        proxy = "html" in content_type
        why = f"Something before {endpoint.address} allows only some requests" if proxy else words
        return NotPermitted(f"The engine refused {asked}", why, "Ask for this request to be allowed, or go without it")
    if "html" in content_type or status in (502, 504):
        return EngineUnreachable(
            Unreachable.GONE, f"Something answers for the engine at {endpoint.address}", f"It said {status}",
            "The engine behind it may be down",
        )  # fmt: skip
    if status == 404:
        return NotFound(f"The engine does not know it: {asked}", words)
    if _OUT_OF_SEQUENCE in words:
        return OutOfSequence(f"Somebody else changed it meanwhile: {asked}", words, "Try again")
    if status == 501 or (status == 503 and "swarm" in words):
        return NotSupported(f"This engine cannot do that: {asked}", words)
    said = "It is so already" if status == 304 else f"It answered {status} and no reason"
    return EngineRefused(f"The engine refused {asked}", words or said)


def from_exception(error: BaseException, *, asked: str, endpoint: Endpoint, seconds: float) -> EngineError:
    """Translate what the HTTP library raised, by the operating system's error beneath it."""
    chain = list(_beneath(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLError):
            return _unreachable(Unreachable.TLS, endpoint, clean_line(str(cause)))
        if isinstance(cause, TimeoutError):
            break
        if isinstance(cause, socket.gaierror):
            return _unreachable(Unreachable.BAD_ADDRESS, endpoint, clean_line(str(cause)))
        if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
            return _unreachable(_BY_ERRNO[cause.errno], endpoint, "")
    kinds = {type(cause).__name__ for cause in chain}
    if "ConnectTimeout" in kinds or "ConnectTimeoutError" in kinds:
        return _unreachable(Unreachable.TIMEOUT, endpoint, f"No connection within {seconds:g} s")
    if kinds & {"ReadTimeout", "ReadTimeoutError", "TimeoutError"}:
        return DeadlineExceeded(
            f"The engine at {endpoint.address} did not answer in time",
            f"{asked} took longer than {seconds:g} s",
            "It may be busy: what was asked may still happen",
        )
    return _unreachable(Unreachable.GONE, endpoint, clean_line(str(error), limit=200))


_BY_ERRNO = {
    errno.ENOENT: Unreachable.NO_SOCKET,
    errno.ENOTDIR: Unreachable.NO_SOCKET,
    errno.EACCES: Unreachable.PERMISSION,
    errno.EPERM: Unreachable.PERMISSION,
    errno.ECONNREFUSED: Unreachable.REFUSED,
    errno.ECONNRESET: Unreachable.GONE,
    errno.EPIPE: Unreachable.GONE,
    errno.EHOSTUNREACH: Unreachable.GONE,
    errno.ENETUNREACH: Unreachable.GONE,
}

_ADVICE = {
    Unreachable.NO_SOCKET: (
        "There is no socket at that path",
        "Start the engine, or say which one is meant with --host, --context or DOCKER_HOST",
    ),
    Unreachable.PERMISSION: (
        "This user may not open the socket",
        "Join the group that owns it (usually docker; that equals root), or use a rootless engine",
    ),
    Unreachable.REFUSED: (
        "Nothing listens there: the socket was left behind by an engine that has ended, or the port is closed",
        "Start the engine (systemctl start docker) and look into its log",
    ),
    Unreachable.TLS: ("The encrypted connection failed", "Check DOCKER_CERT_PATH, DOCKER_TLS_VERIFY and the context"),
    Unreachable.TIMEOUT: ("Nothing answered", "Check the address, the network and the firewall"),
    Unreachable.GONE: ("The connection broke off", "It is tried again; look whether the engine runs"),
    Unreachable.BAD_ADDRESS: ("The host's name could not be resolved", "Check the address"),
}


def _unreachable(kind: Unreachable, endpoint: Endpoint, detail: str) -> EngineUnreachable:
    why, advice = _ADVICE[kind]
    return EngineUnreachable(
        kind,
        f"The engine at {endpoint.address} ({endpoint.origin}) is out of reach",
        f"{why} ({detail})" if detail else why,
        advice,
    )


def _beneath(error: BaseException) -> Iterator[BaseException]:
    """Walk causes, contexts, ``reason`` and arguments: each library hides the cause elsewhere."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < 32:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        nested = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting.extend(item for item in nested if isinstance(item, BaseException))
