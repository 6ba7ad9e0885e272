"""Two runs beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from textual.pilot import Pilot

from explorer.errors import InputError
from explorer.render.palette import Palette
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.differences import jensen_shannon_distance
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Step
from explorer.tui.app import ExplorerApp
from explorer.tui.comparison import Comparison
from explorer.tui.pair import LEFT, RIGHT, Pair
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.compare_actions import neighbouring
from explorer.tui.screens.compare_keys import HINTS
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.stepper import Stepper
from explorer.tui.view import View
from explorer.tui.widgets.compare_grids import DifferenceGrid, SideGrid
from explorer.tui.widgets.difference_picture import DifferencePicture
from tests.tiny_captions import COLUMNS, ROWS
from tests.tui.conftest import TEXT, press, said, settle
from tests.tui.scripted import TARGET
from tests.tui.scripted_compare import OTHER_ROW, OTHER_WORD, ScriptedSides, scored_bundle
from tests.tui.scripted_heads import ScriptedHeads, transformer_bundle

SIZE = (120, 40)


@pytest.fixture
def scripted() -> ExplorerApp:
    return ExplorerApp(scored_bundle(), "made up", ScriptedSides())


def comparison_of(app: ExplorerApp) -> Comparison:
    assert isinstance(app.screen, CompareScreen)
    assert app.screen.comparison is not None
    return app.screen.comparison


def emitted(app: ExplorerApp) -> list[int]:
    return [side.snapshot.emitted for side in comparison_of(app).sides]


async def opened(pilot: Pilot[None], *keys: str) -> Comparison:
    """Compare after four steps, press keys, return what is drawn."""
    await press(pilot, "right", "right", "right", "right", "c", *keys)
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    return comparison_of(app)


async def test_it_begins_with_the_tokens_of_the_explorer_and_the_next_function(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        comparison = await opened(pilot)
        left, right = (side.snapshot.trace for side in comparison.sides)
        assert (left.controls.alignment, right.controls.alignment) == ("additive", "general")
        assert left.controls.attention == right.controls.attention == "global"
        assert left.labels == right.labels == TARGET[:4]
        assert comparison.active == RIGHT


async def test_both_sides_are_stepped_together(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "right", "right")
        assert emitted(scripted) == [6, 6]
        await press(pilot, "left")
        assert emitted(scripted) == [5, 5]
        await press(pilot, "home")
        assert emitted(scripted) == [0, 0]
        await press(pilot, "end")
        assert emitted(scripted) == [len(TARGET)] * 2
        await press(pilot, "right")
        assert said(scripted) == "both sentences are finished: ← goes back"


async def test_the_explorer_stays_as_it_was(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "right", "t")
        view = await press(pilot, "escape")
        assert isinstance(scripted.screen, ExplorerScreen)
        assert view.snapshot.emitted == 4
        assert view.snapshot.trace.controls.attention == "global"


async def test_keys_change_the_active_side_alone(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "t", "t", "minus")
        left, right = (side.snapshot.trace.controls for side in comparison_of(scripted).sides)
        assert (left.attention, left.temperature) == ("global", 1.0)
        assert (right.attention, right.temperature) == ("local_p", 0.8)
        await press(pilot, "tab", "5")
        left, right = (side.snapshot.trace.controls for side in comparison_of(scripted).sides)
        assert (left.alignment, right.alignment) == ("dot", "general")
        await press(pilot, "shift+tab", "A")
        assert comparison_of(scripted).sides[RIGHT].snapshot.trace.controls.alignment == "additive"


async def test_a_locked_side_is_neither_stepped_nor_switched(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        comparison = await opened(pilot, "L", "right")
        assert [side.locked for side in comparison.sides] == [False, True]
        assert emitted(scripted) == [5, 4]
        await press(pilot, "t", "M")
        assert isinstance(scripted.screen, CompareScreen)
        assert comparison_of(scripted).sides[RIGHT].snapshot.trace.controls.attention == "global"
        assert said(scripted) == "the right side is locked: L unlocks it"
        await press(pilot, "tab", "y")
        assert emitted(scripted) == [5, 4]
        await press(pilot, "L", "right")
        assert said(scripted) == "nothing to step: L unlocks a side"
        await press(pilot, "L", "tab", "L", "left")
        assert emitted(scripted) == [4, 4]  # the longer one goes back alone
        await press(pilot, "left")
        assert emitted(scripted) == [3, 3]


async def test_swapping_keeps_the_keys_with_their_run(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        comparison = await opened(pilot, "s")
        assert [side.snapshot.trace.controls.alignment for side in comparison.sides] == ["general", "additive"]
        assert comparison_of(scripted).active == LEFT
        await press(pilot, "a")
        assert comparison_of(scripted).sides[LEFT].snapshot.trace.controls.alignment == "dot"


async def test_the_distance_and_the_sign_of_every_row(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=(80, 24)) as pilot:
        comparison = await opened(pilot, "5", "end")
        grid = scripted.screen.query_one(DifferenceGrid)
        lines = [grid.render_line(y).text for y in range(grid.size.height)]
        left, right = (side.snapshot.steps for side in comparison_of(scripted).sides)
        rows = [line for line in lines if "=" in line or "≠" in line]
        assert rows
        for line in rows:
            found = [row for row in range(len(TARGET)) if f"{distance(left, right, row):.2f}" in line]
            assert found
        assert all("≠" in line for line in rows[1:])  # dot looks one place further to the left
        assert comparison.differences is not None
        assert "mean" in str(grid.border_subtitle)


def distance(left: Sequence[Step], right: Sequence[Step], row: int) -> float:
    return jensen_shannon_distance(left[row].weights, right[row].weights)


async def test_rows_after_other_tokens_are_marked(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=(200, 60)) as pilot:
        await opened(pilot, "5", "end")
        comparison = comparison_of(scripted)
        assert comparison.parting == OTHER_ROW
        assert [side.snapshot.labels[OTHER_ROW] for side in comparison.sides] == [TARGET[OTHER_ROW], OTHER_WORD]
        grid = scripted.screen.query_one(DifferenceGrid)
        assert grid.border_title == f"right − left · tokens part at row {OTHER_ROW + 1}"
        lines = [grid.render_line(y).text for y in range(grid.size.height)]
        marks = [line[0] for line in lines if "≠" in line or " =" in line]
        assert marks == [" "] * (OTHER_ROW + 1) + ["╎"] * (len(TARGET) - OTHER_ROW - 1)


async def test_one_cursor_in_all_three_grids(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "up", "up", "l", "l")
        comparison = comparison_of(scripted)
        assert comparison.cursor_row == 2
        column = comparison.cursor_column
        assert column is not None
        for grid in scripted.screen.query(SideGrid):
            assert grid.view is not None
            assert (grid.view.row, grid.view.column) == (2, column)
        view = scripted.screen.query_one(DifferenceGrid).view
        assert view is not None
        assert view.column == column
        await press(pilot, "right")
        assert comparison_of(scripted).cursor_row == 5  # a step takes it along


async def test_g_finds_the_greatest_difference_of_the_row(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        comparison = await opened(pilot, "5", "g")
        assert comparison.differences is not None
        row = comparison.differences.rows[-1].weights
        assert comparison_of(scripted).cursor_column == int(np.abs(row).argmax())
        assert f"by {np.abs(row).max() * 100:.1f} %" in said(scripted)
        assert said(scripted).startswith("right" if row[np.abs(row).argmax()] > 0 else "left")


@pytest.mark.parametrize("size", [(80, 24), SIZE, (200, 60)])
async def test_all_three_have_the_same_columns(scripted: ExplorerApp, size: tuple[int, int]) -> None:
    async with scripted.run_test(size=size) as pilot:
        await opened(pilot, "z", "z")
        grids = [*scripted.screen.query(SideGrid), scripted.screen.query_one(DifferenceGrid)]
        heads = {grid.render_line(0).text.split("bits")[0].rstrip(" Δ") for grid in grids}
        assert len(heads) == 1
        assert all(
            grid.render_line(y).cell_length == grid.size.width for grid in grids for y in range(grid.size.height)
        )


async def test_without_attention_there_is_no_distance(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "T")
        comparison = comparison_of(scripted)
        assert comparison.differences is not None
        assert all(math.isnan(row.distance) for row in comparison.differences.rows)
        grid = scripted.screen.query_one(DifferenceGrid)
        assert grid.border_subtitle == "no attention, no √JS"
        assert any(grid.render_line(y).text.strip().startswith("–") for y in range(grid.size.height))


async def test_clicks_move_the_cursor_and_choose_the_side(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot)
        grid = scripted.screen.query_one("#left-side", SideGrid)
        head = grid._laid_out(grid.view).header_height  # type: ignore[arg-type]
        await pilot.click("#left-side", offset=(14, head + 2))
        await settle(pilot)
        comparison = comparison_of(scripted)
        assert (comparison.active, comparison.cursor_row) == (LEFT, 1)
        await pilot.click("#difference", offset=(16, head + 3))
        await settle(pilot)
        assert (comparison_of(scripted).active, comparison_of(scripted).cursor_row) == (LEFT, 2)


async def test_every_hint_and_key_has_an_action() -> None:
    for _, _, action in HINTS:
        assert hasattr(CompareScreen, f"action_{action.split('(')[0]}")
    for binding in CompareScreen.BINDINGS:
        assert hasattr(CompareScreen, f"action_{binding.action.split('(')[0]}")  # type: ignore[union-attr]


async def test_a_transformer_is_compared_by_its_heads() -> None:
    app = ExplorerApp(transformer_bundle(), "made up", ScriptedHeads())
    async with app.run_test(size=SIZE) as pilot:
        comparison = await opened(pilot)
        left, right = (side.snapshot.trace.controls for side in comparison.sides)
        assert (left.layer, left.head) == (1, 1)
        assert (right.layer, right.head) == (1, 2)
        await press(pilot, "N", "N")
        assert comparison_of(app).sides[RIGHT].snapshot.trace.controls.head == 0
        await press(pilot, "a")
        assert "every head of this Transformer has scaled dot alignment" in said(app)


async def test_a_recurrent_side_has_no_heads(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "n")
        assert said(scripted) == "this side has no heads: it is recurrent; M chooses a Transformer"


def test_what_a_run_is_compared_with_at_first() -> None:
    card = scored_bundle().card
    controls = default_controls(card)
    assert neighbouring(card, controls).alignment == "general"
    assert neighbouring(card, controls.replace(alignment="scaled_dot")).alignment == "location"
    assert neighbouring(card, controls.replace(attention="none")).attention == "global"
    heads = transformer_bundle().card
    several = controls.replace(alignment="scaled_dot", aggregate="mean")
    assert (neighbouring(heads, several).layer, neighbouring(heads, several).aggregate) == (0, None)


# --- on real models ---------------------------------------------------------------------------------------------------


def pair_on(bundle: Bundle, count: int, **changes: object) -> Pair:
    """A pair whose right side has other switches, both with the first tokens of the left one's."""
    decoder = Decoder(bundle)
    decoder.start(TEXT)
    tokens = tuple(step.token for step in decoder.end(count).steps) if count else ()
    pair = Pair(TEXT, bundle, (Stepper(Decoder(bundle)), Stepper(Decoder(bundle))))
    pair.begin(tokens, decoder.controls, decoder.controls.replace(**changes))
    return pair


