"""The explorer in a real browser, served by ``attn-explore serve``."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from explorer.render.palette import Palette
from tests.served import BROWSER, Browser, browser, serving

TEXT = "a black dog jumps over a fence."
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")


async def drawn(tab: Browser) -> list[int]:
    """Return how many pixels of the page have the colours of the smallest and of the greatest weight."""
    picture = Image.open(io.BytesIO(await tab.picture())).convert("RGB")
    counts = {color: count for count, color in picture.getcolors(1 << 24)}
    return [counts.get(tuple(Palette().background(weight)), 0) for weight in (0.0, 1.0)]


async def test_a_sentence_is_stepped_and_switched_in_a_browser(tmp_path: Path) -> None:
    (tmp_path / "profile").mkdir()
    with serving(TEXT, folder=tmp_path) as served:
        async with browser(tmp_path / "profile") as tab:
            await tab.open(served.address)
            await tab.wait_for(lambda screen: TEXT in screen and "▸ additive" in screen)
            for _ in range(3):
                await tab.press("ArrowRight")
            await tab.wait_for(lambda screen: "target  un chien noir ▌" in screen)
            await tab.press("a")
            await tab.wait_for(lambda screen: "▸ general" in screen and "target  un chien noir ▌" in screen)
            assert await tab.value("document.title") == "attn-explore"
            # The colours of the greatest and of the smallest weight are really drawn, in cells and not in pixels.
            async with asyncio.timeout(60):
                while min(await drawn(tab)) <= 200:
                    await asyncio.sleep(0.1)
            requested = tab.requested
        assert served.interrupt()[0] == 0
    assert requested
    assert [url for url in requested if not url.startswith((served.address, "data:"))] == []
