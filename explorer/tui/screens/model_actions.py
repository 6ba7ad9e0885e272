"""Going on with another model: the same source, the same prefix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from explorer.runtime.decoder import Decoder
from explorer.tui.models import Opened, carried, listed_models
from explorer.tui.screens.head_actions import HeadActions
from explorer.tui.screens.models import ModelsScreen


class ModelActions(HeadActions):
    """Opens the list of models, and the one that is chosen, in a worker thread."""

    @dataclass
    class ModelOpened(Message):
        """Another model is ready to go on with."""

        opened: Opened

    def action_models(self) -> None:
        """Choose another model."""
        self._stop()

        def chosen(folder: Path | None) -> None:
            if folder is not None:
                self.open_model(folder)

        self.app.push_screen(ModelsScreen(listed_models(self._bundle)), chosen)

    def open_model(self, folder: Path) -> None:
        """Open a model after the jobs before, and carry source and prefix over."""

        def work() -> Opened:
            bundle = self._models.open(folder)
            old = Opened(self._bundle, self._stepper, self._stepper.snapshot, self._text, "")
            return carried(bundle, old, self._models.recorder.stepper(bundle))

        self._jobs.call(work, self._arrived)

    def decode_with(self, model: str, text: str, then: Callable[[str, str], None]) -> None:
        """Decode a source with another model after the jobs before; `then` is told the model and the target."""

        def work() -> str:
            decoder = Decoder(self._models.named(model))
            decoder.start(text)
            return decoder.end().text

        self._jobs.call(work, lambda target: then(model, target))

    def _arrived(self, opened: Opened) -> None:
        self.post_message(self.ModelOpened(opened))
