"""What is open is found in the bytes of a long journal, and is what decoding the whole of it gives."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import JournalEntry, Result
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import records
from sutaztop.store.chain import rotated_files
from sutaztop.store.journal import FileJournal
from sutaztop.store.unsettled import unsettled_entries
from tests import given as examples
from tests.store.entries import entry

BORROW = Borrow(Seconds(60.0), examples.NOW, Seconds(100.0), "boot", ("--host", "unix:///x"))
IDS = ("a", "b", "c")


def open_of(entries: object) -> list[str]:
    return [it.change_id for it in records(entries) if it.is_open]  # type: ignore[arg-type] # any of the entries


lines = st.builds(
    lambda change_id, phase, result, undoes, borrow, message: replace(
        entry(change_id, phase, message), result=result if phase == "outcome" else None, undoes=undoes, borrow=borrow
    ),
    st.sampled_from(IDS),
    st.sampled_from(["intent", "outcome", "kept", "dropped"]),
    st.sampled_from(Result),
    st.just(""),
    st.none() | st.just(BORROW),
    st.sampled_from(["", '"borrow":{', '"change_id":"a","phase":"kept"', '"undoes":"a"']),
)


@given(st.lists(lines, max_size=12))
def test_what_is_open_is_the_same_as_by_decoding_everything(wanted: list[JournalEntry]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        journal = FileJournal(folder)
        # An intent first, as every change has it; what follows may come in any order.
        for change_id in IDS:
            journal.append(entry(change_id))
        for it in wanted:
            if it.phase != "intent":
                journal.append(it)
        assert open_of(journal.unsettled()) == open_of(journal.entries())


def test_a_borrow_is_open_over_rotated_files_until_it_is_back(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, rotate_at=4096)
    first = replace(entry("a"), borrow=BORROW)
    journal.append(first)
    journal.append(replace(first, phase="outcome", result=Result.APPLIED))
    for number in range(20):
        journal.append(replace(entry(f"n{number}"), phase="intent"))
        journal.append(replace(entry(f"n{number}"), phase="outcome", result=Result.APPLIED))
    assert len(rotated_files(journal.path)) > 1
    assert open_of(journal.unsettled()) == ["a"]
    journal.append(replace(entry("back"), undoes="a"))
    journal.append(replace(entry("back"), phase="outcome", result=Result.APPLIED, undoes="a"))
    assert journal.unsettled() == ()


def test_a_journal_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert unsettled_entries([tmp_path / "journal.jsonl"]) == ()
