"""The explorer on a model that reads pictures."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image
from textual.geometry import Region
from textual.widgets import Input, OptionList

from explorer.render.canvas import Graphics, GraphicsChoice
from explorer.render.palette import ColorDepth, Palette
from explorer.render.pictures import Lit, Overlay
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.pictures import PicturesScreen, PictureTree
from explorer.tui.view import Face
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.picture import PictureView, picture_layout
from explorer.tui.widgets.sentences import SourceLine
from tests.graphics_reader import PLACEHOLDER, kitty_messages, kitty_pictures
from tests.tiny_captions import COLUMNS, ROWS
from tests.tui.conftest import press, settle
from tests.tui.scripted_pictures import SCENE, ScriptedPictures, picture_bundle

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
        view = await settle(pilot)
        assert not isinstance(app.screen, PicturesScreen)
        assert view.snapshot.trace.source.text == "red.png"


async def test_what_is_no_picture_is_said_and_the_old_one_stays(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right")
        assert app.explorer is not None
        app.explorer.begin("nothing-here.png")
        view = await settle(pilot)
        assert view.snapshot.trace.source.text == "scene:3"
        assert view.snapshot.emitted == 1


def pixels_app(kind: Graphics) -> ExplorerApp:
    return ExplorerApp(picture_bundle(), SCENE, ScriptedPictures(), graphics=GraphicsChoice(kind, "asked for"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What Kitty's messages are written to."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "__stdout__", stream)
    return stream


async def test_kitty_is_sent_the_picture_of_the_step_and_a_frame_a_word(sent: io.StringIO) -> None:
    app = pixels_app(Graphics.KITTY)
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "x")
        widget = app.screen.query_one(PictureView)
        picture = view.snapshot.trace.source.picture
        assert picture is not None
        layout = picture_layout(picture, widget.size.width, widget.size.height)
        style = next(iter(widget.strips()[0])).style
        assert style is not None
        assert style.color is not None
        pictures = kitty_pictures(sent.getvalue())
        (shown,) = (
            pixels
            for key, pixels in pictures.items()
            if style.color.triplet == (key >> 16 & 255, key >> 8 & 255, key & 255)
            and pixels.shape[0] == 20 * layout.lines
        )
        lit = Lit(picture, tuple(view.step.weights.tolist()), Overlay.HEAT, view.palette)
        assert (shown == lit.pixels(20 * layout.lines, 10 * layout.width)).all()
        count = len(pictures)
        await press(pilot, "left")  # large and by heat it was not seen yet; its frame was
        assert len(kitty_pictures(sent.getvalue())) == count + 1
        await press(pilot, "right", "left")
        assert len(kitty_pictures(sent.getvalue())) == count + 1


@pytest.mark.parametrize(("kind", "mark"), [(Graphics.KITTY, PLACEHOLDER), (Graphics.SIXEL, "\x1bP")])
async def test_half_blocks_stand_in_below_another_screen(kind: Graphics, mark: str, sent: io.StringIO) -> None:
    app = pixels_app(kind)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right")
        widget = app.screen.query_one(PictureView)
        region = Region(0, 0, widget.outer_size.width, widget.outer_size.height)

        def seen() -> list[bool]:
            lines = [line for line in widget.render_lines(region) if mark in line.text or "▀" in line.text]
            return [mark in line.text for line in lines]

        assert set(seen()) == {True}
        await pilot.press("question_mark")
        await pilot.pause()
        assert set(seen()) == {False}
        await pilot.press("escape")
        await pilot.pause()
        assert set(seen()) == {True}
        await press(pilot, "v", "v")
        assert set(seen()) == {True}
    freed = [keys for keys, _ in kitty_messages(sent.getvalue()) if keys.get("a") == "d"]
    assert len(freed) == len(kitty_pictures(sent.getvalue()))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20), (200, 60)])
async def test_figures_have_room_beside_the_picture(size: tuple[int, int]) -> None:
    app = ExplorerApp(picture_bundle(), SCENE, ScriptedPictures())
    async with app.run_test(size=size) as pilot:
        view = await press(pilot, "right", "right")
        widget = app.screen.query_one(PictureView)
        picture = view.snapshot.trace.source.picture
        assert picture is not None
        layout = picture_layout(picture, widget.size.width, widget.size.height)
        assert layout.width >= 16
        beside = " ".join(line.text[layout.width :] for line in widget.strips()[: layout.lines]).split()
        wanted = "▸ cell 3,5 weight 14.4 % score 3.00 most 3,5 · 14 % 4.20 bit"
        assert " ".join(beside) == wanted


async def test_a_picture_is_lit_in_pixels_on_sixteen_colours_by_sixel_alone() -> None:
    app = pixels_app(Graphics.SIXEL)
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right")
        assert view.graphics.kind is Graphics.SIXEL
        app.palette = Palette(depth=ColorDepth.STANDARD)
        assert app._graphics_for(app.bundle).kind is Graphics.SIXEL
        app.palette = Palette(depth=ColorDepth.NONE)
        assert app._graphics_for(app.bundle).kind is Graphics.BLOCKS
