"""Which engine is meant: the command line, the environment, docker's contexts and the well-known sockets."""

import hashlib
import ipaddress
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sutaztop.contracts import EngineUnreachable, Unreachable
from sutaztop.domain.text import clean_line

DEFAULT_SOCKET = Path("/var/run/docker.sock")
"""Where an engine installed for the whole machine listens."""
_SCHEMES = ("unix", "tcp", "http", "https", "ssh")


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates for an encrypted engine, as paths; empty ones fall back to the system's authorities."""

    ca: str = ""
    certificate: str = ""
    key: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine's address, who chose it in words, and how to speak to it.

    ``address`` is ``unix:///path``, ``tcp://host:port`` or ``ssh://user@host``. ``folder`` is
    where TLS material lies, for programs that are told by ``DOCKER_CERT_PATH``.
    """

    address: str
    origin: str
    tls: Tls | None = None
    folder: str = ""

    @property
    def socket_path(self) -> str:
        """The path of a Unix socket, or empty."""
        return self.address.removeprefix("unix://") if self.address.startswith("unix://") else ""

    @property
    def actions_refused(self) -> str:
        """Why nothing may be changed through this endpoint, or empty.

        Whoever can write to plain TCP owns the host, and whoever sits between can write: the
        engine is watched all the same, but nothing is sent that changes it.
        """
        if self.tls is not None or not self.address.startswith(("tcp://", "http://")):
            return ""
        host = urlsplit(self.address).hostname or ""
        return "" if _is_loopback(host) else f"{self.address} is neither encrypted nor authenticated"


def resolve_endpoint(
    *,
    host: str = "",
    context: str = "",
    environment: Mapping[str, str] | None = None,
    default_socket: Path = DEFAULT_SOCKET,
    given_by: str = "",
) -> Endpoint:
    """Decide as docker's own command line does, and say who decided.

    ``given_by`` says who gave ``host`` or ``context`` where that was not the command line.

    ``--host``, ``--context``, ``DOCKER_HOST``, ``DOCKER_CONTEXT``, the current context of
    docker's configuration, then the default socket, and a rootless engine's where the default
    is missing. Raises ``EngineUnreachable``: ``BAD_ADDRESS``, or ``WRONG_CONTEXT`` naming the
    contexts there are.
    """
    env = os.environ if environment is None else environment
    folder = Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME") or "~").expanduser() / ".docker")
    if host:
        return _from_address(host, given_by or "--host", env, folder)
    if context and context != "default":
        return _from_context(context, f"{given_by or '--context'} {clean_line(context)}", folder)
    if env.get("DOCKER_HOST"):
        return _from_address(env["DOCKER_HOST"], "DOCKER_HOST", env, folder)
    for name, origin in () if context else _named_contexts(env, folder):
        if name != "default":
            return _from_context(name, origin, folder)
    return _well_known(env, default_socket)


def _named_contexts(env: Mapping[str, str], folder: Path) -> list[tuple[str, str]]:
    """Give the first context that is named, with who named it: at most one."""
    if name := env.get("DOCKER_CONTEXT"):
        return [(name, f"DOCKER_CONTEXT {clean_line(name)}")]
    current = _read_json(folder / "config.json").get("currentContext")
    return [(current, f"docker context {clean_line(current)}")] if isinstance(current, str) and current else []


def _well_known(env: Mapping[str, str], default_socket: Path) -> Endpoint:
    runtime = env.get("XDG_RUNTIME_DIR")
    rootless = Path(runtime) / "docker.sock" if runtime else None
    if not default_socket.exists() and rootless is not None and rootless.exists():
        return Endpoint(f"unix://{rootless}", "rootless default")
    return Endpoint(f"unix://{default_socket}", "default")


def _from_address(text: str, origin: str, env: Mapping[str, str], folder: Path) -> Endpoint:
    address = normal_address(text, origin)
    wanted = env.get("DOCKER_TLS_VERIFY") or env.get("DOCKER_CERT_PATH")
    if address.startswith("https://"):
        return Endpoint(address, origin, Tls())
    if not wanted or not address.startswith("tcp://"):
        return Endpoint(address, origin)
    certificates = Path(env.get("DOCKER_CERT_PATH") or folder)
    # Given material without a word about checking: check. Only an explicit "0" turns it off.
    return Endpoint(
        address, origin, _material(certificates, verify=env.get("DOCKER_TLS_VERIFY") != "0"), str(certificates)
    )


def normal_address(text: str, origin: str) -> str:
    """Bring an address to ``scheme://``; a path means a Unix socket, a bare ``host:port`` means TCP.

    >>> normal_address("/run/docker.sock", ""), normal_address("127.0.0.1:2375", "")
    ('unix:///run/docker.sock', 'tcp://127.0.0.1:2375')
    """
    address = text.strip().rstrip("/")
    if address.startswith("/"):
        address = f"unix://{address}"
    elif "://" not in address:
        address = f"tcp://{address}"
    scheme, _, rest = address.partition("://")
    if scheme not in _SCHEMES:
        raise _bad(text, origin, f"{scheme}:// is not a way to reach an engine from here")
    if scheme == "unix":
        if not rest.startswith("/"):
            raise _bad(text, origin, "a socket needs an absolute path")
        return address
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise _bad(text, origin, str(error)) from error
    if not parts.hostname or parts.password:
        raise _bad(text, origin, "it names no host" if not parts.hostname else "a password has no place in it")
    if port is None and scheme == "tcp":
        raise _bad(text, origin, "a port is missing: 2376 is usual with TLS, 2375 without")
    return address


def _from_context(name: str, origin: str, folder: Path) -> Endpoint:
    """Read a context's own files: they are found by the hash of its name."""
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = _read_json(folder / "contexts" / "meta" / key / "meta.json")
    endpoints = meta.get("Endpoints")
    given = endpoints.get("docker") if isinstance(endpoints, dict) else None
    address = given.get("Host") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(address, str) or not address:
        raise EngineUnreachable(
            Unreachable.WRONG_CONTEXT,
            f"There is no docker context {clean_line(name)!r} ({origin})",
            f"Contexts in {folder}: {', '.join(context_names(folder))}",
            "Choose one of them with --context, or name the engine with --host",
        )
    material = folder / "contexts" / "tls" / key / "docker"
    address = normal_address(address, origin)
    if not address.startswith(("tcp://", "https://")) or not material.is_dir():
        return Endpoint(address, origin, Tls() if address.startswith("https://") else None)
    return Endpoint(address, origin, _material(material, verify=not given.get("SkipTLSVerify")), str(material))


def context_names(folder: Path) -> list[str]:
    """Give the names of docker's contexts in a configuration folder, the built-in one first."""
    metas = sorted((folder / "contexts" / "meta").glob("*/meta.json"))
    names = (_read_json(meta).get("Name") for meta in metas)
    return ["default", *sorted(clean_line(name) for name in names if isinstance(name, str))]


def _material(folder: Path, *, verify: bool) -> Tls:
    found = {
        name: str(folder / name) if (folder / name).is_file() else "" for name in ("ca.pem", "cert.pem", "key.pem")
    }
    return Tls(found["ca.pem"], found["cert.pem"], found["key.pem"], verify)


def _read_json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad(text: str, origin: str, why: str) -> EngineUnreachable:
    return EngineUnreachable(
        Unreachable.BAD_ADDRESS,
        f"{clean_line(text)!r} is not an engine's address ({origin})",
        why,
        "Write for example unix:///var/run/docker.sock or tcp://host:2376",
    )
