"""Starting the interface: the model is opened in one thread while Textual is imported in another.

For a model that reads pictures, a third asks the terminal what it can draw them with.
"""

from __future__ import annotations

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from explorer.interrupts import ended_by_interrupt

if TYPE_CHECKING:
    from explorer.render.canvas import GraphicsChoice

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
        ExplorerError: The bundle, the provider, the text or the setting of the graphics cannot be used.
    """
    from explorer.runtime.bundle import open_bundle

    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    gc.disable()  # what is made while starting stays to the end: collecting it is time lost
    with ended_by_interrupt(), ThreadPoolExecutor(max_workers=2) as pool:
        ready = threading.Event()
        opening = pool.submit(open_bundle, model, provider)
        asking = pool.submit(graphics_for, model, ready)
        try:
            from explorer.tui.app import ExplorerApp

            bundle = opening.result()
        finally:
            ready.set()
        graphics = asking.result()
    if graphics is not None and graphics.drawn_in_pixels:
        from explorer.tui.graphics import load_library

        load_library(graphics.cell)
    app = ExplorerApp(bundle, text, graphics=graphics)
    gc.freeze()
    gc.enable()
    app.run()


def graphics_for(model: str, ready: threading.Event) -> GraphicsChoice | None:
    """Ask the terminal what pictures can be drawn with; None for a model that reads text, which needs no answer.

    Args:
        model: Name or path of the bundle.
        ready: Set as soon as everything else is.

    Raises:
        InputError: The setting of the graphics has an unknown value.
        BundleError: There is no such model.
    """
    from explorer.runtime.card_reader import SOURCE_FILE
    from explorer.runtime.catalog import find_bundle

    if (find_bundle(model) / SOURCE_FILE).exists():  # a source vocabulary: quicker to see than the card is read
        return None
    from explorer.tui.graphics import find_graphics

    return find_graphics(busy=lambda: not ready.is_set())
