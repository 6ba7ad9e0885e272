"""Captioning: from a picture to its first word, and a step."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from explorer.runtime.bundle import open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.pictures import draw
from tests.benchmarks.steps import in_turns

FILES = {"128": 128, "1024": 1024}
"""Sides of the PNG files that are read, in pixels."""
DRAWING = "scene:3"
Figures = dict[str, float]


def captioning_bundles(names: Sequence[str]) -> list[str]:
    """Return those of some bundles that read pictures."""
    return [name for name in names if open_bundle(name, "cpu").card.image is not None]


def picture_figures(names: Sequence[str], repeats: int) -> Figures:
    """Return the median milliseconds of each captioning bundle: reading a file, encoding it, its first word, a step.

    Args:
        names: Bundles; others than captioning ones are left out.
        repeats: Of each.
    """
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {side: Path(folder) / f"{side}.png" for side in FILES}
        for side, file in files.items():
            picture = draw(DRAWING, FILES[side])
            assert picture is not None
            picture.save(file)
        for name in captioning_bundles(names):
            figures |= {f"{name} {what}": value for what, value in _times(name, files, repeats).items()}
    return figures


def _times(name: str, files: dict[str, Path], repeats: int) -> Figures:
    bundle = open_bundle(name, "cpu")
    decoder, stepping = Decoder(bundle), Decoder(bundle)
    source = bundle.read_source(str(files["128"]))
    stepping.start(source)

    def first_word(file: Path) -> None:
        decoder.start(str(file))
        decoder.peek()

    def step() -> None:
        stepping.step()
        stepping.peek()
        if stepping.kept > 8:
            stepping.start(source)

    calls = {f"word {side}": lambda file=file: first_word(file) for side, file in files.items()}
    calls |= {f"read {side}": lambda file=file: bundle.read_source(str(file)) for side, file in files.items()}
    times = in_turns({**calls, "encode": lambda: decoder.start(source)}, repeats)
    times |= in_turns({"step": step}, repeats * 9)
    return {what: float(np.median(found)) for what, found in times.items()}


def picture_table(figures: Figures, names: Sequence[str]) -> str:
    """Return one row a captioning bundle as Markdown."""
    lines = [
        "| bundle | file of 128 × 128 to the first word | file of 1024 × 1024 | — encoding alone | one step |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        if f"{name} step" not in figures or f"{name} encode" not in figures:
            continue
        cells = [figures[f"{name} {what}"] for what in ("word 128", "word 1024", "encode", "step")]
        lines.append(f"| `{name}` | " + " | ".join(f"{value:.2f} ms" for value in cells) + " |")
    return "\n".join(lines)
