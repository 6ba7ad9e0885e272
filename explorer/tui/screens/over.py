"""Screens that lie over another one: they speak in its place, and what is stepped there is the explorer's decoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from explorer.tui.screens.hosting import Hosting
from explorer.tui.widgets.bars import KeyBar

if TYPE_CHECKING:
    from explorer.tui.screens.step_actions import StepActions


class SpeakingScreen(Hosting, Screen[None]):
    """A screen with a line of keys of its own."""

    def say(self, message: str) -> None:
        """Say something in the place of the keys."""
        self.query_one(KeyBar).say(message)


class OverExplorer(SpeakingScreen):
    """A screen over the explorer, whose jobs do the computing.

    Attributes:
        _owner: The explorer screen below.
    """

    _owner: StepActions

    def action_leave(self) -> None:
        """Back to the explorer."""
        self.dismiss()

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
