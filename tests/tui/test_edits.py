"""Editing attention, forcing in the past, other words, the test of the attention: by keys, on the shipped model."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input, OptionList

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, WeightEdit
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.branches import BranchesScreen
from explorer.tui.screens.changes import ChangesScreen
from explorer.tui.screens.edits import EditsScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.truth import TruthScreen
from explorer.tui.screens.weight import WeightScreen, read_weight
from explorer.tui.screens.word import WordScreen
from explorer.tui.view import View
from explorer.tui.widgets.bars import KeyBar
from tests.tui.conftest import TEXT, press, row_text, settle

SIZE = (120, 40)


def said(app: ExplorerApp) -> str:
    return app.screen.query_one(KeyBar).message


async def test_m_masks_the_cell_then_the_column_then_neither(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "right", "up", "up")
        focus = before.step.focus
        assert focus is not None
        view = await press(pilot, "m")
        assert view.snapshot.trace.controls.bias == (BiasEdit(1, focus, -math.inf),)
        assert (view.row, view.column) == (1, focus)
        assert view.step.weights[focus] == 0.0
        assert view.step.weights.sum() == pytest.approx(1.0, abs=1e-5)
        assert "╱" in row_text(app, 1)
        assert "╱" not in row_text(app, 2)
        assert "masked, step 2" in said(app)
        np.testing.assert_array_equal(view.snapshot.trace.steps[0].weights, before.snapshot.trace.steps[0].weights)
        view = await press(pilot, "m")
        assert view.snapshot.trace.controls.bias == (BiasEdit(None, focus, -math.inf),)
        assert not view.snapshot.trace.weights[:, focus].any()
        view = await press(pilot, "m")
        assert view.snapshot.trace.controls == before.snapshot.trace.controls


async def test_strengthen_weaken_and_pin_are_marked(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "right", "up", "up", "l")
        column = before.column
        assert column is not None
        view = await press(pilot, ".", ".")
        assert view.snapshot.trace.controls.bias == (BiasEdit(1, column, 2.0),)
        odds = [w[column] / (1.0 - w[column]) for w in (before.step.weights, view.step.weights)]
        assert odds[1] / odds[0] == pytest.approx(math.e**2, rel=1e-3)
        assert "▲" in row_text(app, 1)
        view = await press(pilot, ",", ",", ",")
        assert view.snapshot.trace.controls.bias == (BiasEdit(1, column, -1.0),)
        assert "▼" in row_text(app, 1)
        view = await press(pilot, "P")
        assert view.step.weights[column] == 1.0
        assert "■" in row_text(app, 1)
        assert view.snapshot.trace.controls.bias == ()
        assert (await press(pilot, "P")).snapshot.trace.controls == before.snapshot.trace.controls


async def test_a_weight_is_typed(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "up", "l", "enter")
        assert isinstance(app.screen, WeightScreen)
        app.screen.query_one("#weight", Input).value = "2"
        await press(pilot, "enter")
        assert isinstance(app.screen, WeightScreen)  # what is no weight stays to be mended
        app.screen.query_one("#weight", Input).value = "40 %"
        view = await press(pilot, "enter")
        column = view.column
        assert column is not None
        assert view.step.weights[column] == pytest.approx(0.4, abs=1e-5)
        assert "◐" in row_text(app, 1)


@pytest.mark.parametrize(
    ("text", "weight"),
    [("0.25", 0.25), (".5", 0.5), ("0,3", 0.3), ("25 %", 0.25), ("1", 1.0), ("1.1", None), ("nan", None), ("x", None)],
)
def test_what_counts_as_a_weight(text: str, weight: float | None) -> None:
    assert read_weight(text) == weight


async def test_undo_and_redo_one_by_one(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        controls = [(await press(pilot, "right", "right", "up")).snapshot.trace.controls]
        for key in ("m", "2", ".", "t"):
            controls.append((await press(pilot, key)).snapshot.trace.controls)
        for expected in reversed(controls[:-1]):
            assert (await press(pilot, "u")).snapshot.trace.controls == expected
        await press(pilot, "u")
        assert said(app).startswith("nothing to undo")
        for expected in controls[1:]:
            assert (await press(pilot, "U")).snapshot.trace.controls == expected
        # A switch after an undo starts from what the undo led to, however fast the keys come.
        await pilot.press("u", "u", "1")
        view = await settle(pilot)
        assert view.snapshot.trace.controls == controls[2].replace(alignment="location")


async def test_edits_are_listed_and_taken_off(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "L")
        assert said(app).startswith("no edits yet")
        await press(pilot, "right", "right", "right", "up", "P", "up", "m", "up", "m", "L")
        assert isinstance(app.screen, EditsScreen)
        listed = app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in listed.options][2].endswith("pinned, step 3")
        view = await press(pilot, "x")
        assert [edit.step for edit in view.snapshot.trace.controls.bias] == [1]
        view = await press(pilot, "down", "a")
        assert [edit.step for edit in view.snapshot.trace.controls.weights] == [None]
        view = await press(pilot, "enter")
        assert isinstance(app.screen, ExplorerScreen)
        assert view.column == view.snapshot.trace.controls.weights[0].source
        view = await press(pilot, "L", "X")
        assert view.snapshot.trace.controls.bias == view.snapshot.trace.controls.weights == ()
        assert len((await press(pilot, "u")).snapshot.trace.controls.weights) == 1


async def test_free_mode_decodes_anew_from_the_edit_on(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "end", "p", *["up"] * 6)
        row = before.row
        view = await press(pilot, "m")
        tokens = [[step.token for step in shown.snapshot.trace.steps] for shown in (before, view)]
        assert tokens[0][:row] == tokens[1][:row]
        assert all(step.token == step.candidates[0].token for step in view.snapshot.trace.steps[row:])
        assert view.snapshot.trace.finished
        again = await press(pilot, "u")
        assert [step.token for step in again.snapshot.trace.steps] == tokens[0]


async def test_without_attention_there_is_nothing_to_edit(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "T", "m")
        assert said(app).startswith("without attention")
        assert (await press(pilot, ".")).snapshot.trace.controls.bias == ()


async def test_another_source_has_no_edits_and_undo_brings_them_back(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        edited = await press(pilot, "end", "up", "m", "e")
        app.screen.query_one("#editor", Input).value = "yes."
        view = await press(pilot, "enter")
        assert view.snapshot.trace.controls.bias == ()
        view = await press(pilot, "u")
        assert view.snapshot.trace.source.text == TEXT
        assert view.snapshot.trace.controls == edited.snapshot.trace.controls
        assert view.snapshot.emitted == edited.snapshot.emitted


async def test_branches_are_kept_and_gone_to(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        first = await press(pilot, "B", "end")
        assert said(app).startswith("one run so far")
        second = await press(pilot, "up", "up", "up", "f", "down", "down", "down", "enter", "end")
        assert second.snapshot.trace.text != first.snapshot.trace.text
        await press(pilot, "B")
        assert isinstance(app.screen, BranchesScreen)
        listed = app.screen.query_one(OptionList)
        assert listed.option_count == 3
        assert "here" in str(listed.options[listed.highlighted or 0].prompt)
        view = await press(pilot, "up", "enter")
        assert view.snapshot.trace.text == first.snapshot.trace.text
        assert (await press(pilot, "u")).snapshot.trace.text == second.snapshot.trace.text


async def test_a_word_is_replaced_and_the_changes_are_shown(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "right")
        labels = before.snapshot.trace.source.labels
        await press(pilot, *["l"] * (labels.index("dogs") - (before.cursor_column or 0)))
        await press(pilot, *["h"] * ((before.cursor_column or 0) - labels.index("dogs")), "E")
        assert isinstance(app.screen, WordScreen)
        assert app.screen.query_one("#new-word", Input).value == "dogs"
        near = [str(option.prompt) for option in app.screen.query_one("#near", OptionList).options]
        assert {"dog", "cats", "puppies", "animals"} & set(near)
        app.screen.query_one("#new-word", Input).value = "cats"
        view = await press(pilot, "enter")
        assert isinstance(app.screen, ChangesScreen)
        assert "target token" in str(app.screen.query_one("#changes-list").border_title)
        assert view.snapshot.trace.source.text == TEXT.replace("dogs", "cats")
        assert view.snapshot.emitted == 3
        assert (await press(pilot, "escape", "u")).snapshot.trace.source.text == TEXT


async def test_a_word_is_dropped_and_added(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *["h"] * 20, "E", "ctrl+d", "escape")
        assert app.explorer is not None
        view = await settle(pilot)
        assert view.snapshot.trace.source.text == TEXT.split(" ", 1)[1]
        await press(pilot, *["l"] * 30, "E")
        app.screen.query_one("#new-word", Input).value = "tonight"
        view = await press(pilot, "enter", "escape")
        assert view.snapshot.trace.source.text.endswith("grass. tonight")


async def test_the_attention_is_put_to_the_test(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "i")
        screen = app.screen
        assert isinstance(screen, TruthScreen)
        report = screen.report
        assert report is not None
        assert [test.name for test in report.tests] == list(app.bundle.card.switches.alignments)
        assert report.shown.drops.shape == (3, len(report.snapshot.trace.source))
        # On a sharp row the greatest weight is what is missed most.
        assert report.shown.drops[1].argmax() == report.shown.weights[1].argmax()
        await press(pilot, "up", "1", "a")
        assert screen.report is not None
        assert screen.report.row == 1
        view = await press(pilot, "right")
        assert screen.report.shown.weights.shape[0] == len(view.snapshot.steps) == 4
        await press(pilot, "o")
        assert screen.report.sorted_positions()[0] == screen.report.shown.weights[screen.report.row].argmax()
        await press(pilot, "T", "escape")
        assert isinstance(app.screen, ExplorerScreen)


async def test_every_key_on_a_picture(caption_bundle: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "l", "P", "m", ".", "u", "u")
        assert view.column is not None
        assert view.snapshot.trace.controls.weights == (WeightEdit(2, view.column, 1.0),)
        assert view.step.weights[view.column] == 1.0
        await press(pilot, "E")
        assert "no words" in said(app)
        await press(pilot, "i")
        assert isinstance(app.screen, TruthScreen)
        assert app.screen.report is not None
        assert app.screen.report.shown.drops.shape == (3, 16)


async def test_a_weight_in_a_transformer_is_that_of_the_head_shown(transformer: Bundle) -> None:
    app = ExplorerApp(transformer, "zwei kleine Hunde laufen.")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "up", "n", "l", "enter")
        app.screen.query_one("#weight", Input).value = "0.5"
        view = await press(pilot, "enter")
        controls = view.snapshot.trace.controls
        assert (controls.weights[0].layer, controls.weights[0].head) == (controls.layer, controls.head)
        assert weight_at(view) == pytest.approx(0.5, abs=1e-3)
        await press(pilot, "i")
        assert isinstance(app.screen, TruthScreen)
        assert app.screen.report is not None
        counts = transformer.card.heads
        assert counts is not None
        assert len(app.screen.report.tests) == 1 + counts.layers * counts.heads


def weight_at(view: View) -> float:
    assert view.column is not None
    return float(view.step.weights[view.column])
