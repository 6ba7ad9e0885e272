"""The explorer on shipped models, keys pressed in it, and what it then shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from textual.app import App
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerCancelled

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.grid import AttentionGrid

TEXT = "two small dogs run across the wet grass."
LOADER = "_loader"
"""What a folder's tree has at work as long as it is there."""
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


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Compare a picture that is taken once all is done; each key is pressed after the effect of the one before."""

    def compare(
        app: App[Any],
        press: Iterable[str] = (),
        terminal_size: tuple[int, int] = (80, 24),
        run_before: Callable[[Pilot[Any]], Awaitable[None]] | None = None,
    ) -> bool:
        async def run(pilot: Pilot[Any]) -> None:
            if run_before is not None:
                await run_before(pilot)
            await idle(pilot)
            for key in press:
                await pilot.press(key)
                await idle(pilot)
            for field in pilot.app.screen.query(Input):
                field.cursor_blink = False

        return snap_compare(app, terminal_size=terminal_size, run_before=run)

    return compare


async def idle(pilot: Pilot[Any]) -> None:
    """Wait until no job is left, nor one that another began, and everything is drawn."""
    quiet = 0
    while quiet < 2:  # what a job leaves to be done may begin another one
        await pilot.pause()
        at_work = [worker for worker in pilot.app.workers if not worker.is_finished and worker.name != LOADER]
        quiet = 0 if at_work else quiet + 1
        if at_work:
            with contextlib.suppress(WorkerCancelled):  # another one has overtaken it
                await pilot.app.workers.wait_for_complete(at_work)


async def settle(pilot: Pilot[None]) -> View:
    """Wait until all is done; return what the screen shows."""
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    await idle(pilot)
    async with asyncio.timeout(60):
        while app.explorer is None or app.explorer.view is None:  # another model takes the screen
            await idle(pilot)
    return app.explorer.view


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
