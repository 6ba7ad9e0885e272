"""What pictures are drawn with: half blocks in every terminal, pixels where it has Kitty's or Sixel graphics.

`textual-image` speaks both protocols. It asks the terminal as soon as it is imported, so nothing here imports it before
a picture is drawn in pixels.
"""

from __future__ import annotations

import enum
import io
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.segment import ControlType, Segment
from rich.style import Style

from explorer.render.palette import ColorDepth
from explorer.render.pictures import Lit, Pixels, half_blocks

if TYPE_CHECKING:
    from rich.console import RenderableType

Lines = list[list[Segment]]

MOST_CELLS = 256
"""A larger picture is drawn in half blocks; Kitty's placeholders count no further than 297."""
KEPT = 96
"""Drawn pictures that are kept: more than a screen shows at once, so none is freed in the terminal while it is seen."""
SIXEL_COLORS = 256
_SIXEL_START = "\x1bP"
_DEFINED = re.compile(r"#(\d+);2;\d+;\d+;\d+")
"""A colour's definition; most terminals take it for a choice of the colour too, xterm does not."""
_CHOSEN_TOO = r"\g<0>#\1"
NO_MOVE = ((ControlType.CURSOR_FORWARD, 0),)
"""Makes a segment one of control: it takes no room, and its text goes to the terminal as it is."""


class Graphics(enum.Enum):
    """How the terminal is made to show a picture."""

    KITTY = "kitty"
    SIXEL = "sixel"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class CellSize:
    """Pixels of a cell of the terminal."""

    width: int
    height: int


VT340 = CellSize(10, 20)
"""What a Sixel picture reckons with where the terminal says nothing."""


@dataclass(frozen=True, slots=True)
class GraphicsChoice:
    """What pictures are drawn with, and why.

    Attributes:
        kind: How.
        reason: Why, for people.
        cell: Pixels of a cell, as far as they count.
        unanswered: Whether the terminal was asked and may still answer.
    """

    kind: Graphics = Graphics.BLOCKS
    reason: str = "nothing was asked"
    cell: CellSize = VT340
    unanswered: bool = False

    @property
    def drawn_in_pixels(self) -> bool:
        """Whether it takes a library that speaks the terminal's protocol."""
        return self.kind is not Graphics.BLOCKS

    def under(self, depth: ColorDepth) -> GraphicsChoice:
        """Return what is left of the choice with so many colours.

        Kitty finds a picture by the 24 bits of its placeholders' colour; NO_COLOR asks for no coloured picture at all.
        """
        if not self.drawn_in_pixels:
            return self
        if depth is ColorDepth.NONE:
            return GraphicsChoice(reason="NO_COLOR is set, or the terminal has no colours")
        if self.kind is Graphics.KITTY and depth is not ColorDepth.TRUECOLOR:
            return GraphicsChoice(reason="Kitty's graphics need 24-bit colours; COLORTERM=truecolor says so")
        return self


NO_GRAPHICS = GraphicsChoice()


class Canvas(Protocol):
    """Something that a picture is drawn with."""

    def draw(self, lit: Lit, width: int, lines: int, base: Style) -> Lines:
        """Return exactly `lines` lines of `width` cells."""

    def close(self) -> None:
        """Free what the terminal keeps."""


class HalfBlocks:
    """Two pixels a cell, in any terminal with colours."""

    def draw(self, lit: Lit, width: int, lines: int, base: Style) -> Lines:
        """Return exactly `lines` lines of `width` cells."""
        return half_blocks(lit.pixels(2 * lines, width), base)

    def close(self) -> None:
        """The terminal keeps nothing."""


BLOCKS = HalfBlocks()


@dataclass(frozen=True, slots=True)
class _Kept:
    """A drawn picture: its lines, and what frees it in the terminal."""

    lines: Lines
    free: Callable[[], None]


class _PixelCanvas:
    """Draws every pixel, and keeps what was drawn: going back, or on to the next word, sends only what is new."""

    def __init__(self, cell: CellSize) -> None:
        self._cell = cell
        self._kept: OrderedDict[tuple[Lit, int, int], _Kept] = OrderedDict()
        self._console = Console(file=io.StringIO(), width=MOST_CELLS, height=MOST_CELLS)

    def draw(self, lit: Lit, width: int, lines: int, base: Style) -> Lines:
        """Return exactly `lines` lines of `width` cells."""
        if max(width, lines) > MOST_CELLS:
            return BLOCKS.draw(lit, width, lines, base)
        key = (lit, width, lines)
        known = self._kept.get(key)
        if known is None:
            pixels = lit.pixels(lines * self._cell.height, width * self._cell.width)
            known = self._kept[key] = self._encoded(pixels, width, lines)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1].free()
        self._kept.move_to_end(key)
        return [list(_over(base, line)) for line in known.lines]

    def close(self) -> None:
        """Free what the terminal keeps."""
        while self._kept:
            self._kept.popitem()[1].free()

    def _encoded(self, pixels: Pixels, width: int, lines: int) -> _Kept:
        raise NotImplementedError

    def _rendered(self, renderable: RenderableType) -> Iterable[Segment]:
        return self._console.render(renderable)


class KittyCanvas(_PixelCanvas):
    """Kitty's graphics: the picture is sent once, and cells of text stand where it is to be seen.

    The text carries the picture's number, so lines can be painted, covered and cut like any others.
    """

    def _encoded(self, pixels: Pixels, width: int, lines: int) -> _Kept:
        from PIL import Image
        from textual_image.renderable import TGPImage

        sent = TGPImage(Image.fromarray(pixels), width, lines)
        drawn = [[Segment(part.text.rstrip("\n"), part.style)] for part in self._rendered(sent)]
        return _Kept(drawn, sent.cleanup)


class SixelCanvas(_PixelCanvas):
    """Sixel graphics, a picture for each line: a line that is painted anew brings its part of the picture along.

    All lines share the colours of the whole, so that no seams are seen.
    """

    def _encoded(self, pixels: Pixels, width: int, lines: int) -> _Kept:
        from PIL import Image
        from textual_image.renderable import SixelImage

        whole = Image.fromarray(pixels).quantize(SIXEL_COLORS, Image.Quantize.FASTOCTREE)
        drawn = []
        for line in range(lines):
            top = line * self._cell.height
            part = SixelImage(whole.crop((0, top, whole.width, top + self._cell.height)), width, 1)
            texts = (segment.text for segment in self._rendered(part))
            sixels = next(text for text in texts if text.startswith(_SIXEL_START))
            # Blanks take the room, then the cursor goes back, and after the picture to where it was.
            there_and_back = Segment(f"\x1b7\x1b[{width}D{_DEFINED.sub(_CHOSEN_TOO, sixels)}\x1b8", None, NO_MOVE)
            drawn.append([Segment(" " * width), there_and_back])
        return _Kept(drawn, lambda: None)


def canvas_for(choice: GraphicsChoice) -> Canvas | None:
    """Return what draws pixels; None where half blocks or glyphs have to do."""
    if choice.kind is Graphics.KITTY:
        return KittyCanvas(choice.cell)
    if choice.kind is Graphics.SIXEL:
        return SixelCanvas(choice.cell)
    return None


def _over(base: Style, line: Iterable[Segment]) -> Iterable[Segment]:
    for text, style, control in line:
        yield Segment(text, None if control else base + style if style else base, control)
