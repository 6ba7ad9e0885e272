"""The strategy screen, and what the explorer shows of the strategy."""

from __future__ import annotations

import pytest

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import GREEDY, TEMPERATURE, TOP_K, TOP_P, Strategy
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.strategy import StrategyScreen
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.candidates import Candidates
from explorer.tui.widgets.knobs import Knobs
from explorer.tui.widgets.strategy_panel import StrategyPanel, StrategyState
from tests.tui.conftest import TEXT, press, settle
from tests.tui.scripted import made_up_bundle
from tests.tui.scripted_search import ScriptedSearch

SIZE = (120, 40)


@pytest.fixture
def stepper() -> ScriptedSearch:
    return ScriptedSearch()


@pytest.fixture
def app(stepper: ScriptedSearch) -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", stepper)


def state_of(app: ExplorerApp) -> StrategyState:
    assert isinstance(app.screen, StrategyScreen)
    state = app.screen.query_one(StrategyPanel).state
    assert state is not None
    return state


def lines_of(app: ExplorerApp, kind: type[Knobs] | type[StrategyPanel] | type[Candidates]) -> list[str]:
    screen = app.screen if kind is StrategyPanel else app.explorer
    assert screen is not None
    return [strip.text.rstrip() for strip in screen.query_one(kind).strips()]


async def test_each_strategy_is_a_switch_of_the_run(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "D")
        assert state_of(app).strategy == Strategy()
        for name in (TEMPERATURE, TOP_K, TOP_P):
            view = await press(pilot, "down")
            assert view.snapshot.trace.controls.strategy.name == state_of(app).strategy.name == name
            assert view.snapshot.emitted == 1
        view = await press(pilot, "down", "up", "up", "up", "up")
        assert view.snapshot.trace.controls.strategy == Strategy()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["down", "plus", "plus"], Strategy(TEMPERATURE, temperature=1.2)),
        (["down", "minus"], Strategy(TEMPERATURE, temperature=0.9)),
        (["down", *["minus"] * 15], Strategy(TEMPERATURE, temperature=0.05)),
        (["down", "down", "right_square_bracket"], Strategy(TOP_K, top_k=11)),
        (["down", "down", *["left_square_bracket"] * 12], Strategy(TOP_K, top_k=1)),
        (["j", "j", "j", "left_square_bracket", "n", "n"], Strategy(TOP_P, top_p=0.85, seed=3)),
        (["j", "j", "j", *["right_square_bracket"] * 4, "N", "N"], Strategy(TOP_P, top_p=1.0, seed=0)),
    ],
)
async def test_numbers_change_live(app: ExplorerApp, keys: list[str], expected: Strategy) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "D", *keys)
        assert view.snapshot.trace.controls.strategy == expected


async def test_what_does_not_act_says_so(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "D", "plus", "n", "right_square_bracket")
        assert view.snapshot.trace.controls.strategy == Strategy()
        assert state_of(app).strategy.name == GREEDY


async def test_the_panel_shows_the_cut_and_the_samples(app: ExplorerApp, stepper: ScriptedSearch) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "D", "down", "down", "down")
        text = "\n".join(lines_of(app, StrategyPanel))
        assert "▸ top-p" in text
        assert "the step at hand: 2 tokens can be drawn · model's and drawn %" in text
        assert "62.0 →  81.6" in text
        assert "14.0 →  18.4" in text
        assert "6.0 → cut" in text
        assert [each.seed for each in stepper.sampled[-1]] == [1, 2, 3, 4, 5]
        assert [sample.text for sample in state_of(app).samples] == [f"seed {seed}" for seed in range(1, 6)]
        await press(pilot, "n")
        assert [sample.seed for sample in state_of(app).samples] == [2, 3, 4, 5, 6]
        await press(pilot, "up", "up", "up")
        assert len(state_of(app).samples) == 1


async def test_a_click_takes_a_strategy(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "D")
        await pilot.click(StrategyPanel, offset=(5, 2))
        view = await settle(pilot)
        assert view.snapshot.trace.controls.strategy.name == TOP_K


async def test_closing_names_what_a_finished_sentence_needs(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "end", "D", "down", "escape")
        assert isinstance(app.screen, ExplorerScreen)
        message = app.screen.query_one(KeyBar).message
        assert message == "the sentence is finished: ← or home, then → chooses its tokens anew"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_knobs_name_the_strategy(app: ExplorerApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await press(pilot, "right")
        assert any(line.split() == ["next", "greedy", "D"] for line in lines_of(app, Knobs))
        await press(pilot, "D", "down")
        assert any(line.split() == ["next", "T", "1", "D"] for line in lines_of(app, Knobs))
        await press(pilot, "down")
        assert any(line.split() == ["next", "top", "10", "D"] for line in lines_of(app, Knobs))
        await press(pilot, "down", "escape")
        knobs = lines_of(app, Knobs)
        assert any(line.split() == ["next", "p", "0.9", "D"] for line in knobs)
        assert any(line.startswith("prefix") for line in knobs)
        assert any(line.startswith("win") for line in knobs) is (size[1] > 24)
        await press(pilot, "t")  # local: the window acts
        assert any(line.startswith("win") for line in lines_of(app, Knobs))


async def test_candidates_show_what_was_drawn_and_what_is_cut(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "D", "down", "down", "escape")
        panel = app.screen.query_one(Candidates)
        assert panel.border_title == "next token: petite"
        lines = panel.strips()
        assert lines[0].text.startswith("✓petite")
        dim = panel.look("dim")
        assert [any(part.style == dim and "une" in part.text for part in line) for line in lines[:3]] == [
            False,
            False,
            True,
        ]


@pytest.mark.parametrize("model", ["translate-en-fr", "transformer-de-en"])
async def test_draws_on_shipped_models_are_those_of_the_samples(model: str) -> None:
    app = ExplorerApp(open_bundle(model, "cpu"), TEXT.replace("dogs", "hunde") if "de-en" in model else TEXT)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "D", "down", "plus", "plus", "plus", "n", "n")
        sample = state_of(app).samples[0]
        view = await press(pilot, "escape", "end")
        assert view.snapshot.trace.text == sample.text
        assert sum(step.log_prob for step in view.snapshot.trace.steps) == pytest.approx(sample.log_prob, abs=1e-3)
        again = await press(pilot, "home", "right", "end")
        assert again.snapshot.trace.text == sample.text


async def test_another_strategy_decodes_anew_where_switches_do(bundle: Bundle) -> None:
    app = ExplorerApp(bundle, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        greedy = await press(pilot, "end", "p")
        view = await press(pilot, "D", "down", *["plus"] * 10, "escape")
        assert view.snapshot.trace.finished
        assert view.snapshot.trace.text != greedy.snapshot.trace.text
