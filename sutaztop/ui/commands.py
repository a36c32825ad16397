"""Every command, declared once. Footer, palette, help, bindings and the README's key table come from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypedDict, Unpack


class Need(StrEnum):
    """What must be selected for a command to make sense."""

    NOTHING = ""
    CONTAINER = "container"
    SERVICE = "service"
    MODEL = "loaded model"
    ADVICE = "recommendation"
    CHANGE = "change that can be taken back"
    OPEN_CHANGE = "borrowed or unfinished change"


class Danger(Enum):
    """Whether a command can change anything outside the screen. Unclassified counts as dangerous."""

    SAFE = "safe"
    CHANGES = "changes"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its stable id, its keys in Textual's names, a short title and a sentence.

    ``footer`` is its place in the footer (small comes first), ``None`` where it is not shown there.
    ``letter`` is its key in the action menu, where one without keys is to be found.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    text: str
    group: str
    needs: Need = Need.NOTHING
    danger: Danger = Danger.UNCLASSIFIED
    footer: int | None = None
    letter: str = ""

    @property
    def is_dangerous(self) -> bool:
        """Whether it may change something: everything that nobody called safe."""
        return self.danger is not Danger.SAFE

    @property
    def key_text(self) -> str:
        """The keys as an operator reads them: ``j ↓``; ``a s`` for the letter s in the action menu."""
        if not self.keys:
            return f"{MENU_KEY} {self.letter}"
        return " ".join(_KEY_TEXT.get(key, key) for key in self.keys)


MENU_KEY = "a"
_KEY_TEXT = {
    "slash": "/", "question_mark": "?", "colon": ":", "comma": ",", "full_stop": ".", "plus": "+", "minus": "-",
    "down": "↓", "up": "↑", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "enter": "Enter",
    "escape": "Esc", "tab": "Tab", "shift+tab": "Shift-Tab", "ctrl+p": "Ctrl-P", "ctrl+l": "Ctrl-L",
    "circumflex_accent": "^", "ctrl+q": "Ctrl-Q", "ctrl+c": "Ctrl-C", "equals_sign": "=", "at": "@",
    "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{", "right_curly_bracket": "}",
}  # fmt: skip


class _More(TypedDict, total=False):
    needs: Need
    footer: int


def _safe(id_: str, keys: str, title: str, text: str, group: str, **more: Unpack[_More]) -> Command:
    return Command(id_, tuple(keys.split()), title, text, group, danger=Danger.SAFE, **more)


def _in_menu(letter: str, id_: str, title: str, text: str, needs: Need = Need.CONTAINER) -> Command:
    return Command(id_, (), title, text, "Action menu", needs, Danger.CHANGES, letter=letter)


COMMANDS: tuple[Command, ...] = (
    _safe("down", "j down", "down", "Next line", "Move"),
    _safe("up", "k up", "up", "Line before", "Move"),
    _safe("page-down", "pagedown", "page down", "A page on", "Move"),
    _safe("page-up", "pageup", "page up", "A page back", "Move"),
    _safe("first", "g home", "first", "First line", "Move"),
    _safe("last", "G end", "last", "Last line", "Move"),
    _safe("next-problem", "n", "next problem", "Next container that needs attention", "Move"),
    _safe("previous-problem", "N", "problem before", "Container before that needs attention", "Move"),
    _safe("next-panel", "tab", "panels", "Next panel", "Go", footer=9),
    _safe("previous-panel", "shift+tab", "panel before", "Panel before", "Go"),
    _safe("overview", "1", "overview", "Everything at once", "Go"),
    _safe("containers", "2", "containers", "The containers", "Go"),
    _safe("disks", "3", "disk tiers", "The disk tiers", "Go"),
    _safe("models", "4", "models", "The language models", "Go"),
    _safe("advice", "5", "do next", "The recommendations", "Go"),
    _safe("journal", "6", "journal", "The changes that were made from here, and what is open", "Go"),
    _safe("timeline", "7", "timeline", "What happened, when: events, findings, changes, notes; Enter goes there", "Go"),
    _safe("maximise", "z", "maximise", "The panel alone on the screen, and back", "Go"),
    _safe("filter", "slash", "filter", "Filter: words, !word, key:value", "Find", footer=2),
    _safe("problems", "x", "problems", "Only what needs attention, and back", "Find", footer=3),
    _safe("sort", "s", "sort", "Choose what to sort by; s again reverses", "Find", footer=8),
    _safe("sort-previous", "comma", "sort left", "Sort by the column before", "Find"),
    _safe("sort-next", "full_stop", "sort right", "Sort by the next column", "Find"),
    _safe("group", "v", "group", "Group by project, by tier, not at all", "Find"),
    _safe("details", "enter", "details", "All about the selected container", "See", needs=Need.CONTAINER, footer=0),
    _safe("why", "w", "why", "What is decided about the selected container, and why, or why not", "See",
          needs=Need.CONTAINER),
    _safe("silence", "m", "snooze or mute", "Snooze the selected recommendation for a while, mute it with a reason, or "
          "bring a silent one back", "See"),
    _safe("logs", "l", "logs", "What the selected container writes", "See", needs=Need.CONTAINER, footer=1),
    _safe("cursor", "c", "cursor", "A cursor on the charts, at the highest point; Enter there: what was written then",
          "See", needs=Need.CONTAINER),
    _safe("window", "t", "window", "Span of the graphs: fitting, 1 min, 10 min, 1 h", "See"),
    _safe("follow", "f", "follow", "Keep the selected container in sight when rows move", "See"),
    _safe("hold", "p", "hold", "Hold this moment while sampling goes on; then play on from it, or pause", "Time"),
    _safe("step-back", "left_square_bracket", "back", "The reading before", "Time"),
    _safe("step-on", "right_square_bracket", "on", "The next reading", "Time"),
    _safe("event-back", "left_curly_bracket", "event before", "The moment of the event before", "Time"),
    _safe("event-on", "right_curly_bracket", "next event", "The moment of the next event", "Time"),
    _safe("go-to-time", "at", "go to", "The moment at a time: 14:02, yesterday 9:15, 20 min ago, -90s", "Time"),
    _safe("live", "0", "live", "Back to the present; of a recording alone, to its newest moment", "Time"),
    _safe("incident", "I", "incident", "Open an incident: what is different from now, a healthy hour, or a time; "
          "then the list, and the report that closes it", "See"),
    _safe("note", "i", "note", "A note in the timeline, at the moment that is shown", "See"),
    _safe("yank", "y", "copy", "Copy the selected line's name and figures (OSC 52)", "See", needs=Need.CONTAINER),
    _safe("export", "E", "export a clip", "Part of the recording as a file of its own, with names or without", "See"),
    _safe("theme", "T", "theme", "Next theme", "See"),
    _safe("faster", "plus equals_sign", "faster", "Shorter time between readings; in a replay, play faster", "Rate"),
    _safe("slower", "minus", "slower", "Longer time between readings; in a replay, play slower", "Rate"),
    _safe("refresh", "r", "read now", "Read now, whatever the interval", "Rate"),
    _safe("redraw", "ctrl+l", "redraw", "Draw the whole screen anew", "Rate"),
    _safe("actions", MENU_KEY, "actions", "All that can be done to what is selected, and what can't be, with the "
          "reason", "Change", footer=4),
    Command("limits-up", ("U",), "more limits", "One step more CPU and memory for the selected container or its "
            "Swarm service", "Change", Need.CONTAINER, Danger.CHANGES, 4),
    Command("limits-down", ("D",), "less limits", "One step less CPU and memory for the selected container or its "
            "Swarm service, never under what it holds", "Change", Need.CONTAINER, Danger.CHANGES),
    Command("limits-set", ("L",), "set limits", "CPU and memory limits of your choice for the selected container",
            "Change", Need.CONTAINER, Danger.CHANGES),
    Command("keep-limits", ("F",), "keep limits",
            "The selected container's limits into a Compose file of their own, so "
            "that an up keeps them", "Change", Need.CONTAINER, Danger.CHANGES),
    Command("replicas", ("R",), "replicas", "Another number of replicas of the selected container's service",
            "Change", Need.SERVICE, Danger.CHANGES, 5),
    Command("unload", ("O",), "unload", "The selected model out of memory; it stays installed", "Change",
            Need.MODEL, Danger.CHANGES, 6, "o"),
    Command("apply-advice", ("A",), "apply", "What the selected recommendation proposes", "Change", Need.ADVICE,
            Danger.CHANGES, 7),
    _safe("lease", "W", "write lease", "Take leave to change things for a while, or give it back", "Change"),
    Command("undo", ("Z",), "undo", "Take back the last change of the selected container or its service, else the last "
            "of all", "Change", Need.CHANGE, Danger.CHANGES),
    Command("keep", ("K",), "keep", "Let a borrowed change stay, or an unfinished one stand as it is", "Change",
            Need.OPEN_CHANGE, Danger.CHANGES),
    _in_menu("s", "stop-start", "stop or start", "Stop the selected container, or start it"),
    _in_menu("r", "restart", "restart", "Stop the selected container and start it again"),
    _in_menu("p", "pause", "pause or unpause", "Freeze the selected container's processes, or let them go on"),
    _in_menu("k", "kill", "send a signal", "A signal of your choice for the selected container: TERM to KILL"),
    _in_menu("d", "remove", "remove", "Remove the selected container if it does not run; its volumes stay"),
    _in_menu("b", "rollback", "roll back", "The selected container's Swarm service back to its earlier specification"),
    _in_menu("f", "redeploy", "force update", "All tasks of the selected container's Swarm service made anew"),
    _in_menu("a", "autopilot", "autopilot", "Let the autopilot see to the selected container or its Swarm service "
             "while this screen is open, or take it back"),
    _in_menu("p", "pin", "pin or unpin", "Keep the selected model in memory, or let it go when nobody asks (in the "
             "models panel)", Need.MODEL),
    _in_menu("l", "preload", "preload", "Load an installed model before anybody asks for it", Need.NOTHING),
    _safe("palette", "colon ctrl+p", "commands", "All commands by name", "Leave"),
    _safe("help", "question_mark", "help", "What the keys and letters mean", "Leave"),
    _safe("back", "escape", "back", "Close, then clear the filter, then back to live; never quits", "Leave"),
    _safe("quit", "q ctrl+q ctrl+c", "quit", "Leave sutaztop", "Leave"),
)  # fmt: skip

WALL_COMMANDS: tuple[Command, ...] = (
    _safe("wall-help", "question_mark", "help", "Which stack this is and how to leave", "Wall"),
    _safe("wall-quit", "q", "hold to quit", "Hold q, or press it three times", "Wall"),
)
BY_ID = {command.id: command for command in (*COMMANDS, *WALL_COMMANDS)}


def in_footer(first: Need | None = None) -> Iterator[Command]:
    """Give the commands of the footer in their order, those that need what is chosen here ``first``."""
    shown = (it for it in COMMANDS if it.footer is not None)
    yield from sorted(shown, key=lambda it: (first is None or it.needs is not first, it.footer or 0))


def in_menu(first: Need | None = None) -> Iterator[Command]:
    """Give what can be done, for the action menu: those with letters of their own, then those with keys.

    Those that need what is chosen here come ``first``, for two may have the same letter.
    """
    shown = [it for it in COMMANDS if it.is_dangerous]
    yield from sorted(shown, key=lambda it: (it.needs is not first, not it.letter, it.needs is Need.MODEL))


def key_table() -> str:
    """Write the README's key table."""
    rows = ["| Key | What it does |", "|---|---|"]
    for command in COMMANDS:
        mark = " *(asks first)*" if command.is_dangerous else ""
        rows.append(f"| `{command.key_text}` | {command.text}{mark} |")
    return "\n".join(rows)
