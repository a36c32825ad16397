"""What to unload when the host runs short of memory."""

from sutaztop.domain.finding import Evidence, Recommendation, Severity, Subject
from sutaztop.domain.intent import UnloadModel
from sutaztop.domain.llm import Activity
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.host import available_share
from sutaztop.policy.wording import memory, percent

SHORT = 0.10
"""Under this share of memory available, an idle model is in the way."""


def unload_advice(snapshot: Snapshot) -> Recommendation | None:
    """Advise to unload the largest idle model, or ``None``; never a pinned or a busy one.

    Only what it holds of main memory counts: a model on a GPU frees nothing here.
    """
    left = available_share(snapshot.host)
    if left is None or left >= SHORT:
        return None
    idle = [
        (model.size - model.size_vram, server.endpoint, model.name)
        for server in snapshot.models
        for model in server.loaded
        if not model.is_pinned(snapshot.at) and model.activity(snapshot.at) is Activity.IDLE
    ]
    idle = [it for it in idle if it[0] > 0]
    if not idle:
        return None
    frees, endpoint, name = max(idle, key=lambda it: (it[0], it[1], it[2]))
    return Recommendation(
        id=f"unload:{endpoint}:{name}",
        subject=Subject("model", f"{endpoint}/{name}", name),
        severity=Severity.WARNING,
        rule="R-LLM-1",
        proposal=f"unload, frees about {memory(frees)}",
        reason=f"{percent(left)} of the host's memory is available, and {name} is idle; it stays installed",
        evidence=(Evidence("available", percent(left)), Evidence("held in memory", memory(frees))),
        intent=UnloadModel(endpoint, name),
        tier_rank=0,
    )
