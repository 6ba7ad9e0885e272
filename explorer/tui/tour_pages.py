"""Going through chapters of the tour without a terminal, and keeping what is on the screen for pages."""

from __future__ import annotations

import asyncio

from textual.pilot import Pilot

from explorer.render.lesson import Tried
from explorer.render.tour_page import Page, Tableau
from explorer.tui.tour import TourApp
from explorer.tui.widgets.lesson import told_by

SIZE = 120, 40
"""Cells of the screen that panels are kept from."""
PATIENCE = 60.0
"""Seconds that a scene, or an effect, is waited for."""
PAUSE = 0.02
SUFFIX = ".html"


def chapter_page(app: TourApp) -> Page:
    """Run a tour that begins with a chapter, try everything in it, and return its page.

    Args:
        app: The tour; it is run and closed.
    """
    tableaux: list[Tableau] = []

    async def drive(pilot: Pilot[object]) -> None:
        await _until_told(app, pilot)
        tableaux.append(Tableau(None, app.exhibits()))
        guide = app.guide
        for number, one in enumerate(() if guide is None else guide.chapter.tries):
            for key in one.keys:
                await pilot.press(key)
                await _settled(app, pilot)
            await _until_seen(app, pilot, number)
            if app.guide is not None:
                tried = Tried(one.keys, one.says[app.guide.language], app.guide.told[number], True)
                tableaux.append(Tableau(tried, app.exhibits()))
        app.exit()

    asyncio.run(app.run_async(headless=True, size=SIZE, auto_pilot=drive))
    assert app.guide is not None
    told = told_by(app.guide.replace(notes=True))
    return Page(f"{told.number:02d}-{app.guide.chapter.name}{SUFFIX}", told, tuple(tableaux))


async def _until_told(app: TourApp, pilot: Pilot[object]) -> None:
    waited = 0.0
    while app.guide is None and waited < PATIENCE:
        await pilot.pause(PAUSE)
        waited += PAUSE
    await _settled(app, pilot)


async def _until_seen(app: TourApp, pilot: Pilot[object], number: int) -> None:
    """Wait until what was tried has had its effect."""
    waited = 0.0
    while app.guide is not None and not app.guide.told[number] and waited < PATIENCE:
        await pilot.pause(PAUSE)
        app.look()
        waited += PAUSE


async def _settled(app: TourApp, pilot: Pilot[object]) -> None:
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()
    app.look()
