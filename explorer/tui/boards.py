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
    board, given = chapter.scene.board, chapter.scene.given
    if board == "gallery":
        explorer.action_gallery()
    elif board == "heads":
        explorer.action_heads()
    elif board == "compare":
        explorer.action_compare()
    elif board == "truth":
        explorer.action_truth()
    elif explorer.view is not None and board == "recall":
        provider = explorer.bundle.provider.name.upper()
        explorer.app.push_screen(RecallScreen(explorer.view, provider, str(given["sequence"])))
    elif explorer.view is not None and board == "layers":
        explorer.app.push_screen(LayersScreen(explorer.view, explorer.bundle.provider.name.upper()))
    elif explorer.view is not None and board == "results":
        models = tuple(map(str, given.get("models", ())))
        explorer.app.push_screen(ResultsScreen(explorer, explorer.view, models, live=bool(given.get("live"))))
    elif explorer.view is not None and board == "lengths":
        explorer.app.push_screen(LengthsScreen(explorer, explorer.view, tuple(map(str, given["clauses"]))))
