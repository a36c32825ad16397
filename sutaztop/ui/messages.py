"""What parts of the screen tell each other: past-tense facts."""

from textual.message import Message

from sutaztop.domain.change import Outcome, Plan, Refusal
from sutaztop.domain.intent import Intent


class PaneKeysChanged(Message):
    """Other keys count in the details pane now than before."""


class PlanMade(Message):
    """A plan that took its time was made, or there is none, and why."""

    def __init__(self, intent: Intent, planned: Plan | Refusal) -> None:
        self.intent = intent
        self.planned = planned
        super().__init__()


class ChangeFinished(Message):
    """A change was carried out, refused, or failed."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__()
