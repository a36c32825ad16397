"""Patterns that find what Python's own find, in work that grows with the text alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.regex import LONGEST, Regex, RegexError, TooMuchWork, Work

_ATOMS = st.sampled_from(
    ["a", "b", "C", ".", r"\d", r"\w", r"\s", "[ab]", "[^a]", "[a-c1]", r"\b", r"\B", "^", "$", r"\."]
)
_UNREPEATED = {"^", "$", r"\b", r"\B"}


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda it: f"(?:{it[0]}|{it[1]})"),
        st.tuples(
            inner.filter(lambda it: it not in _UNREPEATED),
            st.sampled_from(["*", "+", "?", "*?", "{2}", "{1,3}", "{,2}", "{2,}"]),
        ).map(lambda it: f"({it[0]}){it[1]}"),
    )


PATTERNS = st.recursive(_ATOMS, _grown, max_leaves=8)
TEXTS = st.text("abcABC1 ._-\n", max_size=12)


@given(PATTERNS, TEXTS)
def test_it_finds_what_python_finds(pattern: str, text: str) -> None:
    # ``.`` takes a newline here and ``$`` stands at the very end: a line of a log has none.
    text = text.replace("\n", "")
    assert Regex(pattern).found_in(text) is bool(re.search(pattern, text, re.IGNORECASE))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", ".*a.*a.*a.*a.*b", "(a?){50}a{50}b", "(.*)*b"])
def test_patterns_that_never_end_elsewhere_look_at_each_character_once(pattern: str) -> None:
    work = Work(400_000)
    assert not Regex(pattern).found_in("a" * (LONGEST - 1) + "c", work)
    assert work.left > 0


def test_what_stands_far_behind_is_not_looked_at() -> None:
    assert Regex("end").found_in("x" * (LONGEST - 3) + "end")
    assert not Regex("end").found_in("x" * LONGEST + "end")


def test_work_that_is_used_up_is_told() -> None:
    with pytest.raises(TooMuchWork):
        Regex("(x|y)*abc").found_in("xyzabd" * 20, Work(50))


def test_what_was_worked_out_is_bounded() -> None:
    pattern = Regex("a.{12}b")
    for number in range(400):
        text = "".join("ab"[(number * 7919 + place * place) % 2] for place in range(400))
        pattern.found_in(text + chr(0x400 + number))
    assert pattern._kept <= 20_000
    assert pattern.found_in("a" + "x" * 12 + "b")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "( without"), (")", ") without"), ("[a", "[ without"), ("*", "nothing before *"),
        ("a**", "two repetitions"),
        ("a{3,1}", "wrong way round"), ("(a{100}){100}", "too large"), ("a{99999}", "too large"),
        ("(?=a)", "looking around"), ("(?<!a)b", "looking around"), (r"(a)\1", "refers back"), ("x\\", "at its end"),
        ("[z-a]", "backwards"), (r"\q", "not known"), ("(" * 60 + ")" * 60, "too deeply"), ("a++", "not known"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_said(pattern: str, words: str) -> None:
    with pytest.raises(RegexError, match=re.escape(words)):
        Regex(pattern)


@given(st.text("()[]{}|*+?^$\\.-,a1bBdw", max_size=20))
def test_any_text_is_a_pattern_or_is_refused_in_words(text: str) -> None:
    try:
        found = Regex(text)
    except RegexError as refused:
        words = str(refused)
    else:
        words = str(found.found_in("a1 b-d"))
    assert words


def test_case_does_not_count_in_any_script() -> None:
    assert Regex("größe").found_in("GRÖSSE")
    assert Regex("[à-ü]").found_in("É")
    assert Regex("(?i)Error").found_in("ERROR")
