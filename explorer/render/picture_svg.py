"""Captions as vector figures and pages; see `StripFigure`."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.render.figure import FigureStyle
from explorer.render.html import figures_html
from explorer.render.markup import Theme
from explorer.render.strip_figure import StripFigure
from explorer.render.svg import figures_svg
from explorer.runtime.trace import Trace


def captions_svg(traces: Sequence[Trace], *, theme: Theme = Theme.DARK) -> str:
    """Draw runs on pictures below each other in one document with text as text.

    Each frame has the brightness of a cell by its weight relative to the word's greatest; a tooltip has the weight.
    """
    return figures_svg([StripFigure(trace) for trace in traces], FigureStyle(theme=theme))


def captions_html(traces: Sequence[Trace], *, title: str = "attn-explore", theme: Theme = Theme.DARK) -> str:
    """Write runs on pictures as one self-contained page: no script, nothing fetched, tooltips with the weights."""
    return figures_html([StripFigure(trace) for trace in traces], FigureStyle(theme=theme), title=title)
