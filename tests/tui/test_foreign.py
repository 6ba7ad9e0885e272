"""The viewer of attention from a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from textual.pilot import Pilot

from explorer.render.layout import Zoom
from explorer.runtime.foreign.pair import ForeignFile, checked_pair
from explorer.runtime.trace import Array
from explorer.tui.foreign import ForeignApp
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.foreign import HEAD_HINTS, ForeignScreen
from explorer.tui.screens.foreign_heads import HINTS, ForeignHeadsScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.base import LinePanel
from tests.tui.conftest import idle

SIZE = (120, 40)
SIZES = [(80, 24), (120, 40), (200, 60)]
SOURCE = ("the", "black", "dog", "is", "sleep@@", "ing", "on", "the", "wo@@", "oden", "bench", ".", "</s>")
TARGET = ("le", "chien", "noir", "dort", "sur", "le", "ban@@", "c", "en", "bois", ".", "</s>")
LOOKS_AT = (0, 2, 1, 4, 6, 7, 10, 10, 9, 8, 11, 12)
LAYERS, HEADS = 3, 4


def falling(sharpness: float, shift: int = 0) -> Array:
    """Weights that fall off around a column a row."""
    apart = np.abs(np.arange(len(SOURCE)) - np.array(LOOKS_AT)[:, None] + shift)
    powers = np.exp(-sharpness * apart)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def heads() -> Array:
    """Sharper in later heads, shifted in earlier layers."""
    return np.stack(
        [
            np.stack([falling(0.3 + 0.5 * head, 2 * (LAYERS - 1 - layer)) for head in range(HEADS)])
            for layer in range(LAYERS)
        ]
    )


def plain_file() -> ForeignFile:
    short = checked_pair("short", ["yes"], ["mais", "oui"], np.array([[0.25], [0.0]]))
    return ForeignFile("run.out", "marian", (checked_pair("first", SOURCE, TARGET, falling(1.4)), short))


def heads_file() -> ForeignFile:
    return ForeignFile("heads.npz", "npz", (checked_pair("heads", SOURCE, TARGET, heads()),))


async def pressed(pilot: Pilot[None], *keys: str) -> View:
    """Press keys; return what the screen of the file shows."""
    await idle(pilot)
    for key in keys:
        await pilot.press(key)
        await idle(pilot)
    app = pilot.app
    assert isinstance(app, ForeignApp)
    assert app.viewer is not None
    assert app.viewer.view is not None
    return app.viewer.view


def lines_of(app: ForeignApp, selector: str) -> list[str]:
    panel = app.screen.query_one(selector, LinePanel)
    return [panel.render_line(y).text.rstrip() for y in range(panel.size.height)]


def said(app: ForeignApp) -> str:
    return app.screen.query_one(KeyBar).message


async def test_the_cursor_moves_and_follows() -> None:
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot)
        assert (view.row, view.cursor_column, view.face) == (0, 0, Face.GRID)
        view = await pressed(pilot, "down", "down", "right")
        assert (view.row, view.cursor_column) == (2, 2)
        assert (await pressed(pilot, "escape")).cursor_column == LOOKS_AT[2]
        assert (await pressed(pilot, "end")).row == len(TARGET) - 1
        assert (await pressed(pilot, "home", "up")).row == 0


async def test_what_a_row_looks_at_is_sorted_by_weight() -> None:
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot, "down")
        panel = app.screen.query_one("#looks", LinePanel)
        assert panel.border_title == "chien looks at"
        assert panel.border_subtitle == f"{view.step.entropy:.2f} bit"
        lines = lines_of(app, "#looks")
        assert lines[0].startswith("dog")
        assert lines[0].endswith(f"{float(view.step.weights.max()) * 100:.0f} %")
        assert [line.split()[0] for line in lines[1:3]] == ["black", "is"]
        assert lines[len(SOURCE) - 1].endswith("<1 %")
        facts = dict(line.rsplit("  ", 1) for line in lines_of(app, "#file") if "  " in line)
        assert facts["form   "].strip() == "marian"
        assert lines_of(app, "#file")[1:4] == ["target   12 tokens", "source   13 tokens", "row sums 1.00"]


async def test_sentences_one_after_the_other() -> None:
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot, "down", "]")
        assert (view.snapshot.trace.source.text, view.row) == ("yes", 0)
        assert lines_of(app, "#title")[0].endswith("sentence 2 of 2")
        assert lines_of(app, "#file")[3] == "row sums 0.00–0.25"
        assert "yes" in lines_of(app, "#source")[0]
        await pressed(pilot, "down")
        assert lines_of(app, "#looks")[0] == "nothing: every weight is 0"
        await pressed(pilot, "space")
        assert said(app) == "this is the last one"
        view = await pressed(pilot, "[", "[")
        assert said(app) == "this is the first one"
        assert view.snapshot.trace.labels[0] == "le"


async def test_a_sentence_is_picked_from_a_list() -> None:
    app = ForeignApp(plain_file(), 1)
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot, "o")
        assert isinstance(app.screen, ExamplesScreen)
        view = await pressed(pilot, "up", "enter")
        assert view.snapshot.trace.source.text == "the black dog is sleeping on the wooden bench ."
        view = await pressed(pilot, "o", "escape")
        assert view.snapshot.trace.labels[0] == "le"


async def test_zoom_view_and_colours() -> None:
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot, "z", "C")
        assert view.zoom is Zoom.CELL
        assert view.palette.name != "magma"
        view = await pressed(pilot, "v", "z")
        assert view.face is Face.READING
        assert said(app) == "z zooms the grid; v shows it"
        text = [app.screen.query_one("#reading").render_line(y).text for y in range(12)]
        assert any("dog is sleeping on the wooden bench . END" in line for line in text)
        assert any("score" in line for line in text) is False


async def test_heads_are_shown_one_by_one_and_as_one() -> None:
    app = ForeignApp(heads_file())
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot)
        np.testing.assert_allclose(view.snapshot.trace.weights, heads().mean(axis=(0, 1)), atol=1e-6)
        grid = app.screen.query_one("#grid")
        assert grid.border_title == "mean of all heads"
        view = await pressed(pilot, "n", "n")
        np.testing.assert_array_equal(view.snapshot.trace.weights, heads()[0, 1])
        assert grid.border_title == "layer 0 · head 1"
        assert lines_of(app, "#heads")[0].split()[1:3] == ["▪", "▣"]
        view = await pressed(pilot, "N", "N")
        np.testing.assert_array_equal(view.snapshot.trace.weights, heads()[-1, -1])
        view = await pressed(pilot, "m")
        assert view.snapshot.trace.controls.aggregate == "mean"
        assert lines_of(app, "#heads")[LAYERS] == "mean max"


async def test_the_wall_of_heads() -> None:
    app = ForeignApp(heads_file())
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot, "down", "w")
        screen = app.screen
        assert isinstance(screen, ForeignHeadsScreen)
        assert screen.wall is not None
        assert [entry.name for entry in screen.wall.entries[-2:]] == ["mean", "max"]
        await pressed(pilot, "o", "o", "o", "o")
        assert screen.wall.order == "layer"
        view = await pressed(pilot, "down", "right", "enter", "down")
        assert screen.wall.full
        assert (view.snapshot.trace.controls.layer, view.snapshot.trace.controls.head) == (1, 1)
        assert screen.wall.cursor_row == 2
        assert screen.view is not None
        assert screen.view.row == 2
        await pressed(pilot, "C")
        assert screen.wall.view.palette.name != "magma"
        await pressed(pilot, "escape", "escape")
        assert isinstance(app.screen, ForeignScreen)


@pytest.mark.parametrize("key", ["w", "n", "N", "m"])
async def test_weights_without_heads_say_so(key: str) -> None:
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot, key)
        assert said(app) == "the weights of this file have no heads: they are one map"


async def test_a_sentence_with_other_heads_shows_the_mean_of_its_own() -> None:
    file = heads_file()
    fewer = checked_pair("fewer", SOURCE, TARGET, heads()[:1, :2])
    app = ForeignApp(ForeignFile("a.jsonl", "json", (*file.pairs, fewer)), 0, (2, 3, None))
    async with app.run_test(size=SIZE) as pilot:
        view = await pressed(pilot, "]")
        np.testing.assert_allclose(view.snapshot.trace.weights, heads()[0, :2].mean(axis=0), atol=1e-6)


async def test_clicks_move_the_cursor_and_choose_heads() -> None:
    app = ForeignApp(heads_file())
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot)
        await pilot.click("#grid", offset=(3, 9))
        assert (await pressed(pilot)).row > 0
        await pilot.click("#heads", offset=(3, 2))
        view = await pressed(pilot)
        assert (view.snapshot.trace.controls.layer, view.snapshot.trace.controls.head) == (1, 0)


async def test_help_and_the_command_palette_name_what_there_is() -> None:
    app = ForeignApp(heads_file())
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "the next sentence of the file" in str(app.screen.query_one("#help-keys").render())
        await pressed(pilot, "escape")
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert {"Sentences", "All heads", "Reading view", "Colours: magma"} <= set(titles)


async def test_what_is_seen_is_written_as_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = ForeignApp(heads_file())
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "n", "n", "X", "enter")
        assert isinstance(app.screen, ForeignScreen)
        await pressed(pilot, "w", "X", "enter")
        assert isinstance(app.screen, ForeignHeadsScreen)
        assert app.screen.query_one(KeyBar).message.startswith("attention-2.svg is written")
        await pressed(pilot, "X", "right", *["down"] * 2, *"all.npz", "enter")
    grid, wall = (ElementTree.parse(tmp_path / name).getroot() for name in ("attention.svg", "attention-2.svg"))
    told = [element.text or "" for element in grid.iter("{http://www.w3.org/2000/svg}text")]
    assert any("heads.npz · layer 0 · head 1" in text for text in told)
    names = [element.text for element in wall.iter("{http://www.w3.org/2000/svg}text")]
    assert [name for name in names if name and name.startswith("L2")] == ["L2 H0", "L2 H1", "L2 H2", "L2 H3"]
    with np.load(tmp_path / "all.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["weights"], heads())
        assert found["source_tokens"].tolist() == list(SOURCE)


async def test_a_file_without_heads_has_its_grid_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = ForeignApp(plain_file())
    async with app.run_test(size=SIZE) as pilot:
        await pressed(pilot, "]", "X", *["down"] * 2, *"one.json", "enter")
    content = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert (content["source_tokens"], content["target_tokens"]) == (["yes"], ["mais", "oui"])
    assert content["weights"] == [[0.25], [0.0]]


def test_every_hint_has_an_action() -> None:
    for screen, hints in ((ForeignScreen, HEAD_HINTS), (ForeignHeadsScreen, HINTS)):
        for _, _, action in hints:
            assert hasattr(screen, f"action_{action.split('(')[0]}")


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (63, 22), (300, 90)], ids=str)
async def test_any_size(size: tuple[int, int]) -> None:
    app = ForeignApp(heads_file())
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "down", "v", "v", "z", "z", "z", "w", "enter", "escape", "escape")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_sentence_of_a_file(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    assert snap_compare(ForeignApp(plain_file()), press=["down", "down"], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_heads_of_a_file(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    assert snap_compare(ForeignApp(heads_file()), press=["n", "n", "down"], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_heads_of_a_file(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    assert snap_compare(ForeignApp(heads_file()), press=["w", "down", "right"], terminal_size=size)


def test_a_file_to_read(snap_compare: Callable[..., bool]) -> None:
    assert snap_compare(ForeignApp(plain_file()), press=["v", "down", "down", "down"], terminal_size=(80, 24))
