"""Captions as vector figures: the picture once, used by every frame, and a veil over each of its cells."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.render.markup import FONT, INKS, Ink, Theme, escaped, shortened
from explorer.render.pictures import DARKEST, relative, whole
from explorer.render.summary import cell_title, facts_of, looked_at
from explorer.runtime.trace import Picture, Step, Trace

FRAME = 132
"""Pixels of a frame's longer side."""
GAP = 14
MARGIN = 28
UNDER = 44
"""Pixels under a frame, for its word and where it looked."""
ACROSS = 7
"""Frames beside each other, the whole picture counted."""
HEAD = 36
LONGEST_WORD = 18
LONGEST_HEADING = 110


@dataclass(frozen=True, slots=True)
class _Frames:
    """Sizes of one trace's strip, in pixels."""

    width: float
    height: float
    rows: int

    @property
    def total(self) -> float:
        """Height of the whole figure."""
        return HEAD + self.rows * (self.height + UNDER) + MARGIN + 26


def captions_svg(traces: Sequence[Trace], *, theme: Theme = Theme.DARK, first: int = 0) -> str:
    """Draw runs on pictures below each other in one document with text as text.

    Each frame has the brightness of a cell by its weight relative to the word's greatest; a tooltip has the weight.

    Args:
        traces: The runs.
        theme: Dark or light page.
        first: Number of the first picture: names must not occur twice in a page of several documents.
    """
    ink = INKS[theme]
    frames = [_frames(trace) for trace in traces]
    width = 2 * MARGIN + ACROSS * (FRAME + GAP) - GAP
    height = MARGIN + sum(each.total for each in frames)
    heading = "; ".join(f"{trace.source.text}: {trace.text}" for trace in traces)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" role="img" font-family="{FONT}" font-size="14">',
        f"<title>{escaped(heading)}</title>",
        f'<rect width="100%" height="100%" fill="{ink.page}"/>',
    ]
    top = float(MARGIN)
    for number, (trace, each) in enumerate(zip(traces, frames, strict=True), start=first):
        parts.append(f'<g transform="translate({MARGIN} {top:.0f})">')
        parts.extend(_figure(trace, each, ink, f"picture{number}"))
        parts.append("</g>")
        top += each.total
    parts.append("</svg>\n")
    return "\n".join(parts)


def captions_html(traces: Sequence[Trace], *, title: str = "attn-explore", theme: Theme = Theme.DARK) -> str:
    """Write runs on pictures as one self-contained page: no script, nothing fetched, tooltips with the weights."""
    ink = INKS[theme]
    figures = "\n".join(
        f"<figure>\n<h2>{escaped(trace.text)}</h2>\n{captions_svg([trace], theme=theme, first=number)}\n</figure>"
        for number, trace in enumerate(traces)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"/>\n"
        f"<title>{escaped(title)}</title>\n<style>\nbody {{ margin: 2.2rem; background: {ink.page}; "
        f"color: {ink.text}; font: 15px/1.45 {FONT}; }}\nfigure {{ margin: 0 0 2rem; overflow-x: auto; }}\n"
        "h1 { font-size: 1.45rem; } h2 { font-size: 1.08rem; margin: 0; }\n"
        "svg { max-width: none; }\n</style>\n</head>\n"
        f"<body>\n<h1>{escaped(title)}</h1>\n{figures}\n</body>\n</html>\n"
    )


def data_uri(picture: Picture) -> str:
    """Return a picture's pixels as a PNG in a ``data:`` address."""
    buffer = io.BytesIO()
    whole(picture).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _frames(trace: Trace) -> _Frames:
    picture = _picture_of(trace)
    height, width = picture.pixels.shape[1:]
    scale = FRAME / max(height, width)
    return _Frames(width * scale, height * scale, -(-(1 + len(trace.steps)) // ACROSS))


def _picture_of(trace: Trace) -> Picture:
    picture = trace.source.picture
    if picture is None:
        raise ValueError("the source of this trace is no picture")
    return picture


def _figure(trace: Trace, frames: _Frames, ink: Ink, name: str) -> list[str]:
    picture = _picture_of(trace)
    size = f'width="{frames.width:.1f}" height="{frames.height:.1f}"'
    parts = [
        f'<defs><image id="{name}" {size} preserveAspectRatio="none" image-rendering="auto" '
        f'href="{data_uri(picture)}"/></defs>',
        f'<text y="14" font-size="15" font-weight="600" fill="{ink.text}">'
        f"{shortened(trace.text, LONGEST_HEADING)}</text>",
    ]
    for place in range(1 + len(trace.steps)):
        row, column = divmod(place, ACROSS)
        x, y = column * (FRAME + GAP), HEAD + row * (frames.height + UNDER)
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})"><use href="#{name}"/>')
        if place:
            parts.extend(_veil(trace, place - 1, picture, frames))
            parts.extend(_under(trace.steps[place - 1], picture, frames, ink))
        else:
            parts.append(_text(frames, 18, 13, ink.soft, shortened(trace.source.text.rsplit("/", 1)[-1], LONGEST_WORD)))
        parts.append("</g>")
    facts = escaped(" · ".join(facts_of(trace)) + " · brightness: weight relative to the word's greatest")
    parts.append(f'<text y="{frames.total - 34:.0f}" font-size="13" fill="{ink.soft}">{facts}</text>')
    return parts


def _veil(trace: Trace, row: int, picture: Picture, frames: _Frames) -> list[str]:
    """Darken each cell by what it lacks of the greatest weight."""
    across, down = frames.width / picture.columns, frames.height / picture.rows
    parts = []
    for cell, share in enumerate(relative(trace.steps[row].weights)):
        top, left = divmod(cell, picture.columns)
        parts.append(
            f'<rect x="{left * across:.2f}" y="{top * down:.2f}" width="{across:.2f}" height="{down:.2f}" '
            f'fill="#000" fill-opacity="{(1 - DARKEST) * (1 - share):.3f}" shape-rendering="crispEdges">'
            f"<title>{escaped(cell_title(trace, row, cell))}</title></rect>"
        )
    return parts


def _under(step: Step, picture: Picture, frames: _Frames, ink: Ink) -> list[str]:
    word = shortened(step.label, LONGEST_WORD)
    strong = ' font-weight="700" font-style="italic"' if step.forced else ""
    return [
        _text(frames, 18, 14, ink.text, word, strong),
        _text(frames, 34, 12, ink.soft, escaped(looked_at(step, picture))),
    ]


def _text(frames: _Frames, below: int, size: int, color: str, text: str, more: str = "") -> str:
    place = f'x="{frames.width / 2:.1f}" y="{frames.height + below:.1f}"'
    return f'<text {place} text-anchor="middle" font-size="{size}" fill="{color}"{more}>{text}</text>'
