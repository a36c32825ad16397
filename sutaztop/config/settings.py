"""Settings as values: what configuration may say, with every default."""

from dataclasses import dataclass, field

from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Seconds


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Which engine, and how long to wait for it. ``host`` and ``context`` may both be empty."""

    host: str = ""
    context: str = ""
    deadline: Seconds = Seconds(5.0)
    sampler: str = "auto"
    """``auto``, ``kernel`` or ``engine``: where the containers' counters are read."""
    compose_command: tuple[str, ...] = ()
    """The Compose to run; empty looks for ``docker compose``, then ``docker-compose``."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """How the screen starts."""

    interval: Seconds = Seconds(1.0)
    theme: str = "dark"
    glyphs: str = "auto"
    """``auto``, ``braille``, ``blocks`` or ``ascii``."""
    read_only: bool = False
    lease: Seconds = Seconds(0.0)
    """How long write access lasts once it is taken on the screen; 0 means that it need not be taken."""
    lease_idle: Seconds = Seconds(120.0)
    """Without a key for this long it is lost."""
    sort: str = "severity"
    group: str = "none"
    """``none``, ``project`` or ``tier``."""


@dataclass(frozen=True, slots=True)
class ActionSettings:
    """How changes are made. ``borrow`` is for how long the confirm dialog's ``b`` borrows one."""

    borrow: Seconds = Seconds(600.0)


@dataclass(frozen=True, slots=True)
class WallSettings:
    """The wall display: how long a page stays, and after how many intervals data is stale."""

    page: Seconds = Seconds(15.0)
    stale_intervals: int = 5


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Where Ollama answers. Empty ``endpoints`` means: look for it among the containers and on loopback."""

    endpoints: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    deadline: Seconds = Seconds(3.0)


@dataclass(frozen=True, slots=True)
class DiskSettings:
    """How often trees are measured, and at which pace the engine's own account is asked for."""

    every: Seconds = Seconds(300.0)
    reclaimable_every: Seconds = Seconds(600.0)


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What is kept of what was seen: every reading for so long, minutes for so long, and so many bytes at most."""

    enabled: bool = True
    seconds: Seconds = Seconds(24 * 3600.0)
    minutes: Seconds = Seconds(30 * 24 * 3600.0)
    size: Bytes = Bytes(4 * GIB)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything, with the profile that measuring and policy take their numbers from."""

    engine: EngineSettings = EngineSettings()
    screen: ScreenSettings = ScreenSettings()
    actions: ActionSettings = ActionSettings()
    wall: WallSettings = WallSettings()
    models: ModelSettings = ModelSettings()
    disks: DiskSettings = DiskSettings()
    recording: RecordingSettings = RecordingSettings()
    profile: Profile = field(default_factory=Profile)
    state_directory: str = ""
    """Where the journal lives; empty means the user's state directory."""
    files: tuple[str, ...] = ()
    """The files these settings were read from, first to last."""
