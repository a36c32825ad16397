"""Changes in the journal of a sitting, as if they had been made before."""

from dataclasses import replace

from sutaztop.domain.change import ChangeLimits, JournalEntry, Result
from sutaztop.domain.quantity import Cores, Seconds
from tests.ui.sitting import Sitting
from tests.ui.typing import rest

CHANGE_ID = "0123456789ab"


async def raised_before(
    here: Sitting,
    name: str = "postgres",
    *,
    borrow: float | None = None,
    result: Result | None = Result.APPLIED,
    change_id: str = CHANGE_ID,
) -> ChangeLimits:
    """Have a raise of one core in the world and in the journal, and the screen know of it."""
    await here.select(name)
    found, stack = here.main.board.container, here.stack
    assert found is not None
    before = found.container.resources.limits
    assert before.cpu is not None
    after = before.with_cpu(Cores(before.cpu + 1))
    stack.demo.engine.set_limits(found.id, before, after)
    await here.live()
    engine = stack.demo.engine.endpoint
    change = ChangeLimits(engine, found.id, found.container.name, before, after)
    terms = stack.lender.terms(Seconds(borrow)) if borrow is not None else None
    intent = JournalEntry(
        stack.clock.now(), change_id, "intent", "alice", engine, f"container {change.name}", change, borrow=terms
    )
    stack.journal.kept.append(intent)
    if result is not None:
        stack.journal.kept.append(replace(intent, phase="outcome", result=result, message="Done, and read back"))
    await noticed(here, change_id)
    return change


async def noticed(here: Sitting, change_id: str) -> None:
    """Wait until the screen knows of a change."""

    def is_known() -> bool:
        here.main.bookkeeping.look()
        return any(it.change_id == change_id for it in here.main.board.records)

    await here.until(is_known)
    await rest(here.pilot)
