"""Drift: told without alarm, found by its word, and written down for scripts."""

from dataclasses import replace

import pytest

from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.keep import Wish
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Cores
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.drift import drift_finding
from sutaztop.policy.judge import judge
from sutaztop.render.arrange import Arrangement, arrange, judge_rows, needs_attention
from sutaztop.render.cells import plain
from sutaztop.render.details import details_lines
from sutaztop.store.contract import snapshot_document
from tests import given

SAYS = Wish(cpu=Cores(0.5), memory=Bytes(4 * GIB), file="compose.yaml")


def drifted(wish: Wish = SAYS) -> ContainerSnapshot:
    it = given.measured_container(given.container(cpu=1.5), given.usage(throttled=0.0, cpu_utilization=0.1))
    return replace(it, wish=wish)


def finding(wish: Wish = SAYS) -> Finding:
    found = drift_finding(drifted(wish))
    assert found is not None
    return found[1]


def test_it_says_what_differs_and_what_would_undo_it() -> None:
    assert finding().text == (
        "limits differ from compose.yaml: cpu 0.5 → 1.5; the next up that makes it anew, or a deploy, goes back to 0.5"
    )
    assert finding().severity is Severity.OK


def test_what_is_kept_says_for_which_up() -> None:
    text = finding(replace(SAYS, kept_in="compose.sutaztop.yaml")).text
    assert "compose.sutaztop.yaml keeps them, but only for an up that names it: a plain one goes back to 0.5" in text


@pytest.mark.parametrize("wish", [None, Wish(trouble="gone"), replace(SAYS, cpu=Cores(1.5))])
def test_without_a_known_difference_nothing_is_said(wish: Wish | None) -> None:
    assert drift_finding(replace(drifted(), wish=wish)) is None


def test_the_row_says_drift_where_nothing_worse_is_said_and_is_no_problem() -> None:
    snapshot = given.snapshot([drifted()])
    frame = given.frame(snapshot, findings=judge(snapshot, given.KeptSeries(), Profile()).findings)
    judgement = judge_rows(frame)[drifted().id]
    assert (judgement.word, judgement.severity) == ("DRIFT", Severity.OK)
    assert not needs_attention(judgement)


def test_the_filter_finds_it_under_a_worse_word_too() -> None:
    it = drifted()
    worse = Finding(finding().subject, Severity.CRITICAL, "OOM×2", "killed")
    other = given.measured_container(given.container("sutazai-redis", service="redis"))
    frame = given.frame(given.snapshot([it, other]), findings=[worse, finding()])
    assert judge_rows(frame)[it.id].word == "OOM×2"
    for words in ("why:drift", "why:oom"):
        assert arrange(frame, Arrangement(filter_text=words)).order == (it.id,)
    assert arrange(frame, Arrangement(filter_text="!why:drift")).order == (other.id,)


def words(wish: Wish) -> str:
    it = drifted(wish)
    return " ".join(
        " ".join(plain(line) for line in details_lines(given.frame(given.snapshot([it])), it.id, 100)).split()
    )


def test_the_details_say_what_the_files_say_or_why_it_is_not_known() -> None:
    assert "files compose.yaml says cpu 0.5 cores" in words(SAYS)
    assert ": the same" in words(replace(SAYS, cpu=Cores(1.5)))
    assert "is not known: There is no compose.yaml" in words(Wish(trouble="There is no compose.yaml on this host"))


def document(wish: Wish | None) -> dict[str, object]:
    found = snapshot_document(given.frame(given.snapshot([replace(drifted(), wish=wish)])))
    containers: list[dict[str, object]] = found["containers"]
    return containers[0]


def test_scripts_get_what_the_files_say() -> None:
    assert document(SAYS)["drift"] == {
        "file": "compose.yaml", "cpu_limit_cores": 0.5, "memory_limit_bytes": 4 * GIB, "kept_in": None,
    }  # fmt: skip
    assert document(None)["drift"] is None
    unread = document(Wish(trouble="There is no compose.yaml"))
    assert unread["drift"] is None
    assert unread["unmeasured"] == {"drift": "collector failed: There is no compose.yaml"}
