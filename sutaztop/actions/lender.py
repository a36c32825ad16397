"""The seams that applying has besides the engine: who takes borrowed changes back, and whose turn it is."""

from contextlib import AbstractContextManager
from typing import Protocol

from sutaztop.domain.borrow import Borrow
from sutaztop.domain.quantity import Seconds


class Lender(Protocol):
    """What sees to it that borrowed changes come back, whatever becomes of the program that made them."""

    def terms(self, span: Seconds) -> Borrow:
        """Give the terms of a change that is borrowed now."""
        ...

    def watch(self, change_id: str) -> None:
        """Have a journalled change taken back when its time is over. Harmless where that is seen to already.

        Raises ``BorrowError``: then the change must not be made.
        """
        ...


class Turns(Protocol):
    """One at a time: which session of this host is changing what."""

    def take(self, object_id: str, who: str, what: str) -> AbstractContextManager[str]:
        """Hold the turn at an object while the block runs; gives who holds it, in words, where somebody else does."""
        ...
