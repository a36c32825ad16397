"""What keys act on: the thing that is marked in the panel that has the keys, never one chosen elsewhere before."""

from collections.abc import Iterator
from contextlib import contextmanager

from sutaztop.ui.board import Board
from sutaztop.ui.commands import Command, Need
from sutaztop.ui.layout import Place

CONTAINERS = (Need.CONTAINER, Need.SERVICE)
"""What commands need that are about a container."""
CHOSEN_IN = {Place.ADVICE: Need.ADVICE, Place.MODELS: Need.MODEL}
"""What is chosen in a panel that lists something else than containers."""


def why_no_aim(command: Command, place: Place) -> str:
    """Say why a command about a container has none in this panel, or nothing."""
    if command.needs in CONTAINERS and place in (Place.HOST, Place.DISKS):
        return "no container is chosen in this panel; 2 goes to the containers"
    return ""


def take_aim(command: Command, place: Place, board: Board) -> str:
    """Choose the container that the marked advice or model is about; say why that can't be done, or nothing."""
    if why_not := why_no_aim(command, place):
        return why_not
    if command.needs not in CONTAINERS or place not in CHOSEN_IN:
        return ""
    wanted, name = _subject(place, board)
    snapshot = board.frame.snapshot if board.frame is not None else None
    if snapshot is None or wanted not in snapshot.by_id:
        return f"no container is known for {name}" if name else "nothing is chosen in this panel"
    if board.arranged is None or wanted not in board.arranged.order:
        return f"{name} is not among the containers that the filter shows"
    board.container_id = wanted
    return ""


@contextmanager
def aimed(command: Command, place: Place, board: Board) -> Iterator[str]:
    """Choose as ``take_aim`` does for as long as it takes to ask something; gives why that can't be done."""
    before = board.container_id
    try:
        yield take_aim(command, place, board)
    finally:
        board.container_id = before


def _subject(place: Place, board: Board) -> tuple[str, str]:
    """Give the id of the container that a panel's choice is about, and the choice's name."""
    if place is Place.MODELS:
        row = board.model
        return (row.server.container_id, row.server.endpoint) if row is not None else ("", "")
    if board.advice is None or board.frame is None:
        return "", ""
    subject = board.advice.subject
    members = {it.id: it.container_ids for it in board.frame.snapshot.services}.get(subject.id, ())
    return (members[0] if members else subject.id), subject.name