def test_copied_tokens_are_forced_where_the_model_would_not_say_them(bundle: Bundle) -> None:
    pair = pair_on(bundle, 0, attention="none")
    left, right = (side.snapshot.trace for side in pair.end())
    assert left.labels != right.labels
    (_, copied), note = pair.copy(LEFT)
    steps = copied.snapshot.trace.steps
    assert [step.token for step in steps] == [step.token for step in left.steps]
    forced = [step.forced for step in steps]
    assert [step.candidates[0].token != step.token for step in steps] == forced
    assert any(forced)
    assert note == f"the same source and prefix; * {sum(forced)} that it would not have said"
    assert copied.snapshot.trace.controls.attention == "none"


def test_another_model_on_one_side(bundle: Bundle) -> None:
    transformer = open_bundle("transformer-en-fr", "cpu")
    pair = pair_on(bundle, 3, alignment="dot")
    (left, right), note = pair.put(RIGHT, transformer)
    assert note == "the same source and prefix"
    assert right.card.family == "transformer"
    assert right.snapshot.trace.labels == left.snapshot.trace.labels
    comparison = Comparison(view_of(bundle), pair.sides)
    assert comparison.differences is not None
    assert not comparison.differences.axis.by_words
    (left, right) = pair.swap()
    assert left.card.family == "transformer"
    assert pair.opened(LEFT).bundle is transformer


