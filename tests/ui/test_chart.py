"""Charts on the screen are drawn anew when a bucket closes, and not before."""

from collections.abc import Sequence
from dataclasses import replace

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.render.cells import plain
from sutaztop.render.chart import Chart
from sutaztop.render.charts import cpu_chart
from sutaztop.render.graphs import Glyphs
from sutaztop.render.pane import plan_pane
from sutaztop.ui.widgets.chart import ChartBook
from tests.given import KeptSeries, frame, measured_container, snapshot, usage

TEN_MINUTES = Seconds(600.0)


class Counted(KeptSeries):
    """A history that counts how often it is asked."""

    asked = 0

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        self.asked += 1
        return super().series(key, figure, points=points, bucket=bucket)


def at_second(second: float, history: KeptSeries, cpu: float = 1.86) -> Frame:
    shown = snapshot([measured_container(None, usage(cpu=cpu))])
    return frame(replace(shown, clock_ns=round(second * 1e9)), history=history)


def drawn(book: ChartBook, shown: Frame, size: tuple[int, int] = (80, 9)) -> list[str]:
    found = shown.snapshot.containers[0]

    def make(of: Frame, span: Seconds, width: int) -> Chart:
        return cpu_chart(of, found, span, width)

    return [plain(line) for line in book.draw("cpu", make, shown, TEN_MINUTES, size, glyphs=Glyphs.BLOCKS)]


def test_the_history_is_read_once_a_bucket() -> None:
    book, history = ChartBook(), Counted()
    for second in range(5):
        drawn(book, at_second(second, history))
    once = history.asked
    drawn(book, at_second(5, history))
    assert history.asked == 2 * once > 0


def test_the_legend_is_of_the_newest_frame() -> None:
    book, history = ChartBook(), KeptSeries()
    assert "used 1.86" in drawn(book, at_second(0, history))[0]
    assert "used 0.50" in drawn(book, at_second(1, history, cpu=0.5))[0]


def test_a_chart_takes_exactly_its_room() -> None:
    book, history = ChartBook(), KeptSeries()
    for size in ((80, 9), (30, 5), (12, 2), (0, 5), (5, 0)):
        lines = drawn(book, at_second(0, history), size)
        assert len(lines) == (size[1] if size[0] else 0)


def test_bodies_of_old_charts_are_not_kept_for_ever() -> None:
    book, history = ChartBook(), KeptSeries()
    for second in range(0, 500, 5):
        drawn(book, at_second(second, history))
    assert len(book._bodies) <= 8


def test_the_pane_never_gives_away_more_lines_than_it_has() -> None:
    for width in range(1, 220, 7):
        for height in range(60):
            for log_first in (False, True):
                plan = plan_pane(width, height, log_first=log_first)
                below = plan.facts if plan.log_beside else plan.facts + plan.log
                assert plan.charts + below <= max(height, 0), (width, height, log_first)
                assert min(plan.cpu, plan.memory, plan.facts, plan.log) >= 0
