"""Write the README's pictures, actual screens on the shipped models: ``python -m tests.screenshot docs``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from explorer.runtime.bundle import open_bundle
from explorer.runtime.chapter_file import chapters
from explorer.tui.app import ExplorerApp
from explorer.tui.models import OpenModels
from explorer.tui.player import resumed
from explorer.tui.recording import Recorder
from explorer.tui.tour import TourApp
from tests.tui.conftest import idle

TEXT = "the little girl in the red dress is holding a white balloon."
SIZE = (120, 32)
PICTURES = {
    "explorer.svg": ("translate-en-fr", TEXT, ("right",) * 9),
    "heads.svg": ("transformer-en-fr", TEXT, ("end", "w", "down", "right", "space", "right", "space")),
    "caption.svg": ("caption-scenes", "scene:12", ("right",) * 9),
}
"""File → model, source and keys."""
TOUR = "tour.svg", 1, (*["left"] * 7, *"5897932384")
"""File, chapter and keys."""


async def tour_picture(number: int, keys: tuple[str, ...]) -> str:
    """Return a chapter of the tour as SVG after some keys."""
    chapter = chapters()[number - 1]
    models = OpenModels(open_bundle(chapter.session.model, "cpu"), recorder=Recorder())
    moment = resumed(chapter.session, models.named, models.recorder, chapter.name)
    app = TourApp(chapters(), number, moment.opened, models, "en")
    async with app.run_test(size=(120, 36)) as pilot:
        while app.guide is None:
            await pilot.pause(0.05)
        for key in ("", *keys):
            await pilot.press(*filter(None, (key,)))
            await idle(pilot)
            app.look()
        await pilot.pause()
        return app.export_screenshot(title="attn-explore", simplify=True)


async def picture(model: str, source: str, keys: tuple[str, ...]) -> str:
    """Return the screen as SVG after some keys."""
    app = ExplorerApp(open_bundle(model, "cpu"), source)
    async with app.run_test(size=SIZE) as pilot:
        for key in keys:
            await pilot.press(key)
            await idle(pilot)
        await pilot.pause()
        return app.export_screenshot(title="attn-explore", simplify=True)


if __name__ == "__main__":
    for name, wanted in PICTURES.items():
        (Path(sys.argv[1]) / name).write_text(asyncio.run(picture(*wanted)), encoding="utf-8")
    tour, chapter, pressed = TOUR
    (Path(sys.argv[1]) / tour).write_text(asyncio.run(tour_picture(chapter, pressed)), encoding="utf-8")
