"""Typing into an app under test: a key at a time, or as many as one read brings."""

import string
from collections.abc import Iterable
from typing import Any

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.pilot import Pilot

from sutaztop.ui.keys import KeysInTurn

_KEYS = {char: _character_to_key(char) for char in string.printable if not char.isalnum() and char.isprintable()}
_CHARACTERS = {key: char for char, key in _KEYS.items()}
_CONTROLS = {"\r": "enter", "\t": "tab", "\x1b": "escape", "\x7f": "backspace"}


def key_event(key: str) -> events.Key:
    """Make the event of a key, named as Textual names it or given as its character."""
    if len(key) == 1:
        return events.Key(_CONTROLS.get(key, _KEYS.get(key, key)), None if key in _CONTROLS else key)
    return events.Key(key, _CHARACTERS.get(key))


def send_at_once(app: App[Any], keys: Iterable[str]) -> None:
    """Give the app all keys of one read, before it has dealt with any of them."""
    for key in keys:
        app.post_message(key_event(key))


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until all keys are dealt with and everything is drawn."""
    app = pilot.app
    assert isinstance(app, KeysInTurn)
    while app.is_running and not app.keys_are_done:
        await pilot.pause(0)
    if app.is_running:
        # Twice: what the first round draws may ask for a layout.
        await pilot.pause(0)
        await pilot.pause(0)


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after another, each when the one before is dealt with."""
    for key in keys:
        send_at_once(pilot.app, [key])
        await rest(pilot)


async def resize(pilot: Pilot[Any], width: int, height: int) -> None:
    """Change the size of the terminal."""
    driver = pilot.app._driver
    assert isinstance(driver, Driver)
    driver._size = Size(width, height)
    pilot.app.post_message(events.Resize(Size(width, height), Size(width, height)))
    while pilot.app.screen._compositor.size != driver._size:
        await pilot.pause(0)
    await rest(pilot)
