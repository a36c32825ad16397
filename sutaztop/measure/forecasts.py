"""When what the disk plan names will be full, from the sizes that a history knows."""

from datetime import datetime

from sutaztop.domain.disk import Filesystem
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sizes import component_key, filesystem_key, time_of
from sutaztop.domain.snapshot import ComponentUsage, DiskTier
from sutaztop.measure.growth import Forecast, Growth, forecast, growth_of


def growth_at(history: HistoryView, key: str) -> Growth | None:
    """Give how fast something of the plan grows, where enough is known."""
    found = growth_of(history.sizes(key))
    return None if isinstance(found, Unmeasured) else found


def component_forecast(it: ComponentUsage, history: HistoryView, at: datetime) -> Forecast | None:
    """Give when a component will be at its budget."""
    growth, budget = growth_at(history, component_key(it.component.name)), it.component.recommended
    if growth is None or budget is None or isinstance(it.used, Unmeasured):
        return None
    measured_at = time_of(it.trees) or it.measured_at or at
    return forecast(Bytes(budget - it.used), growth, (at - measured_at).total_seconds())


def filesystem_forecast(it: Filesystem, history: HistoryView) -> Forecast | None:
    """Give when a filesystem will be full."""
    growth = growth_at(history, filesystem_key(it.mount_point))
    return None if growth is None else forecast(it.available, growth)


def tier_forecast(tier: DiskTier, history: HistoryView) -> Forecast | None:
    """Give when the first of a tier's filesystems will be full."""
    found = (filesystem_forecast(it, history) for it in tier.filesystems)
    return min((it for it in found if it is not None), key=lambda it: it.left, default=None)
