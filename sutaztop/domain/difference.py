"""What is different between two moments of a stack."""

from dataclasses import dataclass

from sutaztop.domain.finding import Subject


@dataclass(frozen=True, slots=True)
class Divergence:
    """One thing that was another then than it is now, in words with units.

    ``figure`` names it (image, cpu limit, memory …); ``before`` or ``after`` is "–" where there was, or is, nothing.
    ``weight`` ranks what explains an incident: 90 what somebody changed, 70 what broke, 50 what grew, 30 the rest.
    """

    subject: Subject
    figure: str
    before: str
    after: str
    weight: int

    @property
    def words(self) -> str:
        """Say it in one line without the subject."""
        return f"{self.figure} {self.before} → {self.after}"
