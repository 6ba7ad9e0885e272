"""Every combination at once."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from explorer.render.scores import place_of, scores_of
from explorer.runtime.bundle import open_bundle
from explorer.runtime.side_by_side import Variant
from explorer.tui.app import ExplorerApp
from explorer.tui.board import Board
from explorer.tui.gallery import Gallery
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.compare_actions import no_gallery
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.gallery import HINTS, GalleryScreen
from explorer.tui.widgets.gallery_wall import ExhibitPanel, GalleryWall
from tests.tui.conftest import press, said, settle, until
from tests.tui.scripted import SOURCE, TARGET
from tests.tui.scripted_compare import OTHER_WORD, SCORES, ScriptedSides, scored_bundle
from tests.tui.scripted_heads import ScriptedHeads, transformer_bundle

SIZE = (120, 40)


@pytest.fixture
def scripted() -> ExplorerApp:
    return ExplorerApp(scored_bundle(), "made up", ScriptedSides())


def gallery_of(app: ExplorerApp) -> Gallery:
    assert isinstance(app.screen, GalleryScreen)
    assert app.screen.gallery is not None
    return app.screen.gallery


def drawn(app: ExplorerApp) -> str:
    wall = app.screen.query_one(GalleryWall)
    return "\n".join(wall.render_line(y).text for y in range(wall.size.height))


async def opened(pilot: Pilot[None], *keys: str) -> Gallery:
    """Open the gallery after four steps, press keys, and return it."""
    await press(pilot, "right", "right", "right", "right", "g", *keys)
    app = pilot.app
    assert isinstance(app, ExplorerApp)
    return gallery_of(app)


async def test_it_shows_every_combination_once_and_begins_at_the_explorers_own(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        gallery = await opened(pilot)
        assert len(gallery.exhibits) == 25
        assert [exhibit.name for exhibit in gallery.exhibits if exhibit.attention == "none"] == ["no attention"]
        assert gallery.exhibit.name == "additive · global"
        own = gallery.view.snapshot.steps
        np.testing.assert_array_equal(gallery.exhibit.weights, np.stack([step.weights for step in own]))
        assert gallery.exhibit.distance == 0.0
        text = drawn(scripted)
        assert "▸ additive global" in text
        assert all(exhibit.name in text or exhibit.short in text for exhibit in gallery.exhibits)


async def test_what_takes_long_is_asked_for_once(scripted: ExplorerApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The busy sign changes the explorer's view: a wall that asked again each time was never drawn."""
    stepper, seen, asked = scripted._begun.stepper, threading.Event(), []
    variants = stepper.variants

    def slow(free: bool) -> list[Variant]:
        asked.append(free)
        seen.wait(60)
        return variants(free)

    monkeypatch.setattr(stepper, "variants", slow)
    async with scripted.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("g")
        await until(pilot, lambda: bool(scripted.explorer and scripted.explorer.view and scripted.explorer.view.busy))
        seen.set()
        await settle(pilot)
        assert len(gallery_of(scripted).exhibits) == 25
        assert asked == [False]


async def test_every_tile_has_its_figures(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=(200, 60)) as pilot:
        gallery = await opened(pilot)
        text = drawn(scripted)
        for exhibit in gallery.exhibits:
            entropy = float(np.mean([step.entropy for step in exhibit.steps]))
            assert exhibit.entropy == pytest.approx(entropy)
            assert f"{entropy:.2f} · {exhibit.figure('score')}" in text
        scores = {e.name: e.figure("score") for e in gallery.exhibits}
        assert scores["additive · global"] == "54.0"
        assert scores["no attention"] == "10.2"


async def test_a_line_is_an_attention_type(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "down")
        assert gallery_of(scripted).chosen == "additive · local-m"
        await press(pilot, "down", "down", "l")
        assert gallery_of(scripted).chosen == "general · hard"
        await press(pilot, *["down"] * 3)
        assert gallery_of(scripted).chosen == "general · hard"  # nothing stands below it
        await press(pilot, *["left"] * 3, "down")
        assert gallery_of(scripted).chosen == "no attention"
        board = gallery_of(scripted).board
        assert board.across == 6
        assert [name and name.split(" · ")[1] for name in board.slots[6:12]] == ["local-m"] * 6
        assert board.slots[24:] == ("no attention", None, None, None, None, None)


