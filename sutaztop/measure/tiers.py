"""Which priority a container has, and by which rule that was found. Whole names only, never parts of them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sutaztop.domain.container import Container
from sutaztop.domain.profile import Tiering
from sutaztop.domain.snapshot import Tier

UNCLASSIFIED = Tier()

_MOST_REMEMBERED = 4096


def strip_prefix(name: str, prefixes: Sequence[str]) -> str:
    """Give a name without the longest configured prefix it starts with; never an empty name.

    >>> strip_prefix("sutazai-redis", ("sutazai-",)), strip_prefix("redis", ("sutazai-",))
    ('redis', 'redis')
    """
    fitting = [prefix for prefix in prefixes if name.startswith(prefix) and len(name) > len(prefix)]
    return name[max(map(len, fitting)) :] if fitting else name


class TierTable:
    """A tiering made ready; what was found for a container's names and label is remembered."""

    def __init__(self, tiering: Tiering, prefixes: Sequence[str] = ()) -> None:
        self._label = tiering.label
        self._prefixes = tuple(prefixes)
        ranks = {rule.name: rule.rank for rule in tiering.rules}
        self._explicit = {
            name: Tier(tier, "configuration", ranks.get(tier, UNCLASSIFIED.rank)) for name, tier in tiering.explicit
        }
        by_rank = sorted(tiering.rules, key=lambda rule: rule.rank, reverse=True)
        # Built from the last rank to the first, so that the higher tier wins a name that two claim.
        self._labels: dict[str, Tier] = {
            service: Tier(rule.name, "label", rule.rank) for rule in by_rank for service in rule.services
        }
        self._labels |= {rule.name: Tier(rule.name, "label", rule.rank) for rule in by_rank}
        self._services: Mapping[str, Tier] = {
            service: Tier(rule.name, "table", rule.rank) for rule in by_rank for service in rule.services
        }
        self._suffixes = sorted(
            (
                (suffix, Tier(rule.name, "suffix", rule.rank))
                for rule in tiering.rules
                for suffix in rule.suffixes
                if suffix
            ),
            key=lambda pair: (-len(pair[0]), pair[1].rank),
        )
        self._found: dict[tuple[str, str, str], Tier] = {}

    def tier_of(self, container: Container) -> Tier:
        """Find a container's tier: configuration, label, suffix of its name, table of services, in this order.

        A label may name a tier, or a service of the table; any other value says nothing.
        """
        label = container.labels.get(self._label, "") if self._label else ""
        key = (container.name, container.service, label)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._find(*key)
        return found

    def _find(self, name: str, service: str, label: str) -> Tier:
        short = strip_prefix(name, self._prefixes)
        names = (name, service, short)
        for one in names:
            if found := self._explicit.get(one):
                return found
        if label and (found := self._labels.get(label)):
            return found
        for suffix, tier in self._suffixes:
            if any(one.endswith(suffix) and one != suffix for one in names):
                return tier
        for one in (service, short, name):
            if found := self._services.get(one):
                return found
        return UNCLASSIFIED


@lru_cache(maxsize=4)
def tier_table(tiering: Tiering, prefixes: tuple[str, ...] = ()) -> TierTable:
    """Give the table of a tiering, made once: every measuring wants it again."""
    return TierTable(tiering, prefixes)
