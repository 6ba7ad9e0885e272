"""Starting the interface: the model is opened in one thread while Textual is imported in another."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from explorer.interrupts import ended_by_interrupt
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from explorer.runtime.bundle import Bundle
    from explorer.runtime.session_file import Session
    from explorer.tui.models import OpenModels

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
    with _starting() as open_model:
        bundle = open_model(model, provider)
        from explorer.tui.app import ExplorerApp

        models = _recorded(bundle)
        app = ExplorerApp(bundle, text, models=models)
    try:
        app.run()
    finally:
        models.recorder.close()


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
    with _starting() as open_model:
        bundle = open_model(session.model, provider)
        from explorer.tui.app import ExplorerApp
        from explorer.tui.player import resumed

        models = _recorded(bundle)
        moment = resumed(session, models.named, models.recorder, printable(str(path)))
        app = ExplorerApp(moment.opened.bundle, models=models, begun=moment.opened, said=moment.remarks)
    try:
        app.run()
    finally:
        models.recorder.close()


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
    with _starting() as open_model:
        bundle = open_model(session.model, provider)
        from explorer.tui.player import Player
        from explorer.tui.replay import ReplayApp

        models = _recorded(bundle)
        app = ReplayApp(Player(session, models.named, models.recorder, place=place, speed=speed), models)
    try:
        app.run()
    finally:
        models.recorder.close()


@contextlib.contextmanager
def _starting() -> Iterator[Callable[[str, str], Bundle]]:
    """Give what opens the first model, while Textual is imported beside it."""
    from explorer.runtime.bundle import open_bundle

    def opened(model: str, provider: str) -> Bundle:
        opening = pool.submit(open_bundle, model, provider)
        import explorer.tui.app  # noqa: F401 - its import is what takes time

        return opening.result()

    os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_SECOND)
    gc.disable()  # what is made while starting stays to the end: collecting it is time lost
    try:
        with ended_by_interrupt(), ThreadPoolExecutor(max_workers=1) as pool:
            yield opened
        gc.freeze()
    finally:
        gc.enable()


def _recorded(bundle: Bundle) -> OpenModels:
    """Return the models of a session that is kept on the disk from its first action on."""
    from explorer.tui.models import OpenModels
    from explorer.tui.recording import Recorder, new_autosave

    return OpenModels(bundle, recorder=Recorder(new_autosave()))
