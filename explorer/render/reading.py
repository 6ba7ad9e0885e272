"""The reading view: the source as running text with the heat of one step behind it, and the target below.

Every function draws one line of `layout.width` cells as Rich segments. The same signs as in the grid: ● the greatest
weight, ◇ the centre p_t, ◆ both, ▕ ▏ the edges of the window, ╱ a mask, ▐ ▌ (without colour [ ]) the cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from explorer.render.cells import pad_right, truncate, width_of
from explorer.render.marks import (
    CENTER,
    COLOR_FRAME,
    COPIED,
    GLYPH_FRAME,
    HATCH,
    LARGEST,
    LARGEST_AT_CENTER,
    WINDOW_EDGES,
    RowMarks,
)
from explorer.render.palette import LEAST_CONTRAST, Palette, contrast
from explorer.render.reading_layout import MARGIN, ReadingLayout
from explorer.render.row_cells import Line
from explorer.render.wrapping import WrappedText

Weights = npt.NDArray[np.floating]
Marks = dict[tuple[int, int], tuple[str, Style]]
"""(line, offset) → what stands in a blank."""

LEAST_FIGURE = 0.05
"""Least weight whose per-cent figure is written below its token."""
BOLD_WITHOUT_COLOR = 0.25
"""Least weight of a token that is written in bold where there is no colour."""


@dataclass(frozen=True, slots=True)
class ReadingStyle:
    """Styles of everything but the weights; an interface passes those of its own theme.

    Attributes:
        blank: What nothing covers.
        faint: The rule, the end token, what is beside the point.
        strong: Target tokens, and the cell that is read out.
        chosen: The target token of the cursor's row.
        forced: Forced target tokens.
        marker: Copied tokens' sign, the step to come, more lines above and below.
        cursor: Frame of the cursor's token, without a background.
        masked: Masked tokens, without a background.
        window: Edges of the local window, without a background.
        center: Signs of p_t and of the greatest weight, without a background.
    """

    blank: Style = field(default_factory=Style.null)
    faint: Style = field(default_factory=lambda: Style(color="grey58"))
    strong: Style = field(default_factory=lambda: Style(bold=True))
    chosen: Style = field(default_factory=lambda: Style(bold=True, reverse=True))
    forced: Style = field(default_factory=lambda: Style(bold=True, color="yellow"))
    marker: Style = field(default_factory=lambda: Style(bold=True))
    cursor: Style = field(default_factory=lambda: Style(bold=True, color="bright_cyan"))
    masked: Style = field(default_factory=lambda: Style(color="grey54"))
    window: Style = field(default_factory=lambda: Style(color="grey70"))
    center: Style = field(default_factory=lambda: Style(bold=True))


class SourceHeat:
    """Draws the lines of the source, and below each its notes: per-cent figures, signs, without colour shading."""

    def __init__(
        self,
        layout: ReadingLayout,
        palette: Palette,
        weights: Weights,
        marks: RowMarks,
        cursor: int | None,
        style: ReadingStyle,
    ) -> None:
        """Take what one step looked at.

        Args:
            layout: The geometry; its source has src_len tokens.
            palette: Colours or glyphs of the weights.
            weights: Weights of the step, shape (src_len,).
            marks: Masked tokens, local window and centre.
            cursor: Token that is framed; None for none.
            style: Styles.
        """
        self._layout = layout
        self._text = layout.source
        self._palette = palette
        self._weights = weights
        self._masked = marks.masked
        self._signs = dict(marks.signs)
        self._cursor = cursor
        self._heat = palette.styles_on(style.blank)
        self._page = self._heat[0]
        self._over = _on_page(style, self._page)
        self._greatest = int(weights.argmax()) if weights.any() else None
        centered = marks.center is not None and bool(np.isfinite(marks.center)) and len(weights) > 0
        self._center = min(max(0, round(marks.center or 0.0)), len(weights) - 1) if centered else None
        self._blanks = self._marked_blanks(marks.edges(len(weights)))

    def text_line(self, line: int) -> list[Segment]:
        """Draw a line of the source."""
        collected = Line([])
        x = -MARGIN
        for part in self._text.lines[line]:
            x = self._blank_to(collected, line, x, part.x)
            collected.add(part.text, self._token_style(part.token))
            x = part.end
        self._blank_to(collected, line, x, self._layout.width - MARGIN)
        return collected.finished()

    def notes_line(self, line: int) -> list[Segment]:
        """Draw what stands below a line of the source."""
        collected = Line([])
        x = -MARGIN
        parts = self._text.lines[line]
        for place, part in enumerate(parts):
            collected.add(" " * (part.x - x), self._page)
            x = max(x, part.x)
            first = self._text.first[part.token] == (line, place)
            following = parts[place + 1] if place + 1 < len(parts) else None
            spare = following is None or (following.x > part.end and not self._noted(following.token))
            note = self._note(part.token, part.width, part.width + spare, first)
            style = self._page
            if part.token in self._masked:
                style = self._over.masked
            elif part.token in (self._greatest, self._center) or part.token in self._signs:
                style = self._over.center
            collected.add(note, style)
            x = part.x + cell_len(note)
        collected.add(" " * (self._layout.width - MARGIN - x), self._page)
        return collected.finished()

    def margin_line(self) -> list[Segment]:
        """Draw a line of the page without text."""
        return [Segment(" " * self._layout.width, self._page)]

    def _blank_to(self, collected: Line, line: int, x: int, end: int) -> int:
        """Add the blanks from `x` up to `end`, with what is marked in them."""
        for place in range(x, end):
            character, style = self._blanks.get((line, place), (" ", self._page))
            collected.add(character, style)
        return max(x, end)

    def _token_style(self, token: int) -> Style:
        weight = float(self._weights[token])
        style = self._heat[self._palette.level(weight)]
        if self._palette.uses_glyphs and weight >= BOLD_WITHOUT_COLOR:
            style = style + Style(bold=True)
        if token in self._masked:
            style = self._over.masked + Style(strike=True)
        if token == self._greatest:
            style = style + Style(bold=True)
        return style + Style(underline=True) if token == self._cursor else style

    def _sign(self, token: int) -> str:
        if token in self._signs:
            return self._signs[token]
        if token == self._center:
            return LARGEST_AT_CENTER if token == self._greatest else CENTER
        return LARGEST if token == self._greatest else ""

    def _noted(self, token: int) -> bool:
        """Return whether anything stands below a token."""
        weight = float(self._weights[token])
        shaded = self._palette.uses_glyphs and self._palette.glyph(weight) != " "
        return bool(self._sign(token)) or token in self._masked or weight >= LEAST_FIGURE or shaded

    def _note(self, token: int, width: int, room: int, first: bool) -> str:
        """Return the sign, the figure and the shading of a token, as far as `room` cells have room for them."""
        sign = self._sign(token) if first else ""
        if token in self._masked:
            return sign + HATCH * (width - len(sign))
        weight = float(self._weights[token])
        shade = self._palette.glyph(weight) if self._palette.uses_glyphs else " "
        figure = f"{weight * 100:.0f}" if first and weight >= LEAST_FIGURE else ""
        said = next((text for text in (sign + figure, sign or figure) if len(text) <= room), "")
        if not figure or shade == " " or said == sign:
            return said + shade * (width - len(said))
        return f"{said} {shade * (width - len(said) - 1)}" if len(said) < width else said

    def _marked_blanks(self, edges: tuple[int, int] | None) -> Marks:
        """Return what stands in the blanks between words; what is put there later replaces what was there."""
        text = self._text
        marks: Marks = {}
        for token in self._masked:
            if token < len(self._weights):
                _put(marks, text.before(token), HATCH, self._over.masked)
                _put(marks, text.after(token), HATCH, self._over.masked)
        if edges is not None:
            for place, edge in zip(text.around(*edges), WINDOW_EDGES, strict=True):
                _put(marks, place, edge, self._over.window)
        if self._cursor is not None:
            frame = GLYPH_FRAME if self._palette.uses_glyphs else COLOR_FRAME
            _put(marks, text.before(self._cursor), frame[0], self._over.cursor)
            _put(marks, text.after(self._cursor), frame[1], self._over.cursor)
        if self._layout.pitch == 1:  # otherwise these signs stand below their tokens
            for token in self._signs:
                _put(marks, text.beside(token), self._signs[token], self._over.center)
            for signed in (self._center, self._greatest):
                # The frame of the cursor that follows the greatest weight says as much as its sign.
                if signed is not None and not (self._sign(signed) == LARGEST and signed == self._cursor):
                    _put(marks, text.beside(signed), self._sign(signed), self._over.center)
        return marks


def _on_page(style: ReadingStyle, page: Style) -> ReadingStyle:
    """Lay the signs' styles over the page; a colour of the theme that would hardly be seen there is left out."""

    def over(sign: Style) -> Style:
        laid = page + sign
        if laid.color is None or page.bgcolor is None or laid.color.triplet is None or page.bgcolor.triplet is None:
            return laid
        seen = contrast(laid.color.triplet, page.bgcolor.triplet) >= LEAST_CONTRAST
        return laid if seen else laid + Style(color=page.color)

    return replace(
        style,
        cursor=over(style.cursor),
        masked=over(style.masked),
        window=over(style.window),
        center=over(style.center),
    )


