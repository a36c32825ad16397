"""What judging saw, as a situation that can be kept and judged again."""

from dataclasses import dataclass

from sutaztop.domain.case import Situation
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.numbers import Numbers
from sutaztop.domain.past import Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.observe import Observer
from sutaztop.policy.workloads import workloads


@dataclass(frozen=True, slots=True)
class Seen:
    """A situation, with the numbers that it was judged by."""

    situation: Situation
    numbers: Numbers


def seen(snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past) -> Seen:
    """Give all workloads of a snapshot as cases, the quiet ones too: another profile may have something to say of them.

    ``past`` is that which the judgement of this snapshot gave back. It costs a look at all of the history.
    """
    observer = Observer(snapshot, history, profile, past)
    everybody = {it.id for it in snapshot.containers}
    return Seen(observer.situation(workloads(snapshot), also=everybody), observer.numbers)
