"""What Compose files say of a container's limits, and what of a preview is shown as it is, in lines."""

from collections.abc import Sequence

from sutaztop.domain.keep import TextBlock
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.format import cores_words, memory_words
from sutaztop.render.paragraph import labelled, wrap


def files_lines(found: ContainerSnapshot, width: int) -> list[Line]:
    """Write what its Compose files say of its limits, or why that is not known; nothing where nobody asked."""
    wish = found.wish
    if wish is None:
        return []
    if wish.trouble:
        return labelled("files", f"whether they say the same is not known: {wish.trouble}", width, tone=Tone.MUTED)
    says = f"{wish.file} says cpu {cores_words(wish.cpu)}, memory {memory_words(wish.memory)}"
    if not found.drift:
        return labelled("files", f"{says}: the same", width)
    kept = f"; {wish.kept_in} says what it has, for an up that names it" if wish.kept_in else ""
    return labelled("files", f"{says}{kept}", width, tone=Tone.ACCENT)


def block_lines(blocks: Sequence[TextBlock], width: int) -> list[Line]:
    """Write blocks of text under their titles: wrapped where they are too wide, and never cut."""
    lines: list[Line] = []
    for block in blocks:
        lines += [(), (Span(block.title, Tone.TITLE),)]
        for text in block.lines:
            tone = _TONE.get(text[:1], Tone.PLAIN) if not text.startswith(("+++", "---")) else Tone.MUTED
            lines += [(Span(f"  {row}", tone),) for row in _rows(text, width - 2)]
    return lines


_TONE = {"+": Tone.OK, "-": Tone.WARNING, "@": Tone.MUTED}


def _rows(text: str, width: int) -> list[str]:
    """Keep a line's indent, which means something in YAML; what is too wide goes on below."""
    if len(text) <= width:
        return [text]
    return wrap(text, width)
