"""The command table: one key one command, danger only on capitals, and the documents that derive from it."""

from collections import Counter

import pytest

from sutaztop.ui.commands import COMMANDS, Command, Danger, in_footer, key_table
from sutaztop.ui.screens.main import _HANDLERS


def test_no_key_belongs_to_two_commands() -> None:
    keys = Counter(key for command in COMMANDS for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_ids_are_unique_and_every_safe_command_is_handled() -> None:
    assert len({it.id for it in COMMANDS}) == len(COMMANDS)
    assert {it.id for it in COMMANDS if not it.is_dangerous} == set(_HANDLERS)


@pytest.mark.parametrize("command", [it for it in COMMANDS if it.is_dangerous], ids=lambda it: it.id)
def test_what_changes_anything_has_a_capital_letter_of_its_own(command: Command) -> None:
    assert all(len(key) == 1 and key.isupper() for key in command.keys)


def test_a_command_that_nobody_classified_counts_as_dangerous() -> None:
    assert Command("new", ("é",), "new", "Something new", "Else").is_dangerous
    assert not Command("new", ("é",), "new", "Something new", "Else", danger=Danger.SAFE).is_dangerous


def test_the_footer_leads_with_what_is_pressed_most() -> None:
    assert [it.id for it in in_footer()][:3] == ["details", "logs", "filter"]


def test_the_key_table_names_every_command_and_what_asks_first() -> None:
    table = key_table()
    assert all(command.text in table for command in COMMANDS)
    assert table.count("asks first") == sum(it.is_dangerous for it in COMMANDS)
