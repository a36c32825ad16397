"""Taking leave to change things, and giving it back."""

from sutaztop.actions.lease import Lease
from sutaztop.domain.quantity import span_words
from sutaztop.render.cells import Tone


def turned(lease: Lease) -> tuple[str, Tone]:
    """Take the lease, or give it back; gives the words for it."""
    if lease.left() > 0:
        lease.drop()
        return "The write lease is given back: nothing can be changed until W takes it again.", Tone.MUTED
    lease.take()
    words = f"You may change things for {span_words(lease.span)}, and lose that without a key for a while."
    return f"Write lease taken. {words} Each change is still asked for.", Tone.WARNING
