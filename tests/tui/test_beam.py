"""The beam screen: on a made-up search, and on the shipped models."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from explorer.runtime.bundle import open_bundle
from explorer.runtime.tree import Fate, SearchOptions
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.beam import BeamScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.search_state import SearchState
from explorer.tui.view import Face
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.beam_tree import BeamTree
from explorer.tui.widgets.face import FaceWidget
from explorer.tui.widgets.hypotheses import HypothesesPanel
from explorer.tui.widgets.picture import PictureView
from tests.tui.conftest import TEXT, press, settle
from tests.tui.scripted import made_up_bundle
from tests.tui.scripted_search import END, ScriptedSearch, token_of

SIZE = (120, 40)


@pytest.fixture
def stepper() -> ScriptedSearch:
    return ScriptedSearch()


@pytest.fixture
def app(stepper: ScriptedSearch) -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", stepper)


def state_of(app: ExplorerApp) -> SearchState:
    assert isinstance(app.screen, BeamScreen)
    assert app.screen.state is not None
    return app.screen.state


async def opened(pilot: Pilot[None], *keys: str) -> SearchState:
    """Open the search from the first step, press keys, and return what is drawn."""
    await press(pilot, "b", *keys)
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    return state_of(app)


def labels(state: SearchState) -> list[str]:
    return [node.step.label for node in state.path]


def said(app: ExplorerApp) -> str:
    return app.screen.query_one(KeyBar).message


def drawn(app: ExplorerApp) -> str:
    tree = app.screen.query_one(BeamTree)
    return "\n".join(strip.text.rstrip() for strip in tree.strips())


async def test_it_opens_on_the_best_first_token_with_its_attention_row(
    app: ExplorerApp, stepper: ScriptedSearch
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot)
        assert stepper.searches == [(SearchOptions(4, 0.6), 0)]
        assert labels(state) == ["la"]
        assert drawn(app).startswith("▸ ┬ la 62 ─")
        weights = app.screen.query_one("#weights", FaceWidget)
        assert weights.view is not None
        assert weights.view.step is state.node.step
        assert weights.border_title == "la · alive · rank 1/4 · 62.0 % · log p -0.48 · score -0.48"
        finished = app.screen.query_one(HypothesesPanel)
        assert [each.score for each in finished.listed] == sorted(
            (each.score for each in finished.listed), reverse=True
        )
        assert finished.listed[0].reached


async def test_arrows_move_over_the_tree(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot, "right", "right", "right")
        assert labels(state) == ["la", "petite", "fille", "en"]
        await press(pilot, "down")
        assert labels(state_of(app))[:3] == ["la", "petite", "fille"]
        assert labels(state_of(app))[3] != "en"
        await press(pilot, "up", "left", "left", "left", "left")
        assert labels(state_of(app)) == ["la"]
        await press(pilot, "down", "down", "down", "down", "down")
        assert labels(state_of(app)) == ["cette"]
        assert state_of(app).node.fate is Fate.ALIVE
        assert state_of(app).fate == "pruned later"
        await press(pilot, "right", "right")
        assert labels(state_of(app)) == ["cette", "petite"]
        assert said(app) == "nothing follows: it is pruned; enter goes on from here"


async def test_n_goes_through_the_ends_by_rank(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot, "n")
        ends = state.whole.hypotheses
        assert state.chosen == ends[0]
        assert state.node.step.token == END
        await press(pilot, "n")
        assert state_of(app).chosen == ends[1]
        await press(pilot, "N", "N")
        assert state_of(app).chosen == ends[-1]
        reached = [each.number for each in app.screen.query_one(HypothesesPanel).listed if each.reached]
        assert reached == [ends[-1]]


async def test_enter_stands_on_the_tokens_of_any_branch(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "b", "down", "right", "enter")
        assert isinstance(app.screen, ExplorerScreen)
        view = await settle(pilot)
        assert stepper.stood_on == [(token_of("une"), token_of("petite"))]
        assert view.snapshot.emitted == 2
        assert said(app) == "stands on 2 tokens of the search; → goes on from there"


async def test_width_is_searched_anew_and_the_choice_stays_on_its_tokens(
    app: ExplorerApp, stepper: ScriptedSearch
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "right", "plus", "plus")
        state = state_of(app)
        assert [options.width for options, _ in stepper.searches] == [4, 5, 6]
        assert state.whole.options.width == 6
        assert labels(state) == ["la", "petite"]
        await press(pilot, *["minus"] * 6)
        assert state_of(app).whole.options.width == 1
        assert said(app) == "a beam is 1 to 16 wide"
        assert len(state_of(app).whole.hypotheses) == 1
        await press(pilot, "escape", "b")
        assert stepper.searches[-1][0].width == 1  # the next search begins with the options of the last


async def test_the_penalty_orders_the_ends_without_a_search(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, *["left_square_bracket"] * 9)
        state = state_of(app)
        assert state.whole.options.alpha == 0.0
        assert all(state.whole.nodes[end].score == state.whole.nodes[end].log_prob for end in state.whole.hypotheses)
        assert "no length penalty" in str(app.screen.query_one(BeamTree).border_title)
        await press(pilot, *["right_square_bracket"] * 25)
        assert state_of(app).whole.options.alpha == 2.0
        assert len(stepper.searches) == 1
        await press(pilot, "plus")
        assert stepper.searches[-1][0] == SearchOptions(5, 2.0)
        assert state_of(app).whole.options == SearchOptions(5, 2.0)


async def test_the_search_is_seen_step_by_step(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot, "right", "right", "right", "home")
        assert state_of(app).shown == 1
        assert labels(state_of(app)) == ["la"]
        assert [node.step.position for node in state_of(app).tree.nodes] == [0] * len(state_of(app).tree.nodes)
        assert app.screen.query_one(HypothesesPanel).listed == ()
        await press(pilot, "full_stop", "full_stop")
        assert state_of(app).shown == 3
        assert "step 3 of" in str(app.screen.query_one(BeamTree).border_subtitle)
        await press(pilot, "comma", "right", "right")
        assert labels(state_of(app)) == ["la", "petite"]
        await press(pilot, "n")
        assert said(app) == "no hypothesis has ended yet: . shows one more step"
        await press(pilot, "end")
        assert state_of(app).shown == state.whole.depth


async def test_pruned_branches_hide_and_the_choice_goes_to_what_is_left(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, "down", "down", "down", "down")
        assert labels(state_of(app)) == ["cette"]
        before = drawn(app)
        await press(pilot, "o")
        state = state_of(app)
        assert state.chosen in state.tree.surviving
        assert "cette" in before
        assert "cette" not in drawn(app)
        assert "pruned hidden" in str(app.screen.query_one(BeamTree).border_subtitle)
        await press(pilot, "o", "down", "down", "down", "down")
        assert "cette" in drawn(app)


async def test_it_searches_behind_the_emitted_tokens_or_from_the_beginning(
    app: ExplorerApp, stepper: ScriptedSearch
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right", "b")
        assert stepper.searches[-1][1] == 3
        state = state_of(app)
        assert state.node.step.position == 3
        assert [node.step.forced for node in state.path] == [True, True, True, False]
        await press(pilot, "left")
        assert " · given · " in str(app.screen.query_one("#weights", FaceWidget).border_title)
        await press(pilot, "p")
        assert stepper.searches[-1][1] == 0
        await press(pilot, "p")
        assert stepper.searches[-1][1] == 3


async def test_a_finished_sentence_is_searched_from_its_beginning(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "end", "b")
        assert stepper.searches == [(SearchOptions(), 0)]


async def test_a_click_chooses_and_a_second_one_goes_on(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot)
        tree = app.screen.query_one(BeamTree)
        layout = tree.layout_of(state)
        number = state.whole.children[state.chosen][0]
        place = layout.places[number]
        for emitted in ([], [tuple(node.step.token for node in state.whole.path(number))]):
            await pilot.click(BeamTree, offset=(place.start + 1, place.line + 1))
            await settle(pilot)
            assert stepper.stood_on == emitted
        assert isinstance(app.screen, ExplorerScreen)


async def test_a_row_of_the_weights_and_a_finished_line_can_be_clicked(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        state = await opened(pilot, "n", "n")
        await pilot.click(HypothesesPanel, offset=(4, 1))
        await settle(pilot)
        assert state_of(app).chosen == state.whole.hypotheses[0]
        app.screen.post_message(FaceWidget.CellChosen(1, None))
        await settle(pilot)
        assert len(state_of(app).path) == 2


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_the_chosen_token_stays_in_sight(app: ExplorerApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await opened(pilot, *["plus"] * 5)
        for key in [*["n"] * 9, *["left"] * 14, *["down"] * 12, *["right"] * 3]:
            await press(pilot, key)
            tree = app.screen.query_one(BeamTree)
            chosen = tree.look("chosen")
            seen = "".join(segment.text for strip in tree.strips() for segment in strip if segment.style == chosen)
            assert seen.startswith(state_of(app).node.step.label)


async def test_leaving_and_help(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right")
        await press(pilot, "b", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "escape", "z", "f", "C")
        assert state_of(app).figures is False
        weights = app.screen.query_one("#weights", FaceWidget)
        assert weights.view is not None
        assert weights.view.zoom is before.zoom.next()
        assert weights.view.palette.name != before.palette.name
        view = await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        assert (view.snapshot.emitted, view.zoom) == (2, before.zoom)
        assert stepper.stood_on == []


@pytest.mark.parametrize("model", ["translate-en-fr", "transformer-de-en", "summarize-reuters"])
async def test_on_shipped_models(model: str) -> None:
    app = ExplorerApp(open_bundle(model, "cpu"), TEXT.replace("dogs", "hunde") if "de-en" in model else TEXT)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "b", "n", "n", "left")
        state = state_of(app)
        assert state.whole.given == 1
        tokens = [node.step.token for node in state.path]
        view = await press(pilot, "enter")
        assert [step.token for step in view.snapshot.trace.steps] == tokens
        assert view.snapshot.pending
        log_probs = [step.log_prob for step in view.snapshot.trace.steps]
        assert sum(log_probs) == pytest.approx(state.node.log_prob, abs=1e-3)
        view = await press(pilot, "end")
        assert view.snapshot.trace.finished


async def test_on_a_picture(caption_bundle: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "b", "n", "x")
        weights = app.screen.query_one("#weights", PictureView)
        assert weights.view is not None
        assert weights.view.face is Face.PICTURE
        assert "▀" in weights.strips()[0].text
        tokens = [node.step.token for node in state_of(app).path]
        view = await press(pilot, "enter")
        assert [step.token for step in view.snapshot.trace.steps] == tokens
