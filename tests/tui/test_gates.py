"""Removing heads: sets, keys, and what it does to the emitted tokens."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import Heads
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.controls import HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import CROSS, ENCODER, SELF
from explorer.runtime.switches import default_controls
from explorer.tui.app import ExplorerApp
from explorer.tui.gates import heads_of_kind, with_head, with_layer, with_only
from explorer.tui.stepper import Stepper
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.head_figures import ChangesPanel, signed
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_picker import HeadPicker
from explorer.tui.widgets.head_wall import HeadWall
from tests.tui.conftest import TEXT, press
from tests.tui.scripted_heads import COST, COUNTS, ScriptedHeads, transformer_bundle

SIZE = (120, 40)
KEY = HeadKey(CROSS, 1, 1)
TRANSFORMER = "transformer-en-fr"


@pytest.fixture
def stepper() -> ScriptedHeads:
    return ScriptedHeads()


@pytest.fixture
def app(stepper: ScriptedHeads) -> ExplorerApp:
    return ExplorerApp(transformer_bundle(), "made up", stepper)


# --- sets ---------------------------------------------------------------------------------------------------------


def test_a_head_goes_and_comes_back() -> None:
    removed = with_head((), KEY)
    assert removed == (KEY,)
    assert with_head(with_head(removed, HeadKey(SELF, 0, 3)), KEY) == (HeadKey(SELF, 0, 3),)


def test_sets_are_sorted_as_the_controls_keep_them() -> None:
    removed = with_head(with_head((), KEY), HeadKey(CROSS, 0, 2))
    assert removed == (HeadKey(CROSS, 0, 2), KEY)


def test_a_layer_goes_whole_and_comes_back_whole() -> None:
    one = (HeadKey(CROSS, 1, 3), HeadKey(SELF, 1, 0))
    layer = with_layer(one, KEY, COUNTS)
    assert layer == (*(HeadKey(CROSS, 1, head) for head in range(4)), HeadKey(SELF, 1, 0))
    assert with_layer(layer, KEY, COUNTS) == (HeadKey(SELF, 1, 0),)


def test_all_but_one_leaves_the_other_kinds_alone() -> None:
    removed = with_only((HeadKey(SELF, 0, 0), KEY), KEY, COUNTS)
    assert KEY not in removed
    assert HeadKey(SELF, 0, 0) in removed
    assert sum(key.kind == CROSS for key in removed) == 11
    assert with_only(removed, KEY, COUNTS) == (HeadKey(SELF, 0, 0),)


def test_heads_of_a_kind() -> None:
    hybrid = Heads(2, 0, 3, "cnn")
    assert len(heads_of_kind(hybrid, CROSS)) == len(heads_of_kind(hybrid, SELF)) == 6
    assert heads_of_kind(hybrid, ENCODER) == ()


# --- keys ---------------------------------------------------------------------------------------------------------


async def test_space_removes_and_the_change_stands_beside_each_token(app: ExplorerApp, stepper: ScriptedHeads) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "right", "w", "space")
        assert view.snapshot.trace.controls.removed == (KEY,)
        assert view.snapshot.emitted == 3  # the prefix stays
        np.testing.assert_allclose(view.snapshot.changes, [-COST] * 3)
        panel = app.screen.query_one(ChangesPanel)
        assert panel.border_title == "removal · 1 head"
        lines = [panel.render_line(y).text for y in range(5)]
        assert lines[1].split()[:2] == ["la", "−0.12"]
        assert lines[4].split()[:2] == ["sum", "−0.38"]
        await press(pilot, "right", "space")
        view = await press(pilot, ".")
        np.testing.assert_allclose(view.snapshot.changes, [-2 * COST] * 4)


async def test_a_removed_head_is_hatched_and_named(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "w", "space")
        wall = app.screen.query_one(HeadWall)
        text = "\n".join(wall.render_line(y).text for y in range(wall.size.height))
        assert "✕ L1 H1" in text
        assert "╱" in text
        await press(pilot, "enter")
        assert "✕ removed" in str(app.screen.query_one(HeadMap).border_title)
        await press(pilot, "escape", "escape")
        assert app.screen.query_one("#grid").border_title == "layer 1 · head 1 · 1 head removed"
        picker = app.screen.query_one(HeadPicker)
        assert "−0.12" in "".join(picker.render_line(y).text for y in range(picker.size.height))


async def test_layer_only_this_restore_and_undo(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        counts = []
        for key in ("w", "space", "L", "O", "R", "u", "u", "u", "u"):
            view = await press(pilot, key)
            counts.append(len(view.snapshot.trace.controls.removed))
        assert counts == [0, 1, 4, 11, 0, 11, 4, 1, 0]
        await press(pilot, "u")
        assert app.screen.query_one(KeyBar).message.startswith("nothing to undo")


async def test_removals_of_three_kinds_are_kept_apart(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "w", "space", "2", "space", "3", "space")
        kinds = [key.kind for key in view.snapshot.trace.controls.removed]
        assert kinds == [CROSS, ENCODER, SELF]


async def test_several_heads_as_one_cannot_be_removed(app: ExplorerApp, stepper: ScriptedHeads) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "w", "up", "right", "right", "right", "space")
        assert "choose a head" in app.screen.query_one(KeyBar).message
        assert stepper.replays == []


async def test_undo_works_in_the_explorer_and_brings_back_what_restart_left(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "w", "space", "L", "escape", "u")
        assert len(view.snapshot.trace.controls.removed) == 1
        assert (await press(pilot, "R")).snapshot.trace.controls.removed == ()
        assert len((await press(pilot, "u")).snapshot.trace.controls.removed) == 1
        view = await press(pilot, "u")
        assert view.snapshot.trace.controls.removed == ()
        await press(pilot, "u")
        assert app.screen.query_one(KeyBar).message.startswith("nothing to undo")
        assert len((await press(pilot, "U")).snapshot.trace.controls.removed) == 1
        assert (await press(pilot, "U")).snapshot.trace.controls.removed == ()


async def test_a_burst_of_removals_ends_in_the_last(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "w")
        await pilot.press("space", "right", "space", "enter", "escape", "right", "space")
        view = await press(pilot)
        assert [key.head for key in view.snapshot.trace.controls.removed] == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "text"), [(-0.314, "−0.31"), (0.2, "+0.20"), (-0.001, "0.00"), (0.0, "0.00"), (-12.0, "−12.00")]
)
def test_changes_have_a_sign(change: float, text: str) -> None:
    assert signed(change) == text


# --- the real model -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformer() -> Bundle:
    if TRANSFORMER not in shipped_bundles():
        pytest.skip(f"{TRANSFORMER} is not shipped")
    return open_bundle(TRANSFORMER, "cpu")


def test_the_whole_model_is_what_removals_are_compared_with(transformer: Bundle) -> None:
    stepper = Stepper(Decoder(transformer))
    controls = default_controls(transformer.card)
    stepper.start(TEXT, controls)
    for _ in range(3):
        stepper.step()
    whole = stepper.snapshot
    assert whole.changes == ()
    gated = stepper.replay(controls.replace(removed=(KEY, HeadKey(SELF, 0, 0))))
    assert [step.token for step in gated.trace.steps] == [step.token for step in whole.trace.steps]
    np.testing.assert_allclose(gated.baseline, [step.log_prob for step in whole.trace.steps], atol=1e-5)
    assert max(map(abs, gated.changes)) > 1e-3
    # What is emitted under the removal is compared with the whole model too, and going back loses nothing.
    further = stepper.step()
    assert len(further.changes) == 4
    plain = Stepper(Decoder(transformer))
    plain.start(TEXT, controls)
    same = plain.follow([step.token for step in further.trace.steps])
    np.testing.assert_allclose(further.baseline, [step.log_prob for step in same.trace.steps], atol=1e-4)
    assert stepper.back().changes == gated.changes
    assert stepper.replay(controls).changes == ()


def test_looking_computes_nothing_anew(transformer: Bundle) -> None:
    stepper = Stepper(Decoder(transformer))
    controls = default_controls(transformer.card)
    stepper.start(TEXT, controls)
    before = stepper.step()
    after = stepper.look(controls.replace(layer=2, head=3, aggregate=None))
    heads = before.trace.steps[0].heads
    assert heads is not None
    assert after.trace.steps[0].heads is heads
    np.testing.assert_array_equal(after.trace.steps[0].weights, heads.cross_weights[2, 3])
    assert after.ahead is not None
    # A look that overtook a removal computes it.
    gated = stepper.look(controls.replace(layer=0, head=0, aggregate=None, removed=(KEY,)))
    assert gated.trace.controls.removed == (KEY,)
    assert gated.changes[0] != 0.0


async def test_the_wall_on_the_real_model(transformer: Bundle) -> None:
    app = ExplorerApp(transformer, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "w", "space", "2", "space", "3", "space", "L")
        assert len(view.snapshot.changes) == 2
        assert any(abs(change) > 1e-4 for change in view.snapshot.changes)
        view = await press(pilot, "R")
        assert view.snapshot.changes == ()
