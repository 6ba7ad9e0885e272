"""Figures as one self-contained HTML page: real tables, no script, nothing fetched from a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.render.cells import width_of
from explorer.render.figure import Figure, FigureStyle
from explorer.render.grid_fit import SLANT, UPRIGHT, Sizes, grid_sizes
from explorer.render.markup import FONT, INKS, Theme, escaped, hexadecimal, per_cent, shortened
from explorer.render.page import document
from explorer.render.palette import Palette
from explorer.render.sheet import FONT_SIZE
from explorer.render.summary import cell_title, facts_of, row_marks
from explorer.render.svg import figures_svg
from explorer.runtime.trace import Trace

LONGEST_LABEL = 24

_STYLE = """
:root { color-scheme: %(scheme)s; }
body { margin: 2.2rem; background: %(page)s; color: %(text)s; font: 15px/1.45 %(font)s; }
h1 { font-size: 1.45rem; margin: 0 0 1.6rem; }
figure { margin: 0 0 3rem; overflow-x: auto; }
figcaption { color: %(soft)s; font-size: .87rem; margin-top: .8rem; }
h2 { font-size: 1.08rem; font-weight: 600; margin: 0 0 .3rem; }
h2 .arrow { color: %(soft)s; font-weight: 400; }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
thead th { font-weight: 400; vertical-align: bottom; padding: 0; }
thead th span { display: block; width: 2.6rem; white-space: nowrap;
  transform: translateX(1.15rem) rotate(-45deg); transform-origin: 0 100%%; }
tbody th { font-weight: 400; text-align: right; padding: 0 .6rem 0 0; white-space: nowrap; }
tbody th.forced { font-weight: 700; font-style: italic; }
td { width: 2.6rem; min-width: 2.6rem; height: 1.6rem; padding: 0; text-align: center; font-size: .84rem;
  border: 1px solid %(field)s; background-clip: padding-box; }
thead td { border: 0; }
td.low { color: transparent; }
td:hover { outline: 2px solid %(text)s; outline-offset: -1px; }
td.low:hover { color: %(low)s; }
td.masked { color: transparent; background: repeating-linear-gradient(45deg, %(line)s 0 2px, transparent 2px 6px); }
td.first { border-left-color: %(edge)s; }
td.last { border-right-color: %(edge)s; }
td[data-edit] { position: relative; }
td[data-edit]::before { content: attr(data-edit); position: absolute; left: 1px; top: 0; font-size: .47rem;
  line-height: 1; }
td.low[data-edit]::before { color: %(low)s; }
td.center { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; }
tr:hover th, thead th:hover { text-decoration: underline; }
.ramp { display: inline-block; width: 7.5rem; height: .55rem; border-radius: 2px; margin: 0 .45rem;
  background: linear-gradient(90deg, %(ramp)s); }
