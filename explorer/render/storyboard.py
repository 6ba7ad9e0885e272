"""Moments of a session below each other, each with what is said about it: as vector figure, as page, as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from explorer.render.cells import width_of
from explorer.render.compared import Compared
from explorer.render.comparison_figure import ComparisonFigure
from explorer.render.figure import FigureStyle
from explorer.render.markup import FONT, INKS, Theme, escaped
from explorer.render.page import document
from explorer.render.picture_text import CaptionText
from explorer.render.strip_figure import StripFigure
from explorer.render.svg import figures_svg, grid_svg
from explorer.render.text import TraceText, print_trace
from explorer.runtime.labels import printable
from explorer.runtime.trace import Trace

MARGIN = 28
CAPTION_SIZE = 16
LETTER = 9.8
"""Pixels that a character of a caption takes at most, on average."""
LINE = 22
LEAST_WIDTH = 640

_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Frame:
    """A moment.

    Attributes:
        place: Which one it is, "3/12".
        caption: What is said about it; "" for nothing.
        trace: The run as it stands.
        compared: Two runs that are seen in its place; None where there are none.
    """

    place: str
    caption: str
    trace: Trace
    compared: Compared | None = None


def storyboard_svg(frames: Sequence[Frame], *, title: str = "attn-explore", theme: Theme = Theme.DARK) -> str:
    """Draw moments below each other in one document with text as text."""
    ink = INKS[theme]
    figures = [_figure(frame, number, theme) for number, frame in enumerate(frames)]
    sizes = [_size(figure) for figure in figures]
    width = max([LEAST_WIDTH, *(across for across, _ in sizes)])
    parts, top = [], float(MARGIN)
    for frame, figure, (across, down) in zip(frames, figures, sizes, strict=True):
        for line in _wrapped(_words(frame), int((width - 2 * MARGIN) / LETTER)):
            parts.append(
                f'<text x="{MARGIN}" y="{top + CAPTION_SIZE:.0f}" font-size="{CAPTION_SIZE}" font-weight="600" '
                f'fill="{ink.text}">{escaped(line)}</text>'
            )
            top += LINE
        place = f'x="0" y="{top:.0f}" width="{across:.0f}" height="{down:.0f}"'
        parts.append(re.sub(r'<svg xmlns="[^"]*" width="[^"]*" height="[^"]*"', f"<svg {place}", figure, count=1))
        top += down + MARGIN / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{top:.0f}" '
        f'viewBox="0 0 {width:.0f} {top:.0f}" role="img" font-family="{FONT}" font-size="14">\n'
        f'<title>{escaped(title)}</title>\n<rect width="100%" height="100%" fill="{ink.page}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def storyboard_html(frames: Sequence[Frame], *, title: str = "attn-explore", theme: Theme = Theme.DARK) -> str:
    """Write moments as one self-contained page: no script, nothing fetched, tooltips with the weights."""
    ink = INKS[theme]
    figures = "\n".join(
        f"<figure>\n<figcaption>{escaped(_words(frame))}</figcaption>\n{_figure(frame, number, theme)}</figure>"
        for number, frame in enumerate(frames)
    )
    rules = (
        f"body {{ margin: 2.2rem; background: {ink.page}; color: {ink.text}; font: 15px/1.45 {FONT}; }}\n"
        "h1 { font-size: 1.45rem; }\n"
        "figure { margin: 0 0 2.4rem; overflow-x: auto; }\n"
        "figcaption { font-size: 1.08rem; font-weight: 600; max-width: 52rem; }\nsvg { max-width: none; }\n"
    )
    return document(title, rules, f"<h1>{escaped(title)}</h1>\n{figures}")


def print_storyboard(console: Console, frames: Sequence[Frame], *, copies: bool = False) -> None:
    """Print moments with a blank line between them.

    Args:
        console: Where to.
        frames: The moments.
        copies: Whether copied tokens are marked.
    """
    for number, frame in enumerate(frames):
        if number:
            console.print()
        for line in _wrapped(_words(frame), console.width):
            console.print(Text(line, style="bold"), overflow="fold", highlight=False)
        if frame.compared is not None and all(trace.steps for trace in frame.compared.traces):
            console.print(ComparisonFigure(frame.compared).printed(FigureStyle()), crop=False, highlight=False)
        elif not frame.trace.steps:
            console.print(Text(printable(frame.trace.source.text)), overflow="fold", highlight=False)
        elif frame.trace.source.picture is not None:
            console.print(CaptionText(frame.trace), crop=False, highlight=False)
        else:
            print_trace(console, TraceText(frame.trace, copies=copies))


def _words(frame: Frame) -> str:
    return f"{frame.place}  {frame.caption}".rstrip()


def _figure(frame: Frame, number: int, theme: Theme) -> str:
    """Return a moment's own document, with names that occur in no other one."""
    if frame.compared is not None:
        figure = figures_svg([ComparisonFigure(frame.compared)], FigureStyle(theme=theme), first=number)
    elif frame.trace.source.picture is not None:
        return figures_svg([StripFigure(frame.trace)], FigureStyle(theme=theme), first=number)
    else:
        figure = grid_svg(frame.trace, theme=theme)
    for name in ("ramp", "hatch"):  # text cannot have a quotation mark as it is, so none of it is renamed
        figure = figure.replace(f' id="{name}"', f' id="{name}{number}"')
        figure = figure.replace(f'"url(#{name})"', f'"url(#{name}{number})"')
    return figure


def _size(figure: str) -> tuple[float, float]:
    found = _SIZE.search(figure)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _wrapped(text: str, width: int) -> list[str]:
    """Break text at blanks into lines of some terminal cells."""
    lines: list[str] = [""]
    for word in printable(text).split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and width_of(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
