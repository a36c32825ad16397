"""How bad something is."""

from enum import IntEnum


class Severity(IntEnum):
    """How bad; ordered so that the worst is the largest. Each has a glyph and a word, never colour alone."""

    OK = 0
    UNKNOWN = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The lower-case word that people and JSON see."""
        return self.name.lower()
