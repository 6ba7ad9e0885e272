"""Starting the interface: the model is opened in one thread while Textual is imported in another."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor

from explorer.interrupts import ended_by_interrupt

FRAMES_PER_SECOND = "240"
"""Textual paints at most so often; at its default of 60, a key waits up to 17 ms before anything is drawn. A screen
that rests paints nothing."""


def run_explorer(text: str | None, model: str, provider: str) -> None:
    """Open a bundle and run the interface until it is closed.

    Args:
        text: The first source; None for an example.
        model: Name of a shipped bundle, or the path of a bundle's folder.
        provider: "auto", "cpu" or "cuda".

    Raises:
        ExplorerError: The bundle, the provider or the text cannot be used.
    """
    from explorer.runtime.bundle import open_bundle

    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    gc.disable()  # what is made while starting stays to the end: collecting it is time lost
    with ended_by_interrupt(), ThreadPoolExecutor(max_workers=1) as pool:
        opening = pool.submit(open_bundle, model, provider)
        from explorer.tui.app import ExplorerApp

        bundle = opening.result()
    app = ExplorerApp(bundle, text)
    gc.freeze()
    gc.enable()
    app.run()
