"""Keys and clicks on the shipped model, judged by the trace that they lead to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from textual.widgets import Input

from explorer.render.layout import Zoom
from explorer.render.palette import ColorDepth
from explorer.tui.app import ExplorerApp
from explorer.tui.screens.examples import ExamplesScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.force import ForceScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.candidates import Candidates
from explorer.tui.widgets.grid import AttentionGrid
from explorer.tui.widgets.switch_list import SwitchList
from tests.tui.conftest import TEXT, press, settle, until

SIZE = (120, 40)


class Clock:
    """Stands in for a timer: it comes when it is called."""

    seconds = 0.0
    tick: Any = None

    def begin(self, seconds: float, tick: Callable[[], None]) -> Clock:
        self.seconds, self.tick = seconds, tick
        return self

    def stop(self) -> None:
        self.tick = None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, set_interval = Clock(), ExplorerScreen.set_interval

    def begun(screen: ExplorerScreen, seconds: float, tick: Any = None, **options: Any) -> Any:
        if tick == screen._play_on:
            return clock.begin(seconds, tick)
        return set_interval(screen, seconds, tick, **options)

    monkeypatch.setattr(ExplorerScreen, "set_interval", begun)
    return clock


async def test_opens_with_the_first_step_at_hand(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await settle(pilot)
        assert view.snapshot.trace.source.text == TEXT
        assert view.snapshot.emitted == 0
        assert view.on_pending


async def test_right_emits_and_left_takes_back(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "right")
        assert view.snapshot.emitted == 3
        assert view.row == 3
        view = await press(pilot, "left")
        assert view.snapshot.emitted == 2


async def test_a_burst_of_keys_loses_no_step(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["right"] * 6)
        view = await settle(pilot)
        assert view.snapshot.emitted == 6


async def test_end_finishes_and_home_goes_back(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "end")
        assert view.snapshot.trace.finished
        assert not view.snapshot.pending
        view = await press(pilot, "right")
        assert "finished" in app.explorer.query_one(KeyBar).message  # type: ignore[union-attr]
        assert (await press(pilot, "home")).snapshot.emitted == 0


async def test_switching_keeps_prefix_and_cursor(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "right", "right", "up", "up")
        after = await press(pilot, "1")
        assert after.snapshot.trace.controls.alignment == "location"
        assert [s.token for s in after.snapshot.trace.steps] == [s.token for s in before.snapshot.trace.steps]
        assert after.row == before.row == 2
        assert np.abs(after.snapshot.trace.weights - before.snapshot.trace.weights).max() > 0.05


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        (("2",), "alignment", "content"),
        (("6",), "alignment", "scaled_dot"),
        (("6", "a"), "alignment", "location"),
        (("1", "A"), "alignment", "scaled_dot"),
        (("t",), "attention", "local_m"),
        (("t", "t", "t"), "attention", "hard"),
        (("T",), "attention", "none"),
    ],
)
async def test_keys_switch(app: ExplorerApp, keys: tuple[str, ...], field: str, value: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, *keys)
        assert getattr(view.snapshot.trace.controls, field) == value


async def test_lists_choose_by_arrow_and_by_mouse(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.screen.query_one("#attentions", SwitchList).focus()
        assert (await press(pilot, "down")).snapshot.trace.controls.attention == "local_m"
        await pilot.click("#attentions", offset=(4, 4))
        assert (await settle(pilot)).snapshot.trace.controls.attention == "hard"
        await pilot.click("#alignments", offset=(4, 3))
        assert (await settle(pilot)).snapshot.trace.controls.alignment == "additive"


async def test_lower_temperature_turns_soft_into_hard(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        # From well above 1, so that the effect does not hang on how sharp this model is.
        soft = await press(pilot, "end", "3", *["plus"] * 7)
        entropies = [sum(step.entropy for step in soft.snapshot.trace.steps)]
        for _ in range(3):
            view = await press(pilot, *["minus"] * 6)
            entropies.append(sum(step.entropy for step in view.snapshot.trace.steps))
        assert entropies == sorted(entropies, reverse=True)
        assert entropies[-1] < 0.2 * entropies[0]
        assert (await press(pilot, "0")).snapshot.trace.controls.temperature == 1.0


async def test_window_narrows_local_attention(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "end", "t", *["left_square_bracket"] * 30)
        assert view.snapshot.trace.controls.window == 1.0
        assert (np.count_nonzero(view.snapshot.trace.weights, axis=1) <= 3).all()
        view = await press(pilot, "right_square_bracket")
        assert view.snapshot.trace.controls.window == 2.0


async def test_window_key_says_where_it_acts(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right_square_bracket")
        assert "local" in app.screen.query_one(KeyBar).message


async def test_free_running_decodes_anew(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        kept = await press(pilot, "end", "T")
        assert kept.snapshot.trace.controls.attention == "none"
        anew = await press(pilot, "t", "p", "T")
        assert anew.free
        assert [s.token for s in anew.snapshot.steps] != [s.token for s in kept.snapshot.steps]
        assert all(s.token == s.candidates[0].token for s in anew.snapshot.steps)


async def test_samples_go_by_seed_and_0_takes_the_arg_max_again(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        first = await press(pilot, "right", "t", "t", "t", *["plus"] * 7)
        assert first.snapshot.trace.controls.seed is None
        seeds = [(await press(pilot, key)).snapshot.trace.controls.seed for key in "rrr0r"]
        assert seeds == [1, 2, 3, None, 1]


async def test_cursor_reads_out_a_cell_by_key_and_by_mouse(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "up", "l")
        assert view.row == 1
        assert view.column == (view.step.focus or 0) + 1
        view = await press(pilot, "escape")
        assert (view.row, view.column) == (2, None)
        grid = app.screen.query_one(AttentionGrid)
        layout = grid._laid_out(view)
        await pilot.click("#grid", offset=(1 + layout.cell_start(3), 1 + layout.header_height))
        view = await settle(pilot)
        assert (view.row, view.column) == (0, 3)


async def test_candidates_force_by_enter_and_by_click(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right")
        wanted = view.step.candidates[1].token
        app.screen.query_one(Candidates).focus()
        view = await press(pilot, "down", "enter")
        assert view.snapshot.trace.steps[1].token == wanted
        assert view.snapshot.trace.steps[1].forced
        wanted = view.step.candidates[2].token
        await pilot.click("#candidates", offset=(3, 3))
        view = await settle(pilot)
        assert view.snapshot.trace.steps[2].token == wanted


async def test_force_a_typed_word_at_an_older_row(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right", "up", "up", "f")
        assert isinstance(app.screen, ForceScreen)
        view = await press(pilot, *"chat", "enter")
        assert "chat" in view.snapshot.trace.text
        assert view.snapshot.trace.steps[1].forced
        assert not view.snapshot.trace.steps[0].forced


async def test_edit_starts_over_and_a_bad_text_loses_nothing(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "e")
        editor = app.screen.query_one("#editor", Input)
        editor.value = "   "
        view = await press(pilot, "enter")
        assert view.snapshot.trace == before.snapshot.trace
        assert app.screen.has_class("-editing")
        editor.value = "a green bird"
        view = await press(pilot, "enter")
        assert view.snapshot.trace.source.text == "a green bird"
        assert view.snapshot.emitted == 0
        assert not app.screen.has_class("-editing")


async def test_escape_leaves_the_editor_without_a_change(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "e", "x", "y", "escape")
        assert not app.screen.has_class("-editing")
        assert (await press(pilot, "right")).snapshot.trace.source.text == TEXT


async def test_examples_are_picked_from_a_list(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "o")
        assert isinstance(app.screen, ExamplesScreen)
        view = await press(pilot, "down", "enter")
        assert view.snapshot.trace.source.text == "yes."


async def test_every_example_can_be_read(app: ExplorerApp) -> None:
    from explorer.tui.examples import ENGLISH

    limit = app.bundle.card.sizes.max_source
    lengths = [len(app.bundle.source.encode_source(text, limit)) for text in ENGLISH]
    assert min(lengths) <= 3
    assert max(lengths) >= 50


async def test_play_emits_by_itself(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "greater_than_sign", "space")
        await until(pilot, lambda: app.explorer.view.snapshot.emitted >= 2)  # type: ignore[union-attr]


async def test_play_has_a_speed_and_pauses(app: ExplorerApp, clock: Clock) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "greater_than_sign", "space")
        assert (view.playing, view.speed, clock.seconds) == (True, 4.0, 0.25)
        for count in (1, 2):
            clock.tick()
            assert (await settle(pilot)).snapshot.emitted == count
        view = await press(pilot, "space")
        assert (view.playing, clock.tick) == (False, None)


async def test_play_waits_for_what_is_computed(app: ExplorerApp, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "space")
        stepper = app.explorer._stepper  # type: ignore[union-attr]
        step = stepper.step
        monkeypatch.setattr(stepper, "step", lambda: released.wait(60) and step())
        for _ in range(5):
            clock.tick()
            await pilot.pause()
        released.set()
        assert (await settle(pilot)).snapshot.emitted == 1


async def test_restart_goes_back_to_the_card(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "end", "1", "t", "R")
        switches = app.bundle.card.switches
        assert view.snapshot.emitted == 0
        assert view.snapshot.trace.controls.alignment == switches.alignment
        assert view.snapshot.trace.controls.attention == switches.attention


async def test_zoom_and_colours(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "z", "C")
        assert view.zoom is Zoom.CELL
        assert view.palette.name != "magma"
        assert view.palette.depth is ColorDepth.TRUECOLOR


async def test_help_lists_every_key(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        table = str(app.screen.query_one("#help-keys").render())
        for words in ("emit the next token", "lower the temperature", "force a token", "1–6"):
            assert words in table
        await press(pilot, "escape")
        assert app.screen is app.explorer


async def test_palette_commands_switch(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        commands["Alignment: scaled dot"]()
        assert (await settle(pilot)).snapshot.trace.controls.alignment == "scaled_dot"
        commands["Colours: viridis"]()
        assert (await settle(pilot)).palette.name == "viridis"


@pytest.mark.parametrize(
    ("size", "hidden"), [((80, 24), ()), ((70, 24), ("making",)), ((50, 20), ("making", "switches"))]
)
async def test_side_panels_fold_away(app: ExplorerApp, size: tuple[int, int], hidden: tuple[str, ...]) -> None:
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for name in ("making", "switches"):
            assert app.screen.query_one(f"#{name}").display is (name not in hidden)
        assert app.screen.query_one("#grid").size.width >= 30


async def test_resizing_keeps_everything(app: ExplorerApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right")
        for width, height in ((80, 24), (30, 10), (200, 60), (120, 40)):
            await pilot.resize_terminal(width, height)
            view = await settle(pilot)
            assert view.snapshot.trace == before.snapshot.trace


async def test_every_hint_has_an_action(app: ExplorerApp) -> None:
    from explorer.tui.screens.explorer import ExplorerScreen
    from explorer.tui.screens.keys import HINTS

    for _, _, action in HINTS:
        assert hasattr(ExplorerScreen, f"action_{action.split('(')[0]}")


async def test_a_message_that_is_said_again_stays_its_whole_time(
    app: ExplorerApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Clock] = []
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        bar = app.screen.query_one(KeyBar)
        monkeypatch.setattr(bar, "set_timer", lambda *told: begun.append(Clock().begin(*told)) or begun[-1])
        bar.say("once more")
        bar.say("once more")
        first, second = begun
        assert first.tick is None
        second.tick()
        assert bar.message == ""


async def test_busy_sign_for_what_takes_long(app: ExplorerApp, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    async with app.run_test(size=SIZE) as pilot:
        before = await settle(pilot)
        stepper = app.explorer._stepper  # type: ignore[union-attr]
        step = stepper.step
        monkeypatch.setattr(stepper, "step", lambda: released.wait(60) and step())
        await pilot.press("right")
        await until(pilot, lambda: bool(app.explorer and app.explorer.view and app.explorer.view.busy))
        view = app.explorer.view  # type: ignore[union-attr]
        assert view is not None
        assert "working" in app.screen.query_one("#title").render_line(0).text
        assert view.snapshot.trace == before.snapshot.trace
        released.set()
        view = await settle(pilot)
        assert not view.busy
        assert view.snapshot.emitted == 1


async def test_side_column_has_entropy_and_focus_of_each_row(app: ExplorerApp) -> None:
    async with app.run_test(size=(200, 60)) as pilot:
        view = await press(pilot, "end")
        grid = app.screen.query_one(AttentionGrid)
        lines = [grid.render_line(y).text for y in range(grid.size.height)]
        for step in view.snapshot.steps:
            assert step.focus is not None
            focus = view.snapshot.trace.source.labels[step.focus]
            assert any(f"{step.entropy:.2f} {focus}" in line for line in lines)
