"""The help is the table of commands, and nothing else."""

from sutaztop.render.boxes import text_of as words_of
from sutaztop.render.cells import line_width
from sutaztop.render.help import help_lines
from sutaztop.ui.commands import COMMANDS, Command
from sutaztop.ui.screens.help import HelpScreen, help_entries
from tests.ui.look import Stage, text_of
from tests.ui.typing import press, rest


def held_back(command: Command) -> str:
    return "read-only" if command.is_dangerous else ""


def test_every_command_is_in_the_help_with_its_keys() -> None:
    text = " ".join(words_of(help_lines(help_entries(COMMANDS, held_back), 76)).split())
    for command in COMMANDS:
        assert f"{command.key_text} {command.text}" in text


def test_commands_that_change_something_are_said_to_ask_first() -> None:
    entries = {it.text: it.asks_first for it in help_entries(COMMANDS, held_back)}
    assert all(entries[command.text] == command.is_dangerous for command in COMMANDS)


def test_what_is_not_allowed_now_says_why() -> None:
    text = words_of(help_lines(help_entries(COMMANDS, held_back), 76))
    assert text.count("not now: read-only") == sum(command.is_dangerous for command in COMMANDS)


def test_the_keys_of_the_details_pane_are_there_too() -> None:
    assert "values of the environment" in words_of(help_lines(help_entries(COMMANDS, held_back), 76))


def test_how_things_stand_is_told_whole_before_the_keys() -> None:
    reason = "The engine at unix:///run/x.sock is out of reach. " + "It was not there. " * 9
    text = words_of(help_lines(help_entries(COMMANDS, held_back), 60, first=[reason]))
    assert " ".join(text.split()).startswith(reason.strip())


def test_the_help_fits_a_narrow_screen() -> None:
    assert max(line_width(line) for line in help_lines(help_entries(COMMANDS, held_back), 40)) <= 40


async def test_the_help_scrolls_and_any_of_its_keys_closes_it() -> None:
    for key in ("escape", "q", "question_mark", "enter"):
        app = Stage()
        async with app.run_test(size=(80, 24)) as pilot:
            app.push_screen(HelpScreen(COMMANDS))
            await rest(pilot)
            assert "Move" in text_of(app)
            await press(pilot, "G")
            assert "Signs" in text_of(app)
            await press(pilot, key)
            assert len(app.screen_stack) == 1, key
