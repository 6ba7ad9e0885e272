"""Screens that lie over another one: they speak in its place, and what is stepped there is the explorer's decoding."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from explorer.tui.screens.help import HelpScreen
from explorer.tui.screens.hosting import Hosting
from explorer.tui.widgets.bars import KeyBar

if TYPE_CHECKING:
    from explorer.tui.screens.step_actions import StepActions


class SpeakingScreen(Hosting, Screen[None]):
    """A screen with a line of keys and a help of its own."""

    reading: ClassVar[str]
    """How to read what it draws."""

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""
        self.query_one(KeyBar).say(message)

    def action_help(self) -> None:
        """Show how to read it, and all keys."""
        self.app.push_screen(HelpScreen(self.BINDINGS, self.reading))

    def action_leave(self) -> None:
        """Back to what is below."""
        self.dismiss()


class OverExplorer(SpeakingScreen):
    """A screen over the explorer, whose jobs do the computing.

    Attributes:
        _owner: The explorer screen below.
    """

    _owner: StepActions

    def action_step(self) -> None:
        """Emit the next token."""
        self._owner.action_step()

    def action_back(self) -> None:
        """Take the last token back."""
        self._owner.action_back()

    def action_end(self) -> None:
        """Decode to the end."""
        self._owner.action_end()

    def action_home(self) -> None:
        """Take every token back."""
        self._owner.action_home()

    def action_palette(self) -> None:
        """The next colour map."""
        self._owner.action_palette()
