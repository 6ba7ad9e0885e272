"""A tour of made-up runs, measurements and answers under the words of shipped chapters."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from textual.pilot import Pilot

from explorer.render.results import Result
from explorer.runtime.chapter_file import Chapter, chapters
from explorer.runtime.layer_table import KINDS, LayerSize
from explorer.runtime.layers import LENGTHS, Curves
from explorer.runtime.recall import Recalled
from explorer.runtime.recall_card import RecallNetwork
from explorer.tui.models import Opened, OpenModels
from explorer.tui.recording import Recorder
from explorer.tui.screens import layers, recall, results
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.tour import TourApp
from tests.tui.conftest import idle, until
from tests.tui.scripted import ScriptedStepper, made_up_bundle
from tests.tui.scripted_compare import ScriptedSides

BY_LENGTH = {
    "bleu_by_length": {
        "unit": "source words",
        "alignment": "additive",
        "buckets": ["1-5", "6-10", "11-20", "21-40"],
        "sentences": [100, 200, 300, 50],
        "bleu": {"global": [61.0, 57.5, 52.0, 44.0], "none": [24.0, 17.0, 9.0, 3.5]},
    }
}
MACHINE_SECONDS = 2e-9
"""Of one multiplication of the made-up machine."""
NETWORKS = (("tanh", "plain tanh RNN", 4.0), ("gru", "GRU", 9.0), ("attention", "GRU with attention", np.inf))
"""Name, title, and the distance over which what is recalled falls to a third."""
LONGEST = 32


def words_of(name: str) -> tuple[Chapter, ...]:
    """Return all chapters, those beside a named one without what they need."""
    return tuple(
        chapter if chapter.name == name else msgspec.structs.replace(chapter, scene=chapters()[3].scene)
        for chapter in chapters()
    )


def tour_of(name: str, language: str = "en", **options: Any) -> TourApp:
    """Return a tour that begins with a chapter, on a made-up run that is ended."""
    found = words_of(name)
    number = next(place for place, chapter in enumerate(found, start=1) if chapter.name == name)
    bundle = made_up_bundle(scores={"made-up test": BY_LENGTH})
    stepper = ScriptedSides() if name == "seq2seq" else ScriptedStepper()
    stepper.start("made up", made_up_controls())
    begun = Opened(bundle, stepper, stepper.end(), "made up", "")
    return TourApp(found, number, begun, OpenModels(bundle, recorder=Recorder()), language, **options)


def made_up_controls() -> Any:
    from explorer.runtime.switches import default_controls

    return default_controls(made_up_bundle().card)


async def told(pilot: Pilot[Any]) -> None:
    """Wait until the chapter stands over its scene."""
    app = pilot.app
    assert isinstance(app, TourApp)
    await until(pilot, lambda: app.guide is not None)
    for _ in range(3):
        await idle(pilot)
        app.look()
    await pilot.pause()


def pressing(*keys: str) -> Any:
    """Return what presses keys once the chapter is told."""

    async def run(pilot: Pilot[Any]) -> None:
        await told(pilot)
        for key in keys:
            await pilot.press(key)
            await told(pilot)

    return run


def made_up_curves(lengths: tuple[int, ...] = LENGTHS, size: int = 128, **_: Any) -> Curves:
    """The times of a machine that takes the same for each multiplication, and nothing for anything else."""
    sizes = [LayerSize(length, size) for length in lengths]
    seconds = {kind.name: tuple(MACHINE_SECONDS * kind.multiplications(one) for one in sizes) for kind in KINDS}
    return Curves(size, lengths, seconds)


class MadeUpLab:
    """Networks that forget at a rate of their own."""

    card = SimpleNamespace(symbols="0123456789")

    def answers(self, sequence: str) -> tuple[Recalled, ...]:
        """Name a symbol rightly as long as more than half of it is kept, otherwise the last one."""
        return tuple(self._answer(sequence, *network) for network in NETWORKS)

    def _answer(self, sequence: str, name: str, title: str, reach: float) -> Recalled:
        kept = np.exp(-np.arange(LONGEST) / reach)
        network = RecallNetwork(name, title, "", name == "attention", 1, 1, 0.0, *[tuple(map(float, kept))] * 3)
        length = len(sequence)
        here = kept[:length].astype(np.float32)
        answers = "".join(
            symbol if share > 0.5 else sequence[-1] for symbol, share in zip(reversed(sequence), here, strict=True)
        )
        return Recalled(network, sequence, answers, here, here, np.diag(here)[:, ::-1], None)


ROWS = (
    Result("made-up", "translation", "made-up test", "BLEU", "52.4", "additive · global", "12.1"),
    Result("made-up-rnn", "translation", "made-up test", "BLEU", "51.0", "layer 1 · head 2"),
    Result("made-up-cnn", "translation", "made-up test", "BLEU", "53.3", "layer 0 · head 0"),
    Result("A paper 2014", "translation", "WMT 14 en→fr", "BLEU", "26.75", "table 1", "17.82", paper=True),
)


def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer, measure and decode as it is made up, and stop the clock of a presenter."""
    monkeypatch.setattr("explorer.tui.tour.time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(recall, "open_recall", MadeUpLab)
    monkeypatch.setattr(layers, "measure", made_up_curves)
    monkeypatch.setattr(results, "rows_of", lambda models, _: tuple(map(renamed(models), ROWS[: 3 if models else 4])))
    monkeypatch.setattr(
        ExplorerScreen, "decode_with", lambda _, model, text, then: then(model, f"“{text}” says {model}")
    )


def renamed(models: tuple[str, ...]) -> Any:
    """Return what calls the made-up models by the names of a chapter."""
    names = dict(zip(("made-up", "made-up-rnn", "made-up-cnn"), models, strict=False))
    return lambda row: dataclasses.replace(row, system=names.get(row.system, row.system))