def test_a_model_with_another_vocabulary_is_compared_by_words(bundle: Bundle) -> None:
    pair = pair_on(bundle, 3)
    (left, right), note = pair.put(RIGHT, open_bundle("summarize-reuters", "cpu"))
    assert note.startswith("another target language")
    assert right.snapshot.emitted == left.snapshot.emitted == 3
    comparison = Comparison(view_of(bundle), (left, right), column=1)
    assert comparison.axis is not None
    assert comparison.axis.labels == (*TEXT.split(), "END")
    for number, source in enumerate((left.snapshot.trace.source, right.snapshot.trace.source)):
        column = comparison.view_of(number).column
        assert column is not None
        assert source.words[column] == 1
        assert source.words[column - 1] == 0  # the first piece of the word
        assert comparison.column_of(number, column) == 1


def view_of(bundle: Bundle) -> View:
    return View(pair_on(bundle, 0).sides[LEFT].snapshot, Palette())


async def test_another_source_language_is_refused_in_one_line(bundle: Bundle) -> None:
    pair = pair_on(bundle, 2)
    with pytest.raises(InputError, match="translate-de-en reads de, this source is en: both sides need one source"):
        pair.put(RIGHT, open_bundle("translate-de-en", "cpu"))
    assert pair.sides[RIGHT].card.name == "translate-en-fr"


