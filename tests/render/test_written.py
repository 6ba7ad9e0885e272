"""Figures in every format: colours, text that is text, numbers that come back."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from explorer.errors import InputError
from explorer.render.figure import FigureStyle
from explorer.render.grid_figure import GridFigure
from explorer.render.markup import Theme, hexadecimal
from explorer.render.palette import Palette
from explorer.render.plotted import MISSING
from explorer.render.sheet import Box, Frame
from explorer.render.strip_figure import StripFigure
from explorer.render.trace_content import trace_arrays
from explorer.render.wall_figure import WallFigure
from explorer.render.written import FORMATS, figures_bytes, npz_bytes
from explorer.runtime.controls import BiasEdit
from explorer.runtime.heads import CROSS, ENCODER, SELF
from explorer.runtime.trace import Trace
from tests.render.conftest import COLUMN, HEADS, LAYERS, TraceFactory, cells, check_format, labels

SVG = "{http://www.w3.org/2000/svg}"


def root_of(figure: GridFigure | StripFigure | WallFigure, style: FigureStyle) -> ElementTree.Element:
    return ElementTree.fromstring(figures_bytes([figure], "svg", style))


# --- colours ----------------------------------------------------------------------------------------------------------


def test_cells_have_the_colours_of_their_weights(trace: Trace) -> None:
    palette = Palette("cividis")
    root = root_of(GridFigure(trace), FigureStyle(palette, width=84.0))
    groups = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    fills = [rectangle.get("fill") for group in groups for rectangle in group.iter(f"{SVG}rect")]
    assert fills == [hexadecimal(palette.background(float(weight))) for weight in trace.weights.ravel()]


def test_a_png_has_the_colours_of_the_weights(trace: Trace) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    style = FigureStyle(Palette("viridis"), theme=Theme.LIGHT)
    sheet = GridFigure(trace).sheet(style)
    image = Image.open(io.BytesIO(figures_bytes([GridFigure(trace)], "png", style))).convert("RGB")
    assert image.size == (int(sheet.width * 2), int(sheet.height * 2))
    assert image.getpixel((1, 1)) == (255, 255, 255)
    for cell, weight in zip(cells(sheet), trace.weights.ravel(), strict=True):
        corner = (round((cell.box.x + 5) * 2), round((cell.box.y + 4) * 2))
        found, wanted = image.getpixel(corner), style.colors.background(float(weight))
        assert np.abs(np.subtract(found, wanted)).max() <= 2, cell.title  # type: ignore[arg-type]


def test_a_png_on_paper_has_300_dots_an_inch(sentence: Trace) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    image = Image.open(io.BytesIO(figures_bytes([GridFigure(sentence)], "png", COLUMN)))
    assert image.size[0] == int(84 / 25.4 * 300)
    assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)


# --- PDF --------------------------------------------------------------------------------------------------------------


def letters_of(data: bytes) -> set[str]:
    """Return the letters that the fonts of a PDF name: what a reader can search for and copy."""
    letters: set[str] = set()
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S):
        with contextlib.suppress(zlib.error):
            table = zlib.decompress(part)
            for first, last, letter in re.findall(rb"<(\w+)> <(\w+)> \[?<(\w+)>", table):
                letters |= {chr(int(letter, 16) + place) for place in range(int(last, 16) - int(first, 16) + 1)}
    return letters


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_a_pdf_can_be_read_by_another_program(trace: Trace, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    (tmp_path / "a.pdf").write_bytes(figures_bytes([GridFigure(trace)], "pdf", FigureStyle(width=84.0, rotate=0)))
    done = subprocess.run(["pdftotext", "-layout", "a.pdf", "-"], cwd=tmp_path, capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[:3] == [["the", "pink", "dress"], ["la", "robe", "rose"], ["the", "pink", "dress", "END"]]
    assert lines[3:7] == [["la", "82", "13", "5"], ["robe", "22", "77"], ["rose", "100"], ["END", "96"]]
    assert done.stderr == ""


def test_a_pdf_embeds_fonts_with_their_letters(trace: Trace) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    data = figures_bytes([GridFigure(trace), GridFigure(trace)], "pdf", COLUMN)
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b(?!s)", data)) == 2
    assert b"/CIDFontType2" in data
    assert b"/Type3" not in data
    assert set("thepinkdresslarobeENDentropy0123789%·") <= letters_of(data)
    width = float(re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+)", data)[0])
    assert width == pytest.approx(84 / 25.4 * 72, abs=0.01)
    assert data == figures_bytes([GridFigure(trace), GridFigure(trace)], "pdf", COLUMN)  # no dates in it


def test_a_letter_that_no_font_has_is_named(make_trace: TraceFactory) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    odd = make_trace(("\U00012000", "pink", "dress", "END"))
    with pytest.raises(InputError, match=r"no font installed here has .* \(U\+12000\)"):
        figures_bytes([GridFigure(odd)], "png", COLUMN)
    assert "\U00012000" in figures_bytes([GridFigure(odd)], "svg", COLUMN).decode()


def test_signs_of_formulas_are_letters(make_trace: TraceFactory) -> None:
    pytest.importorskip("matplotlib", reason="the figures extra is not installed")
    money = make_trace(("$x^2$", "$", "\\frac", "END"))
    assert figures_bytes([GridFigure(money)], "pdf", COLUMN).startswith(b"%PDF-")


def test_without_matplotlib_one_line_says_how_to_get_it(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for form in ("png", "pdf"):
        with pytest.raises(InputError, match=r"pip install 'attn-explore\[figures\]'"):
            figures_bytes([GridFigure(trace)], form, COLUMN)
    assert "\n" not in MISSING


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_npz_gives_back_the_trace(trace: Trace) -> None:
    with np.load(io.BytesIO(figures_bytes([GridFigure(trace)], "npz", FigureStyle())), allow_pickle=False) as found:
        np.testing.assert_array_equal(found["weights"], trace.weights)
        np.testing.assert_array_equal(found["scores"], trace.scores)
        assert found["source_tokens"].tolist() == list(trace.source.pieces)
        assert found["target_tokens"].tolist() == [step.piece for step in trace.steps]
        assert (str(found["source"]), str(found["attention"])) == ("the pink dress", "global")
        assert "cross_weights" not in found


def test_npz_has_every_head(headed: Trace) -> None:
    for figure in (GridFigure(headed), WallFigure(headed)):
        with np.load(io.BytesIO(npz_bytes(figure.arrays())), allow_pickle=False) as found:
            assert found["cross_weights"].shape == (LAYERS, HEADS, 4, 4)
            np.testing.assert_array_equal(found["cross_weights"][0, 1], headed.weights)
            np.testing.assert_array_equal(found["cross_scores"][0, 1], headed.scores)
            np.testing.assert_allclose(found["self_weights"].sum(axis=-1), 1.0, atol=1e-6)
            assert found["encoder_weights"].shape == (LAYERS, HEADS, 4, 4)


def test_npz_has_the_picture(captioned: Trace) -> None:
    arrays = trace_arrays(captioned)
    assert arrays["cells"].tolist() == [2, 2]
    assert arrays["pixels"].shape == (3, 8, 8)


def test_nothing_is_pickled() -> None:
    with pytest.raises(ValueError, match="bad: an array of Python objects"):
        npz_bytes(MappingProxyType({"bad": np.array([None])}))


def test_json_of_a_wall_has_every_head(headed: Trace) -> None:
    plain = json.loads(figures_bytes([GridFigure(headed)], "json", FigureStyle()))
    wall = json.loads(figures_bytes([WallFigure(headed)], "json", FigureStyle()))
    assert "cross_weights" not in plain
    np.testing.assert_allclose(wall["cross_weights"][0][1], plain["weights"])


# --- pictures and heads -----------------------------------------------------------------------------------------------


def test_a_filmstrip_fits_a_column(captioned: Trace) -> None:
    sheet = StripFigure(captioned).sheet(COLUMN)
    frames = [mark for mark in sheet.marks if isinstance(mark, Frame)]
    assert len(frames) == 5
    assert frames[0].attended is None
    assert max(frame.x + frame.width for frame in frames) <= sheet.width
    assert len({frame.y for frame in frames}) == 2  # four beside each other
    with pytest.raises(InputError, match="no room for a frame"):
        StripFigure(captioned).sheet(FigureStyle(width=20.0, font_size=12.0))


def test_heat_where_colours_are_asked_for(captioned: Trace) -> None:
    plain = figures_bytes([StripFigure(captioned)], "svg", FigureStyle()).decode()
    heat = figures_bytes([StripFigure(captioned)], "svg", FigureStyle(Palette("viridis"), colored=True)).decode()
    assert plain.count('fill="#000"') == 16
    assert plain.count("data:image/png") == 1
    assert 'fill="#000"' not in heat
    assert heat.count("data:image/png") == 2  # in colours, and in grey under the heat
    assert heat.count('fill="#fde725" fill-opacity="0.780"') == 4  # the heaviest cell of each word
    assert "heat: weight relative" in heat


def test_a_wall_has_a_map_a_head(headed: Trace) -> None:
    sheet = WallFigure(headed, (CROSS,)).sheet(FigureStyle())
    names = [label.text for label in labels(sheet) if re.fullmatch(r"(✕ )?L\d H\d", label.text)]
    assert names == ["L0 H0", "L0 H1", "L0 H2", "L1 H0", "L1 H1", "✕ L1 H2"]
    boxes = {mark.title: mark.fill for mark in sheet.marks if isinstance(mark, Box)}
    weight = headed.steps[1].heads.cross_weights[0, 2, 1]  # type: ignore[union-attr]
    assert boxes[f"L0 H2: robe → pink: {weight * 100:.1f} %"] == hexadecimal(Palette().background(float(weight)))
    assert [mark.fill for mark in sheet.marks if isinstance(mark, Box)].count("hatch") == 1


def test_a_wall_marks_the_heads_that_are_edited(headed: Trace) -> None:
    edits = BiasEdit(1, 2, -np.inf, 0, 1), BiasEdit(1, 2, 1.0), BiasEdit(1, 1, 1.0, 1, 2)  # the last one is removed
    edited = dataclasses.replace(headed, controls=headed.controls.replace(bias=edits))
    names = [
        label.text for label in labels(WallFigure(edited).sheet(FigureStyle())) if re.search(r"L\d H\d$", label.text)
    ]
    assert [name for name in names if name[0] != "L"] == ["± L0 H1", "✕ L1 H2"]
    assert "± L0 H1" in figures_bytes([WallFigure(edited)], "text", FigureStyle()).decode()


def test_a_row_of_self_attention_sees_what_is_before_it(headed: Trace) -> None:
    titles = [mark.title for mark in WallFigure(headed, (SELF,)).sheet(COLUMN).marks if isinstance(mark, Box)]
    seen = [title for title in titles if title.startswith("L0 H0: robe")]
    assert [title.split(": ")[1] for title in seen] == ["robe → START", "robe → la"]


def test_all_kinds_and_a_model_without_encoder_heads(headed: Trace) -> None:
    said = [label.text.split(":")[0] for label in labels(WallFigure(headed).sheet(FigureStyle()))]
    assert [text for text in said if text.endswith("attention")] == [
        "cross-attention",
        "decoder self-attention",
        "encoder self-attention",
    ]
    bare = dataclasses.replace(headed, encoder_weights=None)
    said = [label.text.split(":")[0] for label in labels(WallFigure(bare).sheet(FigureStyle()))]
    assert "encoder self-attention" not in said
    assert WallFigure(bare, (ENCODER,)).sheet(FigureStyle()).height > 0


def test_a_wall_as_text(headed: Trace) -> None:
    text = figures_bytes([WallFigure(headed)], "text", FigureStyle()).decode()
    assert text.splitlines()[0] == "la robe rose"
    assert "L0 H0     L0 H1     L0 H2" in text
    assert "✕ L1 H2" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_figure_comes_in_every_format(headed: Trace, captioned: Trace, trace: Trace, form: str) -> None:
    check_format((GridFigure(trace), StripFigure(captioned), WallFigure(headed)), form)
