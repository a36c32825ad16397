"""What holds changes back, as numbers that configuration may replace; and what was changed lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from sutaztop.domain.change import Change
from sutaztop.domain.quantity import Ratio, Seconds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """Days (0 is Monday) and a span of the day in which changes may be made; one past midnight ends on the next day."""

    days: frozenset[int]
    begins: time
    ends: time
    text: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether a time, in the zone that the window is meant in, lies inside."""
        now = at.time()
        if self.begins < self.ends:
            return at.weekday() in self.days and self.begins <= now < self.ends
        return (at.weekday() in self.days and now >= self.begins) or (
            (at.weekday() - 1) % 7 in self.days and now < self.ends
        )


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Bounds for all changes. Each can be overridden by hand, with a typed name; read-only can't.

    ``cool_down_up`` and ``cool_down_down`` are counted from the last observed change of limits or
    replicas of the same object, whoever made it. At most ``rate`` changes are made within
    ``rate_window``. ``host_cpu`` is the share of the host's CPU over which no CPU limit is raised,
    ``host_memory_reserve`` the share of its memory that is never promised. ``protected`` are names of
    containers and services, matched whole, and ``protected_label`` a label that says the same;
    ``stateful`` are images, by the last word of their name, whose containers hold what cannot be
    made again. ``windows`` are when changes may be made; without any, always.
    """

    cool_down_up: Seconds = Seconds(60.0)
    cool_down_down: Seconds = Seconds(300.0)
    rate: int = 30
    rate_window: Seconds = Seconds(600.0)
    host_cpu: Ratio = Ratio(0.90)
    host_memory_reserve: Ratio = Ratio(0.10)
    protected: tuple[str, ...] = ()
    protected_label: str = "com.sutaztop.protected"
    stateful: tuple[str, ...] = (
        "postgres", "postgresql", "pgvector", "timescaledb", "mysql", "mariadb", "mongo", "mongodb", "redis", "valkey",
        "neo4j", "qdrant", "chroma", "chromadb", "weaviate", "milvus", "elasticsearch", "opensearch", "rabbitmq",
        "kafka", "zookeeper", "etcd", "minio", "vault", "consul", "influxdb", "clickhouse-server", "faiss",
    )  # fmt: skip
    windows: tuple[ChangeWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedChange:
    """That an object's limits or replicas were seen to change, whoever did it. ``what`` is "limits" or "replicas"."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Done:
    """A change that was made through this program, as the journal has it."""

    at: datetime
    who: str
    change: Change


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan is judged by beside the frame: what was done lately, the operator's zone, and whether he insists."""

    done: Sequence[Done] = ()
    zone: tzinfo | None = None
    force: bool = False


CALM = Circumstances()
"""Nothing was done lately, and nobody insists."""
