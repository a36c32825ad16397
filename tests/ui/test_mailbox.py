"""The mailbox: the latest counts, and one wake is enough."""

from sutaztop.ui.mailbox import Mailbox


def test_the_latest_item_is_taken_once() -> None:
    box: Mailbox[int] = Mailbox(lambda: None)
    box.put(1)
    box.put(2)
    assert (box.take(), box.take()) == (2, None)


def test_many_items_wake_once_until_they_are_taken() -> None:
    wakes: list[int] = []
    box: Mailbox[int] = Mailbox(lambda: wakes.append(1))
    for item in range(5):
        box.put(item)
    assert len(wakes) == 1
    box.take()
    box.put(9)
    assert len(wakes) == 2
