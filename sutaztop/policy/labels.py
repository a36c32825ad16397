"""A container's own ``com.sutaztop.…`` labels that can't be read: told, and without effect."""

from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.container_findings import subject_of
from sutaztop.policy.service_profile import label_faults
from sutaztop.policy.severity import Ranked


def label_finding(container: ContainerSnapshot, profile: Profile) -> Ranked | None:
    """Give the finding, which never makes a row bad, or ``None`` where there is nothing wrong."""
    it = container.container
    faults = label_faults(profile, it.name, it.service, it.labels)
    if not faults:
        return None
    text = f"{'; '.join(faults)}: it has no effect"
    return container.tier.rank, Finding(subject_of(container), Severity.OK, "LABEL", text)
