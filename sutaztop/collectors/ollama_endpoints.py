"""Where an Ollama may answer: as configured, else beside its container, else on loopback."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sutaztop.collectors.ollama_http import DEFAULT_PORT
from sutaztop.domain.container import Container

LOOPBACK = "127.0.0.1"
LOOPBACK_PORTS = (DEFAULT_PORT, 11435, 10104)
"""Ollama's own port, and the two that the guide's stack has used."""

# The whole last word: "sutazai-ollama-integration" is another service.
_NAMED_OLLAMA = re.compile(r"(?:.*[-_.])?ollama(?:[-_]\d+)?", re.IGNORECASE)
_OLLAMA_HOST_PORT = re.compile(r":(\d{1,5})/?$")
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - read from the engine, not bound to


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address to try. ``origin`` says in words why.

    ``is_expected`` tells that silence is trouble: the address was configured, or belongs to a
    running container. Candidates of one ``container_id`` are ways to the same server, and the
    first that answers stands for all.
    """

    endpoint: str
    origin: str
    container_id: str = ""
    is_expected: bool = True


def configured_endpoints(endpoints: Sequence[str]) -> tuple[Candidate, ...]:
    """Give what the configuration names, in its order; nothing else is tried then."""
    return tuple(Candidate(endpoint, "configured") for endpoint in dict.fromkeys(endpoints))


def find_endpoints(containers: Sequence[Container], *, engine_host: str = LOOPBACK) -> tuple[Candidate, ...]:
    """Give the candidates in the order of trust: published port, container's address; loopback without either.

    ``engine_host`` is the name of the engine's host; for another host than this one only what
    the containers publish is given: neither their addresses nor our loopback lead there.
    """
    is_here = engine_host == LOOPBACK
    found = [candidate for it in containers if is_ollama(it) for candidate in _ways_to(it, engine_host, is_here)]
    # Beside the stack's own server, whoever else answers on loopback belongs to another stack.
    if is_here and not found:
        found += [
            Candidate(f"http://{LOOPBACK}:{port}", "tried on loopback", is_expected=False) for port in LOOPBACK_PORTS
        ]
    first: dict[str, Candidate] = {}
    for candidate in found:
        first.setdefault(candidate.endpoint, candidate)
    return tuple(first.values())


def is_ollama(container: Container) -> bool:
    """Tell a running Ollama by its service, its image or the last word of its name."""
    if not container.is_running:
        return False
    return "ollama" in (container.service.casefold(), container.image_name.casefold()) or bool(
        not container.service and _NAMED_OLLAMA.fullmatch(container.name)
    )


def _ways_to(container: Container, engine_host: str, is_here: bool) -> Iterator[Candidate]:  # noqa: FBT001 - private
    inside = _port_inside(container)
    for port in container.ports:
        if port.container_port == inside and port.host_port is not None and port.protocol == "tcp":
            host = engine_host if port.host_address in _EVERYWHERE or not is_here else port.host_address
            yield _candidate(host, port.host_port, f"published by {container.name}", container)
    if container.network_mode == "host":
        yield _candidate(engine_host, inside, f"{container.name} uses the host's network", container)
    if is_here:
        for address in container.addresses:
            yield _candidate(address, inside, f"address of {container.name}", container)


def _candidate(host: str, port: int, origin: str, container: Container) -> Candidate:
    bracketed = f"[{host}]" if ":" in host else host
    return Candidate(f"http://{bracketed}:{port}", origin, container.id)


def _port_inside(container: Container) -> int:
    """Give the port it listens on: OLLAMA_HOST may name another than the default."""
    host = next((value for key, value in container.environment if key == "OLLAMA_HOST"), "")
    match = _OLLAMA_HOST_PORT.search(host)
    return int(match[1]) if match else DEFAULT_PORT
