"""Figures as standalone vector documents for papers, slides and pages, with text as text."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence

from explorer.render.figure import MILLIMETRES_AN_INCH, PIXELS_AN_INCH, Figure, FigureStyle
from explorer.render.grid_figure import GridFigure
from explorer.render.markup import FONT, INKS, Ink, Theme, escaped, hexadecimal
from explorer.render.palette import Palette
from explorer.render.pictures import DARKEST, Overlay, greyed, heat_share, relative, whole
from explorer.render.sheet import (
    FONT_SIZE,
    HATCH_FILL,
    RAMP_FILL,
    Anchor,
    Box,
    Bracket,
    Cell,
    Diamond,
    Frame,
    Label,
    Look,
    Mark,
    Sheet,
)
from explorer.runtime.trace import Picture, Trace

MARGIN = 28
"""Of a document's own title."""


def grid_svg(
    trace: Trace,
    palette: Palette | None = None,
    *,
    title: str | None = None,
    theme: Theme = Theme.DARK,
    number_threshold: float = 0.05,
) -> str:
    """Draw one trace.

    Args:
        trace: The run.
        palette: Colour map and exponent; None for magma, linear. Its terminal depth is of no account here.
        title: Heading; None for the source and its translation.
        theme: Dark or light page.
        number_threshold: Least weight whose per-cent figure is written into its cell.

    Returns:
        A complete SVG document with text as text.
    """
    return grids_svg([trace], palette, title=title, theme=theme, number_threshold=number_threshold)


def grids_svg(
    traces: Sequence[Trace],
    palette: Palette | None = None,
    *,
    title: str | None = None,
    theme: Theme = Theme.DARK,
    number_threshold: float = 0.05,
) -> str:
    """Draw several traces below each other in one document; arguments as for `grid_svg`."""
    style = FigureStyle(palette or Palette(), theme=theme, number_threshold=number_threshold)
    return figures_svg([GridFigure(trace) for trace in traces], style, title=title)


def figures_svg(figures: Sequence[Figure], style: FigureStyle, *, title: str | None = None, first: int = 0) -> str:
    """Draw figures below each other in one document.

    Args:
        figures: What is drawn.
        style: How.
        title: Heading above them; None for none.
        first: Number of the first: names must not occur twice in a page of several documents.
    """
    sheets = [figure.sheet(style, number) for number, figure in enumerate(figures, start=first)]
    return sheets_svg(sheets, theme=style.theme, title=title)


def sheets_svg(sheets: Sequence[Sheet], *, theme: Theme = Theme.DARK, title: str | None = None) -> str:
    """Write sheets below each other as one document.

    Args:
        sheets: The drawn figures.
        theme: Of a page with nothing on it.
        title: Heading above them; None for none.
    """
    ink = INKS[sheets[0].theme if sheets else theme]
    width = max((sheet.width for sheet in sheets), default=2.0 * MARGIN)
    top = 2.0 * MARGIN if title is not None else 0.0
    height = top + sum(sheet.height for sheet in sheets) + (0 if sheets else MARGIN)
    heading = title if title is not None else "; ".join(sheet.heading for sheet in sheets)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    if any(sheet.sized for sheet in sheets):
        on_paper = [pixels / PIXELS_AN_INCH * MILLIMETRES_AN_INCH for pixels in (width, height)]
        lengths = f'width="{on_paper[0]:.2f}mm" height="{on_paper[1]:.2f}mm"'
        size = f'{lengths} viewBox="0 0 {width:.2f} {height:.2f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}" font-size="{FONT_SIZE}">',
        f"<title>{escaped(heading)}</title>",
        *_definitions(sheets, ink),
        f'<rect width="100%" height="100%" fill="{ink.page}"/>',
    ]
    if title is not None:
        parts.append(_label(Label(MARGIN, MARGIN + 14, title, ink.text, 20, look=Look.HEADING)))
    offset = top
    for sheet in sheets:
        parts.append(f'<g transform="translate(0 {offset:.0f})">')
        parts.extend(_pictures(sheet.marks))
        for mark in sheet.marks:
            parts.extend(_written(mark, sheet.palette))
        parts.append("</g>")
        offset += sheet.height
    parts.append("</svg>\n")
    return "\n".join(parts)


def data_uri(picture: Picture, *, grey: bool = False) -> str:
    """Return a picture's pixels, or its greys under heat, as a PNG in a ``data:`` address."""
    buffer = io.BytesIO()
    image = greyed(picture) if grey else whole(picture)
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _definitions(sheets: Sequence[Sheet], ink: Ink) -> Iterator[str]:
    """Yield the fills that are no colour, where one of them is used; a document without a sheet has them too."""
    boxes = [mark.box if isinstance(mark, Cell) else mark for sheet in sheets for mark in sheet.marks]
    fills = {box.fill for box in boxes if isinstance(box, Box)}
    if sheets and not fills & {HATCH_FILL, RAMP_FILL}:
        return
    palette = sheets[0].palette if sheets else Palette()
    stops = "".join(
        f'<stop offset="{place / 16:.4f}" stop-color="{hexadecimal(palette.background(place / 16))}"/>'
        for place in range(17)
    )
    yield (
        f'<defs><linearGradient id="ramp">{stops}</linearGradient>'
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink.soft}" stroke-width="1.4"/></pattern></defs>'
    )


