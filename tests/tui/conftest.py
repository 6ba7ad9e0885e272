"""The explorer on shipped models, keys pressed in it, and what it then shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.notifications import Notification
from textual.pilot import Pilot

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.grid import AttentionGrid

TEXT = "two small dogs run across the wet grass."
Press = Callable[..., Awaitable[View]]


@pytest.fixture(autouse=True)
def messages_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the few seconds of a message may be over before a test reads it."""
    monkeypatch.setattr(KeyBar, "MESSAGE_SECONDS", 3600.0)
    monkeypatch.setattr(Notification, "has_expired", False)


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The shipped English → French model on the CPU."""
    return open_bundle("translate-en-fr", "cpu")


@pytest.fixture(scope="session")
def transformer() -> Bundle:
    """The shipped German → English Transformer on the CPU."""
    return open_bundle("transformer-de-en", "cpu")


@pytest.fixture
def app(bundle: Bundle) -> ExplorerApp:
    """The explorer on a sentence."""
    return ExplorerApp(bundle, TEXT)


async def settle(pilot: Pilot[None]) -> View:
    """Wait until no job is left and everything is drawn; return what the screen shows."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    screen = app.explorer
    assert isinstance(screen, ExplorerScreen)
    assert screen.view is not None
    return screen.view


async def until(pilot: Pilot[None], seen: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what comes by itself.

    Raises:
        TimeoutError: It does not in time.
    """
    async with asyncio.timeout(seconds):
        while not seen():
            await pilot.pause(0.02)


async def press(pilot: Pilot[None], *keys: str) -> View:
    """Press keys one after the other, each after the effect of the one before."""
    view = await settle(pilot)
    for key in keys:
        await pilot.press(key)
        view = await settle(pilot)
    return view


def said(app: ExplorerApp) -> str:
    """Return what the last line of the screen says in the place of the keys."""
    return app.screen.query_one(KeyBar).message


def row_text(app: ExplorerApp, row: int) -> str:
    """Return what the grid shows in a row of weights; the first is row 0."""
    grid = app.explorer.query_one(AttentionGrid)  # type: ignore[union-attr]
    view = grid.view
    assert view is not None
    return grid.render_line(grid._laid_out(view).header_height + row).text