def _put(marks: Marks, place: tuple[int, int] | None, character: str, style: Style) -> None:
    if place is not None:
        marks[place] = (character, style)


@dataclass(frozen=True)
class TargetTokens:
    """The emitted tokens as running text, copies with their sign before them, and a block where the next one comes.

    Attributes:
        texts: What is written.
        joined: Whether a text stands right behind the one before it.
        rows: Decoding step of each text.
        signs: Numbers of the texts that are signs of copied tokens.
    """

    texts: tuple[str, ...]
    joined: tuple[bool, ...]
    rows: tuple[int, ...]
    signs: frozenset[int]


def target_tokens(texts: Sequence[str], joined: Sequence[bool], copied: Sequence[bool], next_text: str) -> TargetTokens:
    """Put the signs of copies among the tokens of a target.

    Args:
        texts: What is written for each token.
        joined: Whether a token stands right behind the one before it.
        copied: Whether it is a copy.
        next_text: What stands for the step to come; "" where the target is finished.
    """
    written: list[tuple[str, bool, int]] = []
    signs: set[int] = set()
    for row, (text, glued, copy) in enumerate(zip(texts, joined, copied, strict=True)):
        if copy:
            signs.add(len(written))
            written.append((COPIED, glued, row))
        written.append((text, glued or copy, row))
    if next_text:
        written.append((next_text, False, len(texts)))
    columns = list(zip(*written, strict=True)) if written else [(), (), ()]
    return TargetTokens(tuple(columns[0]), tuple(columns[1]), tuple(columns[2]), frozenset(signs))


