"""What can be written as a figure from a screen.

The figures are imported where they are wanted: the explorer starts without them.
"""

from __future__ import annotations

import dataclasses

from explorer.render.pictures import Overlay
from explorer.runtime.heads import CROSS, ENCODER, SELF
from explorer.runtime.trace import Trace
from explorer.tui.comparison import Comparison
from explorer.tui.gallery import Gallery
from explorer.tui.pair import NAMES
from explorer.tui.screens.figure import Offer
from explorer.tui.search_state import SearchState
from explorer.tui.view import View

WALLS = {CROSS: "heads: cross", SELF: "heads: decoder self", ENCODER: "heads: encoder self"}
NO_TOKEN = "no token is emitted yet: → emits one, end all of them; then there is a figure to write"


def offers_of(view: View) -> tuple[Offer, ...]:
    """Return the figures of a view: its grid, a picture's filmstrip, a Transformer's walls of heads."""
    from explorer.render.grid_figure import GridFigure
    from explorer.render.strip_figure import StripFigure
    from explorer.render.wall_figure import WallFigure

    trace = view.snapshot.trace
    offers = [Offer("grid", GridFigure(trace, view.copies, heads=_headed(trace)), turns=True)]
    if trace.source.picture is not None:
        offers.append(Offer("filmstrip", StripFigure(trace, overlay_of(view))))
    if _headed(trace):
        kinds = [kind for kind in WALLS if kind != ENCODER or trace.encoder_weights is not None]
        offers += [Offer(WALLS[kind], WallFigure(trace, (kind,))) for kind in kinds]
    return tuple(offers)


def offers_of_comparison(comparison: Comparison) -> tuple[Offer, ...]:
    """Return the figures of two runs: both with their differences, and each alone."""
    from explorer.render.compared import Compared
    from explorer.render.comparison_figure import ComparisonFigure
    from explorer.render.grid_figure import GridFigure
    from explorer.render.strip_figure import StripFigure

    left, right = (side.snapshot.trace for side in comparison.sides)
    overlay, picture = overlay_of(comparison.view), left.source.picture is not None
    figure = ComparisonFigure(Compared(left, right), _headed(left) or _headed(right), overlay)
    offers = [Offer("comparison", figure, turns=not picture)]
    for name, trace in zip(NAMES, (left, right), strict=True):
        alone = StripFigure(trace, overlay) if picture else GridFigure(trace, comparison.view.copies)
        offers.append(Offer(f"{name} side", alone, turns=not picture))
    return tuple(offers)


def offers_of_search(state: SearchState, texts: tuple[str, ...], chosen: View) -> tuple[Offer, ...]:
    """Return the figures of a search: its tree as it is seen, and the hypothesis up to the chosen token.

    Args:
        state: What is seen.
        texts: The target of each finished hypothesis that is seen, the best first.
        chosen: The hypothesis up to the chosen token.
    """
    from explorer.render.tree_figure import TreeFigure

    trace = chosen.snapshot.trace
    tree = TreeFigure(state.tree, trace.model, texts, state.pruned, state.figures)
    alone = "filmstrip" if trace.source.picture is not None else "grid"
    figures = {offer.name: offer for offer in offers_of(chosen)}
    return Offer("tree", tree), dataclasses.replace(figures[alone], name="chosen hypothesis")


def offers_of_gallery(gallery: Gallery) -> tuple[Offer, ...]:
    """Return the figures of a gallery: all combinations in their places, and the chosen one alone."""
    from explorer.render.combinations import Combination, Combinations
    from explorer.render.gallery_figure import GalleryFigure
    from explorer.render.grid_figure import GridFigure
    from explorer.render.strip_figure import StripFigure

    board, picture = gallery.board, gallery.view.snapshot.trace.source.picture is not None
    exhibits = [None if name is None else gallery.named(name) for name in board.slots]
    places = tuple(None if one is None else Combination(one.trace, one.scores, gallery.is_own(one)) for one in exhibits)
    combinations = Combinations(places, board.across, same_tokens=not gallery.free)
    overlay = overlay_of(gallery.view)
    row = gallery.cursor_row if picture else None
    trace = gallery.exhibit.trace
    alone = StripFigure(trace, overlay) if picture else GridFigure(trace, gallery.view.copies)
    whole = GalleryFigure(combinations, row, overlay)
    return Offer("gallery", whole), Offer("chosen combination", alone, turns=not picture)


def overlay_of(view: View) -> Overlay:
    """Return how attention is laid over a picture in a figure, which always shows it."""
    return Overlay.BRIGHTNESS if view.overlay is Overlay.NONE else view.overlay


def _headed(trace: Trace) -> bool:
    return bool(trace.steps) and trace.steps[0].heads is not None
