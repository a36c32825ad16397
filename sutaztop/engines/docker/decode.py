"""What the Docker API's JSON means in the stack's nouns. Pure: no connection, no clock."""

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache

from sutaztop.domain.container import STOP_GRACE, Container, ContainerState, Health, Logging, Mount, Port, Probe
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo, SwarmRole
from sutaztop.domain.event import Event, detail_of
from sutaztop.domain.project import COMPOSE
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.resources import DEFAULT_PERIOD_US, Limits, Reservations, Resources
from sutaztop.domain.text import clean_line, clean_text
from sutaztop.engines.payload import Fields, objects, time_of

"""The prefix of the labels that Compose puts on what it makes."""
_SWARM = "com.docker.swarm."
_STATES = {state.value: state for state in ContainerState}
_HEALTH = {health.value: health for health in Health}
_PROBES_KEPT = 5
_ADDRESSES = ("IPAddress", "GlobalIPv6Address")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")


def decode_container(payload: object) -> Container:
    """Read ``GET /containers/{id}/json``. Raises ``EngineError`` for anything else."""
    it = Fields(payload, "inspect")
    state, config, host = it.part("State"), it.part("Config"), it.part("HostConfig")
    labels = config.mapping("Labels")
    task = labels.get(f"{_SWARM}task.name", "")
    running = _state(state) in (ContainerState.RUNNING, ContainerState.PAUSED)
    started, code = state.time("StartedAt"), state.integer("ExitCode")
    project, service, number = _owner(labels, task)
    return Container(
        id=it.text("Id"),
        name=it.text("Name").removeprefix("/"),
        image=config.text("Image") or it.text("Image"),
        state=_state(state),
        health=_HEALTH.get(state.part("Health").text("Status"), Health.NONE),
        created_at=it.time("Created"),
        started_at=started,
        finished_at=state.time("FinishedAt"),
        pid=state.integer("Pid"),
        exit_code=None if running or (started is None and code == 0) else code,
        oom_killed=state.flag("OOMKilled"),
        restart_count=it.integer("RestartCount"),
        restart_policy=_restart_policy(host.part("RestartPolicy")),
        auto_remove=host.flag("AutoRemove"),
        stop_grace=_stop_grace(config),
        resources=decode_resources(host),
        project=project,
        service=service,
        number=number,
        swarm_service_id=labels.get(f"{_SWARM}service.id", ""),
        swarm_task_id=labels.get(f"{_SWARM}task.id", ""),
        command=clean_line(shlex.join([it.text("Path"), *it.texts("Args")]), limit=4096),
        network_mode=host.text("NetworkMode"),
        networks=tuple(clean_line(name) for name in it.part("NetworkSettings").names("Networks")),
        addresses=_addresses(it.part("NetworkSettings").part("Networks")),
        mounts=tuple(_mount(mount) for mount in it.parts("Mounts")),
        ports=_ports(it, config, host),
        probes=tuple(_probe(probe) for probe in state.part("Health").parts("Log")[-_PROBES_KEPT:]),
        logging=_logging(host.part("LogConfig")),
        environment=tuple(_variable(text) for text in config.texts("Env", limit=4096)),
        labels=labels,
        image_id=it.text("Image"),
    )


def _stop_grace(config: Fields) -> Seconds | None:
    """Read how long a stop waits; the engine writes nothing where it is its own default, and -1 for no end."""
    told = config.number("StopTimeout")
    return STOP_GRACE if told is None else Seconds(float(told)) if told >= 0 else None


def decode_listed(entry: Fields) -> Container:
    """Read one entry of ``GET /containers/json``: all that is known of a container that cannot be inspected."""
    labels = entry.mapping("Labels")
    project, service, number = _owner(labels, labels.get(f"{_SWARM}task.name", ""))
    names = [name.removeprefix("/") for name in entry.texts("Names")]
    return Container(
        id=entry.text("Id"),
        # A linked container has further names of the form other/alias.
        name=next((name for name in names if "/" not in name), entry.text("Id")[:12]),
        image=entry.text("Image"),
        state=_STATES.get(entry.text("State"), ContainerState.DEAD),
        created_at=time_of(entry.integer("Created") * 10**9),
        project=project,
        service=service,
        number=number,
        swarm_service_id=labels.get(f"{_SWARM}service.id", ""),
        swarm_task_id=labels.get(f"{_SWARM}task.id", ""),
        command=entry.text("Command", limit=4096),
        labels=labels,
        image_id=entry.text("ImageID"),
    )


