"""The mailbox: the latest counts, and one wake is enough."""

from dataclasses import replace

from sutaztop.domain.event import Event
from sutaztop.ui.app import carry_events
from sutaztop.ui.mailbox import Mailbox
from tests.given import NOW, frame, snapshot


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


def test_what_an_item_that_nobody_took_had_to_say_can_be_kept() -> None:
    box: Mailbox[str] = Mailbox(lambda: None, lambda older, newer: older + newer)
    for item in ("a", "b", "c"):
        box.put(item)
    assert (box.take(), box.take()) == ("abc", None)


def test_events_of_a_frame_that_was_skipped_stand_in_the_next() -> None:
    happened = [Event(NOW, number, "container", "oom", "x") for number in range(3)]
    first, second = (frame(replace(snapshot([]), events=tuple(it))) for it in (happened[:2], happened[2:]))
    assert carry_events(first, second).snapshot.events == tuple(happened)
