"""The whole tour: every chapter in both languages, every key that it offers, and the effects that it claims."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest
from textual.pilot import Pilot

from explorer.runtime.bundle import open_bundle
from explorer.runtime.chapter_file import LANGUAGES, chapters
from explorer.runtime.layers import measure
from explorer.tui.models import OpenModels
from explorer.tui.player import resumed
from explorer.tui.recording import Recorder
from explorer.tui.screens import layers
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.tour import TourApp
from explorer.tui.widgets.lesson import Lesson
from tests.tui import conftest
from tests.tui.conftest import idle

SIZES = [(80, 24), (120, 40)]
PATIENCE = 60.0


@pytest.fixture
def quick_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure a few short lengths once: what is claimed of them is that they are measured."""
    monkeypatch.setattr(layers, "measure", partial(measure, lengths=(16, 64), repeats=1))


def tour(number: int, language: str = "en", **options: object) -> TourApp:
    chapter = chapters()[number - 1]
    models = OpenModels(open_bundle(chapter.session.model, "cpu"), recorder=Recorder())
    moment = resumed(chapter.session, models.named, models.recorder, chapter.name)
    return TourApp(chapters(), number, moment.opened, models, language, **options)  # type: ignore[arg-type]


async def until(app: TourApp, pilot: Pilot[object], seen: Callable[[], bool]) -> None:
    """Wait for something to be seen; no longer than `PATIENCE`."""
    for _ in range(int(PATIENCE / 0.02)):
        await idle(pilot)
        await pilot.pause(0.02)
        app.look()
        if seen():
            return
    place = app.place
    raise AssertionError(f"not seen: {app.guide and (app.guide.chapter.name, app.guide.told)}, {place and place.board}")


async def told(app: TourApp, pilot: Pilot[object], number: int) -> None:
    await until(app, pilot, lambda: app.guide is not None and app.guide.number == number)
    await idle(pilot)
    app.look()


async def press(app: TourApp, pilot: Pilot[object], keys: tuple[str, ...]) -> None:
    for key in keys:
        await pilot.press(key)
        await idle(pilot)
        app.look()


@pytest.mark.usefixtures("quick_layers")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_to_try_has_the_effect_that_the_text_claims(language: str, size: tuple[int, int]) -> None:
    app = tour(1, language)
    async with app.run_test(size=size) as pilot:
        for number, chapter in enumerate(chapters(), start=1):
            await told(app, pilot, number)
            for place, one in enumerate(chapter.tries):
                guide = app.guide
                assert guide is not None
                assert not guide.told[place], f"{chapter.name}: told before it was tried"
                await press(app, pilot, one.keys)
                await until(app, pilot, lambda place=place: bool(app.guide and app.guide.told[place]))  # type: ignore[misc]
            lesson = app.screen.query_one(Lesson)
            text = lesson.printed.plain
            assert chapter.words[language].title in text
            assert all(line.cell_len <= lesson.size.width for line in lesson.content())
            assert lesson.size.height < size[1] // 2, f"{chapter.name}: the scene has too little room"
            if number < len(chapters()):
                await pilot.press("right_curly_bracket")


async def test_next_back_contents_again_and_notes() -> None:
    left: list[str] = []
    app = tour(4, left_at=left.append)
    async with app.run_test(size=(120, 40)) as pilot:
        await told(app, pilot, 4)
        await pilot.press("left_curly_bracket")
        await told(app, pilot, 3)
        await pilot.press("I")
        await pilot.pause()
        assert isinstance(app.screen, ExamplesScreen)
        await pilot.press("down", "enter")
        await told(app, pilot, 4)
        await press(app, pilot, ("t",))
        await until(app, pilot, lambda: bool(app.guide and app.guide.told[0]))
        await pilot.press("Z")
        await until(app, pilot, lambda: bool(app.guide and not app.guide.told[0]))
        assert app.explorer is not None
        assert app.explorer.view is not None
        assert app.explorer.view.snapshot.trace.controls.attention == "global"
        text = chapters()[3].words["en"].text[:40]
        assert text in app.screen.query_one(Lesson).printed.plain
        await pilot.press("H")
        await pilot.pause()
        assert text not in app.screen.query_one(Lesson).printed.plain
    assert left == ["global-local", "attention", "global-local", "global-local"]


async def test_the_first_and_the_last_chapter_are_the_ends() -> None:
    app = tour(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 1)
        await pilot.press("left_curly_bracket")
        await told(app, pilot, 1)
        app.go(len(chapters()))
        await told(app, pilot, len(chapters()))
        await pilot.press("right_curly_bracket")
        await told(app, pilot, len(chapters()))


async def test_show_me_presses_the_keys_and_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tui.tour.KEY_SECONDS", 0.05)
    app = tour(10)
    async with app.run_test(size=(80, 24)) as pilot:
        await told(app, pilot, 10)
        for place in range(len(chapters()[9].tries)):
            await pilot.press("G")
            await until(app, pilot, lambda place=place: bool(app.guide and app.guide.told[place]))  # type: ignore[misc]
        await pilot.press("G")
        await told(app, pilot, 11)


async def test_autoplay_goes_through_a_chapter_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.tui.tour.KEY_SECONDS", 0.02)
    app = tour(11, autoplay=0.2)
    async with app.run_test(size=(80, 24)) as pilot:
        await conftest.until(pilot, lambda: app.guide is not None and app.guide.number == 12)


async def test_a_presenter_sees_wide_cells_a_clock_and_no_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("explorer.tui.tour.time", clock)
    app = tour(3, presenter=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await told(app, pilot, 3)
        printed = app.screen.query_one(Lesson).printed.plain
        assert "0:00" in printed
        assert chapters()[2].words["en"].text[:30] not in printed
        assert app.explorer is not None
        assert app.explorer.view is not None
        assert app.explorer.view.zoom.value == "wide"
        clock.monotonic = lambda: 61.5
        app.look()
        assert app.guide is not None
        assert app.guide.clock == 61


async def test_what_is_typed_into_the_explorer_is_no_key_of_the_tour() -> None:
    app = tour(3)
    async with app.run_test(size=(120, 40)) as pilot:
        await told(app, pilot, 3)
        await press(app, pilot, ("e", "right_curly_bracket", "I", "G", "H", "Z"))
        await pilot.pause(0.2)
        assert app.guide is not None
        assert app.guide.number == 3
        assert not isinstance(app.screen, ExamplesScreen)
