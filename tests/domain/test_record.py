"""The journal's lines put together by change: what is open, what may be taken back, what was."""

from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import ChangeLimits, JournalEntry, Result
from sutaztop.domain.lifecycle import Unload
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.record import Record, last_undoable, records
from tests import given

ENGINE = "unix:///docker.sock"
HERE = frozenset({ENGINE})


def line(change_id: str, phase: str = "intent", result: Result | None = None, **more: object) -> JournalEntry:
    change = ChangeLimits(ENGINE, "f" * 64, "backend", given.limits(), given.limits(cpu=3.0))
    entry = JournalEntry(given.NOW, change_id, phase, "alice", ENGINE, "backend", change, result)
    return replace(entry, **more)  # type: ignore[arg-type] # the names are the entry's own


def made(change_id: str, **more: object) -> list[JournalEntry]:
    begun = replace(line(change_id), **more)  # type: ignore[arg-type] # as above
    return [begun, replace(begun, phase="outcome", result=Result.APPLIED)]


def by_id(*lines: JournalEntry) -> dict[str, Record]:
    return {it.change_id: it for it in records(lines)}


def terms() -> Borrow:
    return Borrow(Seconds(60.0), given.NOW + timedelta(seconds=60), Seconds(100.0), "boot")


def test_an_intent_without_an_outcome_is_unfinished() -> None:
    found = by_id(line("a"), *made("b"), line("c", "outcome", Result.REFUSED), line("d", "outcome", Result.DRY_RUN))
    assert [it.change_id for it in found.values() if it.is_unfinished] == ["a"]
    assert [it.change_id for it in found.values() if it.may_be_made] == ["a", "b"]


def test_an_unfinished_change_that_is_let_stand_is_settled_and_says_by_whom() -> None:
    found = by_id(line("a"), line("a", "kept", who="bob"))["a"]
    assert not found.is_open
    assert found.settled == "kept by bob"


def test_a_borrowed_change_is_open_until_it_is_back_or_kept() -> None:
    assert by_id(*made("a", borrow=terms()))["a"].is_borrowed
    assert not by_id(*made("a", borrow=terms()), line("a", "kept"))["a"].is_open
    assert not by_id(*made("a", borrow=terms()), *made("b", undoes="a"))["a"].is_open
    assert not by_id(line("a", borrow=terms()), line("a", "outcome", Result.REFUSED, borrow=terms()))["a"].is_open


def test_an_undo_that_was_refused_takes_nothing_back() -> None:
    found = by_id(*made("a"), line("b", undoes="a"), line("b", "outcome", Result.REFUSED, undoes="a"))
    assert found["a"].undone_by == ""
    assert found["a"].is_undoable


def test_an_undo_that_is_taken_back_leaves_its_change_made() -> None:
    found = by_id(*made("a"), *made("b", undoes="a"), *made("c", undoes="b"))
    assert (found["a"].undone_by, found["b"].undone_by) == ("", "c")
    assert found["a"].is_undoable


def test_a_borrowed_change_that_came_back_and_was_made_again_is_borrowed_no_longer() -> None:
    found = by_id(*made("a", borrow=terms()), *made("b", undoes="a"), *made("c", undoes="b"))
    assert not found["a"].is_open
    assert found["a"].settled == "made again by c"


def test_the_last_change_of_the_object_is_taken_back_first_and_else_the_last_of_all() -> None:
    other = ChangeLimits(ENGINE, "e" * 64, "postgres", given.limits(), given.limits(cpu=3.0))
    known = records([*made("a"), *made("b"), *made("c", change=other), *made("d", undoes="b")])
    chosen = last_undoable(known, HERE, frozenset({"f" * 64}))
    assert chosen is not None
    assert chosen.change_id == "a"
    last = last_undoable(known, HERE, frozenset({"0" * 64}))
    assert last is not None
    assert last.change_id == "c"


def test_changes_of_other_engines_and_those_without_a_way_back_are_passed_over() -> None:
    unload = Unload(ENGINE, "llama", "llama", Bytes(1))
    known = records([*made("a", engine="tcp://other:2376"), *made("b", change=unload)])
    assert last_undoable(known, HERE, frozenset()) is None


def test_lines_about_a_change_that_is_not_there_are_left_out() -> None:
    assert records([line("a", "kept"), line("b", "dropped")]) == ()
