"""Starting the interface: the model is opened in one thread while Textual is imported in another.

For a model that reads pictures, a third asks the terminal what it can draw them with.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from explorer.interrupts import ended_by_interrupt
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from textual.app import App

    from explorer.render.canvas import GraphicsChoice
    from explorer.runtime.bundle import Bundle
    from explorer.runtime.chapter_file import Chapter
    from explorer.runtime.session_file import Session
    from explorer.tui.models import OpenModels
    from explorer.tui.welcome import Begin

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
    with _starting() as start:
        bundle = start.open(model, provider)
        from explorer.tui.app import ExplorerApp

        models = _recorded(bundle)
        app = ExplorerApp(bundle, text, models=models, graphics=start.graphics)
    _run(app, models)


def run_resumed(provider: str) -> None:
    """Go on with the session that was last at work, and run the interface until it is closed.

    Args:
        provider: "auto", "cpu" or "cuda".

    Raises:
        ExplorerError: There is no such session, or it cannot be done again.
    """
    from explorer.runtime.session_file import read_session
    from explorer.tui.recording import latest_session

    path = latest_session()
    session = read_session(path)
    with _starting() as start:
        bundle = start.open(session.model, provider)
        from explorer.tui.app import ExplorerApp
        from explorer.tui.player import resumed

        models = _recorded(bundle)
        moment = resumed(session, models.named, models.recorder, printable(str(path)))
        begun = moment.opened
        app = ExplorerApp(
            begun.bundle,
            models=models,
            begun=begun,
            compared=moment.compared,
            said=moment.remarks,
            graphics=start.graphics,
        )
    _run(app, models)


def run_replay(session: Session, place: str, provider: str, speed: float) -> None:
    """Play a session in the interface, until it is closed.

    Args:
        session: The session.
        place: What errors call it.
        provider: "auto", "cpu" or "cuda".
        speed: How much faster than it was recorded.

    Raises:
        ExplorerError: It cannot be played.
    """
    with _starting() as start:
        bundle = start.open(session.model, provider)
        from explorer.tui.player import Player
        from explorer.tui.replay import ReplayApp

        models = _recorded(bundle)
        player = Player(session, models.named, models.recorder, place=place, speed=speed)
        app = ReplayApp(player, models, graphics=start.graphics)
    _run(app, models)


def run_tour(
    chapters: Sequence[Chapter],
    number: int,
    language: str,
    provider: str,
    *,
    presenter: bool = False,
    autoplay: float | None = None,
    left_at: Callable[[str], object] = lambda _: None,
) -> None:
    """Open the scene of a chapter and run the tour until it is closed.

    Args:
        chapters: All chapters.
        number: The one to begin with, counted from 1.
        language: What it is told in.
        provider: "auto", "cpu" or "cuda".
        presenter: For a projector: wide cells, no notes, a clock.
        autoplay: Seconds between two steps of a tour that goes on by itself; None for one that waits for keys.
        left_at: Told the name of each chapter that is shown.

    Raises:
        ExplorerError: The scene cannot be set.
    """
    chapter = chapters[number - 1]
    with _starting() as start:
        bundle = start.open(chapter.session.model, provider)
        from explorer.tui.player import resumed
        from explorer.tui.tour import TourApp

        models = _recorded(bundle)
        moment = resumed(chapter.session, models.named, models.recorder, f"chapter {chapter.name}")
        app = TourApp(
            chapters,
            number,
            moment.opened,
            models,
            language,
            presenter=presenter,
            autoplay=autoplay,
            left_at=left_at,
            graphics=start.graphics,
        )
    _run(app, models)


def run_welcome(demos: Callable[[], Sequence[tuple[str, str]]], *, tour: bool) -> Begin | None:
    """Ask what to begin with; None where the program is to be left.

    Args:
        demos: Returns the name of each demo that can be played, and what it shows.
        tour: Whether there is a tour to offer.
    """
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    with ended_by_interrupt():
        from explorer.tui.welcome import WelcomeApp

        app = WelcomeApp(demos, tour=tour)
    return app.run()


def _run(app: App[None], models: OpenModels) -> None:
    """Run an application until it is closed, and wait until its session is on the disk."""
    try:
        app.run()
    finally:
        models.recorder.close()


@contextlib.contextmanager
def _starting() -> Iterator[Start]:
    """Give what opens the first model; nothing of what is made meanwhile is collected."""
    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    gc.disable()  # what is made while starting stays to the end: collecting it is time lost
    try:
        with ended_by_interrupt(), ThreadPoolExecutor(max_workers=2) as pool:
            yield Start(pool)
        gc.freeze()
    finally:
        gc.enable()


class Start:
    """Opens the first model.

    Attributes:
        graphics: What the terminal was found to draw pictures with, once a model that reads them is open.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.graphics: GraphicsChoice | None = None

    def open(self, model: str, provider: str) -> Bundle:
        """Open a model, while Textual is imported and the terminal is asked beside it."""
        from explorer.runtime.bundle import open_bundle

        ready = threading.Event()
        opening = self._pool.submit(open_bundle, model, provider)
        asking = self._pool.submit(graphics_for, model, ready)
        try:
            import explorer.tui.app  # noqa: F401 - its import is what takes time

            bundle = opening.result()
        finally:
            ready.set()
        self.graphics = asking.result()
        if self.graphics is not None and self.graphics.drawn_in_pixels:
            from explorer.tui.graphics import load_library

            load_library(self.graphics.cell)
        return bundle


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


def _recorded(bundle: Bundle) -> OpenModels:
    """Return the models of a session that is kept on the disk from its first action on."""
    from explorer.tui.models import OpenModels
    from explorer.tui.recording import Recorder, new_autosave

    return OpenModels(bundle, recorder=Recorder(new_autosave()))
