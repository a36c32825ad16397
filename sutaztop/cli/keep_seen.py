"""`--save`: what was seen, kept as a document that can be judged again."""

import sys
from pathlib import Path

from sutaztop.cli.assemble import Assembly
from sutaztop.contracts import ConfigError
from sutaztop.domain.frame import Frame
from sutaztop.policy.asked import seen
from sutaztop.store.files import write_json
from sutaztop.store.situation_document import document_of


def save(frame: Frame, assembly: Assembly, path: str) -> None:
    """Keep what was seen as a document for `sutaztop decide --from`. Raises ``ConfigError`` where it can't be written.

    A file that is no such document is not written over: a slip of the finger must not cost somebody's work.
    """
    profile = assembly.settings.profile
    kept = seen(frame.snapshot, frame.history, profile, frame.past)
    document = document_of(kept.situation, kept.numbers, profile=profile.name)
    try:
        write_json(Path(path), document)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--save {path}", str(error), "Name a new file, or one that was saved so before.") from error
    print(f"Saved {len(kept.situation.cases)} cases to {path}; `sutaztop decide --from` judges them.", file=sys.stderr)