def _pictures(marks: Sequence[Mark]) -> Iterator[str]:
    """Yield every picture of a sheet once, for its frames to use."""
    known: set[str] = set()
    for mark in marks:
        if isinstance(mark, Frame) and _name(mark) not in known:
            known.add(_name(mark))
            yield (
                f'<defs><image id="{_name(mark)}" width="{mark.width:.1f}" height="{mark.height:.1f}" '
                f'preserveAspectRatio="none" image-rendering="auto" '
                f'href="{data_uri(mark.picture, grey=_is_heat(mark))}"/></defs>'
            )


def _is_heat(frame: Frame) -> bool:
    return frame.attended is not None and frame.attended.overlay is Overlay.HEAT


def _name(frame: Frame) -> str:
    return f"{frame.name}-grey" if _is_heat(frame) else frame.name


def _written(mark: Mark, palette: Palette) -> Iterator[str]:
    """Yield the lines of a mark."""
    match mark:
        case Label():
            yield _label(mark)
        case Box():
            yield _box(mark)
        case Cell():
            yield f"<g><title>{escaped(mark.title)}</title>{_box(mark.box)}"
            if mark.figure is not None:
                yield _label(mark.figure)
            yield "</g>"
        case Bracket():
            left, right, top, reach = mark.left + mark.reach, mark.right - mark.reach, mark.top, _number(mark.reach)
            down = f"v{_number(mark.height)}"
            path = f"M{left:.1f} {top:.1f}h-{reach}{down}h{reach}M{right:.1f} {top:.1f}h{reach}{down}h-{reach}"
            yield f'<path d="{path}" stroke="{mark.color}" stroke-width="{_number(mark.stroke)}" fill="none"/>'
        case Diamond():
            side = _number(mark.radius)
            corners = f"l{side} {side}l-{side} {side}l-{side} -{side}z"
            yield f'<path d="M{mark.x:.1f} {mark.y:.1f}{corners}" fill="{mark.color}"/>'
        case Frame():
            yield f'<g transform="translate({mark.x:.1f} {mark.y:.1f})"><use href="#{_name(mark)}"/>'
            yield from _veil(mark, palette)
            yield "</g>"


def _number(value: float) -> str:
    """A length: one decimal, none for what is a whole number by its nature."""
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def _label(label: Label) -> str:
    place = f'x="{_number(label.x)}" y="{_number(label.y)}"'
    if label.turn:
        place = f'transform="translate({_number(label.x)} {_number(label.y)}) rotate(-{label.turn:g})"'
    anchor = "" if label.anchor is Anchor.START else f' text-anchor="{label.anchor.value}"'
    size = "" if label.size is None else f' font-size="{_number(label.size)}"'
    strong = ' font-weight="600"' if label.look is Look.HEADING else ""
    forced = ' font-weight="700" font-style="italic"' if label.look is Look.FORCED else ""
    return f'<text {place}{anchor}{size}{strong} fill="{label.color}"{forced}>{escaped(label.text)}</text>'


def _box(box: Box) -> str:
    fill = f"url(#{box.fill})" if box.fill in (HATCH_FILL, RAMP_FILL) else box.fill
    radius = f' rx="{_number(box.radius)}"' if box.radius else ' shape-rendering="crispEdges"'
    stroke = "" if box.stroke is None else f' stroke="{box.stroke}" stroke-width="0.5"'
    place = f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" height="{_number(box.height)}"'
    shape = f'rect {place}{radius} fill="{fill}"{stroke}'
    return f"<{shape}><title>{escaped(box.title)}</title></rect>" if box.title else f"<{shape}/>"


def _veil(frame: Frame, palette: Palette) -> Iterator[str]:
    """Yield a veil over each cell: the darker the less its weight is of the greatest, or the colour of its heat."""
    picture, attended = frame.picture, frame.attended
    if attended is None:
        return
    across, down = frame.width / picture.columns, frame.height / picture.rows
    for cell, (share, title) in enumerate(zip(relative(attended.weights), attended.titles, strict=True)):
        top, left = divmod(cell, picture.columns)
        fill, part = "#000", (1 - DARKEST) * (1 - share)
        if attended.overlay is Overlay.HEAT:
            fill, part = hexadecimal(palette.background(float(share))), heat_share(float(share))
        yield (
            f'<rect x="{left * across:.2f}" y="{top * down:.2f}" width="{across:.2f}" height="{down:.2f}" '
            f'fill="{fill}" fill-opacity="{part:.3f}" shape-rendering="crispEdges">'
            f"<title>{escaped(title)}</title></rect>"
        )
