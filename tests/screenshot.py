"""Write the README's pictures, actual screens on the shipped models: ``python -m tests.screenshot docs``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from explorer.runtime.bundle import open_bundle
from explorer.tui.app import ExplorerApp

TEXT = "the little girl in the red dress is holding a white balloon."
SIZE = (120, 32)
PICTURES = {
    "explorer.svg": ("translate-en-fr", TEXT, ("right",) * 9),
    "heads.svg": ("transformer-en-fr", TEXT, ("end", "w", "down", "right", "space", "right", "space")),
    "caption.svg": ("caption-scenes", "scene:12", ("right",) * 9),
}
"""File → model, source and keys."""


async def picture(model: str, source: str, keys: tuple[str, ...]) -> str:
    """Return the screen as SVG after some keys."""
    app = ExplorerApp(open_bundle(model, "cpu"), source)
    async with app.run_test(size=SIZE) as pilot:
        for key in keys:
            await pilot.press(key)
            await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title="attn-explore", simplify=True)


if __name__ == "__main__":
    for name, wanted in PICTURES.items():
        (Path(sys.argv[1]) / name).write_text(asyncio.run(picture(*wanted)), encoding="utf-8")
