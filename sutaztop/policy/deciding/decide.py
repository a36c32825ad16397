"""The decision: pure, total and deterministic, in whole numbers, with every step kept (POLICY section 5).

The cases of one host are decided together, because what is granted to one is gone for the others. The same input in
any order gives the same answer; time is the situation's own.
"""

from dataclasses import replace

from sutaztop.domain.case import Case, HostRoom, Situation
from sutaztop.domain.decision import Decision, DecisionState
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import Numbers
from sutaztop.policy.deciding.draft import Draft
from sutaztop.policy.deciding.hpa import follow, follows_hpa, owns_memory
from sutaztop.policy.deciding.ladder import bound, climb, shrink, standing_wish, widen
from sutaztop.policy.deciding.members import Members, members_of
from sutaztop.policy.deciding.memory_rules import leak_need, unlimited_memory_need
from sutaztop.policy.deciding.needs import Need, cpu_need, loads_of, memory_need
from sutaztop.policy.deciding.room import Room
from sutaztop.policy.deciding.told import Told
from sutaztop.policy.deciding.words import finished, plain_decision


def decide(situation: Situation, numbers: Numbers | None = None) -> tuple[Decision, ...]:
    """Decide every case of a situation, ordered by severity, tier and name.

    ``numbers`` are those of the host's own guards; without them the defaults hold.
    """
    drafts: list[Draft] = []
    done: list[Decision] = []
    for case in sorted(situation.cases, key=lambda it: (it.name, it.id)):
        wrong = why_invalid(case)
        if wrong:
            done.append(plain_decision(case, DecisionState.INVALID_CONFIG, wrong, Severity.WARNING))
        elif not case.replicas and case.minimum_replicas > 0:
            done.append(plain_decision(case, DecisionState.OFF, "it is switched off: no replicas are wished for"))
        else:
            drafts.append(_opened(case, situation.host, situation.now))
    room = Room(situation.host, numbers or Numbers())
    for draft in sorted(drafts, key=lambda it: it.order):
        room.settle(draft)
        done.append(finished(draft))
    return tuple(sorted(done, key=lambda it: (-it.severity, it.tier_rank, it.name, it.id)))


def decide_one(case: Case, host: HostRoom, now: int, numbers: Numbers | None = None) -> Decision:
    """Decide one case as if it were alone on its host."""
    (only,) = decide(Situation(now, host, (case,)), numbers)
    return only


def why_invalid(case: Case) -> str:
    """Say which numbers contradict each other, or nothing.

    Fewer replicas must not bring about the very load that adds them again: with ``n`` replicas at the lower
    line, ``n - 1`` would carry ``n / (n - 1)`` of it each.
    """
    numbers = case.numbers
    if case.minimum_replicas > case.maximum_replicas:
        return (
            f"minimum_replicas {case.minimum_replicas} is above maximum_replicas {case.maximum_replicas}: "
            "nothing satisfies both"
        )
    least = max(1, case.minimum_replicas)
    if follows_hpa(case):
        # Its replicas follow a target and not the two lines.
        return ""
    if not case.why_not and numbers.cpu_down * (least + 1) >= numbers.cpu_up * least:
        return (
            f"cpu_idle is too near cpu_warning: {least + 1} replicas just under the first would, as {least}, "
            "be over the second"
        )
    return ""


def _opened(case: Case, host: HostRoom, now: int) -> Draft:
    members = members_of(case, now)
    whole = case
    case = replace(case, members=members.counted + members.warming + members.missing)
    draft = Draft(case, host, now, members, loads_of(case, members, host), Told())
    if bound(draft):
        return draft
    size = _size_need(draft)
    hpa = follows_hpa(case)
    cpu = None if hpa else cpu_need(case, members, draft.loads, host, now, draft.told)
    for need in (cpu, size):
        if need is not None:
            draft.needs.append(need)
    if cpu is not None:
        climb(draft, cpu)
    if size is not None:
        widen(draft, size)
    leak = leak_need(draft)
    if leak is not None:
        draft.needs.append(leak)
    if hpa:
        follow(draft, whole)
    elif not draft.needs:
        shrink(draft)
    if draft.wish is None and _is_known(members, draft):
        draft.wish = standing_wish(draft)
    return draft


def _size_need(draft: Draft) -> Need | None:
    case = draft.case
    need = memory_need(case, draft.members, draft.loads, draft.now, draft.told) or unlimited_memory_need(draft)
    is_replicas = need is not None and need.rule != "R-MEM-1" and follows_hpa(case) and owns_memory(case)
    return None if is_replicas else need


def _is_known(members: Members, draft: Draft) -> bool:
    return bool(members.counted) and draft.loads.service_cpu.is_enough(draft.case.numbers)
