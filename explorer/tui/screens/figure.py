"""The dialog that writes a figure: what, in which format, how it looks, and the file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from explorer.errors import ExplorerError
from explorer.render import colormaps
from explorer.render.figure import Figure, FigureStyle, millimetres, points
from explorer.render.markup import Theme
from explorer.render.palette import Palette
from explorer.render.written import FORMATS, SUFFIXES, figures_bytes
from explorer.runtime.labels import printable
from explorer.runtime.whole_files import write_whole
from explorer.tui.widgets.choice import NAME_WIDTH, Choice

NOTES = {
    "svg": "vector, text is text; a pointer over a cell shows its weight",
    "html": "one page without script or network; a pointer over a cell shows its weight",
    "png": "dots: 300 an inch with a width, 192 without; needs matplotlib",
    "pdf": "vector, text is text, fonts embedded; needs matplotlib",
    "text": "plain text, weights as shading",
    "json": "numbers, as of decode --format json",
    "npz": "numbers for NumPy: weights, scores, tokens, every head",
}
DRAWN = ("svg", "html", "png", "pdf")
TURNS = {"slanted": None, "upright": 90, "level": 0}
"""How source labels stand → degrees; None is what fits."""
ON, OFF = "on", "off"
FIRST_NAME = "attention"


@dataclass(frozen=True)
class Offer:
    """A figure that can be written.

    Attributes:
        name: What it is called in the list.
        figure: What is drawn.
        turns: Whether it has labels that can be turned.
    """

    name: str
    figure: Figure
    turns: bool = False


class Speaking(Protocol):
    """A screen that can say what became of a figure."""

    @property
    def app(self) -> App[Any]:
        """Its application."""

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""


class FigureScreen(ModalScreen[str | None]):
    """Writes a figure; returns what was done, or None."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("enter", "write", "write"),
        Binding("up", "app.focus_previous", "up", show=False),
        Binding("down", "app.focus_next", "down", show=False),
    ]

    def __init__(self, offers: Sequence[Offer], palette: Palette, folder: Path, chosen: int = 0) -> None:
        """Create the dialog.

        Args:
            offers: What there is to draw.
            palette: Colours that are on.
            folder: Where a name without a folder is written.
            chosen: The first choice among the offers.
        """
        super().__init__()
        self._offers = tuple(offers)
        self._palette = palette
        self._folder = folder
        self._chosen = chosen
        self._agreed: Path | None = None
        self._writing = False

    def compose(self) -> ComposeResult:
        """One line for each choice, then a note."""
        with Vertical(id="figure") as box:
            box.border_title = "write a figure"
            box.border_subtitle = "enter writes · ↑↓ ←→ choose · escape closes"
            yield Choice("what", [offer.name for offer in self._offers], self._chosen, id="figure-what")
            yield Choice("format", FORMATS, FORMATS.index("svg"), id="figure-format")
            yield from _field("file", "figure-file", "name", self._free_name(SUFFIXES["svg"]))
            yield from _field("width", "figure-width", "as wide as it is; or 84mm, 3.3in")
            yield from _field("font", "figure-font", "what fits; or points: 8")
            names = colormaps.names()
            yield Choice("colours", names, names.index(self._palette.name), id="figure-colors")
            yield Choice("page", [theme.value for theme in (Theme.LIGHT, Theme.DARK)], id="figure-page")
            yield Choice("title", (ON, OFF), id="figure-title")
            yield Choice("labels", tuple(TURNS), id="figure-labels")
            yield Static(id="figure-note", markup=False)

    def on_mount(self) -> None:
        """Begin at what is drawn."""
        self._choice("what").focus()
        self._fit_lines()

    # --- the form -----------------------------------------------------------------------------------------------------

    def _choice(self, name: str) -> Choice:
        return self.query_one(f"#figure-{name}", Choice)

    def _input(self, name: str) -> Input:
        return self.query_one(f"#figure-{name}", Input)

    def on_choice_changed(self, message: Choice.Changed) -> None:
        """Lines that the new choice leaves without effect cannot be reached; the file's suffix goes with the format."""
        if message.control.id == "figure-format":
            self._rename(SUFFIXES[message.control.value])
        self._fit_lines()

    def on_input_changed(self, message: Input.Changed) -> None:
        """A suffix that is typed says the format."""
        message.stop()
        typed = os.path.splitext(message.value)[1].lower()
        forms = [form for form, suffix in SUFFIXES.items() if suffix == typed]
        if message.input.id == "figure-file" and forms and self._choice("format").value != forms[0]:
            self._choice("format").place = FORMATS.index(forms[0])
        self._fit_lines()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter writes, wherever it is pressed."""
        message.stop()
        self.action_write()

    def _fit_lines(self) -> None:
        form, offer = self._choice("format").value, self._offers[self._choice("what").place]
        drawn = form in DRAWN
        for name in ("width", "font", "page", "title"):
            self.query_one(f"#figure-{name}").disabled = not drawn
        self._choice("labels").disabled = not (drawn and offer.turns)
        self._choice("colors").disabled = not drawn
        self._say(NOTES[form])

    def _rename(self, suffix: str) -> None:
        stem, old = os.path.splitext(self._input("file").value)
        if old.lower() in SUFFIXES.values() or not old:
            free = self._free_name(suffix)
            ours = stem == FIRST_NAME or stem.startswith(f"{FIRST_NAME}-")
            self._input("file").value = free if ours else stem + suffix

    def _free_name(self, suffix: str) -> str:
        """Return a name that no file has yet."""
        number = 1
        while True:
            name = f"{FIRST_NAME}{suffix}" if number == 1 else f"{FIRST_NAME}-{number}{suffix}"
            if not (self._folder / name).exists():
                return name
            number += 1

    def _say(self, message: str, *, warn: bool = False) -> None:
        note = self.query_one("#figure-note", Static)
        note.update(printable(message))
        note.set_class(warn, "-warn")

    # --- writing ------------------------------------------------------------------------------------------------------

    def style(self) -> FigureStyle:
        """Return the look that is chosen.

        Raises:
            InputError: A width or a font size that cannot be read.
        """
        width, font = self._input("width").value.strip(), self._input("font").value.strip()
        return FigureStyle(
            Palette(self._choice("colors").value, self._palette.exponent),
            theme=Theme(self._choice("page").value),
            width=millimetres(width) if width else None,
            font_size=points(font) if font else None,
            title=self._choice("title").value == ON,
            rotate=TURNS[self._choice("labels").value],
        )

    def action_write(self) -> None:
        """Write the file; one that exists is overwritten only when this is asked for twice."""
        name = self._input("file").value.strip()
        if self._writing:
            return
        if not name:
            self._say("the file needs a name", warn=True)
            self._input("file").focus()
            return
        form = self._choice("format").value
        if not os.path.splitext(name)[1]:
            name += SUFFIXES[form]
        path = self._folder / os.path.expanduser(name)
        try:
            style = self.style()
            exists = path.exists()
        except (ExplorerError, OSError, ValueError) as error:  # a name that no file can have
            self._say(str(error), warn=True)
            return
        if exists and path != self._agreed:
            self._agreed = path
            self._say(f"{name} exists: enter overwrites it, another name keeps it", warn=True)
            return
        offer = self._offers[self._choice("what").place]
        self._writing = True
        self._say("writing …")
        self.run_worker(self._write(offer.figure, form, style, path, name))

    async def _write(self, figure: Figure, form: str, style: FigureStyle, path: Path, name: str) -> None:
        def work() -> int:
            data = figures_bytes([figure], form, style)
            write_whole(str(path), data)
            return len(data)

        try:
            size = await asyncio.to_thread(work)
        except ExplorerError as error:
            self._say(str(error), warn=True)
            return
        finally:
            self._writing = False
        self.dismiss(f"{printable(name)} is written: {size / 1000:.0f} kB")


def _field(title: str, name: str, placeholder: str, value: str = "") -> Iterator[Widget]:
    """Yield a line with a field to type into."""
    with Horizontal(classes="figure-field"):
        yield Static(f"  {title:<{NAME_WIDTH}}", classes="figure-name")
        yield Input(value, placeholder=placeholder, id=name)


def ask_for_figure(screen: Speaking, offers: Sequence[Offer], palette: Palette, first: str = "") -> None:
    """Open the dialog over a screen, which then says what was written.

    Args:
        screen: The screen.
        offers: What there is to draw.
        palette: Colours that are on.
        first: Name of the first choice among the offers; the first of them where none has it.
    """
    if isinstance(screen.app.screen, FigureScreen):
        return
    names = [offer.name for offer in offers]
    chosen = names.index(first) if first in names else 0

    def written(message: str | None) -> None:
        if message is not None:
            screen.say(message)

    screen.app.push_screen(FigureScreen(offers, palette, Path.cwd(), chosen), written)
