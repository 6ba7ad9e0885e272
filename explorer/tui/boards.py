"""The screens that a chapter of the tour can open with."""

from __future__ import annotations

from explorer.runtime.chapter_file import Chapter
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.layers import LayersScreen
from explorer.tui.screens.lengths import LengthsScreen
from explorer.tui.screens.recall import RecallScreen
from explorer.tui.screens.results import ResultsScreen


def open_board(chapter: Chapter, explorer: ExplorerScreen) -> None:
    """Open what a chapter opens with over the explorer; the explorer itself needs nothing."""
    given, view = chapter.scene.given, explorer.view
    provider = explorer.bundle.provider.name.upper()
    match chapter.scene.board:
        case "gallery":
            explorer.action_gallery()
        case "heads":
            explorer.action_heads()
        case "compare":
            explorer.action_compare()
        case "truth":
            explorer.action_truth()
        case "recall" if view is not None:
            explorer.app.push_screen(RecallScreen(view, provider, str(given["sequence"])))
        case "layers" if view is not None:
            explorer.app.push_screen(LayersScreen(view, provider))
        case "results" if view is not None:
            models = tuple(map(str, given.get("models", ())))
            explorer.app.push_screen(ResultsScreen(explorer, view, models, live=bool(given.get("live"))))
        case "lengths" if view is not None:
            explorer.app.push_screen(LengthsScreen(explorer, view, tuple(map(str, given["clauses"]))))
