"""The head wall and one head full size, on a made-up Transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from explorer.runtime.card import Heads
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import CROSS, ENCODER, SELF, HeadFigures
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.heads import HeadsScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.wall import Entry, Wall, alignment_errors, read_entries
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.head_map import HeadMap
from explorer.tui.widgets.head_wall import HeadWall
from explorer.tui.widgets.stages import StagesPanel
from explorer.tui.widgets.switch_list import SwitchList
from explorer.tui.widgets.tile_wall import tiles
from tests.tui.conftest import press, settle
from tests.tui.scripted import SOURCE, TARGET
from tests.tui.scripted_heads import COUNTS, ERRORS, ScriptedHeads, transformer_bundle

SIZE = (120, 40)


@pytest.fixture
def stepper() -> ScriptedHeads:
    return ScriptedHeads()


@pytest.fixture
def app(stepper: ScriptedHeads) -> ExplorerApp:
    return ExplorerApp(transformer_bundle(), "made up", stepper)


def wall_of(app: ExplorerApp) -> Wall:
    assert isinstance(app.screen, HeadsScreen)
    assert app.screen.wall is not None
    return app.screen.wall


async def opened(pilot: Pilot[None], *keys: str) -> Wall:
    """Open the wall after four steps, press keys, and return it."""
    await press(pilot, "right", "right", "right", "right", "w", *keys)
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    return wall_of(app)


def said(app: ExplorerApp) -> str:
    return app.screen.query_one(KeyBar).message


async def test_the_wall_shows_all_heads_and_begins_at_the_one_of_the_grid(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot)
        heads = [entry for entry in wall.entries if entry.key is not None]
        assert len(heads) == 12
        assert [entry.name for entry in wall.entries[12:]] == ["mean", "max", "rollout"]
        assert wall.entry.key == HeadKey(CROSS, 1, 1)
        assert wall.entry.error == ERRORS[1][1]
        np.testing.assert_array_equal(wall.entry.weights, np.stack([s.weights for s in wall.view.snapshot.steps]))
        lines = app.screen.query_one(HeadWall)
        text = "\n".join(lines.render_line(y).text for y in range(lines.size.height))
        assert all(entry.name in text for entry in wall.entries)


async def test_arrows_move_over_the_wall_and_stop_at_its_edge(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        assert (await opened(pilot, "right")).chosen == "L1 H2"
        await press(pilot, "up", "up", "up")
        assert wall_of(app).chosen == "L0 H2"
        await press(pilot, "l", "l")
        assert wall_of(app).chosen == "mean"  # behind the heads of the first layer
        await press(pilot, "j", "right", "left")
        assert wall_of(app).chosen == "max"
        await press(pilot, "down", "right", "right")
        assert wall_of(app).chosen == "rollout"
        await press(pilot, *["left"] * 20)
        assert wall_of(app).chosen == "L0 H0"


@pytest.mark.parametrize(("layers", "last"), [(1, "rollout"), (3, "rollout"), (5, None)])
def test_a_line_of_the_wall_is_a_layer(layers: int, last: str | None) -> None:
    nothing = np.zeros((1, 1), dtype=np.float32)
    figures = HeadFigures(0.0, 0.0, 0.0)
    names = [(f"L{layer} H{head}", HeadKey(CROSS, layer, head)) for layer in range(layers) for head in range(2)]
    several = [(name, None) for name in ("mean", "max", "rollout")]
    entries = tuple(Entry(name, name, key, nothing, figures, None, False, name) for name, key in [*names, *several])
    wall = Wall(None, Heads(layers, layers, 2, "attention"), entries)  # type: ignore[arg-type]
    placed = [None if entry is None else entry.name for entry in wall.slots]
    assert placed[:3] == ["L0 H0", "L0 H1", "mean"]
    for layer in range(layers):
        assert placed[3 * layer] == f"L{layer} H0"
    assert placed[-1] == last
    assert {name for name in placed if name} == {entry.name for entry in entries}


async def test_a_step_adds_a_row_to_every_thumbnail(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        assert (await opened(pilot)).rows == 5
        await press(pilot, ".")
        assert wall_of(app).rows == 6
        await press(pilot, ",", ",")
        assert wall_of(app).rows == 4
        await press(pilot, "shift+right")
        assert wall_of(app).rows == 5
        await press(pilot, "end")
        assert wall_of(app).rows == len(TARGET)


async def test_pages(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot, "tab")
        assert wall.kind == SELF
        weights = wall.entry.weights
        assert weights.shape == (5, 5)
        assert np.isnan(weights[np.triu_indices(5, 1)]).all()
        assert not np.isnan(weights[np.tril_indices(5)]).any()
        await press(pilot, "tab")
        assert wall_of(app).kind == ENCODER
        assert wall_of(app).entry.weights.shape == (len(SOURCE), len(SOURCE))
        await press(pilot, "tab")
        assert wall_of(app).kind == CROSS
        await press(pilot, "3", "1")
        assert wall_of(app).kind == CROSS


async def test_a_hybrid_says_why_it_has_no_page_of_the_encoder() -> None:
    app = ExplorerApp(transformer_bundle("rnn"), "made up", ScriptedHeads(encoder=False))
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot, "3")
        assert wall.kind == CROSS
        assert said(app) == "the encoder has no self-attention: a GRU stands in its place"
        await press(pilot, "2", "tab")
        assert wall_of(app).kind == CROSS
        assert "a GRU stands" in said(app)


@pytest.mark.parametrize(
    ("times", "order"), [(1, "entropy"), (2, "distance"), (3, "diagonal"), (4, "error"), (5, "layer")]
)
async def test_sorting(app: ExplorerApp, times: int, order: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot, *["o"] * times)
        assert wall.order == order
        heads = [entry for entry in wall.ordered if entry.key is not None]
        assert [entry.name for entry in wall.ordered[12:]] == ["mean", "max", "rollout"]
        values = {
            "layer": [float(wall.entries.index(entry)) for entry in heads],
            "entropy": [entry.figures.entropy for entry in heads],
            "distance": [entry.figures.distance for entry in heads],
            "diagonal": [-entry.figures.diagonal for entry in heads],
            "error": [entry.error or 0.0 for entry in heads],
        }[order]
        assert values == sorted(values)
        if order == "error":
            assert wall.ordered[0].name == "L1 H1"


async def test_enter_opens_one_head_and_the_grid_shows_it_too(app: ExplorerApp, stepper: ScriptedHeads) -> None:
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot, "right", "enter")
        assert wall.full
        assert app.screen.query_one(HeadMap).display
        assert not app.screen.query_one(HeadWall).display
        controls = stepper.looks[-1]
        assert (controls.layer, controls.head, controls.aggregate) == (1, 2, None)
        assert stepper.replays == []  # nothing was computed
        await press(pilot, "escape")
        assert not wall_of(app).full
        await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        assert app.screen.query_one(AttentionGrid).border_title == "layer 1 · head 2"


async def test_several_heads_as_one_in_the_grid(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "down", "right", "right", "right")
        assert wall_of(app).chosen == "rollout"
        await press(pilot, "enter")
        row = app.screen.query_one(StagesPanel).row
        assert row is not None
        assert row.stages == ()
        view = await press(pilot, "escape", "escape")
        assert view.snapshot.trace.controls.aggregate == "rollout"


@pytest.mark.parametrize(("page", "columns"), [("1", SOURCE), ("2", ("START", *TARGET[:4])), ("3", SOURCE)])
async def test_full_size_has_labels_on_both_axes(app: ExplorerApp, page: str, columns: tuple[str, ...]) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        wall = await opened(pilot, page, "enter")
        drawn = app.screen.query_one(HeadMap)
        lines = [drawn.render_line(y).text for y in range(drawn.size.height)]
        assert wall.column_labels == columns
        head = lines[0]
        assert all(label[:4] in head for label in columns)
        rows = SOURCE if page == "3" else (*TARGET[:4], "▸")
        assert all(any(line.lstrip().startswith(label) for line in lines[1:]) for label in rows)


async def test_self_attention_is_a_triangle(app: ExplorerApp) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(pilot, "2", "enter")
        drawn = app.screen.query_one(HeadMap)
        lines = [drawn.render_line(1 + 2 * row) for row in range(5)]
        ground = [sum(len(part.text) for part in line if part.style and part.style.bgcolor) for line in lines]
        assert ground == sorted(ground)
        coloured = [len({part.style.bgcolor for part in line if part.style}) for line in lines]
        assert coloured[0] < coloured[4]


async def test_the_cursor_reads_out_the_stages_of_a_cell(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        wall = await opened(pilot, "enter", "up", "up", "right")
        assert wall.cursor_row == 2
        panel = app.screen.query_one(StagesPanel)
        assert panel.row is not None
        assert panel.row.title == f"{TARGET[2]} → {SOURCE[wall.cursor_column]}"
        step = wall.view.snapshot.steps[2]
        assert step.heads is not None
        np.testing.assert_allclose(panel.row.stages[-1].values, step.heads.cross_weights[1, 1], atol=1e-5)
        names = panel.render_line(0).text
        assert names.split() == ["q·k", "→", "÷", "√16", "→", "+", "mask", "→", "eˣ", "→", "weight"]
        figure = f"{step.heads.cross_weights[1, 1, wall.cursor_column]:.3f}"
        assert panel.render_line(1).text.split()[-1] == figure


async def test_stages_beside_the_grid(app: ExplorerApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "right", "d")
        panel = app.screen.query_one(StagesPanel)
        assert panel.display
        assert not app.screen.query_one("#step").display
        lines = [panel.render_line(y).text for y in range(5)]
        assert [line[:8].strip() for line in lines] == ["q·k", "÷ √16", "+ mask", "eˣ", "weight"]
        await press(pilot, "d")
        assert not panel.display


async def test_clicks_choose_and_open(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.click("#wall", offset=(4, 3))
        await settle(pilot)
        assert wall_of(app).chosen == "L0 H0"
        assert not wall_of(app).full
        await pilot.click("#wall", offset=(4, 3))
        await settle(pilot)
        assert wall_of(app).full


async def test_n_shows_the_next_head_in_the_grid(app: ExplorerApp, stepper: ScriptedHeads) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "n")
        assert view.snapshot.trace.controls.head == 2
        view = await press(pilot, "N", "N", "N")
        assert (view.snapshot.trace.controls.layer, view.snapshot.trace.controls.head) == (0, 3)
        assert stepper.replays == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("a", "every head of this Transformer has scaled dot alignment"),
        ("3", "scaled dot"),
        ("t", "global attention"),
        ("right_square_bracket", "no local attention, so no window"),
        ("r", "no hard attention"),
        ("u", "nothing to undo"),
    ],
)
async def test_keys_of_what_is_not_there_say_why(app: ExplorerApp, key: str, words: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await settle(pilot)
        after = await press(pilot, key)
        assert words in said(app)
        assert after.snapshot.trace.controls == before.snapshot.trace.controls


@pytest.mark.parametrize("key", ["w", "n", "N"])
async def test_a_recurrent_model_says_that_it_has_no_heads(key: str) -> None:
    from tests.tui.test_snapshots import scripted_app

    app = scripted_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, key)
        assert said(app) == "this model has no heads: it is recurrent; M opens a Transformer"


async def test_fixed_lists_and_no_window(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for name in ("#alignments", "#attentions"):
            assert app.screen.query_one(name, SwitchList).border_subtitle == "fixed"
        knobs = app.screen.query_one("#knobs")
        assert "win" not in "".join(knobs.render_line(y).text for y in range(knobs.size.height))


async def test_help_of_the_wall_lists_its_keys(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        table = str(app.screen.query_one("#help-keys").render())
        for words in ("remove the head's layer", "undo the last removal", "sort by layer"):
            assert words in table


async def test_every_hint_of_the_wall_has_an_action() -> None:
    from explorer.tui.screens.heads import HINTS
    from explorer.tui.screens.keys import HEAD_HINTS

    for _, _, action in HINTS:
        assert hasattr(HeadsScreen, f"action_{action.split('(')[0]}")
    for _, _, action in HEAD_HINTS:
        assert hasattr(ExplorerScreen, f"action_{action.split('(')[0]}")


@pytest.mark.parametrize(
    "scores",
    [
        {"alignment x": {"heads": "none"}},
        {"alignment x": {"heads": [["a", None, -1.0, 2.0, float("nan")], 5]}},
        {"alignment x": [1, 2]},
        {"bleu": {"heads": [[0.5]]}},
    ],
)
def test_what_a_strange_card_says_of_errors_is_passed_over(scores: dict[str, Any]) -> None:
    assert alignment_errors(transformer_bundle(scores=scores).card) == {}


def test_figures_are_those_of_the_runtime(stepper: ScriptedHeads) -> None:
    from explorer.runtime.heads import figures
    from explorer.runtime.switches import default_controls

    stepper.start("made up", default_controls(transformer_bundle().card))
    stepper.end()
    for entry in read_entries(stepper.snapshot, CROSS, COUNTS, {}):
        assert entry.figures == figures(entry.weights)


def test_many_heads_are_scrolled_to() -> None:
    placed = tiles(64 * 16 + 3, 17, 80, 20, (HeadWall.NARROWEST, HeadWall.LOWEST))
    assert (placed.seen_across, placed.seen_down) == (8, 5)
    assert placed.width * placed.seen_across <= 80
    assert placed.height * placed.seen_down <= 20
