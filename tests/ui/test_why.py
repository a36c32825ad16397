"""Why, and why not: the decision about any container, in the pane."""

from sutaztop.policy import judge as judging
from sutaztop.ui.layout import Place
from tests.ui.sitting import sitting


async def test_w_tells_what_is_decided_also_where_that_is_to_leave_it_alone() -> None:
    async with sitting((200, 50), seconds=60) as here:
        await here.select("neo4j")
        await here.press("w")
        assert "why" in here.text
        assert "Leave neo4j as it is." in " ".join(here.text.split())
        assert "replicas that report" in here.text
        await here.press("w")
        assert "replicas that report" not in here.text
        assert "Limits and use" in here.text


async def test_enter_on_a_recommendation_opens_the_decision_that_it_comes_from() -> None:
    async with sitting((200, 50), seconds=60) as here:
        await here.press("5")
        advice = here.main.board.advice
        assert advice is not None
        assert advice.decision is not None
        await here.press("enter")
        assert here.main.details_open
        shown = " ".join(here.text.split())
        assert "Step by step" in shown
        assert "raw" in shown
        assert "final" in shown
        assert "─ line 85 %" in shown or "─ line 75 %" in shown


async def test_it_follows_the_selection_and_the_judge() -> None:
    async with sitting((200, 50), seconds=60) as here:
        await here.press("w", "j")
        body = here.main.details.body
        assert body.asks_why
        assert body.container_id == here.main.board.container_id
        before = body.why()
        assert before is not None
        assert body.why() is before
        await here.live(12)
        after = body.why()
        assert after is not before


async def test_nobody_is_asked_while_nobody_looks(monkeypatch: object) -> None:
    asked: list[str] = []
    real = judging.explain

    def counted(*words: object) -> object:
        asked.append(str(words[-1]))
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "explain", counted)  # type: ignore[attr-defined]
    async with sitting((120, 40), seconds=10) as here:
        await here.press("enter")
        await here.live(12)
        assert not asked
        await here.select("neo4j")
        await here.press("escape", "w")
        assert len(set(asked)) == 1
        await here.press("escape")
        count = len(asked)
        await here.live(12)
        assert len(asked) == count


async def test_in_the_log_w_wraps_as_before() -> None:
    async with sitting((120, 40), seconds=10) as here:
        await here.press("l")
        assert here.main.focus_place is Place.DETAILS
        wrapped = here.main.details.body.book.wrapped
        await here.press("w")
        assert here.main.details.body.book.wrapped is not wrapped
        assert not here.main.details.body.asks_why
