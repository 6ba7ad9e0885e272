"""A trace as a standalone vector figure for papers, slides and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.render.cells import width_of
from explorer.render.markup import FONT, INKS, Ink, Theme, escaped, hexadecimal, per_cent, shortened
from explorer.render.palette import Palette
from explorer.render.summary import cell_title, facts_of, row_marks
from explorer.runtime.trace import Trace

CELL_WIDTH = 42
CELL_HEIGHT = 26
GAP = 2
MARGIN = 28
FONT_SIZE = 14
LETTER = 8.2
"""Pixels that one terminal cell of text takes at most, on average, in the fonts named."""

SLANT = 0.7071
"""Sine and cosine of the 45 degrees that source labels are turned by."""

BOLD = 1.15
"""How much wider the headings are set than other text."""

LINE = 22
LONGEST_LABEL = 24
LONGEST_HEADING = 120
RAMP_WIDTH, RAMP_HEIGHT = 120, 8


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the parts of one figure stand, in pixels from its own upper left corner."""

    left: float
    top: float
    columns: int
    rows: int
    width: float
    height: float

    @property
    def grid_width(self) -> float:
        return self.columns * CELL_WIDTH + GAP

    @property
    def grid_height(self) -> float:
        return self.rows * CELL_HEIGHT + GAP


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
    colors = palette or Palette()
    colors = Palette(colors.name, colors.exponent)
    ink = INKS[theme]
    frames = [_frame(trace) for trace in traces]
    width = max((frame.width for frame in frames), default=2.0 * MARGIN)
    top = 2.0 * MARGIN if title is not None else 0.0
    height = top + sum(frame.height for frame in frames) + (0 if frames else MARGIN)
    heading = title if title is not None else "; ".join(f"{trace.source.text} → {trace.text}" for trace in traces)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{FONT}" font-size="{FONT_SIZE}">',
        f"<title>{escaped(heading)}</title>",
        _definitions(colors, ink),
        f'<rect width="100%" height="100%" fill="{ink.page}"/>',
    ]
    if title is not None:
        place = f'x="{MARGIN}" y="{MARGIN + 14}"'
        parts.append(f'<text {place} font-size="20" font-weight="600" fill="{ink.text}">{escaped(title)}</text>')
    offset = top
    for trace, frame in zip(traces, frames, strict=True):
        parts.append(f'<g transform="translate(0 {offset:.0f})">')
        parts.extend(_figure(trace, frame, colors, ink, number_threshold))
        parts.append("</g>")
        offset += frame.height
    parts.append("</svg>\n")
    return "\n".join(parts)


def _frame(trace: Trace) -> _Frame:
    columns, rows = len(trace.source), len(trace.steps)
    gutter = max((_text_width(label) for label in trace.labels), default=0.0)
    heads = [_text_width(label) * SLANT for label in trace.source.labels]
    head_height = max(heads, default=0.0) + FONT_SIZE
    # A slanted head reaches to the right of its column, the last one out of the grid.
    overhang = max(
        (head - (columns - place - 0.5) * CELL_WIDTH for place, head in enumerate(heads)),
        default=0.0,
    )
    left = MARGIN + gutter + 10
    top = MARGIN + 2 * LINE + head_height
    grid_width = columns * CELL_WIDTH + GAP
    heading = max(_text_width(line, LONGEST_HEADING) for line in (trace.source.text, trace.text)) * BOLD
    caption = max(_text_width(" · ".join(facts_of(trace)), 200) + RAMP_WIDTH + 130, heading)
    width = max(left + grid_width + max(0.0, overhang), MARGIN + caption) + MARGIN
    return _Frame(left, top, columns, rows, width, top + rows * CELL_HEIGHT + GAP + 2 * MARGIN + 8)


def _definitions(palette: Palette, ink: Ink) -> str:
    stops = "".join(
        f'<stop offset="{place / 16:.4f}" stop-color="{hexadecimal(palette.background(place / 16))}"/>'
        for place in range(17)
    )
    return (
        f'<defs><linearGradient id="ramp">{stops}</linearGradient>'
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{ink.soft}" stroke-width="1.4"/></pattern></defs>'
    )


