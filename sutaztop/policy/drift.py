"""Limits that a container has otherwise than its Compose files say: no fault, but the next ``up`` may undo it."""

from sutaztop.domain.finding import Evidence, Finding, Severity
from sutaztop.domain.keep import Difference
from sutaztop.domain.quantity import Cores, exact_cores
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.container_findings import subject_of
from sutaztop.policy.severity import Ranked
from sutaztop.policy.wording import memory


def drift_finding(container: ContainerSnapshot) -> Ranked | None:
    """Give the finding, which never makes a row bad, or ``None`` where the limits are those of the files."""
    drift, wish = container.drift, container.wish
    if not drift or wish is None:
        return None
    changes = ", ".join(f"{it.figure} {_amount(it, it.wished)} → {_amount(it, it.live)}" for it in drift)
    back = " and ".join(_amount(it, it.wished) for it in drift)
    after = f"the next up that makes it anew, or a deploy, goes back to {back}"
    if wish.kept_in:
        after = f"{wish.kept_in} keeps them, but only for an up that names it: a plain one goes back to {back}"
    evidence = tuple(Evidence(f"{it.figure} in its files", _amount(it, it.wished)) for it in drift)
    text = f"limits differ from {wish.file}: {changes}; {after}"
    return container.tier.rank, Finding(subject_of(container), Severity.OK, "DRIFT", text, evidence)


def _amount(it: Difference, amount: float | None) -> str:
    if amount is None:
        return "no limit"
    return exact_cores(Cores(amount)) if it.figure == "cpu" else memory(int(amount))
