"""Values put into a Compose file by its places in the text: not a byte of anything else is touched. Pure.

PyYAML tells where each node stands; only the text of a value is replaced, and what is missing
is inserted as lines. A library that writes a whole file anew would bring its own indents, quotes
and line breaks along (ADR 0015).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import yaml

MARK = "# Kept by sutaztop"
HEADER = f"""\
{MARK}: limits that were set live and should outlast the next `up`.
# It counts only where it is named with -f, after the files that come before it.
"""
_STEP = 2
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_TAG = "tag:yaml.org,2002:"
_SHARED = (yaml.AnchorToken, yaml.AliasToken)

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | tuple[str, str]"


class Unpatchable(Exception):
    """A file that can't be changed without touching more than our keys; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value: the keys that lead to it, and it as YAML writes it."""

    keys: tuple[str, ...]
    value: str


def patch(text: str | None, settings: Sequence[Setting], version: str = "") -> str:
    r"""Give the text with the settings in it; ``None`` is a new file. Raises ``Unpatchable``.

    >>> patch("services:\n  web:\n    cpus: '1'  # why\n", [Setting(("services", "web", "cpus"), '"2"')])
    'services:\n  web:\n    cpus: "2"  # why\n'
    """
    if text is None:
        text = HEADER + (f'version: "{version}"\n' if version else "")
    before = _tree(_compose(text))
    for setting in settings:
        text = _set(text, setting)
        before = _with(before, setting)
    if _tree(_compose(text)) != before:
        raise Unpatchable("its text can't be changed without changing what else it says")
    return text


def _compose(text: str) -> yaml.Node | None:
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, _SHARED):
                line = token.start_mark.line + 1
                raise Unpatchable(f"line {line} has an anchor or an alias: one change there would be several")
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unpatchable(f"line {mark.line + 1 if mark else 1} is no valid YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unpatchable(f"it is no valid YAML: {error}") from error
    return node


def _set(text: str, setting: Setting) -> str:
    node = _compose(text)
    if node is None or _is_empty(node):
        if node is not None and node.end_mark.index > node.start_mark.index:
            raise Unpatchable("it holds nothing, in words: `null` or `~`; take that out")
        return _append(text, len(text), 0, setting.keys, setting.value)
    for depth, key in enumerate(setting.keys):
        if not isinstance(node, yaml.MappingNode) or node.tag != _TAG + "map":
            raise Unpatchable(f"line {node.start_mark.line + 1} has no mapping of plain keys")
        found = [(it, value) for it, value in node.value if it.value == key and isinstance(it, yaml.ScalarNode)]
        if len(found) > 1:
            raise Unpatchable(f"the key {key} stands twice, in line {found[1][0].start_mark.line + 1} too")
        if not found:
            return _insert(text, node, setting.keys[depth:], setting.value)
        node = found[0][1]
        if depth < len(setting.keys) - 1 and _is_empty(node):
            return _fill(text, node, found[0][0], setting.keys[depth + 1 :], setting.value)
    return _replace(text, node, setting.value)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "null"


def _replace(text: str, node: yaml.Node, value: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">") or not node.tag.startswith(_TAG):
        raise Unpatchable(f"line {node.start_mark.line + 1} has something else than a plain value")
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + ("" if start < end else " ") + value + text[end:]


def _fill(text: str, node: yaml.Node, key: yaml.Node, keys: Sequence[str], value: str) -> str:
    """Give a key without a value its first key."""
    if node.end_mark.index > node.start_mark.index:
        raise Unpatchable(f"line {node.start_mark.line + 1} says in words that there is nothing; take that out")
    return _append(text, key.end_mark.index, key.start_mark.column + _STEP, keys, value)


def _insert(text: str, node: yaml.MappingNode, keys: Sequence[str], value: str) -> str:
    if node.flow_style:
        # Before the brace that closes it; a comma that ends the last entry already is one too few, never too many.
        at = node.end_mark.index - 1
        inner = text[node.start_mark.index + 1 : at].rstrip()
        at = node.start_mark.index + 1 + len(inner)
        comma = "" if not node.value or inner.endswith(",") else ", "
        return text[:at] + comma + _flow(keys, value) + text[at:]
    if not node.value:
        raise Unpatchable(f"line {node.start_mark.line + 1} has no mapping that can be added to")
    return _append(text, _end_of(node), node.value[0][0].start_mark.column, keys, value)


def _end_of(node: yaml.Node) -> int:
    """Give where the text of a node ends; a block's own end mark stands behind comments that follow it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        return max(int(key.end_mark.index), _end_of(value))
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end_of(node.value[-1])
    return int(node.end_mark.index)


def _append(text: str, after: int, indent: int, keys: Sequence[str], value: str) -> str:
    """Put lines behind the line in which a node ends, in the file's own kind of line end."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = []
    for depth, key in enumerate(keys):
        last = depth == len(keys) - 1
        lines.append(f"{' ' * (indent + depth * _STEP)}{_key(key)}:{f' {value}' if last else ''}{newline}")
    if after and text[after - 1] == "\n":
        at = after  # a block of text ends with its line
    else:
        end = text.find("\n", after)
        at = len(text) if end < 0 else end + 1
    lead = newline if at == len(text) and text and not text.endswith("\n") else ""
    return text[:at] + lead + "".join(lines) + text[at:]


def _flow(keys: Sequence[str], value: str) -> str:
    head, *rest = keys
    return f"{_key(head)}: {'{' + _flow(rest, value) + '}' if rest else value}"


def _key(key: str) -> str:
    if _PLAIN_KEY.fullmatch(key) and key.lower() not in ("y", "n", "yes", "no", "on", "off", "true", "false", "null"):
        return key
    return "'" + key.replace("'", "''") + "'"


# --- the proof: what the text says, but for our keys, is what it said -------------------------


def _tree(node: yaml.Node | None) -> Tree:
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), _tree(value)) for key, value in node.value]
        if len({key for key, _ in pairs}) < len(pairs):
            raise Unpatchable("a key stands twice in it")
        return dict(pairs)
    if isinstance(node, yaml.SequenceNode):
        return [_tree(item) for item in node.value]
    if node is None or _is_empty(node):
        return {}
    return node.tag, str(node.value)


def _with(tree: Tree, setting: Setting) -> Tree:
    value = _tree(_compose(setting.value))
    return _with_value(tree, setting.keys, value)


def _with_value(tree: Tree, keys: Sequence[str], value: Tree) -> Tree:
    if not keys:
        return value
    here = tree if isinstance(tree, dict) else {}
    return {**here, keys[0]: _with_value(here.get(keys[0], {}), keys[1:], value)}
