"""sutaztop as a strategy: ``decide`` as it is live, everything that it advises carried out at once."""

from dataclasses import replace

from sutaztop.domain.case import Case, HostRoom, LoadSample, OomKill, Phase, Replica, Resized, Situation
from sutaztop.domain.decision import Axis, Decision
from sutaztop.domain.numbers import Numbers, numbers_of
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.profile import Profile
from sutaztop.policy.deciding.decide import decide
from sutaztop.policy.deciding.memory_rules import RISING
from sutaztop.policy.remember import DAY, with_wishes
from tests.simulator.strategies import Change, Strategy
from tests.simulator.world import Reading, Unit, World

BUCKET = 5
"""Seconds of readings in one sample, as live."""
SEEN_AFTER = 1
"""Seconds until a change is observed: it stands in the next snapshot."""
LIVE = numbers_of(Profile())
_PEAK_STEPS = (60, 300)
_MOST_KILLS = 16
SERVICE = "plant"


class Ours(Strategy):
    """Judge every so many seconds. Under Compose each container is a case; a Swarm service is one."""

    def __init__(self, world: World, *, every: int, numbers: Numbers = LIVE) -> None:
        super().__init__(world, every)
        self._numbers = numbers
        self._past: Past = replace(NO_PAST, sizes={SERVICE: world.wished})
        self._kills: dict[str, tuple[OomKill, ...]] = {}
        self._told = 0
        self._raises: dict[str, tuple[int, ...]] = {}
        self._resized: tuple[Resized, ...] = ()
        self._changed: dict[str, int] = {}
        self._peaks: dict[str, dict[int, list[int]]] = {}
        self.situations: list[tuple[Situation, tuple[Decision, ...]]] = []
        self.keeps = False

    # --- judging ----------------------------------------------------------------------------------

    def act(self) -> list[Change]:
        """Judge the world as it is and carry out what is advised."""
        self._remember_kills()
        situation = self.situation()
        decisions = decide(situation, self._numbers)
        if self.keeps:
            self.situations.append((situation, decisions))
        spoken = max((it for it in decisions if it.wish is not None), key=lambda it: it.wish or 0, default=None)
        if spoken is not None:
            self._past = with_wishes(self._past, {SERVICE: spoken}, self.world.now)
        changes: list[Change] = []
        for it in decisions:
            changes += self._carry_out(it)
        return changes

    def watch(self) -> None:
        """Keep the highest working set of each minute and five, as history does."""
        for it in self.world.units:
            if not it.readings or it.readings[-1].at != self.world.now - 1:
                continue
            reading = it.readings[-1]
            for step in _PEAK_STEPS:
                peaks = self._peaks.setdefault(it.id, {}).setdefault(step, [])
                if reading.at % step == 0 or not peaks:
                    peaks.append(0)
                    del peaks[: -RISING - 2]
                peaks[-1] = max(peaks[-1], reading.working_set)

    def situation(self) -> Situation:
        """Give what is judged now."""
        world, plant = self.world, self.world.plant
        host = HostRoom(
            cpus=plant.host_cpus, memory_total=plant.host_memory, cpu_used=world.host_used,
            memory_available=world.host_available, memory_pressure_full=0,
        )  # fmt: skip
        members = tuple(self._replica(it) for it in world.units)
        cases: tuple[Case, ...]
        if world.restarts:
            cases = (self._case(SERVICE, members, world.cpu_limit, world.memory_limit, rolling=True),)
        else:
            cases = tuple(
                self._case(it.id, members, it.cpu_limit, it.memory_limit, rolling=False) for it in world.units
            )
        return Situation(world.now, host, cases)

    def _case(self, key: str, members: tuple[Replica, ...], cpu: int, memory: int, *, rolling: bool) -> Case:
        changes = [at for who, at in self._changed.items() if who in (key, SERVICE)]
        now = self.world.now
        return Case(
            id=key, name=key, replicas=self.world.wished if rolling else self.world.running, numbers=self._numbers,
            cpu_limit=cpu, memory_limit=memory, members=members,
            scope=frozenset() if rolling else frozenset({key}), service="" if rolling else SERVICE,
            last_change=max(changes, default=None),
            ooms=tuple(it for it in self._kills.get(key, ()) if now - it.at <= DAY),
            raises=tuple(it for it in self._raises.get(key, ()) if now - it <= DAY),
            wished=self._past.wished.get(SERVICE, ()),
            resized=tuple(it for it in self._resized if now - it.at <= DAY),
            tier_rank=1, peaks=self._known_peaks(key, rolling=rolling), rolling=rolling,
        )  # fmt: skip

    def _replica(self, it: Unit) -> Replica:
        world = self.world
        if not it.is_up(world.now):
            return Replica(it.id, Phase.RESTARTING if it.readings else Phase.CREATED, it.up_at)
        probe = world.plant.probe_after
        return Replica(
            id=it.id, phase=Phase.RUNNING, started=it.up_at,
            healthy=probe is not None and world.now - it.up_at >= probe,
            samples=_samples(it, world.now, self._numbers.window),
            cache=it.readings[-1].cache if it.readings else None,
        )  # fmt: skip

    def _known_peaks(self, key: str, *, rolling: bool) -> tuple[tuple[int, tuple[int, ...]], ...]:
        # Live they are read of the fullest replica alone, and only above half of its limit.
        mine = [it for it in self.world.units if (rolling or it.id == key) and it.readings]
        sized = [it for it in mine if it.readings[-1].working_set * 2 > it.memory_limit]
        if not sized:
            return ()
        worst = max(sized, key=lambda it: (it.readings[-1].working_set * 1_000_000 // it.memory_limit, it.id))
        found = self._peaks.get(worst.id, {})
        # The newest one is still open.
        whole = ((step, tuple(found.get(step, ())[:-1])) for step in _PEAK_STEPS)
        return tuple((step, peaks) for step, peaks in whole if len(peaks) == RISING + 1)

    # --- memory of what happened ------------------------------------------------------------------

    def _remember_kills(self) -> None:
        for at, who, limit in self.world.kills[self._told :]:
            key = SERVICE if self.world.restarts else who
            self._kills[key] = (*self._kills.get(key, ()), OomKill(at, limit))[-_MOST_KILLS:]
        self._told = len(self.world.kills)

    # --- carrying out -----------------------------------------------------------------------------

    def _carry_out(self, decision: Decision) -> list[Change]:
        world, now = self.world, self.world.now
        after = {it.axis: it.after for it in decision.actions}
        cpu, memory = after.get(Axis.CPU), after.get(Axis.MEMORY)
        if cpu is not None or memory is not None:
            world.set_limits(cpu, memory, "" if world.restarts else decision.id)
            self._changed[decision.id] = now + SEEN_AFTER
        if memory is not None and any(it.axis is Axis.MEMORY and memory > (it.before or 0) for it in decision.actions):
            self._raises[decision.id] = (*self._raises.get(decision.id, ()), now)
        size = after.get(Axis.REPLICAS)
        if size is not None and size != world.wished:
            self._resized = (*self._resized, Resized(now, size - world.wished))
            self._changed[SERVICE] = now + SEEN_AFTER
            world.scale(size)
            self._past = replace(self._past, sizes={SERVICE: size})
        elif size is not None:
            after.pop(Axis.REPLICAS)
        return [Change(now, it.axis, it.before or 0, it.after, it.rule) for it in decision.actions if it.axis in after]


def _samples(it: Unit, now: int, window: int) -> tuple[LoadSample, ...]:
    """Average the readings of each five seconds, from the newest back, so that the newest is whole."""
    readings = [one for one in it.readings if now - window <= one.at < now and one.at >= it.up_at]
    ends = range(len(readings) % BUCKET or BUCKET, len(readings) + 1, BUCKET)
    return tuple(_sample(readings[max(0, end - BUCKET) : end]) for end in ends)


def _sample(few: list[Reading]) -> LoadSample:
    return LoadSample(
        at=few[-1].at, cpu=sum(it.cpu for it in few) // len(few),
        working_set=sum(it.working_set for it in few) // len(few),
        periods=few[-1].periods, throttled=few[-1].throttled, cpu_pressure=0,
        memory_pressure=0, memory_pressure_full=0,
    )  # fmt: skip
