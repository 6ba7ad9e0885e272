"""Chapters of somebody's own on every board, whatever is given to it; and the keys of the tour on every screen."""

from __future__ import annotations

import functools
from collections.abc import Callable

import msgspec
import pytest
from textual.screen import ModalScreen

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import Card
from explorer.runtime.chapter_file import Chapter, chapters, decoded_chapter
from explorer.runtime.trace import Trace
from explorer.tui.models import OpenModels
from explorer.tui.player import resumed
from explorer.tui.recording import Recorder
from explorer.tui.screens import lengths
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.recall import RecallScreen
from explorer.tui.tour import TourApp
from explorer.tui.widgets.chart import ChartPanel
from explorer.tui.widgets.lesson import Lesson
from explorer.tui.widgets.outputs import Outputs
from tests.runtime.chapters import OWN_CHAPTER
from tests.tui.conftest import idle, said
from tests.tui.test_tour import press, quick_layers, told, until

__all__ = ["quick_layers"]  # the fixture


def own(scene: str = "", **fields: str) -> Chapter:
    """A chapter of somebody's own, with other lines in its scene, or other values of fields."""
    text = OWN_CHAPTER.replace("[scene]", f"[scene]\n{scene}")
    for old, new in fields.items():
        text = text.replace(old, new)
    return decoded_chapter(text.encode(), "mine.toml")


@functools.cache
def opened(model: str) -> Bundle:
    """A shipped model, opened once."""
    return open_bundle(model, "cpu")


def app_on(*found: Chapter, number: int = 1) -> TourApp:
    session = found[number - 1].session
    models = OpenModels(opened(session.model), recorder=Recorder())
    moment = resumed(session, models.named, models.recorder, "mine")
    return TourApp(found, number, moment.opened, models, "en")


async def test_a_chapter_of_somebodys_own_is_told_and_tried() -> None:
    app = app_on(own("row = 2"))
    async with app.run_test(size=(120, 40)) as pilot:
        await told(app, pilot, 1)
        printed = app.screen.query_one(Lesson).printed.plain
        assert all(part in printed for part in ("1  Mine", "1/1", "A sentence.", "w = softmax(e)", "me, 2019"))
        assert app.explorer is not None
        assert app.explorer.view is not None
        assert app.explorer.view.row == 2
        await press(app, pilot, ("t",))
        await until(app, pilot, lambda: bool(app.guide and app.guide.told[0]))
        assert app.guide is not None
        assert app.guide.told == ("attention type global → local-m",)
        await press(app, pilot, ("G",))  # the last chapter is the last
        await told(app, pilot, 1)


@pytest.mark.parametrize("scene", ["row = 999", "column = 999", "row = 0\ncolumn = 0", 'keys = ["nothing-like-a-key"]'])
async def test_a_cursor_that_is_elsewhere_is_no_crash(scene: str) -> None:
    app = app_on(own(scene))
    async with app.run_test(size=(120, 40)) as pilot:
        await told(app, pilot, 1)
        await press(app, pilot, ("t", "left", "up", "l"))
        await until(app, pilot, lambda: bool(app.guide and app.guide.told[0]))


@pytest.mark.parametrize(
    ("scene", "board"),
    [
        ('board = "gallery"', "gallery"),
        ('board = "compare"', "compare"),
        ('board = "truth"', "truth"),
        ('board = "recall"\ngiven = { sequence = "12" }', "recall"),
        ('board = "recall"\ngiven = { sequence = "" }', "recall"),
        ('board = "recall"\ngiven = { sequence = "no digits" }', "recall"),
        ('board = "recall"\ngiven = { sequence = "12345678901234567890123456789012345678901234567890" }', "recall"),
        ('board = "lengths"\ngiven = { clauses = ["a dog"] }', "lengths"),
        ('board = "results"', "results"),
        ('board = "results"\ngiven = { models = ["no-such-model"], live = true }', "results"),
        ('board = "results"\ngiven = { models = ["caption-photos"], live = true }', "results"),
        ('board = "layers"', "layers"),
    ],
)
@pytest.mark.usefixtures("quick_layers")
async def test_every_board_opens_and_is_left(scene: str, board: str) -> None:
    app = app_on(own(scene))
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        assert app.place is not None
        assert app.place.board == board
        assert "1  Mine" in app.screen.query_one(Lesson).printed.plain
        await press(app, pilot, ("right", "up", "down", "enter"))
        await press(app, pilot, ("escape",))
        await until(app, pilot, lambda: app.place is not None and app.place.board == "explorer")


async def test_a_board_that_the_model_has_not_is_said_and_the_chapter_told() -> None:
    app = app_on(own('board = "heads"'))  # a recurrent model has no heads
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        assert isinstance(app.screen, ExplorerScreen)
        assert "1  Mine" in app.screen.query_one(Lesson).printed.plain


@pytest.mark.parametrize(
    "wrong", [{"translate-en-fr": "no-such-model"}, {'do = "end"': 'do = "fly"'}], ids=["model", "action"]
)
async def test_a_chapter_that_cannot_be_shown_leaves_the_one_before(wrong: dict[str, str]) -> None:
    app = app_on(own(), own(**wrong, **{'"mine"': '"missing"'}))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await told(app, pilot, 1)
        await press(app, pilot, ("right_curly_bracket",))
        assert [note.title for note in app._notifications] == ["this chapter cannot be shown"]
        assert app.guide is not None
        assert app.guide.number == 1
        await press(app, pilot, ("t",))
        await until(app, pilot, lambda: bool(app.guide and app.guide.told[0]))


