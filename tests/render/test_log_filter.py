"""Filters of logs: words and patterns, in bounded work."""

from sutaztop.domain.event import LogLine
from sutaztop.render.log_filter import WORK, parse_log_filter

LINES = [
    LogLine(text) for text in ("GET /api/v1/chat 200", "GET /healthz 200", "POST /api/v1/chat 503", "boom: Time Out")
]


def passed(text: str) -> list[str]:
    return [it.text for it in parse_log_filter(text).sift(LINES)[0]]


def test_patterns_want_and_refuse() -> None:
    assert passed(r"/ [45]\d\d$/") == ["POST /api/v1/chat 503"]
    assert passed(r"!/^(get|post) /") == ["boom: Time Out"]
    assert passed(r"get !/healthz?/") == ["GET /api/v1/chat 200"]
    assert passed("/time ?out/") == ["boom: Time Out"]


def test_a_path_is_a_word_and_a_pattern_may_hold_slashes() -> None:
    assert passed("/api/v1/chat 503") == ["POST /api/v1/chat 503"]
    assert passed(r"/\/api\/v\d/") == ["GET /api/v1/chat 200", "POST /api/v1/chat 503"]


def test_a_pattern_that_is_wrong_is_left_out_in_words_and_the_words_still_count() -> None:
    found = parse_log_filter("get /(/")
    assert found.trouble == "/(/ there is a ( without its )"
    assert [it.text for it in found.sift(LINES)[0]] == ["GET /api/v1/chat 200", "GET /healthz 200"]


def test_a_pattern_that_is_too_much_work_is_left_out_and_says_so() -> None:
    flood = [LogLine("".join("abcxyz"[(n * place + place * place) % 6] for place in range(2000))) for n in range(5000)]
    shown, after = parse_log_filter("/(x|y|z)*(a.*b.*c|[xy]{10,40})+q/").sift(flood)
    assert len(shown) == len(flood)
    assert after.patterns == ()
    assert "too much work" in after.trouble
    assert sum(len(it.text) for it in flood) > WORK


def test_what_is_no_line_is_always_shown() -> None:
    assert parse_log_filter("nowhere").sift(["a word", LINES[0]])[0] == ["a word"]
