"""What parts of the screen tell each other: past-tense facts."""

from textual.message import Message

from sutaztop.domain.change import Outcome


class PaneKeysChanged(Message):
    """Other keys count in the details pane now than before."""


class ChangeFinished(Message):
    """A change was carried out, refused, or failed."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__()
