"""Edits of one head by keys: where they act, where they are marked, what is said, and models that cannot."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from textual.widgets import Input, OptionList

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, WeightEdit
from explorer.runtime.heads import heads_of
from explorer.runtime.switches import default_controls
from explorer.runtime.transformer import TransformerFamily
from explorer.tui.app import ExplorerApp
from explorer.tui.models import carried_controls
from explorer.tui.screens.edits import EditsScreen
from explorer.tui.screens.heads import HeadsScreen
from explorer.tui.screens.weight import WeightScreen, meaning
from explorer.tui.widgets.head_figures import HeadFiguresPanel
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_picker import HeadPicker
from explorer.tui.widgets.head_wall import HeadWall
from explorer.tui.widgets.step_panel import StepPanel
from tests.tui.conftest import press, row_text, said

SIZE = (120, 40)
TEXT = "zwei kleine Hunde laufen über das nasse Gras."


@pytest.fixture
def app(transformer: Bundle) -> ExplorerApp:
    return ExplorerApp(transformer, TEXT)


def panel_text(app: ExplorerApp) -> str:
    panel = app.explorer.query_one(StepPanel)  # type: ignore[union-attr]
    return "\n".join(panel.render_line(y).text for y in range(panel.size.height))


async def test_a_mask_acts_in_the_head_that_is_shown_and_is_marked_there(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "n", "n", "right", "right", "right", "up", "up")
        place = before.snapshot.trace.controls.shown_head
        assert place == (0, 1)
        focus = before.step.focus
        assert focus is not None
        view = await press(pilot, "m")
        assert view.snapshot.trace.controls.bias == (BiasEdit(1, focus, -math.inf, *place),)
        assert view.step.weights[focus] == 0.0
        assert view.step.weights.sum() == pytest.approx(1.0, abs=1e-5)
        heads = heads_of(view.step).cross_weights
        np.testing.assert_array_equal(heads[0, [0, 2, 3]], heads_of(before.step).cross_weights[0, [0, 2, 3]])
        assert "╱" in row_text(app, 1)
        assert "masked in layer 0 · head 1, step 2" in said(app)
        assert "masked" in panel_text(app)
        await press(pilot, "n")
        assert "╱" not in row_text(app, 1)
        assert "masked" not in panel_text(app)
        app.explorer.action_show_all("mean")  # type: ignore[union-attr]
        await press(pilot)
        assert "╱" not in row_text(app, 1)
        assert "masked in layer 0" in panel_text(app)


async def test_an_edited_head_is_marked_among_the_others(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "n", "n", "right", "right", "right", "up", "up", "m", "n")
        explorer = app.explorer
        assert explorer is not None
        picker = explorer.query_one(HeadPicker)
        assert [picker.render_line(y).text.count("±") for y in range(3)] == [1, 0, 0]
        await press(pilot, "w")
        wall, panel = app.screen.query_one(HeadWall), app.screen.query_one(HeadFiguresPanel)
        text = "\n".join(wall.render_line(y).text for y in range(wall.size.height))
        assert text.count("±") == 1
        assert "± L0 H1" in text
        assert "edit" not in "".join(panel.render_line(y).text for y in range(panel.size.height))
        await press(pilot, "left", "enter")
        assert app.screen.query_one(HeadMap).border_title == "cross · layer 0 · head 1 · ± 1 edit"
        assert "± 1 edit" in "".join(panel.render_line(y).text for y in range(panel.size.height))
        await press(pilot, "tab")  # the heads of the decoder's self-attention have no edits
        text = "\n".join(wall.render_line(y).text for y in range(wall.size.height))
        assert "±" not in text


async def test_undo_and_redo_and_the_list(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "n", "right", "right", "right", "up", "up", "l")
        column = before.column
        assert column is not None
        await press(pilot, ".", "n", "P")
        view = await press(pilot, "u")
        assert view.snapshot.trace.controls.bias == (BiasEdit(1, column, 1.0, 0, 0),)
        assert view.snapshot.trace.controls.weights == ()
        view = await press(pilot, "U", "L")
        assert isinstance(app.screen, EditsScreen)
        assert view.snapshot.trace.controls.weights == (WeightEdit(1, column, 1.0, 0, 1, alone=True),)
        listed = app.screen.query_one(OptionList)
        told = [str(listed.get_option_at_index(place).prompt) for place in range(2)]
        label = before.snapshot.trace.source.labels[column]
        assert told == [
            f"{label} strengthened by 1 in layer 0 · head 0, step 2",
            f"{label} pinned in layer 0 · head 1, step 2",
        ]
        view = await press(pilot, "enter")
        assert view.snapshot.trace.controls.shown_head == (0, 0)
        assert "▲" in row_text(app, 1)
        view = await press(pilot, "L", "X")
        assert view.snapshot.trace.controls.edited_heads == ()
        np.testing.assert_array_equal(
            heads_of(view.step).cross_weights, heads_of(before.snapshot.steps[view.row or 0]).cross_weights
        )


async def test_a_weight_is_typed_for_one_head_and_said_to_be(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "N", "right", "right", "up", "l", "enter")
        place = view.snapshot.trace.controls.shown_head
        assert place == (2, 3)
        assert isinstance(app.screen, WeightScreen)
        assert "layer 2, head 3, and set there alone" in meaning(view)
        app.screen.query_one("#weight", Input).value = "40 %"
        view = await press(pilot, "enter")
        assert view.column is not None
        assert view.step.weights[view.column] == pytest.approx(0.4, abs=1e-5)
        assert "◐" in row_text(app, 1)
        (edit,) = view.snapshot.trace.controls.weights
        assert edit.place == place


async def test_all_heads_are_edited_where_several_are_shown_as_one(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "up", "l", "m")
        (edit,) = view.snapshot.trace.controls.bias
        assert edit.place is None
        assert not heads_of(view.step).cross_weights[..., edit.source].any()
        await press(pilot, "n", "P")
        assert "every head has this cell masked" in said(app)
        assert "masked in every head" in panel_text(app)


async def test_the_wall_marks_the_edits_of_the_head_that_it_shows(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "n", "right", "right", "up", "m", "w", "enter")
        assert isinstance(app.screen, HeadsScreen)
        heads = app.screen.query_one(HeadMap)

        def drawn() -> str:
            return "\n".join(heads.render_line(y).text for y in range(heads.size.height))

        assert "╱" in drawn()
        await press(pilot, "escape", "right", "enter")
        assert app.screen.wall is not None
        assert app.screen.wall.chosen == "L0 H1"
        assert "╱" not in drawn()


async def test_a_graph_without_the_input_says_so_and_nothing_changes(transformer: Bundle) -> None:
    heads = transformer.card.heads
    assert heads is not None
    older = dataclasses.replace(transformer, family=TransformerFamily(transformer.card, heads, frozenset()))
    app = ExplorerApp(older, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "n", "right", "right", "up")
        view = await press(pilot, "m")
        assert said(app) == "this model cannot edit one head alone: its graph has no head_bias; edit all as one"
        assert view.snapshot.trace.controls == before.snapshot.trace.controls
        app.explorer.action_show_all("mean")  # type: ignore[union-attr]
        view = await press(pilot, "m")
        assert len(view.snapshot.trace.controls.bias) == 1


def test_edits_of_heads_stay_with_their_model(transformer: Bundle) -> None:
    every, own = BiasEdit(0, 1, 1.0), BiasEdit(0, 1, 1.0, 0, 1)
    typed, mine = WeightEdit(1, 2, 0.5, 0, 1), WeightEdit(1, 2, 0.5, 0, 1, alone=True)
    controls = default_controls(transformer.card).replace(bias=(every, own), weights=(typed, mine))
    carried = carried_controls(transformer.card, transformer.card, controls)
    assert carried.bias == (every,)
    assert carried.weights == (WeightEdit(1, 2, 0.5),)
