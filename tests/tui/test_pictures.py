"""The explorer on a model that reads pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input, OptionList

from explorer.render.pictures import Overlay
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.pictures import PicturesScreen, PictureTree
from explorer.tui.view import Face
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.picture import PictureView, picture_layout
from explorer.tui.widgets.sentences import SourceLine
from tests.tiny_captions import COLUMNS, ROWS
from tests.tui.conftest import press, settle

SIZE = (120, 40)


@pytest.fixture(scope="module")
def reader(caption_bundle: Path) -> Bundle:
    return open_bundle(caption_bundle, "cpu")


@pytest.fixture
def app(reader: Bundle) -> ExplorerApp:
    return ExplorerApp(reader, "scene:3")


async def test_it_opens_on_the_picture_and_v_shows_the_grid(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right")
        assert view.face is Face.PICTURE
        assert app.screen.query_one(PictureView).display
        assert not app.screen.query_one(AttentionGrid).display
        drawn = app.screen.query_one(PictureView).strips()
        assert "▀" in drawn[0].text
        assert [strip.cell_length for strip in drawn] == [app.screen.query_one(PictureView).size.width] * len(drawn)
        assert "scene:3 · 4 × 4 cells" in app.screen.query_one(SourceLine).render_line(0).text
        view = await press(pilot, "v")
        assert view.face is Face.GRID
        assert app.screen.query_one(AttentionGrid).display
        assert (await press(pilot, "v")).face is Face.PICTURE


async def test_stepping_switching_and_going_back(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "right")
        assert view.snapshot.emitted == 3
        tokens = [step.token for step in view.snapshot.trace.steps]
        view = await press(pilot, "t", "t")
        assert view.snapshot.trace.controls.attention == "local_p"
        assert [step.token for step in view.snapshot.trace.steps] == tokens
        assert view.step.center_cell is not None
        assert (await press(pilot, "left")).snapshot.emitted == 2


async def test_the_cursor_moves_over_cells(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right")
        app.screen.action_column(0)  # type: ignore[attr-defined]
        start = view.cursor_column
        assert start is not None
        view = await press(pilot, *["shift+up"] * ROWS, *["shift+left"] * COLUMNS)
        assert view.column == 0
        view = await press(pilot, "shift+down", "shift+right", "shift+right")
        assert view.column == COLUMNS + 2
        view = await press(pilot, "shift+right", "shift+right", "shift+right")
        assert view.column == 2 * COLUMNS - 1  # not into the next row
        assert (await press(pilot, "escape")).column is None


async def test_overlays_take_turns(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        seen = [(await settle(pilot)).overlay]
        lines = [app.screen.query_one(PictureView).strips()[3]]
        for _ in range(3):
            seen.append((await press(pilot, "x")).overlay)
            lines.append(app.screen.query_one(PictureView).strips()[3])
        assert seen == [Overlay.BRIGHTNESS, Overlay.HEAT, Overlay.NONE, Overlay.BRIGHTNESS]
        assert lines[0] == lines[3]
        assert len({str(line) for line in lines[:3]}) == 3


async def test_the_command_palette_speaks_of_pictures(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = (await settle(pilot)).overlay
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        assert {"Picture or grid", "Another picture", "Pictures"} <= set(commands)
        assert not {"Reading view", "Edit the source", "Examples"} & set(commands)
        commands["Overlay"]()
        assert (await settle(pilot)).overlay is before.next()


async def test_a_click_chooses_a_cell_or_a_frame(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right")
        widget = app.screen.query_one(PictureView)
        assert app.explorer is not None
        assert app.explorer.view is not None
        picture = app.explorer.view.snapshot.trace.source.picture
        assert picture is not None
        layout = picture_layout(picture, widget.size.width, widget.size.height)
        await pilot.click(PictureView, offset=(1 + layout.width - 1, 1 + layout.lines - 1))
        assert (await settle(pilot)).column == ROWS * COLUMNS - 1
        assert layout.strip is not None
        await pilot.click(PictureView, offset=(2, widget.size.height - 1))
        view = await settle(pilot)
        assert (view.row, view.column) == (0, None)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12)])
async def test_every_size_is_filled(app: ExplorerApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await press(pilot, "right", "right")
        widget = app.screen.query_one(PictureView)
        lines = widget.strips()
        assert len(lines) == widget.size.height
        assert {line.cell_length for line in lines} == {widget.size.width}


async def test_a_picture_is_picked(app: ExplorerApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (30, 20), (200, 40, 40)).save(tmp_path / "red.png")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "more").mkdir()
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("o")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, PicturesScreen)
        tree = screen.query_one(PictureTree)
        kept = tree.filter_paths(sorted(tmp_path.iterdir()))
        assert [path.name for path in kept] == ["more", "red.png"]
        assert screen.query_one("#picture-examples", OptionList).option_count == 18
        screen.query_one("#picture-name", Input).focus()
        await pilot.press(*"red.png", "enter")
        await pilot.pause(0.2)
        assert not isinstance(app.screen, PicturesScreen)
        view = app.explorer.view if app.explorer is not None else None
        assert view is not None
        assert view.snapshot.trace.source.text == "red.png"


async def test_what_is_no_picture_is_said_and_the_old_one_stays(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right")
        assert app.explorer is not None
        app.explorer.begin("nothing-here.png")
        view = await settle(pilot)
        assert view.snapshot.trace.source.text == "scene:3"
        assert view.snapshot.emitted == 1
