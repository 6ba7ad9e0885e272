"""The picture with the cursor's word laid over it, what it looks at in figures, and the filmstrip of all words."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from explorer.render.canvas import BLOCKS, NO_GRAPHICS, Canvas, Graphics, canvas_for
from explorer.render.cells import truncate
from explorer.render.filmstrip import GAP, StripLayout, StripStyle, strip_layout, strip_lines
from explorer.render.marks import NEXT_STEP
from explorer.render.pictures import CellMarks, Lit, Overlay, cell_at, glyph_lines, local_window
from explorer.render.summary import edits_at, looked_at, step_marks
from explorer.runtime.trace import Picture
from explorer.tui.graphics import measured_cell
from explorer.tui.view import View
from explorer.tui.widgets.base import COMPONENTS
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.graphic_strip import GraphicStrip

FACTS_WIDTH = 11
"""Least cells beside the picture that its figures are written in."""
FACTS_GAP = 2
"""Cells between them."""
GIVEN_WAY = 1.25
"""How many times larger the picture may be than what it shrinks to, so that the figures have room."""
WIDE_FACTS = 18
"""Cells in which every figure has room beside its name; with less, some stand below it."""


@dataclass(frozen=True, slots=True)
class PictureLayout:
    """Where the parts of the widget stand, in cells and lines of its content.

    Attributes:
        width: Cells of the large picture.
        lines: Its lines.
        strip: The frames below it; None where there is no room.
    """

    width: int
    lines: int
    strip: StripLayout | None


def picture_layout(picture: Picture, width: int, height: int) -> PictureLayout:
    """Share a widget's room between the large picture and the filmstrip below it."""
    below = min(11, max(5, height // 4)) if height >= 14 else 0
    room = height - below - (1 if below else 0)
    tall, wide = picture.pixels.shape[1:]
    across = min(width, round(2 * room * wide / tall))
    beside = width - FACTS_GAP - FACTS_WIDTH
    if beside < across <= GIVEN_WAY * beside:
        across = beside
    lines = max(1, min(room, round(across * tall / wide / 2)))
    return PictureLayout(across, lines, strip_layout(picture, width, below) if below else None)


class PictureView(FaceWidget):
    """Draws a captioning run: a large picture for the step under the cursor, and one frame a word."""

    COMPONENT_CLASSES = set(COMPONENTS)

    covered: reactive[bool] = reactive(False, repaint=False)
    """Whether another screen lies over it: that dims what is below, which pixels cannot be, so half blocks stand in."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first = 0
        self._choice = NO_GRAPHICS
        self._canvas: Canvas | None = None

    def on_unmount(self) -> None:
        """Free what the terminal keeps of the pictures."""
        if self._canvas is not None:
            self._canvas.close()

    def watch_covered(self) -> None:
        """Draw in half blocks, or in pixels again."""
        self.redraw()

    def canvas(self, view: View) -> Canvas | None:
        """Return what draws pixels now; None where half blocks or glyphs have to do."""
        if view.graphics != self._choice:
            if self._canvas is not None:
                self._canvas.close()
            self._choice, self._canvas = view.graphics, canvas_for(view.graphics)
        if self.covered or not self.screen.is_active:
            return None
        if self._choice.kind is Graphics.SIXEL and measured_cell() not in (None, self._choice.cell):
            return None  # letters of another size: what is drawn for a line would be higher or lower than it
        return self._canvas

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines that can be cut anywhere."""
        lines = super().render_lines(crop)
        return lines if self._canvas is None else [GraphicStrip.of(line) for line in lines]

    def watch_view(self, view: View | None) -> None:
        """Keep the cursor's frame in sight and say in the border how the picture is lit."""
        layout = self._layout()
        if view is not None and layout is not None:
            if layout.strip is not None:
                self._first = layout.strip.scrolled_to(view.row, min(self._first, len(view.snapshot.steps) - 1))
            lit = "" if view.overlay is Overlay.NONE else ": weight ÷ greatest"
            self.set_title(str(self.border_title or ""), f"{view.overlay.value}{lit} · x")
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        super().on_resize()
        self.watch_view(self.view)

    def _picture(self) -> Picture | None:
        return None if self.view is None else self.view.snapshot.trace.source.picture

    def _layout(self) -> PictureLayout | None:
        picture = self._picture()
        if picture is None or not self.size:
            return None
        return picture_layout(picture, self.size.width, self.size.height)

    def strips(self) -> list[Strip]:
        """Return every line."""
        view, picture, layout = self.view, self._picture(), self._layout()
        width, height = self.size
        if view is None or picture is None or layout is None:
            return [Strip.blank(width, self.plain)] * height
        lines = self._large(view, picture, layout)
        if layout.strip is not None:
            lines += [[]] * (height - layout.strip.height - len(lines))
            lines += self._frames(view, picture, layout.strip)
        lines += [[]] * (height - len(lines))
        return [Strip(line).adjust_cell_length(width, self.plain) for line in lines[:height]]

    def _large(self, view: View, picture: Picture, layout: PictureLayout) -> list[list[Segment]]:
        """Draw the large picture, and beside it what the step under the cursor looks at."""
        weights, canvas = view.step.weights, self.canvas(view)
        if canvas is None and view.palette.uses_glyphs:
            drawn = glyph_lines(weights, picture, layout.width, layout.lines, self.plain)
        else:
            lit = Lit(picture, tuple(weights.tolist()), view.overlay, view.palette, self._marks(view, picture))
            drawn = (canvas or BLOCKS).draw(lit, layout.width, layout.lines, self.plain)
        facts = self._facts(view, picture, self.size.width - layout.width - FACTS_GAP)
        lines = []
        for place, line in enumerate(drawn):
            beside = [facts[place]] if place < len(facts) else []
            lines.append([*line, Segment(" " * FACTS_GAP, self.plain), *beside])
        return lines

    def _marks(self, view: View, picture: Picture) -> CellMarks:
        step, controls = view.step, view.snapshot.trace.controls
        window = None if step.center_cell is None else local_window(step.center_cell, controls.window, picture)
        return CellMarks(view.column, step_marks(controls, step.position, step).masked, window)

    def _facts(self, view: View, picture: Picture, room: int) -> list[Segment]:
        """Return lines beside the picture: the word, its cell, weight and score."""
        if room < FACTS_WIDTH:
            return []
        step, cell = view.step, view.cursor_column
        dim, strong = self.plain + self.look("dim"), self.plain + self.look("strong")
        word = NEXT_STEP if view.on_pending else step.label
        chosen = self.look("chosen" if not view.on_pending else "accent")
        if cell is None:
            facts = [("no attention", "", dim)]
        else:
            row, column = divmod(cell, picture.columns)
            facts = [
                ("cell", f"{row + 1},{column + 1}", strong),
                ("weight", f"{float(step.weights[cell]) * 100:.1f} %", strong),
                ("score", f"{float(step.scores[cell]):.2f}", dim),
            ]
            edited = edits_at(view.snapshot.trace.controls, step.position, cell)
            if edited:
                facts.append(("edit", edited, self.plain + self.look("warn")))
        facts += [("", "", dim), ("most", looked_at(step, picture), dim), ("", f"{step.entropy:.2f} bit", dim)]
        lines = [(word, self.plain + chosen), ("", dim)]
        for name, value, style in facts:
            lines += [(text, style if text.endswith(value) else dim) for text in _named(name, value, room)]
        return [Segment(truncate(text, room), style) for text, style in lines]

    def _frames(self, view: View, picture: Picture, layout: StripLayout) -> list[list[Segment]]:
        steps = view.snapshot.steps[self._first : self._first + layout.visible]
        labels = (*view.snapshot.labels, NEXT_STEP)[self._first :][: len(steps)]
        look = StripStyle(blank=self.plain, word=Style.null(), cursor=self.look("chosen"), forced=self.look("warn"))
        at = view.row - self._first
        canvas = self.canvas(view)
        return strip_lines(picture, steps, labels, layout, view.overlay, view.palette, at, look, canvas)

    def on_click(self, event: events.Click) -> None:
        """Choose the cell or the frame under the mouse."""
        view, picture, layout = self.view, self._picture(), self._layout()
        place = event.get_content_offset(self)
        if view is None or picture is None or layout is None or place is None:
            return
        cell = cell_at(place.x, place.y, layout.width, layout.lines, picture)
        if cell is not None:
            self.post_message(self.CellChosen(view.row, cell))
        elif layout.strip is not None and place.y >= self.size.height - layout.strip.height:
            row = self._first + place.x // (layout.strip.width + GAP)
            if row < len(view.snapshot.steps):
                self.post_message(self.CellChosen(row, None))


def _named(name: str, value: str, room: int) -> list[str]:
    """Return a figure and its name as one line, or as two where they do not fit beside each other."""
    if room >= WIDE_FACTS:
        return [f"{name:<7}{value}".rstrip()]
    line = f"{name} {value}".strip()
    return [line] if len(line) <= room else [name, f" {value}"]
