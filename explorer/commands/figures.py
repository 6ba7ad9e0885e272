"""What ``decode``, ``caption`` and ``open`` write: figures in every format, to a file, to one each, or to a pipe."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from explorer.commands.extras import need_package
from explorer.commands.files import one_of
from explorer.commands.output import STANDARD_OUTPUT, text_console, write_bytes, writing
from explorer.commands.progress import tracked
from explorer.errors import InputError
from explorer.render.figure import Figure, FigureStyle, millimetres, points
from explorer.render.markup import Theme
from explorer.render.palette import Palette
from explorer.render.written import BINARY, FORMATS, SINGLE, figures_bytes
from explorer.runtime.json_text import escaped_json

DRAWN = ("svg", "html", "png", "pdf")
"""Formats whose look can be chosen."""
DATA = ("json", "npz")
"""Formats of numbers."""
PAPER = frozenset({"png", "pdf"})
"""Formats whose page is light if nothing is said: they are printed, or pasted into a page."""


@dataclass(frozen=True)
class FigureOptions:
    """The options of every command that writes figures, less the format, as given; None where one was not."""

    output: str | None
    palette: str | None
    width: str | None
    font_size: str | None
    no_title: bool
    rotate: int | None
    theme: str | None


@dataclass(frozen=True)
class Look:
    """A format and how figures look in it."""

    form: str
    style: FigureStyle


def look_of(options: FigureOptions, asked: str) -> Look:
    """Return the format and the style that are asked for, before anything is decoded in vain.

    Args:
        options: How figures are to look.
        asked: The format.

    Raises:
        InputError: They cannot be used, do not fit each other, or cannot be written here.
    """
    form = _form_of(options, asked)
    return Look(form, _style_of(options, form))


def given_looks(options: FigureOptions) -> list[str]:
    """Return the options that were given of those that say how a drawing looks, less its colours."""
    given = {
        "--font-size": options.font_size is not None,
        "--width": options.width is not None,
        "--no-title": options.no_title,
        "--rotate": options.rotate is not None,
        "--theme": options.theme is not None,
    }
    return [name for name, is_given in given.items() if is_given]


def _form_of(options: FigureOptions, asked: str) -> str:
    """Return the format, if the other options fit it and standard output can take it."""
    form = one_of("format", asked, FORMATS)
    misplaced = given_looks(options)
    if misplaced and form not in DRAWN:
        raise InputError(f"{misplaced[0]} is for --format {', '.join(DRAWN)}, not {form}")
    if options.palette is not None and form in DATA:
        raise InputError(f"--palette is of no use to --format {form}: it has numbers, not colours")
    if form in BINARY and options.output in (None, STANDARD_OUTPUT) and sys.stdout is not None and sys.stdout.isatty():
        raise InputError(f"--format {form} is no text for a terminal; give --output FILE")
    return form


def _style_of(options: FigureOptions, form: str) -> FigureStyle:
    """Return the style of figures in a format, if it is possible here."""
    palette = Palette() if options.palette is None else Palette(options.palette)
    _ = palette.table  # a name that is not known is said before anything is decoded
    theme = Theme.LIGHT if form in PAPER else Theme.DARK
    if options.theme is not None:
        theme = Theme(one_of("theme", options.theme, tuple(each.value for each in Theme)))
    if form in PAPER:
        from explorer.render.plotted import MISSING

        need_package("matplotlib", MISSING)
    return FigureStyle(
        palette,
        colored=options.palette is not None,
        theme=theme,
        width=None if options.width is None else millimetres(options.width),
        font_size=None if options.font_size is None else points(options.font_size),
        title=not options.no_title,
        rotate=options.rotate,
    )


def write_figures(
    chunks: Iterable[Sequence[Figure]], total: int | None, what: str, output: str | None, look: Look
) -> None:
    """Write figures, in the order in which they come.

    Text and JSON are written at once. SVG and HTML hold all figures below each other, a PDF has a page for each; of PNG
    and npz there is a file for each, ``name-1.png``, ``name-2.png``, …, where there are several.

    Args:
        chunks: The figures.
        total: How many there will be; None where nobody knows.
        what: A word for the work, for the progress bar.
        output: The file; None for standard output.
        look: Format and style.

    Raises:
        InputError: A file cannot be written, the style cannot be met, or several figures were to go to standard output
            in a format that holds one.
    """
    if look.form in SINGLE:
        with contextlib.closing(tracked(chunks, total, what, on_screen=False)) as figures:
            _write_files(list(figures), output, look)
        return
    with (
        writing(output) as out,
        contextlib.closing(tracked(chunks, total, what, on_screen=out.isatty())) as figures,
    ):
        _write_stream(figures, out, look)


def _write_files(figures: Sequence[Figure], output: str | None, look: Look) -> None:
    if len(figures) == 1:
        write_bytes(output or STANDARD_OUTPUT, figures_bytes(figures, look.form, look.style))
        return
    if output in (None, STANDARD_OUTPUT):
        raise InputError(f"a file of --format {look.form} holds one figure, and here are {len(figures)}: give --output")
    for path, figure in zip(numbered(output, len(figures)), figures, strict=True):
        write_bytes(path, figures_bytes([figure], look.form, look.style))


def _write_stream(figures: Iterable[Figure], out: TextIO, look: Look) -> None:
    style = look.style
    if look.form == "json":
        for figure in figures:
            out.write(f"{escaped_json(figure.content())}\n")
    elif look.form == "text":
        console = text_console(out)
        for number, figure in enumerate(figures):
            if number:
                console.print()
            console.print(figure.printed(style), crop=False, highlight=False)
    elif look.form in BINARY:
        out.flush()
        out.buffer.write(figures_bytes(list(figures), look.form, style))
    else:
        out.write(figures_bytes(list(figures), look.form, style).decode())


def numbered(path: str, count: int) -> Sequence[str]:
    """Return the names of several files for one: ``name-1.png``, ``name-2.png`` and so on."""
    stem, suffix = os.path.splitext(path)
    return [f"{stem}-{number}{suffix}" for number in range(1, count + 1)]
