"""What the main screen does with the timeline: it shows it, goes from it to an instant, and writes notes into it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sutaztop.domain.finding import Subject
from sutaztop.domain.recording import Happening
from sutaztop.render.cells import Tone

if TYPE_CHECKING:
    from sutaztop.ui.screens.stage import Stage


class Chronicling:
    """Opens the timeline and the prompt for a note.

    ``jump_to`` and ``jump_to_line`` are what the screen has for going to an instant, and to the first moment that has
    what a line tells; they give why not.
    """

    def __init__(
        self, screen: "Stage", jump_to: Callable[[datetime], str], jump_to_line: Callable[[Happening], str]
    ) -> None:
        self._screen = screen
        self._board = screen.board
        self._jump_to = jump_to
        self._jump_to_line = jump_to_line

    def show(self) -> None:
        """Show the timeline."""
        from sutaztop.ui.screens.timeline import TimelineScreen

        if self._board.desk.recording is None:
            self._screen.say("There is no timeline here: nothing is recorded.", Tone.WARNING)
            return
        self._screen.app.push_screen(
            TimelineScreen(self._board, jump=self._jump, write_note=self.ask_note, shown_at=self.shown_at)
        )

    def _jump(self, line: Happening) -> str:
        """Go to what a line tells, with the container that it is about selected."""
        why_not = self._jump_to_line(line)
        if not why_not and line.subject.kind == "container":
            self._board.container_id = line.subject.id
        return why_not

    def ask_time(self) -> None:
        """Ask for a time in words, and go there."""
        from sutaztop.ui.screens.ask_time import AskTimeScreen

        def given(at: datetime | None) -> None:
            if at is not None and (why_not := self._jump_to(at)):
                self._screen.say(f"No going there: {why_not}.", Tone.WARNING)

        self._screen.app.push_screen(AskTimeScreen(self._board.desk, self.shown_at()), given)

    def shown_at(self) -> datetime | None:
        """Give the instant that the screen stands at; ``None`` while it is live."""
        frame = self._board.frame
        return frame.snapshot.at if self._board.frozen and frame is not None else None

    def ask_note(self, about: Happening | None = None) -> None:
        """Ask for a note at the shown instant: about what a line is about, else about the selected container."""
        from sutaztop.ui.screens.ask_note import AskNoteScreen

        recorder = self._board.desk.recorder()
        if recorder is None:
            self._screen.say("No note can be kept: nothing is recorded here.", Tone.WARNING)
            return
        desk = self._board.desk
        at = self.shown_at() or desk.clock.now()
        subject = self._subject(about)

        def given(answer: tuple[str, bool] | None) -> None:
            if answer is None:
                return
            words, is_about = answer
            # A recorder's words stand in its status: nothing here waits for a disk.
            recorder.note(words, desk.who(), subject if is_about else None, at)
            status = recorder.status()
            noted = f"Noted at {at.astimezone(desk.zone):%H:%M:%S}: {words}"
            if status.writing:
                self._screen.say(noted, Tone.MUTED)
            else:
                # It goes in beside another program that writes; where nothing can be written, this says why.
                self._screen.say(f"{noted}. This screen does not record: {status.why_not}.", Tone.WARNING)

        when = "now" if self.shown_at() is None else f"{at.astimezone(desk.zone):%Y-%m-%d %H:%M:%S}"
        self._screen.app.push_screen(AskNoteScreen(when, subject.name if subject is not None else ""), given)

    def _subject(self, about: Happening | None) -> Subject | None:
        if about is not None:
            return about.subject if about.subject.name else None
        found = self._board.container
        return Subject("container", found.id, found.container.name) if found is not None else None
