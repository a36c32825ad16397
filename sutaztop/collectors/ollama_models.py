"""The collector of language models: every Ollama at hand, where one dead server hides no other."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sutaztop.collectors.ollama import OllamaHost
from sutaztop.collectors.ollama_endpoints import Candidate
from sutaztop.contracts import ModelServerError
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds

EVERY = Seconds(5.0)
DEADLINE = Seconds(3.0)
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class _Tried:
    """What trying one server's candidates gave: the server, or the first error."""

    candidate: Candidate
    server: ModelServer | None = None
    error: ModelServerError | None = None


class ModelsCollector:
    """A ``Collector[tuple[ModelServer, ...]]`` over the candidates it is given anew for each read.

    A server that is expected and silent stands in the result with its last good lists and its
    ``trouble``; an address that was only guessed and never answered is left out. When none
    answers and one was expected, ``collect`` raises the first one's error.
    """

    def __init__(
        self,
        candidates: Callable[[], Sequence[Candidate]],
        *,
        headers: Mapping[str, str] | None = None,
        every: Seconds = EVERY,
        deadline: Seconds = DEADLINE,
    ) -> None:
        self._candidates = candidates
        self._headers = dict(headers or {})
        self._every = every
        self._deadline = deadline
        self._answered: tuple[str, ...] = ()
        self._tried: tuple[str, ...] = ()
        self._last: dict[str, ModelServer] = {}

    @property
    def name(self) -> str:
        """The name in reports."""
        return "models"

    @property
    def every(self) -> Seconds:
        """The least time between two reads."""
        return self._every

    @property
    def deadline(self) -> Seconds:
        """What bounds one read of all servers."""
        return self._deadline

    @property
    def source(self) -> str:
        """Which servers answered, or where none did."""
        if self._answered:
            return f"Ollama API at {', '.join(self._answered)}"
        if self._tried:
            return f"no Ollama found: tried {', '.join(self._tried)}"
        return "Ollama API"

    def collect(self) -> tuple[ModelServer, ...]:
        """Read all servers at once. Raises ``ModelServerError`` when those expected are all silent."""
        groups = _by_server(self._candidates())
        end = time.monotonic() + self._deadline
        outcomes = self._try_all(groups, end)
        self._tried = tuple(candidate.endpoint for group in groups for candidate in group)
        self._answered = tuple(it.server.endpoint for it in outcomes if it.server)
        silent = [it.error for it in outcomes if it.error and self._is_expected(it.candidate)]
        if silent and not self._answered:
            raise silent[0]
        servers = tuple(_one_each(self._shown(it) for it in outcomes))
        self._last = {server.endpoint: replace(server, trouble="") for server in servers}
        return servers

    def host(self, endpoint: str) -> OllamaHost | None:
        """Give the host that was last read at ``endpoint``, to unload a model there; ``None`` if none was."""
        server = self._last.get(endpoint)
        return self._host(endpoint, self._deadline, server.container_id) if server else None

    def close(self) -> None:
        """Do nothing: no connection outlives a read."""

    def _try_all(self, groups: Sequence[Sequence[Candidate]], end: float) -> list[_Tried]:
        if len(groups) == 1:
            return [self._try(groups[0], end)]
        if not groups:
            return []
        with ThreadPoolExecutor(min(_AT_ONCE, len(groups)), "ollama") as pool:
            return list(pool.map(lambda group: self._try(group, end), groups))

    def _try(self, group: Sequence[Candidate], end: float) -> _Tried:
        """Try the ways to one server, the one that answered last time first."""
        known = sorted(group, key=lambda candidate: candidate.endpoint not in self._last)
        first_error: ModelServerError | None = None
        for left_to_try, candidate in zip(range(len(known), 0, -1), known, strict=True):
            share = Seconds((end - time.monotonic()) / left_to_try)
            try:
                return _Tried(candidate, self._host(candidate.endpoint, share, candidate.container_id).read())
            except ModelServerError as error:
                first_error = first_error or error
        return _Tried(known[0], error=first_error)

    def _host(self, endpoint: str, deadline: Seconds, container_id: str) -> OllamaHost:
        return OllamaHost(endpoint, self._headers, deadline, container_id)

    def _is_expected(self, candidate: Candidate) -> bool:
        """Tell whether silence is trouble: also where an address that was guessed has once answered."""
        return candidate.is_expected or candidate.endpoint in self._last

    def _shown(self, tried: _Tried) -> ModelServer | None:
        if tried.server is not None:
            return tried.server
        if not self._is_expected(tried.candidate):
            return None
        endpoint = OllamaHost(tried.candidate.endpoint).endpoint
        last = self._last.get(endpoint) or ModelServer(endpoint, container_id=tried.candidate.container_id)
        return replace(last, trouble=str(tried.error))


def _by_server(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Put the ways to one container's server together; every other address is a server of its own."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.container_id or candidate.endpoint, []).append(candidate)
    return list(groups.values())


def _one_each(servers: Iterable[ModelServer | None]) -> list[ModelServer]:
    """Leave out an address written twice in two ways."""
    return list({server.endpoint: server for server in servers if server is not None}.values())
