"""The seams: what an engine, a collector, a model server, a journal and a clock promise.

The errors that may cross a seam, and no others::

    SutaztopError
    ├── EngineError                 something about the engine
    │   ├── EngineUnreachable       no answer at all; ``kind`` says why (see ``Unreachable``)
    │   ├── NotPermitted            the engine, a proxy or the kernel said no to this caller
    │   ├── NotFound                no such container, service or model
    │   ├── EngineRefused           the engine understood and refused; its own words are kept
    │   │   └── OutOfSequence       somebody else changed the object meanwhile
    │   ├── NotSupported            this engine cannot do that (no Swarm, no Compose …)
    │   └── DeadlineExceeded        no answer in time; what was asked may still happen
    ├── ModelServerError            Ollama answered with an error, or not at all
    ├── JournalError                the journal could not be written: no change may follow
    ├── BorrowError                 nobody would take a borrowed change back: it may not be made
    ├── RecordingError              a recording can't be read: no such file, another's, a later version
    └── ConfigError                 a configuration or theme file is wrong: file, line, key
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar, runtime_checkable

from sutaztop.domain.borrow import Instant
from sutaztop.domain.change import JournalEntry
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.keep import ChangeComposeFile, Rehearsal, Survey, Wish
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.sample import Sample, Trouble
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout, Signal, Verb


class SutaztopError(Exception):
    """The root. ``trouble`` says what failed, why, and what to try, for an operator."""

    def __init__(self, what: str, why: str = "", advice: str = "") -> None:
        self.trouble = Trouble(what, why, advice)
        super().__init__(str(self.trouble))


class EngineError(SutaztopError):
    """Something about the engine."""


class Unreachable(StrEnum):
    """Why an engine does not answer. Each wants another remedy."""

    NO_SOCKET = "no socket"
    PERMISSION = "permission denied"
    REFUSED = "connection refused"
    WRONG_CONTEXT = "no such context"
    TLS = "tls"
    TIMEOUT = "no answer in time"
    GONE = "connection lost"
    BAD_ADDRESS = "bad address"


class EngineUnreachable(EngineError):
    """No answer at all."""

    def __init__(self, kind: Unreachable, what: str, why: str = "", advice: str = "") -> None:
        self.kind = kind
        super().__init__(what, why, advice)


class NotPermitted(EngineError):
    """The engine, a proxy before it, or the kernel refused this caller."""


class NotFound(EngineError):
    """No such object."""


class EngineRefused(EngineError):
    """The engine understood the request and refused it; nothing changed."""


class OutOfSequence(EngineRefused):
    """The object was changed by somebody else between reading and writing."""


class NotSupported(EngineError):
    """This engine cannot do that."""


class DeadlineExceeded(EngineError):
    """No answer in time. What was asked may have happened: read back."""


class ModelServerError(SutaztopError):
    """Ollama answered with an error, or not at all."""


class JournalError(SutaztopError):
    """The journal could not be written."""


class BorrowError(SutaztopError):
    """Nobody would take a borrowed change back when its time is over."""


class RecordingError(SutaztopError):
    """A recording can't be opened or read."""


class ConfigError(SutaztopError):
    """A configuration or theme file is wrong."""


class Clock(Protocol):
    """Time as an argument: the real one, and the tests' and the demo's own."""

    def now(self) -> datetime:
        """Give the wall clock, aware and UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Give a clock that never steps back."""
        ...

    def sleep(self, seconds: Seconds) -> None:
        """Wait; a test's clock moves on instead."""
        ...

    def instant(self) -> Instant:
        """Give this moment on the wall's clock and as time since boot, which goes on during suspend."""
        ...


T_co = TypeVar("T_co", covariant=True)

NOTHING_KNOWN: Mapping[str, Container] = MappingProxyType({})


class Collector(Protocol, Generic[T_co]):
    """One thing that can be read. ``name`` is stable and appears in reports.

    ``every`` is the least time between two reads; ``deadline`` bounds one. ``collect`` may
    block up to its deadline; it raises ``SutaztopError`` for expected trouble.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - said above
    @property
    def every(self) -> Seconds: ...  # noqa: D102 - said above
    @property
    def deadline(self) -> Seconds: ...  # noqa: D102 - said above
    @property
    def source(self) -> str:
        """Say in words where the values come from."""
        ...

    def collect(self) -> T_co:
        """Read once."""
        ...

    def close(self) -> None:
        """Give back descriptors and connections; twice is fine."""
        ...


class CountersCollector(Protocol):
    """Reads the counters of the containers it is given; those that have gone are left out."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as Collector
    @property
    def deadline(self) -> Seconds: ...  # noqa: D102 - as Collector
    @property
    def source(self) -> str:
        """Say which way of reading is in use and why ("kernel files", "engine API: remote engine")."""
        ...

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        """Read once, for running containers, keyed by container id."""
        ...

    def close(self) -> None:
        """Give back descriptors and connections; twice is fine."""
        ...


class Source(Protocol):
    """Where samples come from: the collectors together, or a recording."""

    def read(self, patience: Seconds | None = None) -> Sample:
        """Give the next sample; never raises for expected trouble, which stands in the reports.

        With ``patience``, slow readers are waited for that long too: for a face that shows one
        frame and ends.
        """
        ...

    def close(self) -> None:
        """Stop; twice is fine."""
        ...


