"""Which glyphs a terminal's font can be trusted with."""

from collections.abc import Mapping

from sutaztop.render.graphs import Glyphs


def choose_glyphs(wish: str, environment: Mapping[str, str]) -> Glyphs:
    """Give the tier: what was wished for, else what TERM and the locale suggest.

    The Linux console has neither braille nor eighth blocks, and a locale that is not UTF-8 has no
    glyphs at all. One that is not set says nothing of the terminal.
    """
    if wish in set(Glyphs):
        return Glyphs(wish)
    charset = _charset(environment).casefold().replace("-", "")
    if charset != "utf8" or environment.get("TERM", "") in ("linux", "dumb", "vt100", "vt220"):
        return Glyphs.ASCII
    return Glyphs.BRAILLE


def _charset(environment: Mapping[str, str]) -> str:
    """Give the charset that the locale names; Python itself takes plain C for UTF-8, and says so."""
    named = next((value for key in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(key))), "C.UTF-8")
    return named.partition(".")[2].partition("@")[0] or ("ascii" if named in ("C", "POSIX") else "latin1")
