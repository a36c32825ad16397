import pytest

from sutaztop.domain.profile import Tiering, TierRule
from sutaztop.measure.tiers import tier_table
from tests.given import container

TIERING = Tiering(
    explicit=(("sutazai-kong", "high"), ("odd-one", "made-up")),
    rules=(
        TierRule("high", 1, frozenset({"ollama", "backend", "postgres"})),
        TierRule("medium", 2, frozenset({"autogpt"}), suffixes=("-agent", "-phase2")),
        TierRule("low", 3, frozenset({"redis"}), suffixes=("-old-agent",)),
    ),
)
PREFIXES = ("sutazai-",)


def tier(name: str, service: str = "", labels: dict[str, str] | None = None) -> tuple[str, str, int]:
    found = tier_table(TIERING, PREFIXES).tier_of(container(name, service=service, labels=labels))
    return found.name, found.rule, found.rank


def test_configuration_wins_over_everything() -> None:
    assert tier("sutazai-kong", "backend", {"com.sutazai.tier": "low"}) == ("high", "configuration", 1)


def test_a_configured_tier_without_a_rule_ranks_last() -> None:
    assert tier("odd-one") == ("made-up", "configuration", 99)


def test_a_label_wins_over_suffix_and_table() -> None:
    assert tier("sutazai-backend", "backend", {"com.sutazai.tier": "low"}) == ("low", "label", 3)


def test_a_label_that_names_no_tier_says_nothing() -> None:
    assert tier("sutazai-backend", "backend", {"com.sutazai.tier": "gold"}) == ("high", "table", 1)


def test_a_label_may_name_a_service_of_the_table() -> None:
    assert tier("x1", "", {"com.sutazai.tier": "ollama"}) == ("high", "label", 1)


def test_a_suffix_wins_over_the_table_and_the_longest_suffix_over_others() -> None:
    assert tier("sutazai-autogpt-phase2") == ("medium", "suffix", 2)
    assert tier("sutazai-very-old-agent") == ("low", "suffix", 3)


def test_the_table_knows_services_and_names_with_and_without_prefix() -> None:
    assert tier("sutazai-redis") == ("low", "table", 3)
    assert tier("whatever", "postgres") == ("high", "table", 1)


@pytest.mark.parametrize(
    "name", ["sutazai-ollama-integration", "sutazai-redis-exporter", "buildx_buildkit_sutazai-builder0", "ollama2"]
)
def test_a_name_that_only_begins_like_a_service_is_not_that_service(name: str) -> None:
    assert tier(name) == ("unclassified", "none", 99)


def test_the_highest_tier_wins_a_service_that_two_claim() -> None:
    twice = Tiering(rules=(TierRule("low", 3, frozenset({"web"})), TierRule("high", 1, frozenset({"web"}))))
    assert tier_table(twice).tier_of(container("web")).name == "high"


def test_a_remembered_tier_is_of_these_names_and_this_label_only() -> None:
    table = tier_table(TIERING, PREFIXES)
    one = container("sutazai-x1", labels={"com.sutazai.tier": "low"})
    assert [table.tier_of(one).name for _ in range(2)] == ["low", "low"]
    assert table.tier_of(container("sutazai-x1", labels={"com.sutazai.tier": "high"})).name == "high"
    assert table.tier_of(container("sutazai-x1", service="autogpt")).name == "medium"
    assert table.tier_of(container("sutazai-x1", service="")).name == "unclassified"
