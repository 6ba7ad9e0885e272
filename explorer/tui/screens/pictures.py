"""Picking a picture: a scene by its seed, one that came with the program, or any file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Input, OptionList
from textual.widgets.option_list import Option

from explorer.runtime.card import Card
from explorer.runtime.pictures import SUFFIXES
from explorer.tui.examples import pictures_for


class PictureTree(DirectoryTree):
    """Folders and picture files."""

    BINDINGS = [Binding("backspace", "parent", "the folder above")]

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leave out hidden files, and files that are no pictures by their names."""
        return [
            path
            for path in paths
            if not path.name.startswith(".") and (path.suffix.lower() in SUFFIXES or _is_folder(path))
        ]

    def action_parent(self) -> None:
        """Go one folder up."""
        self.path = Path(self.path).absolute().parent


class PicturesScreen(ModalScreen[str | None]):
    """Returns a file's path or a scene's name, or None."""

    BINDINGS = [Binding("escape", "dismiss(None)", "close")]

    def __init__(self, card: Card, folder: Path) -> None:
        """Create the screen.

        Args:
            card: Of the model that is to read the picture.
            folder: Where browsing begins.
        """
        super().__init__()
        self._examples = pictures_for(card)
        self._folder = folder

    def compose(self) -> ComposeResult:
        """A field, the pictures at hand, the files."""
        with Vertical(id="pictures") as box:
            box.border_title = "pictures"
            box.border_subtitle = "enter opens · tab to the lists · backspace: up · escape closes"
            yield Input(placeholder="a file, or scene:N for a drawn scene", id="picture-name")
            with Horizontal(id="picture-lists"):
                listed = OptionList(*(Option(name) for name, _ in self._examples), id="picture-examples", markup=False)
                yield listed
                yield PictureTree(self._folder, id="picture-files")

    def on_mount(self) -> None:
        """Begin in the list."""
        self.query_one("#picture-examples", OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return an example."""
        self.dismiss(self._examples[event.option_index][1])

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        """Return a file."""
        self.dismiss(str(event.path))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return what was typed."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # no permission to look
        return False