def tells_the_same(entry: Fields, container: Container) -> bool:
    """Whether an entry of ``GET /containers/json`` tells of a container what is known of it.

    Health and exit code stand only in the words of its status: ``Up 2 hours (unhealthy)``,
    ``Up 3 seconds (health: starting)``, ``Exited (137) 5 minutes ago``.
    """
    listed = decode_listed(entry)
    if (listed.name, listed.state) != (container.name, container.state):
        return False
    found = _IN_BRACKETS.search(entry.text("Status"))
    told = found[1].removeprefix("health: ") if found else ""
    if container.is_running:
        return _HEALTH.get(told, Health.NONE) is container.health
    return not told.isdecimal() or container.exit_code is None or int(told) == container.exit_code


def decode_resources(host: Fields) -> Resources:
    """Read the limits of a ``HostConfig``: 0 and absent mean that none is set.

    A CPU limit is nano-CPUs, or a quota over a period; where either quota or period was ever
    given, the engine refuses nano-CPUs for good, which ``cpu_by_quota`` remembers.
    """
    nano, quota, period = host.integer("NanoCpus"), host.integer("CpuQuota"), host.integer("CpuPeriod")
    by_quota = nano <= 0 and (quota > 0 or period > 0)
    cpu = None
    if nano > 0:
        cpu = Cores(nano / 1e9)
    elif quota > 0:
        cpu = Cores(quota / (period or DEFAULT_PERIOD_US))
    pids, reserved = host.integer("PidsLimit"), host.integer("MemoryReservation")
    return Resources(
        Limits(
            cpu=cpu,
            memory=_amount(host.integer("Memory")),
            memory_and_swap=Bytes(host.integer("MemorySwap")) if host.integer("MemorySwap") else None,
            pids=pids if pids > 0 else None,
            cpu_by_quota=by_quota,
            cpu_period_us=period if by_quota and period not in (0, DEFAULT_PERIOD_US) else None,
        ),
        Reservations(memory=_amount(reserved)),
    )


def has_fixed_host_port(payload: object) -> bool:
    """Say whether the container asks for a host port of its own: a second one like it could not start."""
    bindings = Fields(payload, "inspect").part("HostConfig")
    return any(
        binding.text("HostPort") not in ("", "0")
        for name, given in bindings.items("PortBindings")
        for binding in objects(given, f"inspect.HostConfig.PortBindings.{name}")
    )


def decode_info(payload: object, *, endpoint: str, origin: str, api_version: str, is_local: bool) -> EngineInfo:
    """Read ``GET /info``."""
    it = Fields(payload, "info")
    swarm = it.part("Swarm")
    role = SwarmRole.NONE
    if swarm.text("LocalNodeState") == "active":
        role = SwarmRole.MANAGER if swarm.flag("ControlAvailable") else SwarmRole.WORKER
    cgroup = it.text("CgroupVersion", "1")
    return EngineInfo(
        endpoint=endpoint,
        origin=origin,
        name=it.text("Name"),
        id=it.text("ID"),
        version=it.text("ServerVersion"),
        api_version=api_version,
        os=it.text("OperatingSystem"),
        kernel=it.text("KernelVersion"),
        cpus=it.integer("NCPU"),
        memory=Bytes(it.integer("MemTotal")),
        cgroup_version=int(cgroup) if cgroup.isascii() and cgroup.isdigit() else 0,
        cgroup_driver=it.text("CgroupDriver"),
        root_directory=it.text("DockerRootDir"),
        swarm_role=role,
        is_local=is_local,
    )


def decode_event(payload: object) -> Event | None:
    """Read one object of ``GET /events``; ``None`` for one without a time, which no stream can continue after.

    Some actions carry their argument after a colon (``health_status: unhealthy``); elsewhere
    the detail is an attribute. The legacy ``status``, ``id`` and ``from`` are not looked at.
    """
    it = Fields(payload, "event")
    time_ns = it.integer("timeNano") or it.integer("time") * 10**9
    moment = time_of(time_ns)
    if moment is None:
        return None
    action, _, argument = it.text("Action").partition(":")
    attributes = it.part("Actor").mapping("Attributes")
    return Event(
        at=moment,
        time_ns=time_ns,
        kind=it.text("Type"),
        action=action,
        subject_id=it.part("Actor").text("ID"),
        subject_name=attributes.get("name", ""),
        detail=argument.strip() or detail_of(action, attributes),
        attributes=attributes,
    )


