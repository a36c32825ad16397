"""A living container: its life from created to removed, its probe, and how it is described."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from sutaztop.demo.configuration import Configuration
from sutaztop.demo.kernel import Cgroup
from sutaztop.demo.load import Load, LoadShape
from sutaztop.demo.scenarios import Ailment
from sutaztop.domain.container import NO_LABELS, Container, ContainerState, Health, Probe
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.text import clean_line, clean_text

PROBE_EVERY = 30.0
PROBES_KEPT = 5
"""The engine keeps the last five."""
FAILS_UNTIL_UNHEALTHY = 3
LONGEST_BACK_OFF = 60.0
RUN_THAT_CLEARS_BACK_OFF = 10.0
SIGKILL = 9
SIGKILLED = 128 + SIGKILL
_ENDING = (2, 3, SIGKILL, 15)
"""INT, QUIT, KILL, TERM: what the world's programs end on."""
FIRST_JOB = 45.0
JOB_EVERY = 230.0
"""Seconds until the host's cron starts a finished job again."""

Tell = Callable[["LivingContainer", str, str, Mapping[str, str]], None]


class LivingContainer:
    """One container. ``born`` is the world's time in seconds; every method is under the world's lock."""

    def __init__(  # noqa: PLR0913 - named at its one call
        self, container_id: str, name: str, configuration: Configuration, resources: Resources, shape: LoadShape, *,
        random: Random, epoch: datetime, born: float, tell: Tell, ailment: Ailment = Ailment.HEALTHY,
    ) -> None:  # fmt: skip
        self.id = container_id
        self.name = name
        self.configuration = configuration
        self.resources = resources
        self.shape = shape
        self.ailment = ailment
        self.state = ContainerState.CREATED
        self.health = Health.NONE
        self.oom_killed = False
        self.restart_count = 0
        self.exit_code: int | None = None
        self.cgroup: Cgroup | None = None
        self.spec_version = 0
        self.will_start_at: float | None = None
        self.will_be_removed_at: float | None = None
        self.address = f"10.0.{random.randrange(1, 250)}.{random.randrange(2, 250)}"
        self._random = random
        self._epoch = epoch
        self._born = born
        self._started: float | None = None
        self._finished: float | None = None
        self._pid = 0
        self._runs = 0
        self._probes: deque[Probe] = deque(maxlen=PROBES_KEPT)
        self._fails = 0
        self._next_probe = born
        self._will_exit_at: float | None = None
        self._back_off = 0.1
        self._tell = tell
        self._described: Container | None = None

    @property
    def is_running(self) -> bool:
        """Whether its processes exist."""
        return self.cgroup is not None

    @property
    def limits(self) -> Limits:
        """The stored ceilings; the kernel enforces them while it runs."""
        return self.resources.limits

    @property
    def started(self) -> float | None:
        """When the present or last run began, in seconds of the world."""
        return self._started

    @property
    def finished(self) -> float | None:
        """When the last run ended, in seconds of the world."""
        return self._finished

    def at(self, now: float) -> datetime:
        """Give the wall time of a moment of the world."""
        return self._epoch + timedelta(seconds=now)

    # --- life ----------------------------------------------------------------------------------

    def start(self, now: float, *, quietly: bool = False) -> None:
        """Begin a run from zero; ``quietly`` is for runs that began before the world was looked at."""
        self._runs += 1
        self.state = ContainerState.RUNNING
        self.exit_code = None
        self._started = now
        self._pid = 2000 + self._random.randrange(4_000_000)
        self.cgroup = Cgroup(
            Load(self.shape, self._random, max(now, 0.0)), f"{self.at(now).isoformat()}/{self._runs}",
            network=self.configuration.network_mode != "host", already_up=max(0.0, -now),
        )  # fmt: skip
        self.will_start_at = None
        self._fails = 0
        if self.configuration.probed:
            self.health = Health.STARTING
            self._next_probe = now + 3.0 + 2.0 * self._random.random()
            if quietly:
                self._next_probe = PROBE_EVERY * self._random.random()
                self._settle_health()
        if self.ailment is Ailment.CRASHING or self.configuration.kind == "job":
            self._will_exit_at = now + (1.4 if self.ailment is Ailment.CRASHING else 12.0)
        if not quietly:
            self._say("start")

    def _settle_health(self) -> None:
        failing = self.ailment is Ailment.UNHEALTHY
        self.health = Health.UNHEALTHY if failing else Health.HEALTHY
        self._fails = FAILS_UNTIL_UNHEALTHY if failing else 0
        for age in range(PROBES_KEPT, 0, -1):
            self._remember_probe(self._next_probe - age * PROBE_EVERY)

    def stop(self, now: float) -> None:
        """End the run as ``docker stop`` does: no restart policy brings it back."""
        if self.cgroup is None:
            self.will_start_at = None
            self._end(now, self.exit_code or 0, ContainerState.EXITED)
            return
        self._say("kill", attributes={"signal": "15"})
        self._end(now, 0, ContainerState.EXITED)
        self._say("die", attributes={"exitCode": "0"})
        self._say("stop")

    def pause(self) -> None:
        """Freeze all processes; memory stays. The engine runs no probe meanwhile."""
        if self.cgroup is not None:
            self.cgroup.stand_still()
            self.state = ContainerState.PAUSED
            self._say("pause")

    def unpause(self) -> None:
        """Let them go on where they were."""
        self.state = ContainerState.RUNNING
        self._say("unpause")

    def signal(self, now: float, number: int) -> None:
        """Get a signal: one that ends, ends the run for good, for the engine takes it for a stop by hand."""
        if self.state is ContainerState.PAUSED:
            self.unpause()
        self._say("kill", attributes={"signal": str(number)})
        if number in _ENDING:
            code = SIGKILLED if number == SIGKILL else 128 + number
            self._end(now, code, ContainerState.EXITED)
            self._say("die", attributes={"exitCode": str(code)})

    def _end(self, now: float, exit_code: int, state: ContainerState) -> None:
        self.cgroup = None
        self.state = state
        self.exit_code = exit_code
        self._finished = now
        self._pid = 0
        self._will_exit_at = None
        if self.configuration.probed:
            # The engine calls a probe that no longer runs "unhealthy" (moby, for old clients).
            self.health = Health.UNHEALTHY
        self.changed()

    def exit_before(self, now: float, exit_code: int) -> None:
        """Be found exited when the world opens."""
        self._started = now - 4000.0
        self._end(now, exit_code, ContainerState.EXITED)
        if self.configuration.kind == "job":
            self.will_start_at = FIRST_JOB

    def die(self, now: float, exit_code: int) -> None:
        """End by itself; the restart policy decides what follows, with the engine's doubling back-off."""
        ran = now - (self._started or now)
        again = self.configuration.restart_policy in ("unless-stopped", "always")
        self._end(now, exit_code, ContainerState.RESTARTING if again else ContainerState.EXITED)
        self._say("die", attributes={"exitCode": str(exit_code)})
        if again:
            self._back_off = 0.1 if ran > RUN_THAT_CLEARS_BACK_OFF else min(self._back_off * 2, LONGEST_BACK_OFF)
            self.restart_count += 1
            self.will_start_at = now + self._back_off
        elif self.configuration.kind == "job":
            self.will_start_at = now + JOB_EVERY

    def be_crashing(self, now: float, restarts: int) -> None:
        """Be found in a restart loop that has reached its longest pause."""
        self._started = now - 1.4
        self._end(now, 1, ContainerState.RESTARTING)
        self.restart_count = restarts
        self._back_off = LONGEST_BACK_OFF
        self.will_start_at = 20.0

    def be_oom_killed_before(self, kills: int) -> None:
        """Be found green with the flag of an earlier kill."""
        self.oom_killed = True
        if self.cgroup is not None:
            self.cgroup.oom_kills = kills
        self.changed()

    def step(self, now: float, share: float) -> bool:
        """Live on to ``now``; tells whether the kernel killed something for memory."""
        cgroup = self.cgroup
        if cgroup is None:
            if self.will_start_at is not None and now >= self.will_start_at:
                self.start(now)
            return False
        if self.state is ContainerState.PAUSED:
            return False
        ran_out = cgroup.step(now, self.resources.limits, share)
        if ran_out:
            self._run_out(now, cgroup)
        elif self._will_exit_at is not None and now >= self._will_exit_at:
            self.die(now, 1 if self.ailment is Ailment.CRASHING else 0)
        elif self.configuration.probed and now >= self._next_probe:
            self._probe(now)
        return ran_out

    def _run_out(self, now: float, cgroup: Cgroup) -> None:
        self.oom_killed = True
        self._say("oom")
        if self.shape.kills_child:
            cgroup.lose_child()
        else:
            self.die(now, SIGKILLED)

    # --- the probe -----------------------------------------------------------------------------

    def _probe(self, now: float) -> None:
        self._next_probe = now + PROBE_EVERY
        self._remember_probe(now)
        before = self.health
        if self.ailment is Ailment.UNHEALTHY:
            self._fails += 1
            if self._fails >= FAILS_UNTIL_UNHEALTHY:
                self.health = Health.UNHEALTHY
        else:
            self._fails = 0
            self.health = Health.HEALTHY
        if self.health is not before:
            self._say("health_status", self.health.value)

    def _remember_probe(self, now: float) -> None:
        if self.ailment is Ailment.UNHEALTHY:
            probe = Probe(self.at(now), 1, "/bin/sh: 1: curl: not found\n")
        else:
            probe = Probe(self.at(now), 0, '{"status":"ok"}')
        self._probes.append(probe)
        self._described = None

    # --- how it looks --------------------------------------------------------------------------

    def set_limits(self, limits: Limits) -> None:
        """Store ceilings, which the kernel enforces from the next step; page cache over them goes."""
        self.resources = Resources(limits, self.resources.reservations)
        if self.cgroup is not None and limits.memory is not None:
            self.cgroup.squeeze(limits.memory)
        self._say("update")

    def changed(self) -> None:
        """Forget the description, so that the next one is made anew."""
        self._described = None

    def _say(self, action: str, detail: str = "", attributes: Mapping[str, str] = NO_LABELS) -> None:
        self.changed()
        self._tell(self, action, detail, attributes)

    def describe(self) -> Container:
        """Give the container as ``inspect`` would, cleaned as every adapter does on entry."""
        if self._described is None:
            self._described = self._describe()
        return self._described

    def _describe(self) -> Container:
        fixed = self.configuration
        running = self.cgroup is not None
        return Container(
            id=self.id, name=clean_line(self.name), image=clean_line(fixed.image), state=self.state,
            health=self.health, created_at=self.at(self._born),
            started_at=None if self._started is None else self.at(self._started),
            finished_at=None if self._finished is None else self.at(self._finished),
            pid=self._pid, exit_code=None if running else self.exit_code, oom_killed=self.oom_killed,
            restart_count=self.restart_count, restart_policy=fixed.restart_policy, resources=self.resources,
            project=fixed.project, service=clean_line(fixed.service), number=fixed.number,
            swarm_service_id=fixed.swarm_service_id, swarm_task_id=fixed.swarm_task_id,
            command=clean_line(fixed.command), network_mode=fixed.network_mode, networks=fixed.networks,
            addresses=(self.address,) if running and fixed.network_mode != "host" else (),
            mounts=fixed.mounts, ports=fixed.ports, logging=fixed.logging,
            probes=tuple(Probe(it.at, it.exit_code, clean_text(it.output).strip()) for it in self._probes),
            environment=tuple((clean_line(key), clean_line(value)) for key, value in fixed.environment),
            labels={clean_line(key): clean_line(value) for key, value in fixed.labels.items()},
            image_id=f"sha256:{sha256(fixed.image.encode()).hexdigest()}",
        )  # fmt: skip
