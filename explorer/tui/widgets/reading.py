"""The reading view: the source as running text with the heat of the cursor's row behind it, the target below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from explorer.render.copies import copied_of
from explorer.render.reading import (
    NEXT_BLOCK,
    ReadingStyle,
    SourceHeat,
    TargetTokens,
    readout_line,
    rule_line,
    target_line,
)
from explorer.render.reading_layout import MARGIN, Part, ReadingLayout, reading_layout, scrolled, text_width
from explorer.render.summary import cell_facts, step_marks
from explorer.render.wrapping import WrappedText, running, wrapped
from explorer.runtime.labels import END_LABEL
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View
from explorer.tui.widgets.base import COMPONENTS
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.sentences import target_of

MORE_ABOVE, MORE_BELOW = "↑", "↓"


@lru_cache(maxsize=8)
def _wrapped_source(pieces: tuple[str, ...], labels: tuple[str, ...], width: int) -> WrappedText:
    return wrapped(*running(pieces, labels), width)


@lru_cache(maxsize=8)
def _wrapped_target(texts: tuple[str, ...], joined: tuple[bool, ...], width: int) -> WrappedText:
    return wrapped(texts, joined, width)


@dataclass(frozen=True)
class _Drawing:
    """A view laid out in the widget's size: what drawing and the mouse need alike."""

    view: View
    layout: ReadingLayout
    tokens: TargetTokens
    styles: dict[int, Style]
    indent: int
    first_source: int
    first_target: int