async def test_enter_goes_on_with_a_side_in_the_explorer(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "5", "t", "right")
        view = await press(pilot, "enter")
        assert isinstance(app.screen, ExplorerScreen)
        controls = view.snapshot.trace.controls
        assert (controls.alignment, controls.attention) == ("dot", "local_m")
        assert view.snapshot.emitted == 5
        view = await press(pilot, "right")
        assert view.snapshot.emitted == 6


async def test_pictures_are_compared_cell_by_cell(caption_bundle: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "5")
        comparison = comparison_of(app)
        assert comparison.axis is not None
        assert len(comparison.axis) == ROWS * COLUMNS
        drawn = app.screen.query_one(DifferencePicture)
        lines = [drawn.render_line(y) for y in range(drawn.size.height)]
        assert "▀" in lines[0].text
        assert {line.cell_length for line in lines} == {drawn.size.width}
        assert sum("=" in line.text or "≠" in line.text for line in lines) == 5
        before = comparison.view.overlay
        await press(pilot, "x")
        assert comparison_of(app).view.overlay is before.next()
        at = comparison.cursor_column
        assert at is not None
        await press(pilot, *["shift+up"] * ROWS)
        assert comparison_of(app).cursor_column == at % COLUMNS
        await press(pilot, "shift+down", "l")
        assert comparison_of(app).column == min(at % COLUMNS + COLUMNS + 1, ROWS * COLUMNS - 1)


async def test_a_picture_that_is_gone_is_said_and_nothing_is_compared(caption_bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "dog.png"
    Image.new("RGB", (40, 40), "brown").save(file)
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), str(file))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right")
        file.unlink()
        view = await press(pilot, "c")
        assert isinstance(app.screen, ExplorerScreen)
        assert any("dog.png" in note.message for note in app._notifications)
        assert view.snapshot.emitted == 1


async def test_a_sentence_has_no_overlay(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "x")
        assert said(scripted) == "attention is laid over pictures; this source is a sentence"
