"""What the very first run asks: explore, take the tour, or watch a demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from explorer.tui.terminal_app import TerminalApp

EXPLORE, TOUR, DEMO = "explore", "tour", "demo"
LETTERS = {EXPLORE: "e", TOUR: "t", DEMO: "d"}
ABOUT = {
    EXPLORE: "a sentence, step by step; switch attention at any step",
    TOUR: "attention from the start, one idea at a time",
    DEMO: "lean back: the explorer plays by itself, with captions",
}
HEADING = "See attention, step by step. Where do you want to begin?"
FOOTNOTE = "Asked once; from now on attn-explore explores at once."
_NAME_CELLS = 10


@dataclass(frozen=True)
class Begin:
    """What was chosen.

    Attributes:
        what: `EXPLORE`, `TOUR` or `DEMO`.
        demo: The demo's name; "" for the others.
    """

    what: str
    demo: str = ""


class WelcomeApp(TerminalApp[Begin | None]):
    """Asks what to begin with; ends with the answer, or with None where the program is to be left."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { align: center middle; background: $background; color: $foreground; }
    #welcome {
        width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; background: $panel;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $foreground 60%;
    }
    #beginnings { border: none; height: auto; max-height: 14; padding: 0; margin: 1 0; background: $panel; }
    #beginnings:focus { background-tint: $foreground 0%; }
    #beginnings { scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #footnote { color: $foreground 60%; height: 2; }
    """
    BINDINGS = [
        *(Binding(letter, f"begin('{what}')", what) for what, letter in LETTERS.items()),
        Binding("escape", "leave", "back"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, demos: Callable[[], Sequence[tuple[str, str]]], *, tour: bool = True) -> None:
        """Create the application.

        Args:
            demos: Returns the name of each demo that can be played, and what it shows; asked when it is needed.
            tour: Whether there is a tour to offer.
        """
        super().__init__()
        self._demos = demos
        self._offered = tuple(what for what in (EXPLORE, TOUR, DEMO) if tour or what != TOUR)
        self._listed: dict[str, str] | None = None

    def compose(self) -> ComposeResult:
        """A list, and what it is."""
        with Vertical(id="welcome") as box:
            box.border_title = "attn-explore"
            yield Static(HEADING, id="heading")
            yield OptionList(id="beginnings", markup=False)
            yield Static(FOOTNOTE, id="footnote", markup=False)

    def on_mount(self) -> None:
        """Offer what there is."""
        self.wear_themes()
        self._offer()

    def _offer(self) -> None:
        self._listed = None
        options = [Option(_line(what, ABOUT[what], LETTERS[what]), id=what) for what in self._offered]
        self._show(options, "↑ ↓ enter · escape explores · q quits")

    def _show(self, options: Sequence[Option], keys: str) -> None:
        beginnings = self.query_one("#beginnings", OptionList)
        beginnings.clear_options()
        beginnings.add_options(options)
        beginnings.highlighted = 0
        beginnings.focus()
        self.query_one("#welcome", Vertical).border_subtitle = keys

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin with what was picked."""
        name = str(event.option.id)
        if self._listed is not None:
            self.exit(Begin(DEMO, name))
        else:
            self.action_begin(name)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say all of what a demo shows: its line may be cut."""
        note = FOOTNOTE if self._listed is None else self._listed.get(str(event.option.id), "")
        self.query_one("#footnote", Static).update(note)

    def action_begin(self, what: str) -> None:
        """Begin with something, or list the demos."""
        if self._listed is not None or what not in self._offered:
            return
        if what != DEMO:
            self.exit(Begin(what))
            return
        self._listed = listed = dict(self._demos())
        width = max(map(len, listed), default=0) + 2
        options = [Option(_line(name, about, width=width), id=name) for name, about in listed.items()]
        self._show(options, "↑ ↓ enter plays · escape back · q quits")

    def action_leave(self) -> None:
        """From the demos back to the choice; from there, explore."""
        if self._listed is not None:
            self._offer()
        else:
            self.exit(Begin(EXPLORE))


def _line(name: str, about: str, letter: str = "", width: int = _NAME_CELLS) -> Text:
    """Return a line of the list: its key, its name, and what it is about."""
    line = Text()
    line.append(f" {letter}  " if letter else " ", style="bold")
    line.append(f"{name:<{width}}", style="bold")
    return line.append(about)
