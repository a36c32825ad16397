"""What decoding Ollama's answers tolerates."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sutaztop.collectors.ollama_decode import (
    canonical_name,
    decode_installed,
    decode_loaded,
    decode_time,
    is_model_list,
)
from sutaztop.domain.text import clean_line
from tests.lab.ollama_words import FOR_EVER, go_time

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    ["name", "model", "size", "size_vram", "expires_at", "modified_at", "details", "context_length", "digest"]
)


def test_a_pinned_models_expiry_three_centuries_ahead_is_read() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    read = decode_time(go_time(now + FOR_EVER))
    assert read is not None
    assert read - now > timedelta(days=290 * 365)


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2400, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds are naive by hypothesis's rule
def test_a_time_as_go_writes_it_is_read_to_the_microsecond(moment: datetime) -> None:
    assert decode_time(go_time(moment)) == moment


@given(st.lists(st.dictionaries(_KEYS, _JSON, max_size=9), max_size=4))
def test_no_list_of_models_breaks_decoding(models: list[dict[str, object]]) -> None:
    body = {"models": models}
    loaded, installed = decode_loaded(body), decode_installed(body)
    names = [it.name for it in loaded] + [it.name for it in installed]
    assert names == [clean_line(name) for name in names]
    assert all(size >= 0 for size in [it.size for it in loaded] + [it.size for it in installed])


@given(st.dictionaries(st.sampled_from(["models", "error"]), _JSON))
def test_no_answer_breaks_decoding(body: dict[str, object]) -> None:
    assert isinstance(decode_loaded(body), tuple)
    assert isinstance(is_model_list(body), bool)


@given(st.text(max_size=40))
def test_a_canonical_name_is_its_own_canonical_name(name: str) -> None:
    assert canonical_name(canonical_name(name)) == canonical_name(name)


def test_an_empty_list_written_as_null_is_an_empty_list() -> None:
    assert is_model_list({"models": None})
    assert decode_loaded({"models": None}) == ()
