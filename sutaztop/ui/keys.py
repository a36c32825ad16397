"""Keys in their order: each one is dealt with whole before the next is heard, however fast they come.

Textual hands every key to what has the focus when the key is read. A pasted ``/neo4j``, a fast typist
or one slow read over SSH brings several at once: then all of them would go to the old focus, and the
letters of a filter would run commands.
"""

from collections import deque

from textual import events
from textual.app import App, ReturnType
from textual.message import Message
from textual.timer import Timer

_MOST_WAITING = 4096
"""More keys than a person has in flight; what is pasted beyond it is dropped."""
_PATIENCE = 2.0
"""Seconds after which the next key is let through, whatever became of the one before."""
_QUIET_ROUNDS = 2
"""So often in a row nothing may be left to do: what one part does may make work for another."""
_MOST_ROUNDS = 200
"""A screen that is never quiet is not waited for longer."""


class KeyDealtWith(Message, verbose=True):
    """Follows a key from its target up to the app; where it arrives, the key has been there before."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


class KeysInTurn(App[ReturnType]):
    """An app that lets one key in at a time. A paste takes its turn like a key."""

    _round = 0
    _quiet = 0
    _rounds_left = 0
    _impatience: Timer | None = None

    def __init__(
        self, *, ansi_color: bool | None = None, patience: float = _PATIENCE, most_waiting: int = _MOST_WAITING
    ) -> None:
        super().__init__(ansi_color=ansi_color)
        self._patience = patience
        self._most_waiting = most_waiting
        self._keys_waiting: deque[events.Key | events.Paste] = deque()

    @property
    def keys_are_done(self) -> bool:
        """Whether everything that was typed so far has been dealt with."""
        return self._impatience is None and not self.message_queue_size

    async def on_event(self, event: events.Event) -> None:
        """Queue what was typed; everything else goes its way at once."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._impatience is None:
            await self._let_in(event)
        elif len(self._keys_waiting) < self._most_waiting:
            self._keys_waiting.append(event)

    async def _let_in(self, event: events.Key | events.Paste) -> None:
        self._impatience = self.set_timer(self._patience, self._let_next_in)
        await super().on_event(event)
        self._quiet, self._rounds_left = 0, _MOST_ROUNDS
        self._follow()

    def _follow(self) -> None:
        """Send a message the way that the key goes: every part deals with the key before it sees this."""
        self._round += 1
        if not self.screen_stack:
            return  # the app is on its way out
        target = self.focused or self.screen
        if not target.post_message(KeyDealtWith(self._round)):
            # The target is on its way out; the app's own queue is what is left to wait for.
            self.post_message(KeyDealtWith(self._round))

    async def on_key_dealt_with(self, message: KeyDealtWith) -> None:
        """Go round until nothing is left to do, then let the next key in."""
        message.stop()
        if message.number != self._round or self._impatience is None or not self.screen_stack:
            return
        self._quiet = self._quiet + 1 if self._is_quiet() else 0
        self._rounds_left -= 1
        if self._quiet < _QUIET_ROUNDS and self._rounds_left:
            self._follow()
        else:
            await self._let_next_in()

    def _is_quiet(self) -> bool:
        """Whether no part has anything left to do, a screen that is only coming up included."""
        return self.screen.is_mounted and not any(
            part.message_queue_size for screen in self.screen_stack for part in screen.walk_children(with_self=True)
        )

    async def _let_next_in(self) -> None:
        if self._impatience is not None:
            self._impatience.stop()
            self._impatience = None
        if self._keys_waiting:
            await self._let_in(self._keys_waiting.popleft())
