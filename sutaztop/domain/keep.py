"""Keeping limits: what a project's Compose files wish for, how that differs, and the change of a file of our own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.resources import Limits


@dataclass(frozen=True, slots=True)
class Wish:
    """What the Compose files of a project say of one service. ``None`` is no limit, or no number of replicas.

    ``keys`` names where the files say it, as ``cpus`` or ``deploy.resources.limits.memory``: the
    dialect. ``swap`` is memory and swap together, -1 without limit; ``period_us`` the CFS period
    of a ``cpu_quota``. ``file`` is the first file's name and ``kept_in`` that of the file of our
    own that says what the container has now, where there is one. ``trouble`` says why nothing is
    known of the files; then nothing else here counts.
    """

    cpu: Cores | None = None
    memory: Bytes | None = None
    replicas: int | None = None
    swap: Bytes | None = None
    reservation: Bytes | None = None
    period_us: int | None = None
    keys: tuple[str, ...] = ()
    file: str = ""
    kept_in: str = ""
    trouble: str = ""
    profiles: tuple[str, ...] = ()
    """Compose's profiles: a service that has some runs only where one of them is asked for."""


_NO_SERVICES: Mapping[str, Wish] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Defined:
    """The services that the files of a Compose project define, by name; ``file`` is the first file's name.

    ``trouble`` says why they, or some of several sets of files of one project, are not known.
    """

    project: str
    file: str = ""
    services: Mapping[str, Wish] = field(default_factory=lambda: _NO_SERVICES)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class FilesReading:
    """What Compose files say: of containers, by id, and of the projects that have running containers."""

    wishes: Mapping[str, Wish] = field(default_factory=lambda: _NO_SERVICES)
    projects: tuple[Defined, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that a container has otherwise than its files say: ``cpu`` or ``memory``, wished and live."""

    figure: str
    wished: float | None
    live: float | None


def differences(limits: Limits, wish: Wish | None) -> tuple[Difference, ...]:
    """Say in which limits a container differs from its files; nothing where the files are not known.

    >>> [it.figure for it in differences(Limits(cpu=Cores(1.5)), Wish(cpu=Cores(0.5)))]
    ['cpu']
    """
    if wish is None or wish.trouble:
        return ()
    found = []
    if not same_cpu(wish.cpu, limits.cpu):
        found.append(Difference("cpu", wish.cpu, limits.cpu))
    if wish.memory != limits.memory:
        found.append(Difference("memory", wish.memory, limits.memory))
    return tuple(found)


def same_cpu(one: Cores | None, other: Cores | None) -> bool:
    """Whether two CPU limits are one: a quota is kept in whole microseconds of its period."""
    if one is None or other is None:
        return one is other
    return abs(one - other) < 1e-4


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found before a file is planned. ``project`` names the files that count without ours.

    ``wish`` is what they say; ``kept`` what they say together with our file, where it is there.
    ``text`` is our file's content, ``None`` where it is not there. ``version`` is the ``version``
    that our file must carry, empty for none. ``fingerprint`` stands for the content of all the
    files but ours. ``added`` are automatic overrides that the labels do not name.
    """

    project: Project
    wish: Wish
    path: str
    text: str | None
    kept: Wish | None = None
    version: str = ""
    fingerprint: str = ""
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What Compose made of the files together: the service's wish, and what an ``up`` would do.

    ``lines`` are the words of ``up --dry-run``, one a container or other object; ``why_none``
    says why there are none.
    """

    wish: Wish
    lines: tuple[str, ...] = ()
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines that a preview shows as they are: a diff, what a program said. Only wrapped, never cut."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeComposeFile:
    """Another content of the file of our own that keeps a Compose service's limits.

    ``before`` and ``after`` are the whole text; ``None`` is no file. ``project`` names all files,
    ours among them, in their order. ``container_id`` had ``limits`` at the preview, and
    ``fingerprint`` stands for the other files then; both are empty for the way back, which asks
    for nothing but that our file is as it was left.
    """

    engine: str
    id: str
    name: str
    path: str
    before: str | None
    after: str | None
    project: Project
    container_id: str = ""
    limits: Limits = Limits()
    fingerprint: str = ""

    @property
    def inverse(self) -> "ChangeComposeFile":
        """The change that puts the earlier content back, byte for byte."""
        return replace(self, before=self.after, after=self.before, container_id="", limits=Limits(), fingerprint="")
