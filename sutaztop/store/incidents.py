"""The incident that is open on this host and engine, kept in a small file: it outlives the program that opened it."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sutaztop.domain.incident import Incident
from sutaztop.domain.text import clean_line
from sutaztop.store.codec import encode_time
from sutaztop.store.files import write_json

SCHEMA = "sutaztop.incident/1"


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """The file of one engine's open incident. Every call may raise ``OSError``."""

    path: Path

    def load(self) -> tuple[Incident | None, str]:
        """Give the open incident; or nothing, and why it can't be read where there is one."""
        try:
            raw = json.loads(self.path.read_text(encoding="utf-8"))
            if raw["schema"] != SCHEMA:
                return None, f"{self.path} is of another version"
            baseline = raw["baseline"]
            return Incident(
                clean_line(str(raw["title"])), datetime.fromisoformat(raw["since"]), clean_line(str(raw["who"])),
                None if baseline is None else datetime.fromisoformat(baseline), clean_line(str(raw["why"])),
            ), ""  # fmt: skip
        except FileNotFoundError:
            return None, ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            return None, f"{self.path} can't be read: {error}"

    def save(self, incident: Incident) -> None:
        """Keep it; raises ``ValueError`` where the file is another's."""
        baseline = None if incident.baseline is None else encode_time(incident.baseline)
        write_json(self.path, {
            "schema": SCHEMA, "title": incident.title, "since": encode_time(incident.since), "who": incident.who,
            "baseline": baseline, "why": incident.why,
        })  # fmt: skip

    def remove(self) -> None:
        """Forget it; twice is fine."""
        self.path.unlink(missing_ok=True)
