"""A made-up run with crossing word order, a factory for runs of any kind, and what figures are looked at with."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest

from explorer.render.figure import Figure, FigureStyle
from explorer.render.markup import Theme
from explorer.render.sheet import Cell, Label, Sheet
from explorer.render.written import figures_bytes
from explorer.runtime.controls import BiasEdit, Controls, HeadKey
from explorer.runtime.heads import CROSS, seen_through
from explorer.runtime.trace import Candidate, HeadStep, Picture, Source, Step, Trace

SOURCE = ("the", "pink", "dress", "END")
TARGET = ("la", "robe", "rose", "END")
WEIGHTS = ((0.82, 0.13, 0.05, 0.0), (0.0, 0.22, 0.77, 0.01), (0.0, 1.0, 0.0, 0.0), (0.02, 0.0, 0.02, 0.96))

SENTENCE = "the little girl in the red dress is holding a white balloon ."
LAYERS, HEADS = 2, 3

COLUMN = FigureStyle(width=84.0, theme=Theme.LIGHT)
"""How a figure looks in one column of a paper."""

TraceFactory = Callable[..., Trace]


def build_trace(
    source: Sequence[str] = SOURCE,
    target: Sequence[str] = TARGET,
    weights: npt.ArrayLike = WEIGHTS,
    *,
    alignment: str = "additive",
    attention: str = "global",
    window: float = 1.0,
    temperature: float = 1.0,
    centers: Sequence[float] | None = None,
    masked: Sequence[int] = (),
    forced: int | None = None,
) -> Trace:
    """Make a trace of made-up labels and weights; scores are twice the weights."""
    array = np.asarray(weights, dtype=np.float32)
    controls = Controls(
        alignment, attention, window, temperature, bias=tuple(BiasEdit(None, place, -np.inf) for place in masked)
    )
    words = (*range(len(source) - 1), -1)
    steps = tuple(
        Step(
            position=row,
            token=row + 4,
            piece=f"▁{label}",
            label=label,
            log_prob=-0.5,
            forced=row == forced,
            candidates=(Candidate(row + 4, f"▁{label}", label, -0.5),),
            scores=array[row] * 2,
            weights=array[row],
            center=float("nan") if centers is None else centers[row],
            state=np.zeros(2, dtype=np.float32),
        )
        for row, label in enumerate(target)
    )
    pieces = tuple(f"▁{label}" for label in source)
    read = Source(" ".join(source[:-1]), tuple(range(len(source))), pieces, tuple(source), words)
    return Trace("translate-en-fr", read, controls, steps, True, " ".join(target[:-1]))


@pytest.fixture(scope="session")
def make_trace() -> TraceFactory:
    """The factory `build_trace`."""
    return build_trace


@pytest.fixture
def trace() -> Trace:
    """Four rows and four columns in which "pink dress" crosses over into "robe rose"."""
    return build_trace()


@pytest.fixture
def sentence(make_trace: TraceFactory) -> Trace:
    """As many rows as columns, each looking at its own."""
    words = (*SENTENCE.split(), "END")
    return make_trace(words, words, np.eye(len(words)) * 0.9)


@pytest.fixture
def captioned(trace: Trace) -> Trace:
    """The four steps of the made-up run over a picture of 2 by 2 cells."""
    places = ("1,1", "1,2", "2,1", "2,2")
    pixels = np.linspace(0, 1, 3 * 8 * 8, dtype=np.float32).reshape(3, 8, 8)
    picture = Picture("made up", 2, 2, pixels)
    return dataclasses.replace(trace, source=Source("dog.png", (0, 1, 2, 3), places, places, (0, 1, 2, 3), picture))


@pytest.fixture
def headed(trace: Trace) -> Trace:
    """The made-up run as that of a Transformer of 2 layers with 3 heads each; one head is removed."""
    random = np.random.default_rng(7)
    steps = []
    for row, step in enumerate(trace.steps):
        cross, own = random.random((LAYERS, HEADS, 4)), random.random((LAYERS, HEADS, row + 1))
        weights = [each / each.sum(axis=-1, keepdims=True) for each in (cross, own)]
        scores, shares, own_scores, own_shares = (
            each.astype(np.float32) for each in (cross, weights[0], own, weights[1])
        )
        steps.append(dataclasses.replace(step, heads=HeadStep(scores, shares, own_scores, own_shares)))
    encoder = np.full((LAYERS, HEADS, 4, 4), 0.25, dtype=np.float32)
    controls = trace.controls.replace(layer=0, head=1, removed=(HeadKey(CROSS, 1, 2),))
    return dataclasses.replace(
        trace, steps=tuple(seen_through(steps, controls, encoder)), controls=controls, encoder_weights=encoder
    )


def labels(sheet: Sheet) -> list[Label]:
    """Return the texts of a sheet with their places."""
    return [mark for mark in sheet.marks if isinstance(mark, Label)]


def texts(sheet: Sheet) -> list[str]:
    """Return the texts of a sheet."""
    return [label.text for label in labels(sheet)]


def cells(sheet: Sheet) -> list[Cell]:
    """Return the cells of the grids of a sheet."""
    return [mark for mark in sheet.marks if isinstance(mark, Cell)]


def check_format(figures: Sequence[Figure], form: str) -> None:
    """Write each figure in a format, at its own width and in a column, and check that a file comes out.

    SVG and HTML are well-formed, and HTML runs no script and loads nothing.
    """
    if form in ("png", "pdf"):
        pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    for figure in figures:
        for style in (FigureStyle(), COLUMN):
            data = figures_bytes([figure], form, style)
            assert len(data) > 100
            if form == "svg":
                ElementTree.fromstring(data)
            if form == "html":
                page = ElementTree.fromstring(data.decode().removeprefix("<!DOCTYPE html>\n"))
                assert page.tag == "html"
                assert not re.search(rb"<script|https?:(?!//www.w3.org/2000/svg)|@import", data)
