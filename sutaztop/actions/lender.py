"""The seam behind which borrowed changes are seen to: what applying promises itself of who takes them back."""

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
