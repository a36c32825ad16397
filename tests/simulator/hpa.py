"""Kubernetes' HPA v2 alone as a strategy: the program's own account of it, on CPU, with the guide's bounds."""

from sutaztop.domain.scaling import (
    Behaviour,
    HorizontalSpec,
    MetricKind,
    MetricReading,
    MetricSample,
    MetricSpec,
    PolicyKind,
    ScaledReplica,
    ScalePolicy,
    ScaleRules,
    ScalingState,
    Stage,
)
from sutaztop.policy.scaling.horizontal import changed, scale
from tests.simulator.strategies import Change, Strategy
from tests.simulator.world import Unit, World

SAMPLE = 30
"""Seconds that one sample of a replica covers."""
SPEC = HorizontalSpec(
    "plant",
    metrics=(MetricSpec("cpu", MetricKind.UTILIZATION, 70),),
    behaviour=Behaviour(
        ScaleRules(60, (ScalePolicy(PolicyKind.PERCENT, 100, 30),)),
        ScaleRules(300, (ScalePolicy(PolicyKind.PERCENT, 50, 60),)),
    ),
)


class HpaAlone(Strategy):
    """A loop every 15 s; a replica is ready as soon as it is up, its request is its limit."""

    def __init__(self, world: World) -> None:
        super().__init__(world, 15)
        self._state = ScalingState()

    def act(self) -> list[Change]:
        """Run one loop."""
        world, now = self.world, self.world.now
        replicas = [self._replica(it) for it in world.units]
        samples = tuple(
            MetricSample(it.id, _mean(it), it.readings[-1].at, SAMPLE)
            for it in world.units
            if it.is_up(now) and it.readings
        )
        reading = MetricReading("cpu", samples, tuple((it.id, it.cpu_limit) for it in world.units))
        outcome = scale(SPEC, world.wished, replicas, (reading,), self._state, now)
        self._state = changed(SPEC, outcome.state, world.wished, outcome.replicas, now)
        return self.resize(outcome.replicas, "HPA")

    def _replica(self, it: Unit) -> ScaledReplica:
        is_up = it.is_up(self.world.now)
        return ScaledReplica(
            it.id, Stage.RUNNING if is_up else Stage.PENDING, ready=is_up, started=it.up_at, ready_changed=it.up_at
        )


def _mean(it: Unit) -> int:
    few = [one.cpu for one in list(it.readings)[-SAMPLE:]]
    return sum(few) // len(few)