def target_line(
    text: WrappedText,
    tokens: TargetTokens,
    line: int,
    width: int,
    row: int,
    styles: Mapping[int, Style],
    *,
    frame: bool,
    style: ReadingStyle,
) -> list[Segment]:
    """Draw a line of the target.

    Args:
        text: The wrapped `tokens`.
        tokens: What is written.
        line: Which line of it.
        width: Cells of the line, the margins included.
        row: Decoding step of the cursor.
        styles: Styles of single steps (forced tokens, the end); the others are `style.strong`.
        frame: Whether the cursor's token stands in brackets, for want of colour.
        style: Styles.
    """
    marks: Marks = {}
    cursor = [place for place, number in enumerate(tokens.rows) if number == row]
    if frame and cursor:
        _put(marks, text.before(cursor[0]), GLYPH_FRAME[0], style.blank + style.cursor)
        _put(marks, text.after(cursor[-1]), GLYPH_FRAME[1], style.blank + style.cursor)
    collected = Line([])
    x = -MARGIN
    for part in (*text.lines[line], None):
        for place in range(x, width - MARGIN if part is None else part.x):
            collected.add(*marks.get((line, place), (" ", style.blank)))
        if part is None:
            break
        step = tokens.rows[part.token]
        look = styles.get(step, style.strong)
        if step == row and part.text != NEXT_BLOCK:
            look = style.chosen
        collected.add(part.text, style.marker if part.token in tokens.signs else look)
        x = part.end
    return collected.finished()


NEXT_BLOCK = "▌"
"""Stands where the next token comes."""


def rule_line(said: str, width: int, style: ReadingStyle) -> list[Segment]:
    """Draw the line between source and target, with something said in it."""
    text = truncate(f"── {said} ", max(0, width - 2 * MARGIN))
    rule = "─" * (width - 2 * MARGIN - width_of(text))
    return [Segment(pad_right(f" {text}{rule}", width), style.faint)]


def readout_line(pair: str, facts: Sequence[str], width: int, style: ReadingStyle) -> list[Segment]:
    """Draw what is said of the cursor's cell: as many facts as there is room for.

    Args:
        pair: The cell: "robe → dress".
        facts: What is said of it, the most wanted first.
        width: Cells of the line, the margins included.
        style: Styles.
    """
    room = width - 2 * MARGIN
    name = truncate(pair, room)
    said = ""
    for fact in facts:
        if width_of(name) + len(said) + len(fact) + 2 > room:
            break
        said += f"  {fact}"
    rest = width - MARGIN - width_of(name) - len(said)
    return [
        Segment(" " * MARGIN, style.blank),
        Segment(name, style.strong),
        Segment(said, style.blank),
        Segment(" " * rest, style.blank),
    ]
