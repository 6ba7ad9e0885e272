"""Every format that a figure is written in: one function from figures to the bytes of files."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.render.figure import Figure, FigureStyle
from explorer.runtime.json_text import escaped_json

FORMATS = ("text", "json", "svg", "html", "png", "pdf", "npz")
BINARY = frozenset({"png", "pdf", "npz"})
SINGLE = frozenset({"png", "npz"})
"""Formats whose files hold one figure each."""
SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": ".txt", **{form: f".{form}" for form in FORMATS if form != "text"}}
)
TEXT_WIDTH = 100
"""Cells of a line of text that goes to a file."""


def figures_bytes(figures: Sequence[Figure], form: str, style: FigureStyle) -> bytes:
    """Return the content of one file.

    Args:
        figures: What is drawn: below each other, or on pages of a PDF; one alone in a format of `SINGLE`.
        form: One of `FORMATS`.
        style: How it looks.

    Raises:
        InputError: The style cannot be met, or matplotlib is missing.
    """
    if form == "svg":
        from explorer.render.svg import figures_svg

        return figures_svg(figures, style).encode()
    if form == "html":
        from explorer.render.html import figures_html

        return figures_html(figures, style).encode()
    if form == "png":
        from explorer.render.plotted import png_bytes

        return png_bytes(figures[0].sheet(style))
    if form == "pdf":
        from explorer.render.plotted import pdf_bytes

        return pdf_bytes([figure.sheet(style, number) for number, figure in enumerate(figures)])
    if form == "npz":
        return npz_bytes(figures[0].arrays())
    if form == "json":
        return "".join(f"{escaped_json(figure.content())}\n" for figure in figures).encode()
    return _text(figures, style).encode()


def npz_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return arrays as a compressed npz file that opens with ``allow_pickle=False``.

    Raises:
        ValueError: An array holds Python objects.
    """
    pickled = [name for name, array in arrays.items() if array.dtype.hasobject]
    if pickled:
        raise ValueError(f"{', '.join(pickled)}: an array of Python objects would be pickled")
    data = io.BytesIO()
    np.savez_compressed(data, **arrays)  # type: ignore[arg-type] # mypy takes every name for `allow_pickle`
    return data.getvalue()


def _text(figures: Sequence[Figure], style: FigureStyle) -> str:
    """Return figures as plain text with a blank line between them."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=TEXT_WIDTH, color_system=None)
    for number, figure in enumerate(figures):
        if number:
            console.print()
        console.print(figure.printed(style), crop=False, highlight=False)
    return out.getvalue()
