"""Frames around panels, headings of panels without one, and ASCII for terminals that know no more."""

from collections.abc import Sequence

from sutaztop.render.cells import Line, Span, Tone, fit_line, line_width, plain

_TO_ASCII = str.maketrans({
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "─": "-", "│": "|", "┃": "#", "━": "=", "╿": "|", "▏": "|", "▕": "|",
    "·": ".", "‼": "#", "–": "-", "—": "-", "…": "~", "●": "*", "•": "*", "○": "o", "↻": "R", "×": "x", "→": ">",
    "▼": "v", "▲": "^", "▸": ">", "▾": "v", "≥": ">", "µ": "u", "↓": "v", "↑": "^", "█": "#", "⏎": "<",
    "←": "<", "±": "~",
})  # fmt: skip


def ascii_line(line: Line) -> Line:
    """Write a line in ASCII, cell for cell; what has no likeness becomes a question mark.

    >>> ascii_line((Span("‼ ollama · 2× · 8 → 9 GiB"),))[0].text
    '# ollama . 2x . 8-> 9 GiB'
    """
    if all(span.text.isascii() for span in line):
        return line
    return tuple(Span(_ascii(span.text), span.tone) for span in line)


def _ascii(text: str) -> str:
    # An arrow of one sign would read as "greater than".
    text = text.replace(" → ", "-> ").translate(_TO_ASCII)
    return text.encode("ascii", "replace").decode("ascii")


def heading(parts: Sequence[str], *, active: bool) -> Line:
    """Write a panel's title: what · how many · what filters or sorts it."""
    first = Span(parts[0] if parts else "", Tone.ACCENT if active else Tone.TITLE)
    rest = "".join(f" · {part}" for part in parts[1:] if part)
    return (first, Span(rest, Tone.MUTED)) if rest else (first,)


def rule(title: Line, width: int, *, active: bool = False) -> Line:
    """Write a heading as a line of its own, for panels without a frame."""
    tone = Tone.ACCENT if active else Tone.BORDER
    room = max(0, width - 4)
    title = fit_line(title, min(room, line_width(title)))
    left = width - line_width(title) - 3
    return fit_line((Span("─ ", tone), *title, Span(" ", tone), Span("─" * max(0, left), tone)), width)


def box(title: Line, body: Sequence[Line], width: int, height: int, *, active: bool = False) -> list[Line]:
    """Put a frame around lines: exactly ``height`` lines of ``width`` cells; too small a frame is left out."""
    if height <= 0 or width <= 0:
        return []
    if height < 3 or width < 6:
        return stack(body, width, height)
    tone = Tone.ACCENT if active else Tone.BORDER
    inner = width - 4
    shown = fit_line(title, min(inner - 1, line_width(title)))
    top = (Span("╭ ", tone), *shown, Span(" " + "─" * (width - 4 - line_width(shown)) + "╮", tone))
    edge, end = Span("│ ", tone), Span(" │", tone)
    lines = [top, *((edge, *line, end) for line in stack(body, inner, height - 2))]
    return [*lines, (Span("╰" + "─" * (width - 2) + "╯", tone),)]


def stack(body: Sequence[Line], width: int, height: int) -> list[Line]:
    """Cut or pad lines to exactly ``height`` lines of ``width`` cells."""
    lines = [fit_line(line, width) for line in body[: max(0, height)]]
    return lines + [(Span(" " * width),)] * (height - len(lines))


def join(parts: Sequence[Line], width: int, gap: str = "  ") -> Line:
    """Set parts side by side as long as they fit whole; the first is cut if it alone is too wide."""
    out: list[Span] = []
    used = 0
    for part in parts:
        have = line_width(part)
        if not have:
            continue
        need = have + (len(gap) if out else 0)
        if out and used + need > width:
            continue
        if out:
            out.append(Span(gap))
        out.extend(part)
        used += need
    return fit_line(out, width)


def text_of(lines: Sequence[Line]) -> str:
    """Give lines as plain text, trailing blanks cut: for the text face and for tests."""
    return "\n".join(plain(line).rstrip() for line in lines)