@runtime_checkable
class Engine(Protocol):
    """A container engine. Every call has a deadline and raises only ``EngineError``."""

    # --- reads: never anything but GET and HEAD ---------------------------------------------

    @property
    def endpoint(self) -> str:
        """The address, as it is shown to the operator."""
        ...

    def info(self) -> EngineInfo:
        """Ask the engine about itself. The first thing to call: it also proves the connection."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life, within a few seconds: cheap for the engine, and proof that it still answers."""
        ...

    def containers(self, known: Mapping[str, Container] = NOTHING_KNOWN) -> Sequence[Container]:
        """List every container, stopped ones too, each as ``inspect`` gives it.

        One that is ``known``, by its id, is given back without being inspected where the list
        tells the same of it: name, state, health and exit code. What the list does not tell
        (limits, a restart that nobody saw) may then be old. A container that goes while it is
        inspected is left out.
        """
        ...

    def inspect(self, container_id: str) -> Container:
        """Read one container anew. Raises ``NotFound``."""
        ...

    def services(self) -> Sequence[Service]:
        """List Swarm services (where this node manages one) and Compose services."""
        ...

    def service(self, service_id: str) -> Service:
        """Read one service anew. Raises ``NotFound``."""
        ...

    def counters(self, container_id: str) -> ContainerCounters:
        """Read the engine's own stats of a running container once. Raises ``NotFound``."""
        ...

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        """Follow events until ``close``; ends or raises ``EngineUnreachable`` when the stream breaks."""
        ...

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """Read the last lines, and with ``follow`` those that come, until the iterator is closed.

        With ``since`` or ``until``, aware, it is all lines of that time, oldest first, and ``tail`` does not count.
        """
        ...

    def reclaimable(self) -> Reclaimable:
        """Ask what could be given back. Can take seconds on a large host."""
        ...

    # --- writes: called by actions.apply and by nothing else ---------------------------------

    def set_limits(self, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
        """Update a container's ceilings live; gives the engine's warnings.

        Only what differs from ``before`` is sent. Raises ``EngineRefused`` with the engine's words where nothing
        changed, and ``EngineError`` where it was refused and something did: the container ended, say.
        """
        ...

    def set_service_limits(self, service_id: str, after: Limits) -> None:
        """Update a Swarm service's ceilings: the rest of its specification is left as it stands."""
        ...

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """Ask Swarm or Compose for this many replicas; does not wait until they run."""
        ...

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        """Start, stop, restart, pause, unpause, kill (with ``signal``, TERM without one) or remove a container.

        A stop and a restart return when it has ended, which takes up to its stop grace. What runs is never removed,
        and no volume with it. Raises ``EngineRefused`` where its state does not allow it.
        """
        ...

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """Roll a Swarm service back or have all its tasks made anew; does not wait until it is done.

        Raises ``NotSupported`` for Compose, and ``EngineRefused`` where there is nothing to go back to.
        """
        ...

    def kernel_limits(self, container_id: str) -> Limits | None:
        """Read what the kernel enforces from its own files, or ``None`` where they can't be read."""
        ...

    def close(self) -> None:
        """End open streams and connections; twice is fine."""
        ...


class ModelHost(Protocol):
    """An Ollama server. It has no method that deletes, and must never get one."""

    @property
    def endpoint(self) -> str:
        """The address, as it is shown to the operator."""
        ...

    def read(self) -> ModelServer:
        """Read what is loaded and what is installed. Raises ``ModelServerError``."""
        ...

    def unload(self, model: str) -> None:
        """Ask for the model to leave memory (``keep_alive: 0``). Raises ``NotFound``, ``ModelServerError``.

        Returns before the memory is back: poll ``read``.
        """
        ...

    def keep(self, model: str, keep_alive: Seconds | None, context_length: int | None = None) -> None:
        """Load a model where it is not loaded, and have it stay so long after each request.

        ``keep_alive`` is in seconds, negative for ever; ``None`` takes the server's default for one
        that is not loaded, and leaves the others as they are. ``context_length`` is the one it has:
        asked with another, the server loads it anew. Blocks while it loads, which can take minutes.
        Raises ``NotFound``, ``ModelServerError``.
        """
        ...

    def close(self) -> None:
        """Give back connections; twice is fine."""
        ...


class ProjectFiles(Protocol):
    """The files of Compose projects on this host, read and checked by the real Compose of each project's line.

    Every method raises only ``EngineError``; its words say which file, why, and what to try.
    """

    def stamp(self, project: Project) -> Hashable:
        """Give something that is another once a file of the project is another; reads no content."""
        ...

    def is_there(self, path: str) -> bool:
        """Whether a file is there."""
        ...

    def wishes(self, project: Project) -> Mapping[str, Wish]:
        """Ask what the project's files say of each of its services. Nothing is fetched from a network for it."""
        ...

    def survey(self, project: Project, service: str, path: str) -> Survey:
        """Look at all that a plan for the file at ``path`` needs, and refuse what can't be written."""
        ...

    def rehearse(self, survey: Survey, service: str, text: str) -> Rehearsal:
        """Have Compose read the files with this text as our file, and try an ``up``; nothing is done or written."""
        ...

    def rehearse_scale(self, project: Project, service: str, replicas: int) -> Rehearsal:
        """Try another number of replicas without doing it, with the very words with which it would be done."""
        ...

    def moved(self, change: ChangeComposeFile) -> str:
        """Say which file is another than at the preview, or nothing."""
        ...

    def replace(self, change: ChangeComposeFile, *, checked: bool = True) -> str:
        """Put ``after`` in place of ``before``, durably and at once; give the path of what was kept of before.

        Empty where there was none. Where ``checked``, Compose reads the new text first: what it refuses never stands.
        """
        ...


class Journal(Protocol):
    """Where changes are written down, before and after."""

    def append(self, entry: JournalEntry) -> None:
        """Write one entry durably, or raise ``JournalError``: then the change must not be made."""
        ...

    def entries(self) -> Sequence[JournalEntry]:
        """Give what was written, oldest first; a torn last line is left out."""
        ...
