"""What the screen's incident mode works with: the file of the open incident, comparisons, and the report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from sutaztop.cli.incident_report import ExportClip, IncidentWish, folder_of, write_incident
from sutaztop.contracts import Clock, RecordingError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.difference import Divergence
from sutaztop.domain.incident import Incident
from sutaztop.domain.profile import Thresholds
from sutaztop.policy.differences import Spread, differences, spread_of
from sutaztop.policy.healthy import last_healthy
from sutaztop.store.incidents import IncidentFile

if TYPE_CHECKING:
    from sutaztop.domain.frame import Frame


class IncidentsDesk:
    """Satisfies ``ui.desk.Incidents``. Every call may wait for a disk, and raises ``SutaztopError`` or ``OSError``."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        directory: Path,
        file: IncidentFile,
        opened: Callable[[], Recording],
        clock: Clock,
        thresholds: Thresholds,
        *,
        export: Callable[[Incident, datetime, Path], str] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._directory = directory
        self._file = file
        self._opened = opened
        self._clock = clock
        self._thresholds = thresholds
        self._export = export
        self._zone = zone
        self._recording: Recording | None = None
        self._then: tuple[datetime, Frame, Spread] | None = None

    def load(self) -> tuple[Incident | None, str]:
        """Give the incident that is open from before."""
        return self._file.load()

    def open(self, incident: Incident) -> Incident:
        """Open one: where it has no moment to be held against, the last healthy hour is looked for."""
        if incident.baseline is None:
            recording = self._opened()
            try:
                baseline, why = last_healthy(recording, incident.since)
            finally:
                recording.close()
            incident = replace(incident, baseline=baseline or incident.since, why=why)
            if baseline is None:
                incident = replace(incident, why=f"the moment it was opened, for {why}")
        self._file.save(incident)
        return incident

    def compare(self, incident: Incident) -> tuple[Divergence, ...]:
        """Say what is different now: both moments are of the recording, where alike values have alike fingerprints."""
        baseline = incident.baseline or incident.since
        if self._recording is None:
            self._recording = self._opened()
        if self._then is None or self._then[0] != baseline:
            frame = self._recording.frame_at(baseline)
            self._then = None if frame is None else (baseline, frame, spread_of(frame))
        now = self._recording.frame_at(self._clock.now())
        return () if self._then is None or now is None else differences(self._then[1], now, self._then[2])

    def close(self, incident: Incident, *, report: bool) -> str:
        """Close it, with a report or without one; says where that is. What can't be written leaves it open."""
        self._forget()
        if not report:
            self._file.remove()
            return f"Closed without a report: {incident.title}."
        wish = IncidentWish(
            incident.title, incident.since, self._clock.now(), incident.who, incident.baseline, self._zone,
            why=incident.why,
        )  # fmt: skip
        make, until = self._export, wish.until
        export: ExportClip | None = None if make is None else lambda path: make(incident, until, path)
        recording = self._opened()
        try:
            path = write_incident(
                recording, wish, folder_of(self._directory, incident.title, incident.since), self._thresholds, export
            )
        except FileExistsError as error:
            raise RecordingError("The report was not written", f"{error.filename} is there already") from error
        finally:
            recording.close()
        self._file.remove()
        return f"The report is in {path}."

    def _forget(self) -> None:
        """Give back what comparing held."""
        recording, self._recording, self._then = self._recording, None, None
        if recording is not None:
            recording.close()
