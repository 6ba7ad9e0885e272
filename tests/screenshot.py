"""Write the README's picture, the actual screen on the shipped model: ``python -m tests.screenshot FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from explorer.runtime.bundle import open_bundle
from explorer.tui.app import ExplorerApp

TEXT = "the little girl in the red dress is holding a white balloon."
SIZE = (120, 32)
KEYS = ("right",) * 9


async def picture() -> str:
    """Return the screen as SVG in the middle of a sentence."""
    app = ExplorerApp(open_bundle("translate-en-fr", "cpu"), TEXT)
    async with app.run_test(size=SIZE) as pilot:
        for key in KEYS:
            await pilot.press(key)
            await app.workers.wait_for_complete()
        await pilot.pause()
        return app.export_screenshot(title="attn-explore", simplify=True)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(picture()), encoding="utf-8")
