"""The reading view: when it is shown, what it draws, what keys and clicks do in it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from explorer.render.palette import ColorDepth, Palette
from explorer.render.reading_layout import Part
from explorer.runtime.controls import Controls
from explorer.tui.app import ExplorerApp
from explorer.tui.models import Opened
from explorer.tui.screens.model_actions import ModelActions
from explorer.tui.view import Face, View
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.reading import ReadingView
from explorer.tui.widgets.sentences import TargetLine
from tests.tui.conftest import press, settle
from tests.tui.long_trace import long_snapshot
from tests.tui.scripted import ScriptedStepper, made_up_bundle
from tests.tui.scripted_heads import ScriptedHeads, transformer_bundle
from tests.tui.scripted_summary import (
    COPIED,
    LOOKS_AT,
    SENTENCE,
    SOURCE,
    TARGET,
    ScriptedSummary,
    summary_bundle,
    summary_snapshot,
)

SIZE = (120, 40)
FARMERS = SOURCE.index("▁farmers")
CONTROLS = Controls("additive", "global", 4.0, 1.0)


def summary_app() -> ExplorerApp:
    return ExplorerApp(summary_bundle(), "made up", ScriptedSummary())


def translation_app() -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", ScriptedStepper())


def reading_of(app: App[Any]) -> ReadingView:
    return app.screen.query_one(ReadingView)


def text_of(reading: ReadingView) -> str:
    return "\n".join(strip.text.rstrip() for strip in reading.strips())


def words_of(reading: ReadingView) -> list[str]:
    """What is written, without notes and the frame of the cursor."""
    words = text_of(reading).translate(str.maketrans("▐▌●", "   ")).split()
    return [word for word in words if not word.isdigit()]


def place_of(reading: ReadingView, word: str) -> tuple[int, int]:
    """Offset of a word for a click, the border counted."""
    for y, line in enumerate(text_of(reading).split("\n")):
        if word in line:
            return line.index(word) + 1, y + 1
    raise AssertionError(f"{word} is not seen")


# --- which is shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "face"), [("summarization", Face.READING), ("translation", Face.GRID), ("", Face.GRID)]
)
def test_the_task_decides_what_a_model_opens_with(task: str, face: Face) -> None:
    assert Face.of(task) is face


async def test_a_summary_is_read_and_its_grid_is_a_key_away() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        view = await settle(pilot)
        assert (view.face, view.copies) == (Face.READING, True)
        grid, reading = app.screen.query_one(AttentionGrid), reading_of(app)
        assert (grid.display, reading.display, reading.has_focus) == (False, True, True)
        assert not app.screen.query_one("#source").display
        view = await press(pilot, "right", "v")
        assert view.face is Face.GRID
        assert (grid.display, reading.display, grid.has_focus) == (True, False, True)
        assert app.screen.query_one("#source").display
        assert "commission" in "".join(strip.text for strip in grid.strips())
        assert (await press(pilot, "v")).face is Face.READING


def transformer_app() -> ExplorerApp:
    return ExplorerApp(transformer_bundle(), "made up", ScriptedHeads())


@pytest.mark.parametrize("start", [translation_app, transformer_app])
async def test_a_translation_opens_with_the_grid_and_can_be_read(start: Callable[[], ExplorerApp]) -> None:
    app = start()
    async with app.run_test(size=SIZE) as pilot:
        view = await settle(pilot)
        assert (view.face, view.copies) == (Face.GRID, False)
        await press(pilot, "right", "right", "v")
        assert " ".join(words_of(reading_of(app))[:10]) == "the little girl in the pink dress climbing a wooden"
        assert "la petite" in text_of(reading_of(app))
        assert "copied" not in text_of(reading_of(app))


async def test_the_palette_and_the_help_name_it() -> None:
    app = translation_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        commands["Reading view"]()
        assert (await settle(pilot)).face is Face.READING
        await press(pilot, "question_mark")
        assert "the source as text to read" in str(app.screen.query_one("#help-keys").render())


async def test_another_model_keeps_the_view_unless_its_task_is_another() -> None:
    app = translation_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "v")
        for bundle, stepper, face in (
            (made_up_bundle(), ScriptedStepper(), Face.READING),
            (summary_bundle(), ScriptedSummary(), Face.READING),
            (made_up_bundle(), ScriptedStepper(), Face.GRID),
            (summary_bundle(), ScriptedSummary(), Face.READING),
        ):
            opened = Opened(bundle, stepper, stepper.start("made up", CONTROLS), "made up", "")
            app.post_message(ModelActions.ModelOpened(opened))
            view = await settle(pilot)
            assert view.face is face
            assert view.copies is (bundle.card.task == "summarization")
            assert app.screen.query_one("#reading").display is (face is Face.READING)


# --- what is drawn ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (50, 20), (30, 12)], ids=str)
async def test_every_line_fills_the_width_and_the_whole_source_is_seen_from_80_columns(size: tuple[int, int]) -> None:
    app = summary_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "end")
        reading = reading_of(app)
        strips = reading.strips()
        assert len(strips) == reading.size.height
        assert {strip.cell_length for strip in strips} == {reading.size.width}
        if size[0] >= 80:
            written = SENTENCE.replace(" ▁", "_").replace(" ", "").replace("_", " ").removeprefix("▁").split()
            assert words_of(reading)[: len(written)] == written
            assert len(written) == 50


async def test_copies_are_marked_and_counted_in_every_view() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "end")
        assert sum(view.copied) == COPIED
        written = "=commission approves =two =billion =dollars for =farmers hit =by =r=ains"
        said = f"copied {COPIED} of {len(TARGET) - 1}"
        flat = " ".join(text_of(reading_of(app)).split())
        assert written in flat
        assert f"target · {said}" in flat
        await press(pilot, "v")
        grid = app.screen.query_one(AttentionGrid)
        assert said in str(grid.border_title)
        assert [strip.text[0] for strip in grid.strips() if strip.text[0] == "="] == ["="] * COPIED
        target = " ".join(strip.text.strip() for strip in app.screen.query_one(TargetLine).strips())
        assert written in target


async def test_the_cursors_cell_is_read_out() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "up")
        view = await press(pilot, "up")
        share = float(view.step.weights[LOOKS_AT[0]]) * 100
        assert f"commission → commission  {share:.1f} %  score 4.53  = copied" in text_of(reading_of(app))
        await press(pilot, "down")
        assert "approves → approved" in text_of(reading_of(app))
        await press(pilot, "T")
        assert "no attention: every weight is 0" in text_of(reading_of(app))


class ReadingApp(App[None]):
    """Nothing but the reading view."""

    def compose(self) -> ComposeResult:
        yield ReadingView(id="reading")


@asynccontextmanager
async def shown(size: tuple[int, int], palette: Palette | None = None) -> AsyncIterator[tuple[ReadingView, View]]:
    app = ReadingApp()
    async with app.run_test(size=size) as pilot:
        reading = app.query_one(ReadingView)
        view = View(summary_snapshot(6, CONTROLS), palette or Palette(), row=6, copies=True)
        reading.view = view
        await pilot.pause()
        yield reading, view


async def test_it_scrolls_to_the_cursor_of_source_and_target() -> None:
    async with shown((24, 10)) as (reading, view):
        assert "farmers" in text_of(reading)
        assert "↓" in text_of(reading)
        assert "↑" in text_of(reading)
        reading.view = view.replace(column=0, row=0)
        assert text_of(reading).startswith("▐the▌european")
        assert "↑" not in text_of(reading).split("target")[0]
        assert "=commission" in text_of(reading)
        reading.view = view.replace(column=len(SOURCE) - 1)
        assert "▐END▌" in text_of(reading)


@pytest.mark.parametrize("depth", [ColorDepth.STANDARD, ColorDepth.NONE])
async def test_with_few_colors_figures_and_shading_stand_below_the_words(depth: ColorDepth) -> None:
    async with shown((40, 16), Palette(depth=depth)) as (reading, view):
        lines = text_of(reading).split("\n")
        at = next(y for y, line in enumerate(lines) if "[farmers]" in line)
        start = lines[at].index("[farmers]") + 1
        assert lines[at + 1][start : start + 7] == "●47 ▒▒▒"
        assert f"{float(view.step.weights[FARMERS]):.2f}" == "0.47"
        assert any("[▌]" in line for line in lines)


@pytest.mark.parametrize("depth", [ColorDepth.TRUECOLOR, ColorDepth.EIGHT_BIT])
async def test_in_color_the_heat_is_behind_the_words(depth: ColorDepth) -> None:
    palette = Palette(depth=depth)
    async with shown((60, 30), palette) as (reading, view):
        strips = reading.strips()
        y = next(y for y, strip in enumerate(strips) if "farmers" in strip.text)
        x = strips[y].text.index("farmers")
        (segment, *_) = strips[y].crop(x, x + 1)
        assert segment.style is not None
        assert segment.style.bgcolor is not None
        assert segment.style.bgcolor.triplet == palette.background(float(view.step.weights[FARMERS]))


async def test_a_source_of_512_tokens_can_be_read() -> None:
    async with shown((60, 20)) as (reading, view):
        snapshot = long_snapshot(40, 512)
        pieces = tuple(f"▁{label}" for label in snapshot.trace.source.labels)
        source = dataclasses.replace(snapshot.trace.source, pieces=pieces)
        snapshot = dataclasses.replace(snapshot, trace=dataclasses.replace(snapshot.trace, source=source))
        reading.view = view.replace(snapshot=snapshot, row=39, column=511)
        assert "▐word511▌" in text_of(reading)
        reading.view = view.replace(snapshot=snapshot, row=39, column=0)
        assert "▐word0▌" in text_of(reading)


async def test_what_is_folded_away_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    app = translation_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "v", "v")
        drawn = []
        real = ReadingView.strips
        monkeypatch.setattr(ReadingView, "strips", lambda widget: drawn.append(1) or real(widget))
        await press(pilot, "right", "right")
        assert drawn == []
        await press(pilot, "v")
        assert drawn
        assert "la petite" in text_of(reading_of(app))


# --- keys and mouse -----------------------------------------------------------------------------------------------


async def test_keys_work_as_in_the_grid() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "right")
        assert (view.snapshot.emitted, view.row) == (3, 3)
        view = await press(pilot, "up", "l")
        assert (view.row, view.column) == (2, LOOKS_AT[2] + 1)
        assert (await press(pilot, "h", "h")).column == LOOKS_AT[2] - 1
        assert (await press(pilot, "shift+right")).column == LOOKS_AT[2]
        assert (await press(pilot, "escape")).column is None
        assert (await press(pilot, "t")).snapshot.trace.controls.attention == "local_m"
        assert "local-m" in str(reading_of(app).border_title)
        assert (await press(pilot, "pageup")).row == 0
        zoom = view.zoom
        assert (await press(pilot, "z")).zoom is zoom
        assert "v shows it" in app.screen.query_one(KeyBar).message


async def test_a_click_on_a_source_token_reads_it_out() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "up")
        for word, column in (("negotiations", 16), ("spring", 52), ("woman", 56)):
            await pilot.click("#reading", offset=place_of(reading_of(app), word))
            view = await settle(pilot)
            assert (view.row, view.column) == (1, column)
        x, y = place_of(reading_of(app), "negotiations")
        await pilot.click("#reading", offset=(x, y + 1))
        assert (await settle(pilot)).column == 16


async def test_a_click_on_a_target_token_moves_the_cursor_to_its_row() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *["right"] * 4)
        await pilot.click("#reading", offset=place_of(reading_of(app), "approves"))
        assert ((await settle(pilot)).row, (await settle(pilot)).column) == (1, None)
        await pilot.click("#reading", offset=place_of(reading_of(app), "=billion"))
        assert (await settle(pilot)).row == 3
        x, y = place_of(reading_of(app), "=billion")
        await pilot.click("#reading", offset=(x + len("=billion "), y))
        assert (await settle(pilot)).on_pending


async def test_a_click_beside_the_text_changes_nothing() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "up")
        reading = reading_of(app)
        drawing = reading._drawing(before)
        rule = next(y for y in range(reading.size.height) if drawing.layout.slot(y)[0] is Part.RULE)
        for offset in ((5, rule + 1), (5, reading.size.height), (reading.size.width, place_of(reading, "added")[1])):
            await pilot.click("#reading", offset=offset)
        assert await settle(pilot) == before


async def test_the_wheel_moves_the_row() -> None:
    app = summary_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right")
        await wheel(pilot, "up")
        assert (await settle(pilot)).row == 2
        await wheel(pilot, "down")
        assert (await settle(pilot)).row == 3


async def wheel(pilot: Pilot[None], way: str) -> None:
    reading = reading_of(pilot.app)
    getattr(reading, f"on_mouse_scroll_{way}")()
    await pilot.pause()
