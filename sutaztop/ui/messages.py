"""What parts of the screen tell each other: past-tense facts."""

from textual.message import Message

from sutaztop.domain.change import Outcome
from sutaztop.domain.intent import Intent


class ChangeFinished(Message):
    """A change was carried out, refused, or failed."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__()


class IntentFormed(Message):
    """Somebody wants something done: it is to be planned and shown before anything happens."""

    def __init__(self, intent: Intent) -> None:
        self.intent = intent
        super().__init__()
