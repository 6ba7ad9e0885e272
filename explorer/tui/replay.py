"""The application that plays a session."""

from __future__ import annotations

from explorer.render.canvas import GraphicsChoice
from explorer.tui.app import ExplorerApp
from explorer.tui.models import Opened, OpenModels
from explorer.tui.player import Player
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.replay import ReplayScreen
from explorer.tui.view import View


class ReplayApp(ExplorerApp):
    """The explorer on a session that plays, until somebody takes over."""

    def __init__(self, player: Player, models: OpenModels, *, graphics: GraphicsChoice | None = None) -> None:
        """Create the application on the first moment of a session.

        Args:
            player: What plays it.
            models: The models that are open.
            graphics: What the terminal was found to draw pictures with; None where it was not asked.
        """
        opened = player.moment.opened
        super().__init__(opened.bundle, models=models, begun=opened, graphics=graphics)
        self.player = player

    def explorer_on(self, opened: Opened, view: View) -> ExplorerScreen:
        """Return a screen that plays on; once somebody has taken over, an explorer screen."""
        if self.player.left:
            return super().explorer_on(opened, view)
        return ReplayScreen(opened, view, self._models, self.player)