def test_beside_goes_over_empty_places() -> None:
    board = Board(("a", "b", None, "c", None, None), 3, "a")
    assert board.beside(1) == "b"
    assert board.beside(3) == "c"
    assert Board(board.slots, 3, "b").beside(3) == "b"
    assert Board(board.slots, 3, "b").beside(1) == "c"
    assert Board(board.slots, 3, "gone").place == 0


async def test_it_follows_the_explorer(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        assert (await opened(pilot)).rows == 5
        await press(pilot, ".")
        assert gallery_of(scripted).rows == 6
        await press(pilot, ",", ",")
        assert gallery_of(scripted).rows == 4
        await press(pilot, "end")
        assert gallery_of(scripted).rows == len(TARGET)
        assert all(exhibit.at_hand is None for exhibit in gallery_of(scripted).exhibits)
        await press(pilot, "home")
        assert gallery_of(scripted).rows == 1


async def test_what_each_would_say_next(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot)
        text = drawn(scripted)
        assert text.count(f"▸ {OTHER_WORD} 50 %") == 6 + 3  # all of hard, and dot under the other types
        assert text.count("▸ robe 62 %") == 25 - 9
        await press(pilot, "right", "right")
        assert gallery_of(scripted).chosen == "dot · global"
        panel = scripted.screen.query_one(ExhibitPanel)
        assert panel.render_line(0).text.strip() == f"la petite fille en  ▸ {OTHER_WORD} 50 %"


async def test_running_free(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        gallery = await opened(pilot, "p")
        assert gallery.free
        assert all(len(exhibit.steps) == 5 for exhibit in gallery.exhibits)  # as far as the explorer has come
        assert gallery.named("dot · global").words.endswith(f"en {OTHER_WORD}")
        assert gallery.named("general · global").words.endswith("en robe")
        await press(pilot, "end")
        assert all(len(exhibit.steps) == len(TARGET) for exhibit in gallery_of(scripted).exhibits)
        assert gallery_of(scripted).exhibit.words == " ".join(TARGET[:-2]) + "."
        await press(pilot, "p")
        assert not gallery_of(scripted).free


@pytest.mark.parametrize(("times", "order"), [(0, "card"), (1, "entropy"), (2, "score"), (3, "distance"), (4, "card")])
async def test_sorting(scripted: ExplorerApp, times: int, order: str) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        gallery = await opened(pilot, *["o"] * times)
        assert gallery.order == order
        names = [name for name in gallery.board.slots if name is not None]
        assert sorted(names) == sorted(exhibit.name for exhibit in gallery.exhibits)
        exhibits = [gallery.named(name) for name in names]
        if order == "entropy":
            values = [exhibit.entropy for exhibit in exhibits]
        elif order == "score":
            values = [-exhibit.score.value for exhibit in exhibits if exhibit.score is not None]
            assert names[0] == "scaled dot · hard"
            assert names[-1] == "no attention"
        elif order == "distance":
            values = [exhibit.distance for exhibit in exhibits[:-1]]
            assert math.isnan(exhibits[-1].distance)
            assert names[0] == "additive · global"
        else:
            return
        assert values == sorted(values)


async def test_enter_goes_on_in_the_explorer(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "right", "right", "down")
        view = await press(pilot, "enter")
        assert isinstance(scripted.screen, ExplorerScreen)
        controls = view.snapshot.trace.controls
        assert (controls.alignment, controls.attention) == ("dot", "local_m")
        assert view.snapshot.emitted == 4


async def test_c_compares_the_chosen_one(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "down")
        await press(pilot, "c")
        assert isinstance(scripted.screen, CompareScreen)
        assert scripted.screen.comparison is not None
        types = [side.snapshot.trace.controls.attention for side in scripted.screen.comparison.sides]
        assert types == ["global", "local_m"]
        await press(pilot, "escape")
        assert isinstance(scripted.screen, GalleryScreen)


async def test_the_row_that_is_read_out(scripted: ExplorerApp) -> None:
    async with scripted.run_test(size=SIZE) as pilot:
        await opened(pilot, "left_square_bracket", "left_square_bracket")
        assert gallery_of(scripted).cursor_row == 2
        panel = scripted.screen.query_one(ExhibitPanel)
        line = panel.render_line(3).text
        assert line.startswith(f"row 3, {TARGET[2]}: looks at {SOURCE[2]}, ")
        await press(pilot, *["right_square_bracket"] * 4, ".")
        assert gallery_of(scripted).cursor_row == 5


@pytest.mark.parametrize("size", [(60, 16), (80, 24), SIZE, (200, 60)])
async def test_lines_fill_the_wall_and_a_click_chooses(scripted: ExplorerApp, size: tuple[int, int]) -> None:
    async with scripted.run_test(size=size) as pilot:
        await opened(pilot)
        wall = scripted.screen.query_one(GalleryWall)
        assert {wall.render_line(y).cell_length for y in range(wall.size.height)} == {wall.size.width}
        await pilot.click("#wall", offset=(3, 2))
        await settle(pilot)
        assert gallery_of(scripted).chosen == "location · global"
        await pilot.click("#wall", offset=(3, 2))
        await settle(pilot)
        assert isinstance(scripted.screen, ExplorerScreen)


async def test_a_transformer_has_no_gallery_but_a_wall_of_heads() -> None:
    app = ExplorerApp(transformer_bundle(), "made up", ScriptedHeads())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "g")
        assert isinstance(app.screen, ExplorerScreen)
        assert said(app) == "this model has one combination alone, scaled dot · global: w shows all of its heads"
    assert no_gallery(scored_bundle().card) == ""


async def test_every_hint_and_key_has_an_action() -> None:
    for _, _, action in HINTS:
        assert hasattr(GalleryScreen, f"action_{action.split('(')[0]}")
    for binding in GalleryScreen.BINDINGS:
        assert hasattr(GalleryScreen, f"action_{binding.action.split('(')[0]}")  # type: ignore[union-attr]


async def test_pictures_are_lit_by_the_word_at_hand(caption_bundle: Path) -> None:
    app = ExplorerApp(open_bundle(caption_bundle, "cpu"), "scene:3")
    async with app.run_test(size=SIZE) as pilot:
        gallery = await opened(pilot)
        assert len(gallery.exhibits) == 25
        wall = app.screen.query_one(GalleryWall)
        before = [wall.render_line(y) for y in range(wall.size.height)]
        assert "▀" in before[1].text
        assert {line.cell_length for line in before} == {wall.size.width}
        await press(pilot, *["left_square_bracket"] * 4)
        assert gallery_of(app).cursor_row == 0


async def test_on_a_real_model_it_is_what_the_explorer_would_show(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        gallery = await opened(pilot, *["right"] * 3, "down")
        chosen = gallery.exhibit
        assert chosen.name == "scaled dot · local-m"
        view = await press(pilot, "enter")
        steps = view.snapshot.steps
        np.testing.assert_allclose(chosen.weights, np.stack([step.weights for step in steps]), atol=1e-5)
        assert chosen.at_hand is not None
        assert chosen.at_hand.candidates[0].token == steps[-1].token
        await press(pilot, "g", "p", "down", "down")
        free = gallery_of(app).exhibit
        assert free.attention == "hard"
        view = await press(pilot, "enter")
        assert view.snapshot.trace.controls.attention == "hard"
        assert [step.token for step in free.steps[:4]] == [step.token for step in view.snapshot.trace.steps]


def test_scores_of_a_card() -> None:
    found = scores_of(SCORES, "dot", "global")
    assert [(score.written, score.place) for score in found] == [
        ("BLEU 58.0", "made-up test"),
        ("AER 0.339", "made-up"),
    ]
    assert [score.written for score in scores_of(SCORES, "additive", "none")] == ["BLEU 10.2"]
    assert scores_of(SCORES, "dot", "unheard") == ()
    assert place_of("alignment " + "x" * 90) == "x" * 40


@pytest.mark.parametrize(
    "scores",
    [
        {"set": 5},
        {"set": {"bleu": 5}},
        {"set": {"bleu": {"dot": 7}}},
        {"set": {"bleu": {"dot": {"global": "good"}}}},
        {"set": {"bleu": {"dot": {"global": float("nan")}}}},
        {"set": {"bleu": {"dot": {"global": True}}, "none": "bad"}},
    ],
)
def test_a_strange_card_has_no_scores(scores: dict[str, Any]) -> None:
    assert scores_of(scores, "dot", "global") == ()
    assert scores_of(scores, "dot", "none") == ()
