"""What is read of one container beyond the frame while its pane is open: its log, and the kernel's limits."""

import threading

from sutaztop.contracts import EngineError
from sutaztop.domain.container import Container
from sutaztop.domain.frame import Frame
from sutaztop.domain.resources import Limits
from sutaztop.render.logs import Notice
from sutaztop.ui.desk import Looker
from sutaztop.ui.widgets.logs import Batch, LogReader

_RETRY_FRAMES = 5
"""A log that could not be read is tried again after so many frames."""


class Watch:
    """Opens and closes the readers of one container. All waiting is done on their own threads."""

    def __init__(self, engine: Looker | None) -> None:
        self._engine = engine
        self._reader: LogReader | None = None
        self._notice: Notice | None = None
        self._container_id = ""
        self._run: object = None
        self._limits: Limits | None = None
        self._kernel: Limits | None = None
        self._waited = 0
        self._is_past = False

    @property
    def is_open(self) -> bool:
        """Whether something is being watched."""
        return bool(self._container_id)

    def open(self, container_id: str) -> None:
        """Begin with a container; what was watched before is closed."""
        self.close()
        self._container_id = container_id
        if self._engine is None:
            self._notice = Notice("There is no log here: the screen was started without an engine.", bad=True)
            return
        self._start(self._engine)

    def _start(self, engine: Looker) -> None:
        self._waited = 0
        self._reader = LogReader(engine, self._container_id)
        self._reader.start()

    def close(self) -> None:
        """Stop everything; twice is fine."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._notice = self._run = self._limits = self._kernel = None
        self._container_id = ""
        self._is_past = False

    def take(self) -> tuple[Batch, Limits | None]:
        """Give what came of the log, and what the kernel enforces as far as it is known."""
        if self._reader is None:
            batch, self._notice = Batch(notice=self._notice), None
            return batch, None
        return self._reader.take(), self._kernel

    def keep_up(self, frame: Frame) -> bool:
        """Follow the container over restarts and new limits; tell whether its log begins anew.

        Of a moment that was nothing of the present is shown: no line, and not what the kernel enforces now.
        """
        if frame.recorded != self._is_past:
            return self._turn(past=frame.recorded)
        if self._is_past:
            return False
        found = frame.snapshot.by_id.get(self._container_id)
        if found is None or self._engine is None:
            return False
        self._ask_kernel(self._engine, found.container)
        run, self._run = self._run, found.container.started_at
        reader = self._reader
        if reader is None or reader.is_reading or not found.container.is_running or frame.trouble is not None:
            return False
        self._waited += 1
        if run == self._run and self._waited < _RETRY_FRAMES:
            return False
        self._start(self._engine)
        return True

    def _turn(self, *, past: bool) -> bool:
        """Leave the present, or come back to it."""
        if not self._container_id:
            return False
        container_id = self._container_id
        if not past:
            self.open(container_id)
            return True
        self.close()
        self._container_id, self._is_past = container_id, True
        self._notice = Notice("This is a replay: l shows what was written around this moment.")
        return True

    def _ask_kernel(self, engine: Looker, it: Container) -> None:
        """Read the kernel's limits when they may have changed; on a thread, because it asks the engine."""
        if it.resources.limits == self._limits or not it.is_running:
            return
        self._limits = it.resources.limits
        threading.Thread(target=self._read_kernel, args=(engine, it.id), name="kernel-limits", daemon=True).start()

    def _read_kernel(self, engine: Looker, container_id: str) -> None:
        try:
            limits = engine.kernel_limits(container_id)
        except EngineError:
            # It is one column of the pane: without it the pane shows what the engine stores.
            limits = None
        if container_id == self._container_id:
            self._kernel = limits
