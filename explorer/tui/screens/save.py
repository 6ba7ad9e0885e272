"""Asking for the name of a file to write."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

AGAIN = "there is such a file: enter again replaces it · escape closes"


class SaveScreen(ModalScreen[str | None]):
    """Returns a file's path, or None; one that is there already has to be confirmed."""

    BINDINGS = [Binding("escape", "dismiss(None)", "close")]

    def __init__(self, title: str, name: str) -> None:
        """Create the screen.

        Args:
            title: What is saved.
            name: A name to begin with.
        """
        super().__init__()
        self._title = title
        self._name = name
        self._confirmed = ""

    def compose(self) -> ComposeResult:
        """One field."""
        with Vertical(id="save") as box:
            box.border_title = self._title
            box.border_subtitle = "enter saves · escape closes"
            yield Input(self._name, id="save-name")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the name, the second time where that replaces a file."""
        event.stop()
        name = event.value.strip()
        if not name:
            return
        path = str(_expanded(name))
        if path != self._confirmed and _is_there(path):
            self._confirmed = path
            self.query_one("#save").border_subtitle = AGAIN
        else:
            self.dismiss(path)


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # nobody of that name
        return Path(name)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # the attempt to write it says why not
        return False
