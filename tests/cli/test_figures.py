"""``decode`` and ``caption`` with figures: binary formats, several sentences, sizes, what is refused."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Run, in_process

Refused = Callable[..., str]
HEADED = ("--model", "transformer-en-fr")
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="the figures extra is not installed"
)


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output says that it is a terminal."""
    monkeypatch.setattr("explorer.commands.figures.sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))


def test_npz_equals_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    outcome = run("decode", "a man sleeps.", "--format", "npz", "--output", str(path))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    wanted = json.loads(run("decode", "a man sleeps.", "--format", "json").out)
    with np.load(path, allow_pickle=False) as found:
        np.testing.assert_allclose(found["weights"], wanted["weights"], atol=1e-6)
        assert found["source_tokens"].tolist() == wanted["source_tokens"]
        assert found["target_tokens"].tolist() == wanted["target_tokens"]
        assert found["scores"].shape == found["weights"].shape
        assert str(found["target"]) == wanted["target"]


def test_npz_of_a_transformer_has_its_heads(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert run("decode", *HEADED, "a man sleeps.", "--format", "npz", "--output", str(path)).code == 0
    wanted = json.loads(run("decode", *HEADED, "a man sleeps.", "--format", "json", "--all-heads").out)
    with np.load(path, allow_pickle=False) as found:
        for name in ("cross_weights", "self_weights", "encoder_weights"):
            np.testing.assert_allclose(found[name], wanted[name], atol=1e-6)


def test_several_npz_are_numbered(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.v1.npz"
    assert run("decode", "a man sleeps.", "yes.", "--format", "npz", "--output", str(path)).code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["runs.v1-1.npz", "runs.v1-2.npz"]
    with np.load(tmp_path / "runs.v1-2.npz") as second:
        assert str(second["source"]) == "yes."


def test_several_to_one_stream_are_refused(refused: Refused) -> None:
    said = refused("decode", "a man sleeps.", "yes.", "--format", "npz")
    assert "a file of --format npz holds one figure, and here are 2: give --output" in said


def test_npz_to_a_pipe() -> None:
    done = in_process("decode", "yes.", "--format", "npz")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"PK")


@pytest.mark.usefixtures("on_terminal")
def test_a_terminal_gets_no_bytes(refused: Refused) -> None:
    assert "--format npz is no text for a terminal; give --output FILE" in refused("decode", "yes.", "--format", "npz")


@needs_matplotlib
def test_png_and_pdf(run: Run, tmp_path: Path) -> None:
    png, pdf = tmp_path / "a.png", tmp_path / "a.pdf"
    call = ("decode", "a man sleeps.", "yes.", "--width", "3.3in", "--format")
    assert run(*call, "pdf", "--output", str(pdf)).code == 0
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert b"/Count 2" in pdf.read_bytes()
    assert run(*call, "png", "--output", str(png), "--theme", "dark").code == 0
    for name in ("a-1.png", "a-2.png"):
        picture = Image.open(tmp_path / name).convert("RGB")
        assert picture.size[0] == 990
        assert picture.getpixel((0, 0)) == (0x16, 0x18, 0x1D)


def test_missing_matplotlib_is_said_before_anything_is_decoded(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = refused("decode", "yes.", "--model", "no-such-model", "--format", "pdf", "--output", str(tmp_path / "a.pdf"))
    assert said.endswith("pip install 'attn-explore[figures]'\n")
    assert list(tmp_path.iterdir()) == []


def test_look_of_an_svg(run: Run) -> None:
    plain = run("decode", "yes.", "--format", "svg").out
    options = ("--width", "84mm", "--theme", "light", "--palette", "viridis", "--no-title", "--rotate", "90")
    root = ElementTree.fromstring(run("decode", "yes.", "--format", "svg", *options).out)
    assert root.get("width") == "84.00mm"
    text = ElementTree.tostring(root, encoding="unicode")
    assert "#fde725" in text
    assert "rotate(-90)" in text
    assert 'fill="#ffffff"' in text
    assert "entropy" not in text
    assert "entropy" in plain
    assert "rotate(-45)" in plain


def test_every_head_is_drawn_as_a_wall(run: Run) -> None:
    root = ElementTree.fromstring(run("decode", *HEADED, "yes.", "--all-heads", "--format", "svg").out)
    texts = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("L2 H3") == 3  # cross, decoder self, encoder self
    text = run("decode", *HEADED, "yes.", "--all-heads").out
    assert text.count("L2 H3") == 3
    page = run("decode", *HEADED, "yes.", "--all-heads", "--format", "html").out
    assert "L0 H0: " in page
    assert "<script" not in page


def test_a_caption_in_heat(run: Run, caption_bundle: Path) -> None:
    call = ("caption", "scene:3", "--model", str(caption_bundle), "--format", "svg")
    assert "brightness: weight" in run(*call).out
    assert "heat: weight" in run(*call, "--palette", "magma").out
    assert 'width="84.00mm"' in run(*call, "--width", "84").out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "svgz"), "format 'svgz' is not known; did you mean svg?"),
        (("--format", "svg", "--width", "84px"), "width '84px' is no length: give 84mm, 8.4cm, 3.3in or 240pt"),
        (("--format", "svg", "--width", "5"), "width 5 mm is out of range: 20 to 2000 mm"),
        (("--format", "svg", "--font-size", "big"), "font size 'big' is no number of points"),
        (("--format", "svg", "--rotate", "120"), "rotation 120 degrees is out of range: 0 to 90 degrees"),
        (("--format", "svg", "--theme", "lihgt"), "theme 'lihgt' is not known; did you mean light?"),
        (("--format", "svg", "--palette", "magmaa"), "unknown colour map 'magmaa'; did you mean 'magma'?"),
        (("--format", "json", "--width", "84"), "--width is for --format svg, html, png, pdf, not json"),
        (("--no-title",), "--no-title is for --format svg, html, png, pdf, not text"),
        (("--format", "npz", "--palette", "magma"), "--palette is of no use to --format npz"),
    ],
)
def test_what_is_refused(refused: Refused, options: tuple[str, ...], said: str) -> None:
    assert said in refused("decode", "yes.", *options)


def test_too_narrow_names_the_width(refused: Refused) -> None:
    text = "the little girl in the red dress is holding a white balloon."
    assert "14 columns with labels of 5 pt need a width of" in refused(
        "decode", text, "--format", "svg", "--width", "30"
    )
