"""The explorer on the shipped model and on a made-up run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar

TEXT = "two small dogs run across the wet grass."
Press = Callable[..., Awaitable[View]]


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The shipped English → French model on the CPU."""
    return open_bundle("translate-en-fr", "cpu")


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
