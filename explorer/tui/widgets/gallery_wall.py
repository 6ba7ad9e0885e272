"""Every combination as a small grid or picture over its figures and its words, and the chosen one in full."""

from __future__ import annotations

import math

from rich.segment import Segment
from rich.text import Text
from textual.reactive import reactive

from explorer.render.cells import pad_right, width_of
from explorer.render.filmstrip import frame_lines, strip_layout
from explorer.render.marks import NEXT_STEP
from explorer.render.thumbnails import ThumbnailLayout, thumbnail_layout, thumbnail_lines
from explorer.runtime.labels import printable
from explorer.runtime.trace import Picture, Step
from explorer.tui.board import Board
from explorer.tui.gallery import CARD, DISTANCE, Exhibit, Gallery
from explorer.tui.widgets.base import LinePanel
from explorer.tui.widgets.tile_wall import Tiles, TileWall

LINES_OF_TEXT = 2
"""Lines of a tile beside its map: its name and its words."""
ROOM_FOR_FIGURES = 30
"""Least cells of a tile that has entropy and score beside its name; else one figure stands behind the words."""


class GalleryWall(TileWall):
    """Tiles of all combinations; a bar marks the chosen one, a ▸ the explorer's own."""

    NARROWEST, LOWEST = 18, 6

    gallery: reactive[Gallery | None] = reactive[Gallery | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    def watch_gallery(self) -> None:
        """Draw the new state."""
        self.renew()

    @property
    def board(self) -> Board | None:
        """The places of the combinations."""
        return None if self.gallery is None else self.gallery.board

    def entitle(self, placed: Tiles) -> None:
        """Say on which tokens they run, how they are sorted, and how maps are made small."""
        gallery = self.gallery
        if gallery is None:
            return
        on = "each on its own" if gallery.free else "one prefix: one query"
        order = "a line an attention type" if gallery.order == CARD else f"by {gallery.order}"
        order += f" · figures: {gallery.unit}" if placed.room < ROOM_FOR_FIGURES else " · figures: bit · score"
        pooled = ""
        if gallery.view.snapshot.trace.source.picture is None:
            layout = self._thumbnail(gallery, placed)
            pooled = f"{layout.said} · " if layout.said else ""
        more = "arrows show more · " if placed.scrolls else ""
        self.set_title(f"{on} · {order}", f"{pooled}{more}{gallery.view.palette.name}")

    def tile(self, name: str, placed: Tiles) -> list[list[Segment]]:
        """Draw a combination: its name, its map, its words, and its figures where there is room."""
        gallery = self.gallery
        assert gallery is not None
        exhibit = gallery.named(name)
        roomy = placed.room >= ROOM_FOR_FIGURES
        own = f"{NEXT_STEP} " if gallery.is_own(exhibit) else ""
        figures = exhibit.figures if roomy else ""
        room = placed.room - (width_of(figures) + 1 if figures else 0)
        named = own + (exhibit.name if width_of(own + exhibit.name) <= room else exhibit.short)
        look = self.look("chosen" if name == gallery.chosen else "accent" if own else "strong")
        heading = self.heading(named, figures, placed, look)
        figure = f" {exhibit.figure(gallery.order)}" if not roomy or gallery.order == DISTANCE else ""
        words = Segment(_last_words(exhibit, placed.room - len(figure)), self.plain)
        return [heading, *self._map(gallery, exhibit, placed), [words, Segment(figure, self.look("dim"))]]

    def _map(self, gallery: Gallery, exhibit: Exhibit, placed: Tiles) -> list[list[Segment]]:
        """Draw the weights of all steps, or lay those of one over the picture."""
        picture = gallery.view.snapshot.trace.source.picture
        if picture is not None:
            return self._picture(gallery, picture, exhibit.step(gallery.cursor_row), placed)
        layout = self._thumbnail(gallery, placed)
        return thumbnail_lines(layout, gallery.view.palette, exhibit.weights, self.plain)

    def _thumbnail(self, gallery: Gallery, placed: Tiles) -> ThumbnailLayout:
        columns = len(gallery.view.snapshot.trace.source)
        return thumbnail_layout(
            gallery.expected_rows, columns, placed.room, _map_lines(placed), gallery.view.palette, square=False
        )

    def _picture(self, gallery: Gallery, picture: Picture, step: Step, placed: Tiles) -> list[list[Segment]]:
        layout = strip_layout(picture, placed.room, _map_lines(placed) + 1)
        drawn = frame_lines(picture, step, layout, gallery.view.overlay, gallery.view.palette, self.plain)
        return [[*line, Segment(" " * (placed.room - layout.width), self.plain)] for line in drawn]


class ExhibitPanel(LinePanel):
    """The chosen combination: its words, its figures, what its step looks at."""

    gallery: reactive[Gallery | None] = reactive[Gallery | None](None, repaint=False)
    """What is drawn; None before the first one has come."""

    def watch_gallery(self) -> None:
        """Name the combination in the border, and draw it."""
        if self.gallery is not None:
            own = " · the explorer's own" if self.gallery.is_own(self.gallery.exhibit) else ""
            self.set_title(f"{self.gallery.exhibit.name}{own}")
        self.redraw()

    def content(self) -> list[Text]:
        """Return the lines; none before there is a gallery."""
        gallery = self.gallery
        if gallery is None:
            return []
        exhibit = gallery.exhibit
        said = Text(exhibit.words, self.look("strong"))
        if exhibit.at_hand is not None:
            said.append(f"  {NEXT_STEP} ", self.look("accent")).append(_next_word(exhibit.at_hand), self.look("accent"))
        distance = "" if math.isnan(exhibit.distance) else f" · √JS {exhibit.distance:.2f} to the explorer's run"
        figures = Text(f"entropy {exhibit.entropy:.2f} bit{distance} · {_log_prob(exhibit)}", self.plain)
        scores = " · ".join(f"{score.written} {score.place}" for score in exhibit.scores)
        looks = Text(_looks(gallery, exhibit), self.look("dim"))
        return [said, figures, Text(scores or "its card names no score", self.look("dim")), looks]


def _map_lines(placed: Tiles) -> int:
    return max(1, placed.height - LINES_OF_TEXT)


def _next_word(step: Step) -> str:
    best = step.candidates[0]
    return f"{best.label} {math.exp(best.log_prob) * 100:.0f} %"


def _last_words(exhibit: Exhibit, room: int) -> str:
    """Return what a tile has room for: the word at hand, or the end of what was said."""
    if exhibit.at_hand is not None:
        return pad_right(f"{NEXT_STEP} {_next_word(exhibit.at_hand)}", room)
    words = exhibit.words
    while words and width_of(words) > room:
        words = "…" + words.lstrip("…")[1:]
    return pad_right(words, room)


def _log_prob(exhibit: Exhibit) -> str:
    """Return how well the combination likes the tokens: their mean log-probability under it."""
    steps = exhibit.steps if exhibit.at_hand is None else exhibit.steps[:-1]
    if not steps:
        return "no token yet"
    return f"log p {sum(step.log_prob for step in steps) / len(steps):.2f} a token".replace("-", "−")


def _looks(gallery: Gallery, exhibit: Exhibit) -> str:
    """Return what the step that is read out looks at most."""
    row = min(gallery.cursor_row, len(exhibit.steps) - 1)
    step = exhibit.steps[row]
    word = NEXT_STEP if step is exhibit.at_hand else printable(step.label)
    if step.focus is None:
        return f"row {row + 1}, {word}: no attention"
    place = printable(gallery.view.snapshot.trace.source.labels[step.focus])
    return f"row {row + 1}, {word}: looks at {place}, {float(step.weights[step.focus]) * 100:.0f} % · [ ] other rows"
