"""Which glyphs a terminal's font can be trusted with."""

import locale
from collections.abc import Mapping

from sutaztop.render.graphs import Glyphs


def choose_glyphs(wish: str, environment: Mapping[str, str], encoding: str | None = None) -> Glyphs:
    """Give the tier: what was wished for, else what TERM and the locale suggest.

    The Linux console has neither braille nor eighth blocks, and a locale that is not UTF-8 has no
    glyphs at all.
    """
    if wish in set(Glyphs):
        return Glyphs(wish)
    charset = (encoding or locale.getpreferredencoding(do_setlocale=False)).casefold().replace("-", "")
    if charset != "utf8" or environment.get("TERM", "") in ("linux", "dumb", "vt100", "vt220"):
        return Glyphs.ASCII
    return Glyphs.BRAILLE
