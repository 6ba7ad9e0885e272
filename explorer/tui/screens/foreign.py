"""The screen of attention from a file: the explorer's grid, reading view and heads, without a model."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from explorer.errors import InputError
from explorer.render.palette import Palette
from explorer.render.summary import shown_heads
from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.foreign.pair import ForeignFile, ForeignPair, showing, trace_of
from explorer.runtime.foreign.spelling import spelled
from explorer.runtime.heads import CROSS, all_heads
from explorer.runtime.labels import printable
from explorer.tui.screens.base import HEIGHTS, WIDTHS
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.figure import Speaking, ask_for_figure
from explorer.tui.screens.foreign_heads import AGGREGATES, ForeignHeadsScreen
from explorer.tui.screens.foreign_offers import GRID, offers_of_pair
from explorer.tui.screens.help import HelpScreen
from explorer.tui.screens.looking import LookingScreen
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.foreign import FileBar, FilePanel, LooksAtPanel
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.head_picker import HeadPicker
from explorer.tui.widgets.reading import ReadingView
from explorer.tui.widgets.sentences import SourceLine, TargetLine

NO_HEADS = "the weights of this file have no heads: they are one map"
MOST_LISTED = 1000
"""Sentences of the list: those around the present one."""
MOST_PICKER_LINES = 10
Shown = tuple[int | None, int | None, str | None]
"""Layer, head and aggregate."""

HINTS = (
    ("↑↓←→", "move", "row(1)"),
    ("]", "next", "sentence(1)"),
    ("[", "previous", "sentence(-1)"),
    ("o", "sentences", "sentences"),
    ("v", "view", "view"),
    ("z", "zoom", "zoom"),
    ("C", "colours", "palette"),
    ("X", "figure", "figure"),
    ("?", "help", "help"),
)
HEAD_HINTS = (
    HINTS[0],
    ("w", "heads", "heads"),
    ("n", "next head", "next_head(1)"),
    *HINTS[1:],
)
"""The same for weights of several heads."""

BINDINGS = (
    Binding("up,k", "row(-1)", "cursor up"),
    Binding("down,j", "row(1)", "cursor down"),
    Binding("left,h,shift+left", "column(-1)", "cursor left"),
    Binding("right,l,shift+right", "column(1)", "cursor right"),
    Binding("home", "row(-100000)", "the first row"),
    Binding("end", "row(100000)", "the last row"),
    Binding("pageup", "page(-1)", "a page of rows up"),
    Binding("pagedown", "page(1)", "a page of rows down"),
    Binding("escape", "follow", "the cursor follows the greatest weight of its row again"),
    Binding("right_square_bracket,space", "sentence(1)", "the next sentence of the file", key_display="]"),
    Binding("left_square_bracket,backspace", "sentence(-1)", "the sentence before", key_display="["),
    Binding("o", "sentences", "pick a sentence"),
    Binding("w", "heads", "all heads at once"),
    Binding("n", "next_head(1)", "the grid shows the next head"),
    Binding("N", "next_head(-1)", "the grid shows the previous head"),
    Binding("m", "show_all('mean')", "the grid shows the mean of all heads"),
    Binding("v", "view", "the source as text to read, or the grid"),
    Binding("z", "zoom", "zoom: fit, cell, wide, all"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write it as a figure"),
    Binding("question_mark", "help", "help"),
    Binding("q", "app.quit", "quit"),
)

READING = (
    "A row is a target token, a column a source token; a cell's colour is the weight that the file gives them. The "
    "file alone is shown: there is no model, so there are no scores, and nothing can be decoded anew. Links of words "
    "share the weight of a target word equally. Layers and heads count from 0.\n\n"
    "v shows the source as text instead, behind every token the weight that the target token under the cursor gives "
    "it: figures are per cent, ● is the greatest weight. w shows all heads, where the file has several."
)


class ForeignScreen(LookingScreen):
    """One sentence pair of a file at a time."""

    HORIZONTAL_BREAKPOINTS, VERTICAL_BREAKPOINTS = WIDTHS, HEIGHTS

    BINDINGS = [*BINDINGS]

    def __init__(self, file: ForeignFile, index: int, shown: Shown, palette: Palette) -> None:
        """Create the screen.

        Args:
            file: What was read.
            index: The sentence to begin with, counted from 0.
            shown: The layer, head and aggregate to begin with, which that sentence has.
            palette: Colours of the weights.
        """
        super().__init__()
        self._file = file
        self._index = index
        self._shown = shown
        self._palette = palette

    @property
    def pair(self) -> ForeignPair:
        """The sentence pair that is seen."""
        return self._file.pairs[self._index]

    def compose(self) -> ComposeResult:
        """Lay out the widgets; app.tcss gives them their places."""
        screen = ForeignScreen
        yield FileBar(self._file.name, id="title").data_bind(screen.view)
        yield SourceLine(id="source").data_bind(screen.view)
        yield TargetLine(id="target").data_bind(screen.view)
        counts = self.pair.counts
        with Horizontal(id="body"):
            yield AttentionGrid(id="grid").data_bind(screen.view)
            yield ReadingView(id="reading").data_bind(screen.view)
            with Vertical(id="making"):
                yield LooksAtPanel(id="looks").data_bind(screen.view)
                if counts is not None:
                    picker = HeadPicker(counts, AGGREGATES, id="heads").data_bind(screen.view)
                    picker.styles.height = min(counts.layers + 1, MOST_PICKER_LINES) + 2
                    yield picker
                yield FilePanel(self._file.kind, id="file").data_bind(screen.view)
        hints = HINTS if counts is None else HEAD_HINTS
        alone = len(self._file.pairs) == 1
        yield KeyBar(tuple(hint for hint in hints if not (alone and "sentence" in hint[2])), id="keys")

    def on_mount(self) -> None:
        """Show the first sentence."""
        self.set_class(self.pair.counts is not None, "-heads")
        self.view = View(self._snapshot(), self._palette)
        self.query_one(FileBar).place = self._place
        self._focus_face()

    def watch_view(self, view: View | None) -> None:
        """Show grid or text under its title."""
        if view is None:
            return
        for face, widget in self._faces.items():
            widget.set_title(shown_heads(view.snapshot.trace.controls) or "weights")
            self.set_class(view.face is face, f"-{face.value}")

    @property
    def _faces(self) -> dict[Face, FaceWidget]:
        return {Face.GRID: self.query_one(AttentionGrid), Face.READING: self.query_one(ReadingView)}

    @property
    def _place(self) -> str:
        count = len(self._file.pairs)
        return f"sentence {self._index + 1} of {count}" if count > 1 else self._file.kind

    def _snapshot(self) -> Snapshot:
        return Snapshot(trace_of(self.pair, self._file.name, self._controls()), None, 0.0)

    def _controls(self) -> Controls:
        """Return what is shown; a sentence that has not these heads shows the mean of its own."""
        try:
            return showing(self.pair, *self._shown)
        except InputError:
            self._shown = (None, None, None)
            return showing(self.pair, *self._shown)

    # --- sentences ----------------------------------------------------------------------------------------------------

    def action_sentence(self, by: int) -> None:
        """Show a neighbouring sentence."""
        index = self._index + by
        if not 0 <= index < len(self._file.pairs):
            only = len(self._file.pairs) == 1
            self.say("the file has this one sentence" if only else f"this is the {'last' if by > 0 else 'first'} one")
            return
        self._go_to(index)

    def action_sentences(self) -> None:
        """Pick a sentence from a list."""
        first = max(0, min(self._index - MOST_LISTED // 2, len(self._file.pairs) - MOST_LISTED))
        listed = {
            f"{first + place + 1}  {_said(pair)}": first + place
            for place, pair in enumerate(self._file.pairs[first : first + MOST_LISTED])
        }

        def chosen(line: str | None) -> None:
            if line is not None:
                self._go_to(listed[line])

        screen = ExamplesScreen(tuple(listed), "sentences", "shows", at=self._index - first)
        self.app.push_screen(screen, chosen)

    def _go_to(self, index: int) -> None:
        self._index = index
        self.query_one(FileBar).place = self._place
        self._change(snapshot=self._snapshot(), row=0, column=None)

    # --- heads --------------------------------------------------------------------------------------------------------

    def action_heads(self) -> None:
        """Show all heads at once."""
        counts = self.pair.counts
        if counts is None or self.view is None:
            self.say(NO_HEADS)
        elif self.app.screen is self:
            self.app.push_screen(ForeignHeadsScreen(self, self._file.name, counts, self.view))

    def action_next_head(self, by: int) -> None:
        """Show a neighbouring head."""
        counts = self.pair.counts
        if counts is None:
            self.say(NO_HEADS)
            return
        keys = all_heads(CROSS, counts.layers, counts.heads)
        controls = self._controls()
        if controls.layer is None or controls.head is None:
            key = keys[0 if by > 0 else -1]
        else:
            key = keys[(keys.index(HeadKey(CROSS, controls.layer, controls.head)) + by) % len(keys)]
        self.look(key.layer, key.head, None)

    def action_show_head(self, layer: int, head: int) -> None:
        """Show one head."""
        self.look(layer, head, None)

    def action_show_all(self, aggregate: str) -> None:
        """Show all heads as one."""
        if self.pair.counts is None:
            self.say(NO_HEADS)
        else:
            self.look(None, None, aggregate)

    def look(self, layer: int | None, head: int | None, aggregate: str | None) -> None:
        """Show a head, or all as one."""
        self._shown = (layer, head, aggregate)
        self._change(snapshot=self._snapshot())

    # --- looking around -----------------------------------------------------------------------------------------------

    def action_follow(self) -> None:
        """Let the cursor follow the greatest weight of its row."""
        self._change(column=None)

    def action_figure(self, first: str = GRID, over: Speaking | None = None) -> None:
        """Write the sentence as a figure.

        Args:
            first: The figure that is chosen at first.
            over: The screen that says what was written; None for this one.
        """
        if self.view is not None:
            offers = offers_of_pair(self.pair, self._file.name, self._controls())
            ask_for_figure(over or self, offers, self.view.palette, first)

    def action_help(self) -> None:
        """Show all keys."""
        self.app.push_screen(HelpScreen(self.BINDINGS, READING))


def _said(pair: ForeignPair) -> str:
    """Return a pair as one line of a list."""
    return printable(f"{spelled(pair.source_tokens).text} → {spelled(pair.target_tokens).text}")