class ReadingView(FaceWidget):
    """Draws source and target as text that can be read, however long they are.

    | Component class | Meaning |
    | :- | :- |
    | `view--dim` | The rule between source and target, the end token |
    | `view--strong` | Target tokens, the cell that is read out |
    | `view--chosen` | The target token of the cursor's row |
    | `view--warn` | Forced target tokens |
    | `grid--marker` | Signs of copies, the step to come, more lines above or below |
    | `grid--cursor` | The frame of the cursor's source token |
    | `grid--masked` | Masked source tokens |
    | `grid--window` | Edges of the local window |
    | `grid--center` | The centre p_t, and the greatest weight |
    """

    COMPONENT_CLASSES = {*COMPONENTS, *(f"grid--{name}" for name in ("marker", "cursor", "masked", "window", "center"))}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._first_source = 0
        self._first_target = 0
        self._style: ReadingStyle | None = None
        self._tokens: tuple[Snapshot, bool, TargetTokens] | None = None

    def notify_style_update(self) -> None:
        """Forget the styles of the theme that was left."""
        super().notify_style_update()
        self._style = None

    def watch_view(self, view: View | None) -> None:
        """Draw the new view."""
        if view is not None:
            self.set_title(
                str(self.border_title or ""), f"reading · v grid · {view.palette.name} · {view.palette.legend()}"
            )
        self.redraw()

    def strips(self) -> list[Strip]:
        """Return every line that is seen."""
        size = self.size
        if self.view is None or not size:
            return [Strip.blank(size.width, self.plain)] * size.height
        drawing, style = self._drawing(self.view), self._reading_style()
        step = self.view.step
        marks = step_marks(self.view.snapshot.trace.controls, self.view.row, step)
        heat = SourceHeat(drawing.layout, self.view.palette, step.weights, marks, self.view.cursor_column, style)
        return [self._strip(self._line(drawing, heat, style, y), drawing, y) for y in range(size.height)]

    def _drawing(self, view: View) -> _Drawing:
        """Lay out a view, and scroll so far that the cursor is seen."""
        trace = view.snapshot.trace
        width = text_width(self.size.width)
        source = _wrapped_source(trace.source.pieces, trace.source.labels, width)
        tokens = self._target_tokens(view)
        target = _wrapped_target(tokens.texts, tokens.joined, width)
        layout = reading_layout(source, target, self.size.height, notes=view.palette.uses_glyphs)
        if view.cursor_column is not None:
            line = source.line_of(view.cursor_column)
            self._first_source = scrolled(line, self._first_source, layout.source_seen, len(source.lines))
        if view.row in tokens.rows and layout.target_seen:
            line = target.line_of(tokens.rows.index(view.row))
            self._first_target = scrolled(line, self._first_target, layout.target_seen, len(target.lines))
        indent = max(0, (self.size.width - layout.width) // 2)
        styles = self._target_styles(view, self._reading_style())
        return _Drawing(view, layout, tokens, styles, indent, self._first_source, self._first_target)

    def _target_tokens(self, view: View) -> TargetTokens:
        """Return what is written of the target: as long as only the cursor moves, what it was."""
        known = self._tokens
        if known is None or known[0] is not view.snapshot or known[1] != view.copies:
            known = self._tokens = view.snapshot, view.copies, target_of(view, NEXT_BLOCK)
        return known[2]

    def _line(self, drawing: _Drawing, heat: SourceHeat, style: ReadingStyle, y: int) -> list[Segment]:
        """Draw one line of the layout."""
        layout, view = drawing.layout, drawing.view
        part, line = layout.slot(y)
        if part is Part.TEXT:
            return heat.text_line(drawing.first_source + line)
        if part is Part.NOTES:
            return heat.notes_line(drawing.first_source + line)
        if part is Part.MARGIN:
            return heat.margin_line()
        if part is Part.READOUT:
            pair, facts = cell_facts(
                view.snapshot.trace, view.step, view.cursor_column, pending=view.on_pending, copies=view.copies
            )
            return readout_line(pair, facts, layout.width, style)
        if part is Part.RULE:
            copied = copied_of(view.snapshot.trace) if view.copies else ""
            return rule_line(f"target · {copied}" if copied else "target", layout.width, style)
        if part is Part.TARGET:
            return target_line(
                layout.target,
                drawing.tokens,
                drawing.first_target + line,
                layout.width,
                view.row,
                drawing.styles,
                frame=view.palette.uses_glyphs,
                style=style,
            )
        return [Segment(" " * layout.width, style.blank)]

    def _strip(self, segments: list[Segment], drawing: _Drawing, y: int) -> Strip:
        """Put a line into the middle of the widget, with arrows at its end where there are more lines."""
        width, more = self.size.width, self._more(drawing, y)
        before = Segment(" " * drawing.indent, self.plain)
        strip = Strip([before, *segments] if drawing.indent else segments).adjust_cell_length(width, self.plain)
        if not more:
            return strip
        place = drawing.indent + drawing.layout.width - 1
        arrow = Segment(more, self._reading_style().marker)
        return Strip.join([strip.crop(0, place), Strip([arrow]), strip.crop(place + 1)])

    def _more(self, drawing: _Drawing, y: int) -> str:
        """Return the arrow at the end of a line: more lines are above the first or below the last one seen."""
        layout = drawing.layout
        part, line = layout.slot(y)
        if part is Part.TEXT:
            first, seen, count = drawing.first_source, layout.source_seen, len(layout.source.lines)
        elif part is Part.TARGET:
            first, seen, count = drawing.first_target, layout.target_seen, len(layout.target.lines)
        else:
            return ""
        if line == seen - 1 and first + seen < count:
            return MORE_BELOW
        return MORE_ABOVE if line == 0 and first else ""

    def _target_styles(self, view: View, style: ReadingStyle) -> dict[int, Style]:
        """Return the styles of forced tokens, of the end and of the block behind the last token."""
        styles: dict[int, Style] = {view.snapshot.emitted: style.marker}
        for row, step in enumerate(view.snapshot.trace.steps):
            if step.label == END_LABEL:
                styles[row] = style.faint
            elif step.forced:
                styles[row] = style.forced
        return styles

    def _reading_style(self) -> ReadingStyle:
        if self._style is None:
            part = self.get_component_rich_style
            self._style = ReadingStyle(
                blank=self.plain,
                faint=self.look("dim"),
                strong=self.look("strong"),
                chosen=self.look("chosen"),
                forced=self.look("warn"),
                marker=part("grid--marker"),
                cursor=part("grid--cursor", partial=True),
                masked=part("grid--masked", partial=True),
                window=part("grid--window", partial=True),
                center=part("grid--center", partial=True),
            )
        return self._style

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the token under the mouse."""
        place = event.get_content_offset(self)
        if self.view is None or place is None:
            return
        drawing = self._drawing(self.view)
        part, line = drawing.layout.slot(place.y)
        x = place.x - drawing.indent - MARGIN
        if part in (Part.TEXT, Part.NOTES):
            column = drawing.layout.source.token_at(drawing.first_source + line, x)
            if column is not None:
                self.post_message(self.CellChosen(self.view.row, column))
        elif part is Part.TARGET:
            token = drawing.layout.target.token_at(drawing.first_target + line, x)
            if token is not None:
                self.post_message(self.CellChosen(drawing.tokens.rows[token], None))