def _figure(trace: Trace, frame: _Frame, palette: Palette, ink: Ink, threshold: float) -> list[str]:
    heading = round((frame.width - 2 * MARGIN) / (LETTER * BOLD))
    parts = [
        f'<text x="{MARGIN}" y="{MARGIN + 8}" font-size="15" fill="{ink.soft}">'
        f"{shortened(trace.source.text, heading)}</text>",
        f'<text x="{MARGIN}" y="{MARGIN + 8 + LINE}" font-size="15" font-weight="600" fill="{ink.text}">'
        f"{shortened(trace.text, heading)}</text>",
        f'<rect x="{frame.left - GAP:.1f}" y="{frame.top - GAP:.1f}" width="{frame.grid_width:.1f}" '
        f'height="{frame.grid_height:.1f}" rx="4" fill="{hexadecimal(palette.background(0.0))}"/>',
    ]
    for column, label in enumerate(trace.source.labels):
        x, y = frame.left + (column + 0.5) * CELL_WIDTH - 4, frame.top - 10
        parts.append(
            f'<text transform="translate({x:.1f} {y:.1f}) rotate(-45)" fill="{ink.text}">'
            f"{shortened(label, LONGEST_LABEL)}</text>"
        )
    for row, step in enumerate(trace.steps):
        y = frame.top + (row + 0.5) * CELL_HEIGHT - GAP / 2 + FONT_SIZE * 0.35
        weight = ' font-weight="700" font-style="italic"' if step.forced else ""
        parts.append(
            f'<text x="{frame.left - 10:.1f}" y="{y:.1f}" text-anchor="end" fill="{ink.text}"{weight}>'
            f"{shortened(step.label, LONGEST_LABEL)}</text>"
        )
        parts.extend(_row(trace, row, frame, palette, ink, threshold))
    parts.extend(_caption(trace, frame, palette, ink))
    return parts


def _row(trace: Trace, row: int, frame: _Frame, palette: Palette, ink: Ink, threshold: float) -> list[str]:
    parts: list[str] = []
    marks = row_marks(trace, row)
    top = frame.top + row * CELL_HEIGHT
    width, height = CELL_WIDTH - GAP, CELL_HEIGHT - GAP
    for column in range(frame.columns):
        weight = float(trace.steps[row].weights[column])
        left = frame.left + column * CELL_WIDTH
        fill = "url(#hatch)" if column in marks.masked else hexadecimal(palette.background(weight))
        box = f'x="{left:.1f}" y="{top:.1f}" width="{width}" height="{height}" rx="2" fill="{fill}"'
        parts.append(f"<g><title>{escaped(cell_title(trace, row, column))}</title><rect {box}/>")
        if weight >= threshold and column not in marks.masked:
            x, y = left + width / 2, top + height / 2 + FONT_SIZE * 0.34
            parts.append(
                f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="13" '
                f'fill="{hexadecimal(palette.foreground(weight))}">{per_cent(weight)}</text>'
            )
        parts.append("</g>")
    edges = marks.edges(frame.columns)
    if edges is not None and marks.center is not None:
        start = frame.left + edges[0] * CELL_WIDTH - GAP / 2
        end = frame.left + (edges[1] + 1) * CELL_WIDTH - GAP / 2
        x = frame.left + (min(max(marks.center, 0.0), frame.columns - 1.0) + 0.5) * CELL_WIDTH - GAP / 2
        stroke = f'stroke="{ink.soft}" stroke-width="1.6" fill="none"'
        parts.append(
            f'<path d="M{start + 3:.1f} {top:.1f}h-3v{height}h3M{end - 3:.1f} {top:.1f}h3v{height}h-3" {stroke}/>'
        )
        color = hexadecimal(palette.foreground(float(trace.steps[row].weights[round(_clip(marks.center, frame))])))
        parts.append(f'<path d="M{x:.1f} {top + height - 6:.1f}l3 3l-3 3l-3 -3z" fill="{color}"/>')
    return parts


def _clip(center: float, frame: _Frame) -> float:
    return min(max(center, 0.0), frame.columns - 1.0)


def _caption(trace: Trace, frame: _Frame, palette: Palette, ink: Ink) -> list[str]:
    """What was run, at the left, and the ramp from 0 to 100 %, behind it."""
    y = frame.top + frame.rows * CELL_HEIGHT + MARGIN
    facts = " · ".join(facts_of(trace))
    ramp = MARGIN + _text_width(facts, 200) * 0.9 + 34
    scale = "" if palette.exponent == 1.0 else f" ({palette.legend()})"
    size = f'font-size="13" fill="{ink.soft}"'
    return [
        f'<text x="{MARGIN}" y="{y:.1f}" {size}>{escaped(facts)}</text>',
        f'<text x="{ramp - 8:.1f}" y="{y:.1f}" text-anchor="end" {size}>0</text>',
        f'<rect x="{ramp:.1f}" y="{y - RAMP_HEIGHT - 0.5:.1f}" width="{RAMP_WIDTH}" height="{RAMP_HEIGHT}" rx="2" '
        f'fill="url(#ramp)" stroke="{ink.line}" stroke-width="0.5"/>',
        f'<text x="{ramp + RAMP_WIDTH + 8:.1f}" y="{y:.1f}" {size}>100 %{scale}</text>',
    ]


def _text_width(text: str, limit: int = LONGEST_LABEL) -> float:
    return min(width_of(text), limit) * LETTER
