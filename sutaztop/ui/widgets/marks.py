"""What happened to one container, as marks on its charts: read beside the loop, and as rarely as one looks."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sutaztop.contracts import SutaztopError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import Happening, HappeningKind

_LOG = logging.getLogger(__name__)
READ_EVERY = timedelta(seconds=10)
"""A chart's axis is drawn anew about as often."""
MOST = 64
"""No axis has more places."""
_KINDS = (HappeningKind.CHANGE, HappeningKind.EVENT)
_NOT_MADE = frozenset({"refused", "failed"})
_EVENTS = frozenset({"die", "oom", "restart", "update"})
"""Events that a line on a chart may be explained by."""


@dataclass(frozen=True, slots=True)
class _Wish:
    ids: frozenset[str]
    at: datetime
    window: Seconds


class Marks:
    """Keeps when something happened to what is looked at. ``opened`` opens a recording, where there is one."""

    def __init__(self, opened: Callable[[], Recording] | None) -> None:
        self._opened = opened
        self._recording: Recording | None = None
        self._busy = threading.Lock()
        self._wish: _Wish | None = None
        self._times: tuple[datetime, ...] = ()

    def keep_up(self, ids: frozenset[str], at: datetime, window: Seconds) -> None:
        """Look at these ids over a window that ends at a time; read again when that has become old."""
        last, wish = self._wish, _Wish(ids, at, window)
        if self._opened is None:
            return
        if last is not None and (last.ids, last.window) == (ids, window) and abs(at - last.at) < READ_EVERY:
            return
        if self._busy.acquire(blocking=False):
            if last is None or last.ids != ids:
                self._times = ()
            self._wish = wish
            threading.Thread(target=self._run, args=(self._opened, wish), name="marks", daemon=True).start()

    def ago(self, ids: frozenset[str], at: datetime) -> tuple[float, ...]:
        """Give how many seconds before a time each was, the newest first; what was later is not told."""
        if self._wish is None or self._wish.ids != ids:
            return ()
        return tuple((at - it).total_seconds() for it in self._times if it <= at)

    def close(self) -> None:
        """Give the recording back; ``keep_up`` begins again."""
        if self._recording is not None:
            threading.Thread(target=self._close, name="marks", daemon=True).start()
        self._wish, self._times = None, ()

    def _close(self) -> None:
        with self._busy:
            if self._recording is not None:
                self._recording.close()
            self._recording = None

    def _run(self, opened: Callable[[], Recording], wish: _Wish) -> None:
        try:
            if self._recording is None:
                self._recording = opened()
            since = wish.at - timedelta(seconds=wish.window)
            found = self._recording.happenings(since, wish.at, kinds=_KINDS)
            times = [it.at for it in found if it.subject.id in wish.ids and _is_marked(it)]
        except SutaztopError:
            # Marks are an extra: why there is no recording is told where it is asked for.
            times = []
        except Exception:  # noqa: BLE001 - the worker boundary
            _LOG.exception("marks could not be read")
            times = []
        finally:
            self._busy.release()
        if self._wish == wish:
            self._times = tuple(reversed(times[-MOST:]))


def _is_marked(it: Happening) -> bool:
    return it.action in _EVENTS if it.kind is HappeningKind.EVENT else it.action not in _NOT_MADE
