"""What an exit code tells in words, by the conventions of shells and of the kernel's signals (bash(1), signal(7))."""

from types import MappingProxyType

_WORDS = MappingProxyType({
    0: "ended by itself, without an error",
    1: "an error of the application itself",
    2: "an error of the application itself, or wrong usage",
    125: "the engine could not run it",
    126: "its command is not executable",
    127: "there is no such command in its image",
    130: "interrupted",
    134: "aborted",
    137: "killed",
    139: "segmentation fault",
    143: "terminated",
})  # fmt: skip
KILLED = 137
"""128 + SIGKILL: the kernel's OOM killer sends it, and so does a stop whose grace is over, or anybody else."""


def exit_words(code: int, *, oom: bool = False) -> str:
    """Say what an exit code means; nothing where convention gives it no meaning.

    ``oom`` tells that a kill for memory is known of: 137 alone does not prove one.

    >>> exit_words(127), exit_words(143)
    ('there is no such command in its image', 'terminated')
    >>> exit_words(137, oom=True), exit_words(137)
    ('killed for memory', 'killed, by whom is not known: 137 alone proves no lack of memory')
    >>> exit_words(136), exit_words(42)
    ('ended by signal 8', '')
    """
    if code == KILLED:
        return "killed for memory" if oom else "killed, by whom is not known: 137 alone proves no lack of memory"
    known = _WORDS.get(code)
    if known is not None:
        return known
    return f"ended by signal {code - 128}" if 128 < code < 128 + 65 else ""