async def test_a_card_without_scores_by_length_has_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(card: Card) -> tuple[()]:
        assert msgspec.structs.asdict(card)["scores"]
        return ()

    monkeypatch.setattr(lengths, "length_scores", none)
    app = app_on(own('board = "lengths"\ngiven = { clauses = ["a dog", "on a bench"] }'))
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        await press(app, pilot, ("right", "right", "left", "left"))
        assert said(app) == "that is its shortest form"
        assert app.screen.query_one(ChartPanel).printed.plain.strip() == ""
        await until(app, pilot, lambda: "un chien" in app.screen.query_one(Outputs).printed.plain)


async def test_translations_that_come_late_are_not_those_of_the_sentence_that_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_on(own('board = "lengths"\ngiven = { clauses = ["a dog", "on a bench"] }'))
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        await until(app, pilot, lambda: "un chien" in app.screen.query_one(Outputs).printed.plain)
        asked: list[Callable[[list[Trace] | None], None]] = []
        monkeypatch.setattr(app.explorer, "ask_decoded", lambda pairs, wanted, then: asked.append(then))
        await press(app, pilot, ("right", "left"))
        screen = app.screen
        assert isinstance(screen, lengths.LengthsScreen)
        asked[0]([])
        asked[1](None)  # overtaken before it began
        assert screen.readings == {}
        asked[1]([])
        assert screen.readings["clauses"] == 1.0
        assert "un chien" not in screen.query_one(Outputs).printed.plain


async def test_symbols_that_are_typed_fast_are_all_read() -> None:
    app = app_on(own('board = "recall"\ngiven = { sequence = "12" }'))
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        await idle(pilot)
        screen = app.screen
        assert isinstance(screen, RecallScreen)
        for keys, read in ((("3", "4", "5"), "12345"), (("backspace", "backspace"), "123")):
            for key in keys:
                app.simulate_key(key)
            await until(app, pilot, lambda read=read: screen.state.sequence == read)  # type: ignore[misc, union-attr]


OVER_IT = {
    "help": ("question_mark",),
    "models": ("M",),
    "beam": ("b",),
    "compare": ("c",),
    "gallery": ("g",),
    "edits": ("L",),
}


@pytest.mark.parametrize("over", OVER_IT)
async def test_from_every_screen_the_next_chapter_is_a_key_away(over: str) -> None:
    app = app_on(*chapters(), number=9)
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 9)
        await press(app, pilot, OVER_IT[over])
        if isinstance(app.screen, ModalScreen):
            await press(app, pilot, ("escape",))
        await press(app, pilot, ("right_curly_bracket",))
        await told(app, pilot, 10)
        assert isinstance(app.screen, ExplorerScreen)
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize("number", [1, 2, 6, 12, 17, 19, 20])
@pytest.mark.usefixtures("quick_layers")
async def test_contents_notes_and_again_on_every_board(number: int) -> None:
    app = app_on(*chapters(), number=number)
    title, text = chapters()[number - 1].words["en"].title, chapters()[number - 1].words["en"].text[:20]
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, number)
        stack = [type(screen) for screen in app.screen_stack]
        await pilot.press("H")
        await idle(pilot)
        printed = app.screen.query_one(Lesson).printed.plain
        assert title in printed
        assert text not in printed
        await pilot.press("H", "I")
        await idle(pilot)
        assert isinstance(app.screen, ExamplesScreen)
        await pilot.press("escape")
        await idle(pilot)
        assert text in app.screen.query_one(Lesson).printed.plain
        await pilot.press("Z")
        await until(app, pilot, lambda: app.guide is not None and app.guide.number == number)
        await until(app, pilot, lambda: [type(screen) for screen in app.screen_stack] == stack)


async def test_keys_of_the_tour_are_not_pressed_into_a_dialogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tui.tour.KEY_SECONDS", 0.01)
    app = app_on(own())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        await press(app, pilot, ("question_mark",))
        help_screen = app.screen
        assert isinstance(help_screen, ModalScreen)
        for go_on in (app.action_show_me, app._go_on):
            go_on()
            await idle(pilot)
            app.look()
        assert app.screen is help_screen
        assert app.guide is not None
        assert app.guide.told == ("",)
        await press(app, pilot, ("escape",))
        app._go_on()
        await until(app, pilot, lambda: bool(app.guide and app.guide.told[0]))


async def test_a_tour_that_goes_on_leaves_what_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tui.tour.KEY_SECONDS", 0.01)
    app = app_on(own(**{'keys = ["t"]': 'keys = ["up"]'}), own(**{'"mine"': '"next"'}))
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        for _ in range(2):
            app._go_on()
            await idle(pilot)
        assert app.guide is not None
        assert (app.guide.number, app.guide.told) == (1, ("",))
        app._go_on()
        await until(app, pilot, lambda: app.guide is not None and app.guide.number == 2)


@pytest.mark.parametrize("size", [(40, 12), (60, 15)], ids=str)
async def test_on_a_tiny_screen_the_scene_has_half_of_it(size: tuple[int, int]) -> None:
    app = app_on(*chapters(), number=9)
    async with app.run_test(size=size) as pilot:
        await told(app, pilot, 9)
        lesson = app.screen.query_one(Lesson)
        assert lesson.size.height <= size[1] // 2
        assert chapters()[8].words["en"].title[:10] in lesson.printed.plain
        assert "mask black" in lesson.printed.plain
