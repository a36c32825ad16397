import re
from pathlib import Path

from sutaztop.cli.arguments import build_parser
from sutaztop.ui.commands import key_table

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_key_table_is_the_command_tables() -> None:
    shown = re.search(r"<!-- keys: .*? -->\n(.*?)\n<!-- keys end -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == key_table()


def test_every_option_and_command_that_is_told_exists() -> None:
    parser = build_parser()
    known = parser.format_help()
    for action in parser._subparsers._group_actions if parser._subparsers else ():
        choices = action.choices
        assert isinstance(choices, dict)
        known += "".join(command.format_help() for command in choices.values())
    for word in set(re.findall(r"`(?:sutaztop )?(--[a-z-]+)", README)):
        assert word in known, word
    for word in set(re.findall(r"`sutaztop ([a-z]+)", README)):
        assert word in known, word


def test_every_file_that_is_linked_exists() -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (Path(__file__).parents[2] / path).exists(), path
