"""A borrowed change: until when it stays, on clocks that nobody can set back."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.quantity import Seconds


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on two clocks: the wall's, and the time since boot, which goes on while the machine sleeps.

    ``boot`` names the boot: times since boot of different boots can't be compared. It is empty where the
    kernel does not tell.
    """

    at: datetime
    since_boot: Seconds
    boot: str = ""


@dataclass(frozen=True, slots=True)
class Borrow:
    """The terms of a borrowed change: for how long, and when its time is over.

    ``until`` is UTC; ``until_since_boot`` says the same in seconds since the boot named ``boot``. ``words`` are
    the command line's words by which the engine is reached again.
    """

    span: Seconds
    until: datetime
    until_since_boot: Seconds
    boot: str = ""
    words: tuple[str, ...] = ()

    def left(self, now: Instant) -> Seconds:
        """Give the seconds that are left; negative when the time is over.

        Within one boot the time since boot counts, which no change of date moves; after another boot only the
        wall clock is left to ask.

        >>> from datetime import UTC, timedelta
        >>> noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        >>> borrow = Borrow(Seconds(60.0), noon + timedelta(seconds=60), Seconds(1060.0), "a")
        >>> borrow.left(Instant(noon + timedelta(days=1), Seconds(1010.0), "a"))
        50.0
        >>> borrow.left(Instant(noon + timedelta(seconds=75), Seconds(3.0), "b"))
        -15.0
        """
        if self.boot and self.boot == now.boot:
            return Seconds(self.until_since_boot - now.since_boot)
        return Seconds((self.until - now.at).total_seconds())


def countdown(seconds: float) -> str:
    """Write the time that is left as a clock counts it down.

    >>> countdown(432.4), countdown(3725), countdown(-3)
    ('7:12', '1:02:05', '0:00')
    """
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
