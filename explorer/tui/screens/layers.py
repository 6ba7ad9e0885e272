"""What one layer of each kind costs, by the paper's table and measured on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import ProgressBar

from explorer.errors import ExplorerError
from explorer.runtime.labels import printable
from explorer.runtime.layers import SIZES, Progress, measure
from explorer.tui.layering import Layering, crossing_title, path_chart, time_chart
from explorer.tui.measures import Value
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.over import SpeakingScreen
from explorer.tui.widgets.bars import KeyBar, TitleBar
from explorer.tui.widgets.chart import ChartPanel
from explorer.tui.widgets.layers import LayersPanel

if TYPE_CHECKING:
    from explorer.render.figure import Figure
    from explorer.tui.view import View

HINTS = (
    ("[ ]", "smaller, larger d", "size(1)"),
    ("r", "measure again", "measure"),
    ("esc", "the explorer", "leave"),
    ("?", "help", "help"),
)
READING = (
    "The table is the first one of Vaswani 2017: n is the length, d the size, k the kernel (3 here), r the "
    "neighbourhood (17 here). The times are those of one layer, batch 1, one thread of this machine's CPU, run now "
    "through ONNX Runtime: the median of several runs. Both axes are logarithmic, so a power of n is a straight line; "
    "a line marks where self-attention becomes slower than another layer.\n\n"
    "On one thread nothing runs at the same time, so what self-attention and a convolution gain by having no "
    "sequential operations does not show here: it is what a GPU makes of the second column. The graph of "
    "self-attention has the four projections, O(n · d²), which the table leaves out. The path of the convolutional "
    "layer is that of a stack with dilation, as the table has it."
)


class LayersScreen(SpeakingScreen):
    """Table and curves over the explorer; the measuring runs in a thread, with a progress bar."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    board = "layers"
    reading = READING

    BINDINGS = [
        Binding("left_square_bracket", "size(-1)", "a smaller size d"),
        Binding("right_square_bracket", "size(1)", "a larger size d"),
        Binding("r", "measure", "measure again"),
        Binding("question_mark", "help", "help"),
        Binding("escape,q", "leave", "to the explorer"),
    ]

    state: reactive[Layering] = reactive(Layering, repaint=False)
    """What the widgets draw."""

    def __init__(self, view: View, provider: str) -> None:
        """Create the screen.

        Args:
            view: The explorer's view, for its title.
            provider: Where its model runs.
        """
        super().__init__()
        self._view = view
        self._provider = provider
        self._stop = threading.Event()

    @property
    def readings(self) -> Mapping[str, Value]:
        """The size, and whether it is measured."""
        return self.state.readings

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        yield TitleBar("one layer of each kind", self._provider, id="title")
        yield from self.guests()
        yield LayersPanel(id="layers").data_bind(LayersScreen.state)
        yield ProgressBar(total=1.0, show_eta=False, id="progress")
        with Horizontal(id="curves"):
            yield ChartPanel(id="times")
            yield ChartPanel(id="paths")
        yield KeyBar(HINTS, id="keys")

    def on_mount(self) -> None:
        """Begin to measure."""
        self.query_one(TitleBar).view = self._view
        self.query_one("#layers").border_title = "Vaswani 2017, table 1 · times measured on this machine, now"
        self.query_one("#times").border_title = "ms a layer, by length"
        self.query_one("#paths").border_title = "longest path, by length"
        self.query_one("#paths", ChartPanel).chart = path_chart()
        self.action_measure()

    def on_unmount(self) -> None:
        """Stop measuring."""
        self._stop.set()

    def exhibits(self) -> Sequence[Figure | RenderableType]:
        """Table and charts as they are drawn."""
        panels = (self.query_one(LayersPanel), *self.query(ChartPanel))
        return tuple(panel.printed for panel in panels)

    def watch_state(self, state: Layering) -> None:
        """Draw the chart."""
        for bar in self.query(ProgressBar):
            bar.display = state.curves is None
        for panel in self.query("#times").results(ChartPanel):
            panel.chart = time_chart(state)
            panel.border_subtitle = crossing_title(state)

    def action_size(self, by: int) -> None:
        """Measure at another size."""
        place = SIZES.index(self.state.size) + by
        if not 0 <= place < len(SIZES):
            self.say(f"sizes go from {SIZES[0]} to {SIZES[-1]}")
            return
        self._measure_at(SIZES[place])

    def action_measure(self) -> None:
        """Measure anew."""
        self._measure_at(self.state.size)

    def _measure_at(self, size: int) -> None:
        """Measure, in the place of what is being measured."""
        self._stop.set()
        self._stop = threading.Event()
        self.state = Layering(size)
        self.query_one(ProgressBar).update(progress=0)
        self.run_worker(self._measure(size, self._stop), group="layers", exclusive=True)

    async def _measure(self, size: int, stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()

        def told(progress: Progress) -> None:
            loop.call_soon_threadsafe(self._progressed, progress, stop)

        try:
            curves = await asyncio.to_thread(measure, size=size, on_progress=told, cancelled=stop.is_set)
        except ExplorerError as error:
            self.notify(printable(str(error)), severity="error", title="not measured", timeout=8)
            return
        if not stop.is_set():
            self.state = Layering(size, curves)

    def _progressed(self, progress: Progress, stop: threading.Event) -> None:
        if not stop.is_set() and self.is_attached and self.state.curves is None:
            self.query_one(ProgressBar).update(progress=progress.share)
