"""Text from outside, made harmless once, on entry.

Container names, labels, log lines and model names may hold terminal control codes,
bidirectional overrides and markup. A control code that reaches a widget reaches the
terminal (measured with Textual 8.2). So every adapter passes what it read through here;
nothing further in cleans again. Markup is harmless because nothing further in parses it.
"""

import re

# C0 but for tab and newline, DEL, C1; line and paragraph separators; zero-width and
# bidirectional controls, the deprecated ones and the Arabic letter mark too; the soft hyphen,
# whose width terminals disagree on; interlinear, musical and tag characters; lone surrogates.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
# A whole escape sequence is dropped, not only its first byte: "[31m" would stay as litter.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
)


def clean_text(text: str, *, limit: int = 4096) -> str:
    r"""Drop control codes from text of one or more lines; at most ``limit`` characters are kept.

    >>> clean_text("a\x1b[31mb\x1b]0;title\x07c\x00")
    'abc'
    """
    text = text[: limit * 4]
    if "\x1b" in text or not text.isprintable():
        text = _HOSTILE.sub("", _SEQUENCE.sub("", text))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_line(text: str, *, limit: int = 1024) -> str:
    r"""Clean text that must stay on one line: newlines and tabs become single blanks.

    >>> clean_line("web\tserver\nrm -rf")
    'web server rm -rf'
    """
    cleaned = clean_text(text, limit=limit)
    return cleaned if cleaned.isprintable() else " ".join(cleaned.split())
