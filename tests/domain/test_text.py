import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.text import clean_line, clean_text

WRITING_SYSTEMS = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND")
"""Format characters that are visible parts of a script, such as the Arabic number sign."""


def is_hostile(char: str) -> bool:
    """Say of any character whether it steers a terminal, or is there without being seen."""
    kind = unicodedata.category(char)
    if kind == "Cf":
        name = unicodedata.name(char)
        return name == "ARABIC LETTER MARK" or not name.startswith(WRITING_SYSTEMS)
    return kind in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t"


HOSTILE = [char for char in map(chr, range(0x110000)) if is_hostile(char)]


def test_no_control_and_no_invisible_character_of_unicode_is_let_through() -> None:
    assert [hex(ord(char)) for char in HOSTILE if char in clean_text(f"a{char}b")] == []


def test_what_comes_out_is_on_one_line_and_within_its_length() -> None:
    assert clean_line("a\r\n\tb " * 50, limit=10) == "a b a b…"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(HOSTILE), st.sampled_from("\x1b[]m;0\x07"))))
def test_cleaning_twice_gives_the_same(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert not any(is_hostile(char) for char in once)


@pytest.mark.parametrize("name", ["sutazai-backend", "хранилище", "数据库", "مخزن", "naïve–café", "👩 llama"])
def test_names_in_any_script_stay_as_they_are(name: str) -> None:
    assert clean_line(name) == name
