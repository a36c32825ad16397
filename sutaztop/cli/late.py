"""Everything behind the screen, put together once the screen stands: its first picture waits for no engine."""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sutaztop.actions.ledger import Kept
from sutaztop.contracts import SutaztopError
from sutaztop.domain.change import Outcome, Plan
from sutaztop.domain.event import LogLine
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record, Seen
from sutaztop.domain.resources import Limits

if TYPE_CHECKING:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from sutaztop.actions.lease import Lease
    from sutaztop.cli.assemble import Assembly
    from sutaztop.contracts.recording import Recording
    from sutaztop.domain.recording import ClipMade, ClipWish
    from sutaztop.store.recording.recorder import FileRecorder

_LOG = logging.getLogger(__name__)
_RECORDED_AFTER = 2.0
"""Seconds after the first frames were asked for."""


class LateAssembly:
    """An assembly that is made when frames are first wanted, on a thread of its own.

    Collectors, policy and docker's library take as long to load as the screen itself. Whoever
    asks for something before it is there waits for it; nobody asks before there is a frame. It is
    the screen's ``Feed`` and what it looks into containers with.
    """

    def __init__(self, make: "Callable[[], Assembly]", *, kernel_only: str = "", lease: "Lease | None" = None) -> None:
        self._make = make
        self.kernel_only = kernel_only
        """What keeps the engine from being asked, where only the kernel's files will be read; known before."""
        self.lease = lease
        """What changes need here beside leave to change anything, or ``None``."""
        self._making = threading.Lock()
        self._made: Assembly | None = None
        self._closed = False
        self._interval: Seconds | None = None
        self._recorder: FileRecorder | None = None
        self._recordings: TemporaryDirectory[str] | None = None
        self._ended = threading.Event()

    def get(self) -> "Assembly":
        """Give it, made at the first call. Raises what making it raises."""
        with self._making:
            if self._made is None:
                self._made = self._make()
                if self.lease is not None:
                    self._made.actuator.require(self.lease)
                if self._interval is not None:
                    self._made.monitor.set_interval(self._interval)
            return self._made

    def close(self) -> None:
        """End everything that was begun; waits for nothing that is still being made."""
        self._closed = True
        self._ended.set()
        if self._made is not None:
            self._made.close()
        if self._recorder is not None:
            self._recorder.close()
        if self._recordings is not None:
            self._recordings.cleanup()

    # --- a feed -----------------------------------------------------------------------------

    def start(self, deliver: Callable[[Frame], None]) -> None:
        """Make it, and hand frames over from then on."""
        threading.Thread(target=self._begin, args=(deliver,), name="assemble", daemon=True).start()

    def _begin(self, deliver: Callable[[Frame], None]) -> None:
        try:
            made = self.get()
        except SutaztopError:
            # The words it was made from were checked before: what fails here has gone since.
            _LOG.exception("the screen has nothing behind it")
            return
        if self._closed:
            made.close()
        else:
            made.monitor.start(deliver)
            self._record(made)

    def _record(self, made: "Assembly") -> None:
        """Begin to record once the first values are on the screen: nothing before them waits for it."""
        if self._ended.wait(_RECORDED_AFTER):
            return
        from tempfile import TemporaryDirectory

        from sutaztop.cli.recordings import begin_recording
        from sutaztop.store.who import who_am_i

        if made.demo:
            # What is seen of a made-up world is nobody's history: it goes with the program.
            self._recordings = TemporaryDirectory(prefix="sutaztop-demo-")
        directory = self._recordings.name if self._recordings is not None else ""
        self._recorder = begin_recording(made, who_am_i(os.environ), directory)

    def recorder(self) -> "FileRecorder | None":
        """Give who records, once somebody does."""
        return self._recorder

    def recording(self) -> "Recording":
        """Open the recording of this engine to be read. Raises ``RecordingError``."""
        from sutaztop.cli.recordings import open_recording, recording_path

        made = self.get()
        return open_recording(recording_path(self.recordings_in(made), made.engine.endpoint), made.settings.profile)

    def recordings_in(self, made: "Assembly") -> str:
        """Give the directory that recordings, and what belongs to them, are kept in."""
        return self._recordings.name if self._recordings is not None else made.state_directory

    def export_clip(self, wish: "ClipWish", target: "Path | None" = None) -> "ClipMade":
        """Write a clip, into the state directory under the time of its end where no target is given.

        Raises ``RecordingError``.
        """
        from sutaztop.cli.export_beside import export_beside
        from sutaztop.cli.recordings import clip_path, recording_path

        made = self.get()
        source = recording_path(self.recordings_in(made), made.engine.endpoint)
        return export_beside(source, target or clip_path(made.state_directory, wish.until), wish)

    def stop(self) -> None:
        """Stop the frames; twice is fine."""
        self._closed = True
        if self._made is not None:
            self._made.monitor.stop()

    def set_interval(self, interval: Seconds) -> None:
        """Wish for another time between frames."""
        self._interval = interval
        if self._made is not None:
            self._made.monitor.set_interval(interval)

    def refresh_now(self) -> None:
        """Ask for a frame now."""
        if self._made is not None:
            self._made.monitor.refresh_now()

    # --- looking into one container ---------------------------------------------------------

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """See ``Engine``."""
        return self.get().engine.logs(container_id, tail=tail, follow=follow, since=since, until=until)

    def kernel_limits(self, container_id: str) -> Limits | None:
        """See ``Engine``."""
        return self.get().engine.kernel_limits(container_id)

    # --- changes ----------------------------------------------------------------------------

    def apply(self, plan: Plan, *, borrow: Seconds | None = None) -> Outcome:
        """See ``Actuator``."""
        return self.get().actuator.apply(plan, borrow=borrow)

    def progress(self) -> str:
        """See ``Actuator``; nothing where nothing is under way."""
        return self._made.actuator.progress if self._made is not None else ""

    # --- the journal ------------------------------------------------------------------------

    def records(self) -> Sequence[Record]:
        """See ``Ledger``."""
        return self.get().ledger.records()

    def open(self) -> Sequence[Record]:
        """See ``Ledger``."""
        return self.get().ledger.open()

    def read_back(self, record: Record) -> Seen:
        """Say how things stand towards a change, if it was made on this engine."""
        from sutaztop.cli.books import read_back

        return read_back(record, self.get())

    def see_to(self, record: Record) -> bool:
        """Have a borrowed change watched over; say whether it is."""
        from sutaztop.cli.books import see_to

        return see_to(record, self.get())

    def keep(self, record: Record) -> str:
        """Let a change stand, unless nothing may be changed here; give the words for it."""
        made = self.get()
        if made.actuator.permission.read_only:
            return f"Nothing was changed, read-only: {made.actuator.permission.why}."
        kept = made.ledger.keep(record)
        return kept.message if isinstance(kept, Kept) else str(kept)