@media print {
  :root { color-scheme: light; }
  body { margin: 0; background: #fff; color: #000; }
  figcaption, h2 .arrow { color: #444; }
  figure { overflow: visible; break-inside: avoid; }
  td, .ramp { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def grid_html(
    traces: Sequence[Trace],
    palette: Palette | None = None,
    *,
    title: str = "attn-explore",
    theme: Theme = Theme.DARK,
    number_threshold: float = 0.05,
) -> str:
    """Write traces as one page.

    Every weight is in the page as text, so a screen reader reads each cell with its row and column; figures under the
    threshold show when the pointer is over them, and every cell's tooltip has the exact weight and score.

    Args:
        traces: The runs, drawn below each other.
        palette: Colour map and exponent; None for magma, linear. Its terminal depth is of no account here.
        title: Heading and title of the page.
        theme: Dark or light page; on paper it is always light.
        number_threshold: Least weight whose per-cent figure is always seen.

    Returns:
        A complete HTML document.
    """
    style = FigureStyle(palette or Palette(), theme=theme, number_threshold=number_threshold)
    return _tables(traces, style, title)


def figures_html(figures: Sequence[Figure], style: FigureStyle, *, title: str = "attn-explore") -> str:
    """Write figures as one page: tables where all of them are grids, drawings with tooltips otherwise.

    Args:
        figures: What is shown, below each other.
        style: How. A font size scales all of a table, a width decides how wide its columns are; a drawing is as it
            would be in SVG.
        title: Heading and title of the page.
    """
    tables = [figure.table for figure in figures]
    traces = [trace for trace in tables if trace is not None]
    if len(traces) == len(figures):
        return _tables(traces, style, title)
    return _drawings(figures, style, title)


def _tables(traces: Sequence[Trace], style: FigureStyle, title: str) -> str:
    colors = style.colors
    figures = "\n".join(_figure(trace, colors, style) for trace in traces)
    head = f"<h1>{escaped(title)}</h1>\n" if style.title else ""
    return document(title, _style(traces, colors, style), f"{head}{figures}", pictures=False)


def _drawings(figures: Sequence[Figure], style: FigureStyle, title: str) -> str:
    ink = INKS[style.theme]
    parts = []
    for number, figure in enumerate(figures):
        parts.append(f"<figure>\n{figures_svg([figure], style, first=number)}\n</figure>")
    head = f"<h1>{escaped(title)}</h1>\n" if style.title else ""
    drawn = "\n".join(parts)
    rules = (
        f"body {{ margin: 2.2rem; background: {ink.page}; color: {ink.text}; font: 15px/1.45 {FONT}; }}\n"
        "figure { margin: 0 0 2rem; overflow-x: auto; }\n"
        "h1 { font-size: 1.45rem; } h2 { font-size: 1.08rem; margin: 0; }\n"
        "svg { max-width: none; }\n"
    )
    return document(title, rules, f"{head}{drawn}")


def _style(traces: Sequence[Trace], palette: Palette, style: FigureStyle) -> str:
    """The style sheet, with one class for each colour level that occurs."""
    ink = INKS[style.theme]
    ramp = ", ".join(hexadecimal(palette.background(place / 16)) for place in range(17))
    fixed = _STYLE % {
        "scheme": style.theme.value,
        "page": ink.page,
        "text": ink.text,
        "soft": ink.soft,
        "line": ink.line,
        "font": FONT,
        "ramp": ramp,
        "field": hexadecimal(palette.background(0.0)),
        "edge": hexadecimal(palette.foreground(0.0)),
        "low": hexadecimal(palette.foreground(0.0)),
    }
    used: dict[int, float] = {}
    for trace in traces:
        for weight in trace.weights.ravel():
            used.setdefault(palette.level(float(weight)), float(weight))
    levels = "\n".join(
        f".w{level} {{ background: {hexadecimal(palette.background(weight))}; "
        f"color: {hexadecimal(palette.foreground(weight))}; }}"
        for level, weight in sorted(used.items())
    )
    # The class of a level comes first, so that a masked or quiet cell of equal specificity wins over it.
    return f"{levels}{fixed}{_sized(traces, style)}"


def _sized(traces: Sequence[Trace], style: FigureStyle) -> str:
    """Rules for a font size, a width and turned labels, where they were asked for; the narrowest grid decides."""
    if style.width is None and style.font_size is None and style.rotate is None:
        return ""
    sizes = [grid_sizes(trace.source.labels, trace.labels, style) for trace in traces] or [Sizes()]
    one = min(sizes, key=lambda each: each.cell_width)
    scale = one.font / FONT_SIZE
    rules = [
        f":root {{ font-size: {16 * scale:.2f}px; }}",
        f"body {{ font-size: {15 * scale:.2f}px; }}",
        f"td {{ width: {one.cell_width - 2:.2f}px; min-width: 0; height: {one.cell_height - 2:.2f}px; "
        f"{_figures(one)} }}",
        f"thead th span {{ {_turned(one)} }}",
    ]
    if style.width is not None:
        rules.append(f"figure {{ width: {style.width:g}mm; }}\ntable {{ width: 100%; }}\n.ramp {{ width: 5rem; }}")
    return "\n".join(rules) + "\n"


def _figures(sizes: Sizes) -> str:
    """Font of the figures in cells; without room for them the tooltips alone have them."""
    return "font-size: 0;" if sizes.number is None else f"font-size: {sizes.number:.2f}px;"


def _turned(sizes: Sizes) -> str:
    middle = sizes.cell_width / 2
    if sizes.turn == 0:
        return "width: auto; transform: none; text-align: center;"
    shift = middle + sizes.font * (sizes.turn - SLANT) / SLANT * 0.6  # an upright line has its middle over the column
    lift = 0.3 * sizes.font * (sizes.turn != SLANT)
    return f"width: 0; transform: translate({shift:.2f}px, {-lift:.2f}px) rotate(-{sizes.turn}deg);"


def _figure(trace: Trace, palette: Palette, style: FigureStyle) -> str:
    labels = [shortened(label, LONGEST_LABEL) for label in trace.source.labels]
    longest = max((min(width_of(label), LONGEST_LABEL) for label in trace.source.labels), default=1)
    heads = "".join(f'<th scope="col"><span>{label}</span></th>' for label in labels)
    # Slanted heads do not count in the layout: this is the height and the overhang of the longest.
    reach, up = _reach(longest, style)
    rows = "\n".join(_row(trace, row, palette, style.number_threshold) for row in range(len(trace.steps)))
    scale = "" if palette.exponent == 1.0 else f" ({palette.legend()})"
    head, facts = "", ""
    if style.title:
        arrow = '<span class="arrow">→</span>'
        head = f"<h2>{escaped(trace.source.text)} {arrow} {escaped(trace.text)}</h2>\n"
        facts = escaped(" · ".join(facts_of(trace))) + (" · " if style.width is None else "<br/>")
    return (
        f"<figure>\n{head}"
        f'<table aria-label="attention weights in per cent, rows target, columns source" '
        f'style="padding-right: {reach:.1f}rem">\n'
        f'<thead><tr style="height: {up:.1f}rem"><td aria-hidden="true"></td>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>\n"
        f'<figcaption>{facts}0<span class="ramp"></span>100 %{scale}</figcaption>\n</figure>'
    )


def _reach(longest: int, style: FigureStyle) -> tuple[float, float]:
    """Return how far a label of some cells reaches to the right and up, in rem."""
    turn = style.rotate
    if turn is None:
        return longest * 0.41 + 1.2, longest * 0.41 + 1.2
    angle = math.radians(turn)
    return longest * 0.55 * math.cos(angle) if 0 < turn < UPRIGHT else 0.0, longest * 0.58 * math.sin(angle) + 1.2


def _row(trace: Trace, row: int, palette: Palette, threshold: float) -> str:
    step = trace.steps[row]
    marks = row_marks(trace, row)
    edges = marks.edges(len(step.weights))
    center = None if marks.center is None else round(min(max(marks.center, 0.0), len(step.weights) - 1.0))
    signs = dict(marks.signs)
    cells: list[str] = []
    for column, value in enumerate(step.weights):
        weight = float(value)
        classes = [f"w{palette.level(weight)}"]
        classes += ["low"] if weight < threshold else []
        classes += ["masked"] if column in marks.masked else []
        classes += ["first"] if edges is not None and column == edges[0] else []
        classes += ["last"] if edges is not None and column == edges[1] else []
        classes += ["center"] if column == center else []
        title = escaped(cell_title(trace, row, column))
        edit = f' data-edit="{signs[column]}"' if column in signs else ""
        cells.append(f'<td class="{" ".join(classes)}"{edit} title="{title}">{per_cent(weight)}</td>')
    kind = ' class="forced"' if step.forced else ""
    return f'<tr><th scope="row"{kind}>{shortened(step.label, LONGEST_LABEL)}</th>{"".join(cells)}</tr>'
