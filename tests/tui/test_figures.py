"""Writing figures from the interface: what is offered, what the form does, files that exist."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from explorer.runtime.bundle import open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.beam import BeamScreen
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.figure import FigureScreen
from explorer.tui.screens.gallery import GalleryScreen
from explorer.tui.screens.heads import HeadsScreen
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.choice import Choice
from tests.tui.conftest import press, settle
from tests.tui.scripted import ScriptedStepper, made_up_bundle
from tests.tui.scripted_compare import ScriptedSides, scored_bundle
from tests.tui.scripted_heads import ScriptedHeads, transformer_bundle
from tests.tui.scripted_search import ScriptedSearch

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are written into a folder of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def app() -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", ScriptedStepper())


@pytest.fixture
def heads() -> ExplorerApp:
    return ExplorerApp(transformer_bundle(), "made up", ScriptedHeads())


def dialog(pilot: Pilot[None]) -> FigureScreen:
    screen = pilot.app.screen
    assert isinstance(screen, FigureScreen)
    return screen


def choice(pilot: Pilot[None], name: str) -> Choice:
    return dialog(pilot).query_one(f"#figure-{name}", Choice)


def note(pilot: Pilot[None]) -> str:
    return str(dialog(pilot).query_one("#figure-note", Static).render())


def said(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(KeyBar).message


async def test_enter_writes_the_grid(app: ExplorerApp, folder: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "X", "enter")
        assert isinstance(app.screen, ExplorerScreen)
        assert said(pilot).startswith("attention.svg is written")
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert text.count("<g><title>") == 2 * 14
    assert 'fill="#ffffff"/>' in text  # a light page


async def test_without_a_token_there_is_no_figure(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "X")
        assert isinstance(app.screen, ExplorerScreen)
        assert said(pilot).startswith("no token is emitted yet")


async def test_a_file_that_exists_is_asked_for(app: ExplorerApp, folder: Path) -> None:
    (folder / "kept.svg").write_text("old")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X", "down", "down", *"kept")
        await press(pilot, "enter")
        assert note(pilot) == "kept.svg exists: enter overwrites it, another name keeps it"
        assert (folder / "kept.svg").read_text() == "old"
        await press(pilot, *"2", "enter")
        assert (folder / "kept2.svg").exists()
        assert (folder / "kept.svg").read_text() == "old"
        await press(pilot, "X", "down", "down", *"kept", "enter", "enter")
        assert isinstance(app.screen, ExplorerScreen)
        assert (folder / "kept.svg").read_text().startswith("<svg")


async def test_format_and_suffix_go_together(app: ExplorerApp, folder: Path) -> None:
    (folder / "attention.npz").write_text("taken")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X", "down")
        file = dialog(pilot).query_one("#figure-file", Input)
        names = []
        for _ in range(7):
            await press(pilot, "right")
            names.append((choice(pilot, "format").value, file.value))
        assert names == [
            ("html", "attention.html"),
            ("png", "attention.png"),
            ("pdf", "attention.pdf"),
            ("npz", "attention-2.npz"),
            ("text", "attention.txt"),
            ("json", "attention.json"),
            ("svg", "attention.svg"),
        ]
        await press(pilot, "down", *"mine.npz")
        assert choice(pilot, "format").value == "npz"
        assert choice(pilot, "page").disabled
        await press(pilot, "enter")
    with np.load(folder / "mine.npz", allow_pickle=False) as found:
        assert found["weights"].shape == (1, 14)


async def test_sizes_are_read_and_what_cannot_be_met_is_said(app: ExplorerApp, folder: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X", *["down"] * 3, *"84px", "enter")
        assert note(pilot).startswith("width '84px' is no length")
        dialog(pilot).query_one("#figure-width", Input).value = ""
        await press(pilot, *"3in", "down", *"20", "enter")
        assert "need a width of" in note(pilot)
        dialog(pilot).query_one("#figure-font", Input).value = "6"
        await press(pilot, "down", "right", "down", "right", "down", "right", "down", "right", "enter")
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert 'width="76.20mm"' in text
    assert "rotate(-90)" in text
    assert 'fill="#16181d"/>' in text
    assert "entropy" not in text
    assert "#440154" in text  # viridis


async def test_a_file_that_cannot_be_written(app: ExplorerApp, folder: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X", "down", "down", *"none/a.svg", "enter")
        assert "none/a.svg cannot be written: No such file or directory" in note(pilot)
        await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        assert list(folder.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="the figures extra is not installed")
async def test_the_wall_of_heads_as_pdf(heads: ExplorerApp, folder: Path) -> None:
    async with heads.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "w", "2", "X")
        assert choice(pilot, "what").value == "heads: decoder self"
        assert choice(pilot, "labels").disabled
        await press(pilot, *["down"] * 2, *"wall.pdf", "enter")
        assert isinstance(heads.screen, HeadsScreen)
        assert said(pilot).startswith("wall.pdf is written")
    assert (folder / "wall.pdf").read_bytes().startswith(b"%PDF-")


async def test_a_transformer_offers_its_walls(heads: ExplorerApp) -> None:
    async with heads.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X")
        values = []
        for _ in range(4):
            values.append(choice(pilot, "what").value)
            await press(pilot, "right")
        assert values == ["grid", "heads: cross", "heads: decoder self", "heads: encoder self"]


async def test_an_encoder_without_heads_has_no_wall() -> None:
    app = ExplorerApp(transformer_bundle("rnn"), "made up", ScriptedHeads(encoder=False))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "X", "left")
        assert choice(pilot, "what").value == "heads: decoder self"


async def test_a_picture_offers_its_filmstrip(caption_bundle: Path, folder: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "x", "X")
        assert choice(pilot, "what").value == "filmstrip"
        await press(pilot, "enter")
        await settle(pilot)
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert text.count("<use ") == 3
    assert "heat: weight" in text


async def test_a_click_takes_the_next_value(app: ExplorerApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "X")
        await pilot.click("#figure-colors")
        assert choice(pilot, "colors").value == "viridis"
        assert choice(pilot, "what").region.bottom <= 24
        assert dialog(pilot).query_one("#figure-note").region.bottom <= 24


async def test_two_runs_and_their_differences(folder: Path) -> None:
    app = ExplorerApp(scored_bundle(), "made up", ScriptedSides())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "c", "a", "X")
        assert choice(pilot, "what").value == "comparison"
        await press(pilot, "enter")
        assert isinstance(app.screen, CompareScreen)
        assert said(pilot).startswith("attention.svg is written")
        await press(pilot, "X", "right", "right", "enter")
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert text.count("<g><title>") == 3 * 2 * 14
    assert "right − left" in text
    assert "left: made-up · additive · global" in text
    assert "right: made-up · dot · global" in text
    alone = (folder / "attention-2.svg").read_text(encoding="utf-8")
    assert alone.count("<g><title>") == 2 * 14
    assert "dot · global" in alone


async def test_two_runs_without_a_token(folder: Path) -> None:
    app = ExplorerApp(scored_bundle(), "made up", ScriptedSides())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "c", "X")
        assert isinstance(app.screen, CompareScreen)
        assert said(pilot).startswith("no token is emitted yet")
    assert list(folder.iterdir()) == []


async def test_two_captions(caption_bundle: Path, folder: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "c", "X", "enter")
        await settle(pilot)
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert text.count("<use ") == 4
    assert "differences relative to the word" in text


async def test_a_search_as_it_is_seen(folder: Path) -> None:
    app = ExplorerApp(made_up_bundle(), "made up", ScriptedSearch())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "b", "X")
        assert choice(pilot, "what").value == "tree"
        assert choice(pilot, "labels").disabled
        await press(pilot, "enter")
        assert isinstance(app.screen, BeamScreen)
        assert said(pilot).startswith("attention.svg is written")
        await press(pilot, "o", "X", "enter", "X", "right", "enter")
        assert app.screen.state is not None
        chosen, whole = len(app.screen.state.path), app.screen.state.tree
    texts = [(folder / f"attention{end}.svg").read_text(encoding="utf-8") for end in ("", "-2", "-3")]
    assert texts[0].count("· rank ") == len(whole.nodes)
    assert texts[1].count("· rank ") == len(whole.surviving)
    assert texts[2].count("<g><title>") == chosen * 14


async def test_every_combination(folder: Path) -> None:
    app = ExplorerApp(scored_bundle(), "made up", ScriptedSides())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g", "X")
        assert isinstance(app.screen, GalleryScreen)
        assert said(pilot).startswith("no token is emitted yet")
        await press(pilot, "escape", *["right"] * 3, "g", "X")
        assert choice(pilot, "what").value == "gallery"
        await press(pilot, "enter")
        assert said(pilot).startswith("attention.svg is written")
        await press(pilot, "p", "X", *["down"] * 2, *"free.json", "enter")
        await press(pilot, "o", "X", "right", "enter")
        assert app.screen.gallery is not None
        exhibits = app.screen.gallery.exhibits
    root = ElementTree.fromstring((folder / "attention.svg").read_text(encoding="utf-8"))
    told = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "▸ additive · global" in told
    assert "no attention" in told
    assert any(text.endswith("BLEU 54.0") for text in told)
    assert any("all on the same tokens" in text for text in told)
    content = json.loads((folder / "free.json").read_text(encoding="utf-8"))
    assert content["same_tokens"] is False
    assert len(content["combinations"]) == len(exhibits)
    assert {len(each["target_tokens"]) for each in content["combinations"]} == {4}  # as far as the explorer has come
    assert (folder / "attention-2.svg").read_text(encoding="utf-8").count("<g><title>") == 4 * 14


async def test_every_combination_of_a_caption(caption_bundle: Path, folder: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "g", "left_square_bracket", "X", "enter")
        await settle(pilot)
        assert isinstance(app.screen, GalleryScreen)
        assert app.screen.gallery is not None
        count = len(app.screen.gallery.exhibits)
    text = (folder / "attention.svg").read_text(encoding="utf-8")
    assert text.count("<use ") == count
    assert "mean of all words" not in text
