"""What configuration may say: every key with its kind, once. Defaults are those of the dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from sutaztop.config.kinds import Kind, choice, cores, flag, pairs, ratio, size, span, text, texts, whole
from sutaztop.config.windows import windows
from sutaztop.domain.profile import HORIZONTAL

SORTS = (
    "severity", "cpu", "cpu share", "memory", "memory share", "throttled", "network", "block", "restarts",
    "name", "tier", "age",
)  # fmt: skip
"""By what the containers can be sorted at the start."""


@dataclass(frozen=True, slots=True)
class Section:
    """A group of known keys."""

    keys: Mapping[str, "Rule"]


@dataclass(frozen=True, slots=True)
class Named:
    """A group whose keys the operator chooses: components, tiers. ``each`` says what stands under one."""

    each: "Rule"


Rule: TypeAlias = Kind | Section | Named


def _section(**keys: Rule) -> Section:
    return Section(MappingProxyType(keys))


_THRESHOLDS = _section(
    window=span("10s", "1d"),
    minimum_samples=whole(2, 1000),
    minimum_span=span("0s", "1h"),
    sustained=ratio(0.5),
    cpu_warning=ratio(0.01),
    cpu_critical=ratio(0.01),
    cpu_idle=ratio(),
    memory_warning=ratio(0.01),
    memory_critical=ratio(0.01),
    memory_idle=ratio(),
    throttled_warning=ratio(0.01),
    throttled_critical=ratio(0.01),
    host_cpu_warning=ratio(0.01),
    host_cpu_critical=ratio(0.01),
    host_memory_warning=ratio(0.01),
    host_memory_critical=ratio(0.01),
    pressure_warning=ratio(0.001),
    pressure_critical=ratio(0.001),
    disk_warning=ratio(0.01),
    disk_critical=ratio(0.01),
    restarts_warning=whole(1, 1000),
)

_SCALING = _section(
    cpu_step=cores("0.01", "64"),
    cpu_ceiling=cores("0.01", "1024"),
    memory_step=size("16M", "1T"),
    minimum_replicas=whole(0, 1000),
    maximum_replicas=whole(1, 1000),
    memory_margin=ratio(0.0, 10.0),
    horizontal=choice(*HORIZONTAL),
    replicas_target=ratio(0.01, 10.0),
    up_window=span("0s", "1h"),
    down_window=span("0s", "1h"),
    up_percent=ratio(0.01, 10.0),
    up_period=span("1s", "30m"),
    down_percent=ratio(0.01, 1.0),
    down_period=span("1s", "30m"),
    maximum_memory=size("16M", "64T"),
    replicas_memory_target=ratio(0.01, 10.0),
)

_GUARDRAILS = _section(
    cool_down_up=span("0s", "1d"),
    cool_down_down=span("0s", "1d"),
    rate=whole(1, 10_000),
    rate_window=span("1s", "1d"),
    host_cpu=ratio(0.01, 100.0),
    host_memory_reserve=ratio(0.0, 0.9),
    protected=texts(),
    protected_label=text(word="the name of a label"),
    stateful=texts(),
    windows=windows(),
)

_TIERS = _section(
    label=text(word="the name of a label"),
    explicit=Named(text(word="the name of a tier")),
    rules=Named(_section(rank=whole(1, 98), services=texts(), suffixes=texts())),
)

_COMPONENTS = Named(
    _section(
        medium=choice("ssd", "hdd", "unknown"),
        paths=texts(),
        volumes=texts(),
        engine_root=flag(),
        minimum=size(),
        recommended=size("1M"),
        maximum=size(),
    )
)

_SERVICES = Named(
    _section(
        names=texts(),
        label=text(word="a label, as key or key=value"),
        # What is the whole host's, or a disk's, no service has a line of its own for.
        **{key: rule for key, rule in _THRESHOLDS.keys.items() if not key.startswith(("host_", "disk_"))},
        **_SCALING.keys,
        cool_down_up=_GUARDRAILS.keys["cool_down_up"],
        cool_down_down=_GUARDRAILS.keys["cool_down_down"],
    )
)

PROFILE = _section(
    thresholds=_THRESHOLDS,
    scaling=_SCALING,
    guardrails=_GUARDRAILS,
    tiers=_TIERS,
    services=_SERVICES,
    name_prefixes=texts(),
    components=_COMPONENTS,
)
"""What a profile may say."""

CONFIGURATION = _section(
    profile=text(word="the name of a shipped profile, none, or the path of one"),
    scaling_json=text(word="the path of a scaling.json"),
    scaling_files=texts(),
    state_directory=text(word="the path of a directory"),
    engine=_section(
        host=text(word="an address such as unix:///var/run/docker.sock, or nothing"),
        context=text(word="the name of a docker context, or nothing"),
        deadline=span("100ms", "60s"),
        sampler=choice("auto", "kernel", "engine"),
        compose_command=texts(),
    ),
    screen=_section(
        interval=span("200ms", "60s"),
        theme=text(word="the name of a theme, or the path of one"),
        glyphs=choice("auto", "braille", "blocks", "ascii"),
        read_only=flag(),
        lease=span("0s", "12h"),
        lease_idle=span("10s", "12h"),
        sort=choice(*SORTS),
        group=choice("none", "project", "tier"),
    ),
    actions=_section(borrow=span("10s", "7d")),
    wall=_section(page=span("3s", "1h"), stale_intervals=whole(2, 1000)),
    models=_section(endpoints=texts(), headers=pairs(), deadline=span("100ms", "60s")),
    disks=_section(every=span("10s", "1d"), reclaimable_every=span("10s", "1d")),
    recording=_section(enabled=flag(), seconds=span("10m", "30d"), minutes=span("1h", "3650d"), size=size("64M", "1T")),
    **PROFILE.keys,
)
"""What a configuration file may say: all of a profile's keys, and the rest."""

NOT_ABOVE = (
    ("thresholds.cpu_warning", "thresholds.cpu_critical"),
    ("thresholds.cpu_idle", "thresholds.cpu_warning"),
    ("thresholds.memory_warning", "thresholds.memory_critical"),
    ("thresholds.memory_idle", "thresholds.memory_warning"),
    ("thresholds.throttled_warning", "thresholds.throttled_critical"),
    ("thresholds.host_cpu_warning", "thresholds.host_cpu_critical"),
    ("thresholds.host_memory_warning", "thresholds.host_memory_critical"),
    ("thresholds.pressure_warning", "thresholds.pressure_critical"),
    ("thresholds.disk_warning", "thresholds.disk_critical"),
    ("scaling.minimum_replicas", "scaling.maximum_replicas"),
    ("scaling.cpu_step", "scaling.cpu_ceiling"),
    ("scaling.memory_step", "scaling.maximum_memory"),
)
"""Pairs of keys of which the first may not be larger than the second."""


def key_paths(section: Section, before: str = "") -> tuple[str, ...]:
    """Give every key of a schema as a dotted path; names that an operator chooses stand as ``*``.

    >>> key_paths(CONFIGURATION)[:2]
    ('profile', 'scaling_json')
    """
    found: list[str] = []
    for key, rule in section.keys.items():
        path = f"{before}{key}"
        while isinstance(rule, Named):
            path, rule = f"{path}.*", rule.each  # noqa: PLW2901 - walking down to what stands under a name
        found.extend(key_paths(rule, f"{path}.") if isinstance(rule, Section) else [path])
    return tuple(found)
