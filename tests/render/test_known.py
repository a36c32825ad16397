"""What was not seen is neither well, nor none, nor zero: on no face and at no place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Bytes, Ratio
from sutaztop.domain.sample import Trouble
from sutaztop.domain.snapshot import Snapshot
from sutaztop.render.advice import advice_lines, advice_title
from sutaztop.render.arrange import Arrangement, arrange
from sutaztop.render.boxes import text_of
from sutaztop.render.fleet import empty_lines, fleet_title
from sutaztop.render.graphs import Glyphs
from sutaztop.render.header import Standing, header_lines, one_line
from sutaztop.render.host import host_lines, host_strip
from sutaztop.render.known import Known, known_of
from sutaztop.render.look import Look
from sutaztop.render.wall import Page, Scene, wall_lines
from tests.given import NOW, frame, snapshot

LOOK = Look(now=NOW, glyphs=Glyphs.BLOCKS)
STANDING = Standing(title="sutazaiapp", now=NOW)
GONE = Trouble("The engine is out of reach", "There is no socket at that path", "Start it")


def unread() -> Snapshot:
    """Give what a snapshot is before any engine was read; the host is known."""
    host = replace(
        snapshot().host, memory_limits=Bytes(0), memory_overcommit=Ratio(0.0), cpu_overcommit=Ratio(0.0),
        memory_unlimited=0, cpu_unlimited=0,
    )  # fmt: skip
    return replace(snapshot([]), engine=None, host=host)


NOT_YET = frame(unread())
NEVER = replace(NOT_YET, trouble=GONE)
ONCE = replace(frame(), trouble=GONE, stale_since=NOW - timedelta(seconds=81))


def everything(it: Frame) -> str:
    """Give all that the screen, the wall and the text say of a frame's stack."""
    arranged = arrange(it, Arrangement())
    lines = [
        *header_lines(it, 200, STANDING), fleet_title(arranged, Arrangement()),
        *empty_lines(arranged, Arrangement(problems_only=True)), advice_title(it, 5), *advice_lines(it, 90, 5),
        *host_lines(it, 90, 4, LOOK), *host_lines(it, 90, 6, LOOK), host_strip(it, 120, LOOK),
        one_line(it, 40, STANDING),
        *(line for page in Page for line in wall_lines(Scene(it, page, LOOK, STANDING), 120, 40)),
    ]  # fmt: skip
    return text_of(lines)


@pytest.mark.parametrize("it", [NOT_YET, NEVER, ONCE], ids=["not yet", "never", "once"])
@pytest.mark.parametrize(
    "lie",
    [
        "none needs attention",
        "0 running of 0",
        "0 of 0",
        "0 B",
        "0.0 ×",
        "0.0×",
        "Nothing needs doing",
        "Do next · nothing",
        "No container needs attention",
        "for 0 s",
        "STALE 0 s",
        "0 s old",
        "need attention",
    ],
)
def test_nothing_is_said_that_was_not_seen(it: Frame, lie: str) -> None:
    assert lie not in everything(it)


@pytest.mark.parametrize(
    ("it", "words"),
    [
        (NOT_YET, ["Containers · being read", "waiting for the first data", "waiting for the first reading"]),
        (NEVER, ["Containers · not known: no engine was reached", "NO ENGINE", "limits not known",
                 "Do next · not known", "the engine was never reached"]),
        (ONCE, ["1 of 1 ran when last seen", "STALE 81 s", "for 81 s", "the last figures are 81 s old"]),
    ],
    ids=["not yet", "never", "once"],
)  # fmt: skip
def test_what_is_known_is_said_in_words(it: Frame, words: list[str]) -> None:
    for word in words:
        assert word in everything(it)


def test_an_engine_without_containers_is_said_to_have_none() -> None:
    arranged = arrange(frame(snapshot([])), Arrangement())
    assert text_of([fleet_title(arranged, Arrangement())]).startswith("Containers · none · ")
    assert text_of(empty_lines(arranged, Arrangement())) == "This engine has no containers."


def test_what_is_known_follows_from_engine_and_trouble() -> None:
    assert [known_of(it) for it in (frame(), ONCE, NOT_YET, NEVER)] == list(Known)
