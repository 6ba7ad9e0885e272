"""Figures of attention from a file, in every format."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.render.figure import FigureStyle
from explorer.render.foreign_figure import foreign_figure, foreign_wall
from explorer.render.written import FORMATS, figures_bytes
from explorer.runtime.foreign.json_forms import read_json
from explorer.runtime.foreign.pair import ForeignPair, checked_pair, showing

WEIGHTS = np.random.default_rng(3).dirichlet(np.ones(3), (2, 4, 2)).astype(np.float32)
PAIR = checked_pair("pair", ["a", "<b>", "日本"], ["x", "\x1b[31m"], WEIGHTS)


def test_json_and_npz_hold_every_head_and_can_be_read_again() -> None:
    controls = showing(PAIR, 1, 2, None)
    for figure in (foreign_figure(PAIR, "f.npz", controls), foreign_wall(PAIR, "f.npz", controls)):
        (again,) = read_json(figures_bytes([figure], "json", FigureStyle()), "again")
        np.testing.assert_array_equal(again.weights, WEIGHTS)
        assert again.target_tokens == PAIR.target_tokens
        with np.load(io.BytesIO(figures_bytes([figure], "npz", FigureStyle())), allow_pickle=False) as found:
            np.testing.assert_array_equal(found["weights"], WEIGHTS)


def test_one_map_is_said_to_be_one() -> None:
    content = json.loads(
        figures_bytes([foreign_figure(PAIR, "f", showing(PAIR, 1, 2, None), one_map=True)], "json", FigureStyle())
    )
    assert (content["layer"], content["head"], content["aggregate"]) == (1, 2, None)
    np.testing.assert_array_equal(np.array(content["weights"], dtype=np.float32), WEIGHTS[1, 2])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format(form: str) -> None:
    if form in ("png", "pdf"):
        pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    plain = ForeignPair(PAIR.source_tokens[:2], ("x", "y"), WEIGHTS[0, 0, :, :2])
    pair = PAIR if form not in ("png", "pdf") else checked_pair("p", ["a", "b", "c"], ["x", "y"], WEIGHTS)
    controls = showing(pair, None, None, "max")
    figures = (
        foreign_figure(pair, "f.npz", controls),
        foreign_wall(pair, "f.npz", controls),
        foreign_figure(plain, "f.npz", showing(plain, None, None, None)),
    )
    for figure in figures:
        data = figures_bytes([figure], form, FigureStyle())
        assert len(data) > 100
        if form in ("svg", "html", "text"):
            assert b"\x1b" not in data
            assert b"nan" not in data
            assert b"score" not in data


def test_too_many_weights_for_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.render.foreign_figure.MOST_WEIGHTS", WEIGHTS.size - 1)
    with pytest.raises(InputError, match="48 weights are too many for JSON: write npz"):
        foreign_wall(PAIR, "f", showing(PAIR, None, None, None)).content()