def decode_reclaimable(payload: object) -> Reclaimable:
    """Read ``GET /system/df`` as ``docker system df`` adds it up.

    Images: all layers less what images in use hold alone. Containers: the writable layers of
    those that do not run. Volumes: those that no container refers to. A size of -1 is unknown
    and left out. Engines from API 1.52 on add it up themselves (``ImageUsage.Reclaimable``).
    """
    it = Fields(payload, "system/df")
    held = sum(
        max(0, image.integer("Size") - max(0, image.integer("SharedSize")))
        for image in it.parts("Images")
        if image.integer("Containers")
    )
    dangling = sum(
        max(0, image.integer("Size") - max(0, image.integer("SharedSize")))
        for image in it.parts("Images")
        if not image.integer("Containers") and _is_dangling(image)
    )
    idle = sum(
        max(0, container.integer("SizeRw"))
        for container in it.parts("Containers")
        if container.text("State") not in ("running", "paused", "restarting")
    )
    unused = sum(
        max(0, volume.part("UsageData").integer("Size"))
        for volume in it.parts("Volumes")
        if volume.part("UsageData").number("RefCount") == 0
    )
    cache = sum(
        max(0, record.integer("Size"))
        for record in it.parts("BuildCache")
        if not record.flag("InUse") and not record.flag("Shared")
    )
    layers = it.integer("LayersSize")
    return Reclaimable(
        images=_told(it, "ImageUsage", max(0, layers - held)),
        containers=_told(it, "ContainerUsage", idle),
        build_cache=_told(it, "BuildCacheUsage", cache),
        volumes_unused=_told(it, "VolumeUsage", unused),
        images_dangling=Bytes(dangling),
    )


def _is_dangling(image: Fields) -> bool:
    """Whether neither a tag nor a digest names an image; engines before API 1.43 write <none> for such."""
    names = (*image.texts("RepoTags"), *image.texts("RepoDigests"))
    return all(name.startswith("<none>") for name in names)


def _told(it: Fields, key: str, counted: int) -> Bytes:
    told = it.part(key).number("Reclaimable")
    return Bytes(counted if told is None else max(0, told))


def _state(state: Fields) -> ContainerState:
    # Podman's socket knows more words (configured, stopping); the flags decide there.
    known = _STATES.get(state.text("Status"))
    return known or (ContainerState.RUNNING if state.flag("Running") else ContainerState.EXITED)


def _owner(found: Mapping[str, str], task: str) -> tuple[str, str, int | None]:
    if f"{COMPOSE}service" in found:
        return found.get(f"{COMPOSE}project", ""), found[f"{COMPOSE}service"], _whole(
            found.get(f"{COMPOSE}container-number", "")
        )  # fmt: skip
    service = found.get(f"{_SWARM}service.name", "")
    slot = task.removeprefix(f"{service}.").partition(".")[0] if service else ""
    return found.get("com.docker.stack.namespace", ""), service, _whole(slot)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _amount(value: int) -> Bytes | None:
    return Bytes(value) if value > 0 else None


def _restart_policy(policy: Fields) -> str:
    name, most = policy.text("Name"), policy.integer("MaximumRetryCount")
    return f"{name}:{most}" if name == "on-failure" and most else name


def _logging(given: Fields) -> Logging | None:
    """Read the log driver; the daemon's own options stand among a container's since it was created."""
    driver = given.text("Type")
    return _one_logging(driver, given.part("Config").text("max-size")) if driver else None


@lru_cache(maxsize=64)
def _one_logging(driver: str, max_size: str) -> Logging:
    """Give one object for all that log alike: a thousand containers have two or three ways."""
    return Logging(driver, max_size)


def _mount(mount: Fields) -> Mount:
    return Mount(
        kind=mount.text("Type"),
        source=mount.text("Source", limit=4096),
        destination=mount.text("Destination", limit=4096),
        volume=mount.text("Name"),
        read_only="RW" in mount and not mount.flag("RW"),
    )


def _probe(probe: Fields) -> Probe:
    return Probe(
        at=probe.time("End") or probe.time("Start"),
        exit_code=probe.integer("ExitCode"),
        output=clean_text(probe.raw_text("Output")).strip(),
    )


def _addresses(networks: Fields) -> tuple[str, ...]:
    given = (networks.part(name) for name in networks)
    return tuple(address for one in given for key in _ADDRESSES if (address := one.text(key)))


def _variable(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _ports(it: Fields, config: Fields, host: Fields) -> tuple[Port, ...]:
    """Read what is published now; of a container that does not run, what it asks for."""
    settings = it.part("NetworkSettings")
    published = dict(settings.items("Ports")) or {
        **dict.fromkeys(config.names("ExposedPorts")), **dict(host.items("PortBindings")),
    }  # fmt: skip
    found: list[Port] = []
    for name, bindings in published.items():
        number, _, protocol = name.partition("/")
        container_port = _whole(number)
        if container_port is None:
            continue
        given = objects(bindings, f"inspect.NetworkSettings.Ports.{name}")
        protocol = clean_line(protocol or "tcp")
        found.extend(
            Port(container_port, protocol, binding.text("HostIp"), _whole(binding.text("HostPort")))
            for binding in given
        )
        if not given:
            found.append(Port(container_port, protocol))
    return tuple(found)
