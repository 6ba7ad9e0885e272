"""Playing a session that compares: the comparison is seen, and a person who takes over goes on in it."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from explorer.runtime.bundle import Bundle
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.session_file import Action, Session
from explorer.tui.comparison import Comparison
from explorer.tui.models import OpenModels
from explorer.tui.pair import LEFT, RIGHT
from explorer.tui.playback import Moment
from explorer.tui.player import Player
from explorer.tui.recording import Recorder
from explorer.tui.replay import ReplayApp
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.screens.help import HelpScreen
from explorer.tui.screens.replay import REPLAY_HINTS, ReplayScreen
from explorer.tui.screens.replay_compare import ReplayCompareScreen
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.caption import CaptionBar, Said
from tests.tui.conftest import TEXT, press, said, settle, until

SIZE = (120, 40)
SLOW = 0.001
BEGIN = (Action("open", 0.0, {"model": "translate-en-fr"}), Action("start", 0.0, {"text": TEXT}))
ACTIONS = (
    *BEGIN,
    Action("step", 1.0),
    Action("compare", 2.0, {"right": {"alignment": "dot"}}, caption="two alignment functions"),
    Action("compare.step", 3.0, caption="the second token"),
    Action("compare.switch", 4.0, {"side": "left", "controls": {"attention": "hard"}}),
    Action("compare.end", 5.0, row=1),
    Action("compare.close", 6.0),
    Action("step", 7.0),
)


def app_on(bundle: Bundle, *more: Action, actions: tuple[Action, ...] = ACTIONS, steered: bool = True) -> ReplayApp:
    models = OpenModels(bundle, recorder=Recorder())
    session = Session(1, (*actions, *more), title="test")
    # So slow that no moment comes by itself while a test presses keys.
    player = Player(session, models.named, models.recorder, steered=steered, speed=SLOW)
    return ReplayApp(player, models)


def shown(app: ReplayApp) -> Comparison:
    assert isinstance(app.screen, ReplayCompareScreen)
    assert app.screen.comparison is not None
    return app.screen.comparison


def emitted(app: ReplayApp) -> list[int]:
    return [side.snapshot.emitted for side in shown(app).sides]


def bar(app: ReplayApp) -> Said:
    where = app.screen.query_one(CaptionBar).said
    assert where is not None
    return where


def recorded(app: ReplayApp) -> list[str]:
    return [action.do for action in app._models.recorder.session.actions]


async def to_moment(pilot: Pilot[None], number: int) -> None:
    """Play up to a moment."""
    await settle(pilot)
    app = pilot.app
    assert isinstance(app, ReplayApp)
    while app.player.moment.number < number:
        assert isinstance(app.explorer, ReplayScreen)
        app.explorer.next_moment()
        await settle(pilot)
        await settle(pilot)


async def test_the_comparison_is_seen_while_the_session_has_one(bundle: Bundle) -> None:
    app = app_on(bundle)
    async with app.run_test(size=SIZE) as pilot:
        await to_moment(pilot, 2)
        assert isinstance(app.screen, ReplayScreen)
        await to_moment(pilot, 3)
        left, right = (side.snapshot.trace for side in shown(app).sides)
        assert (left.controls.alignment, right.controls.alignment) == ("additive", "dot")
        assert emitted(app) == [1, 1]
        assert bar(app) == Said("test", 3, 8, True, "two alignment functions")
        await to_moment(pilot, 4)
        assert (emitted(app), shown(app).cursor_row) == ([2, 2], 1)  # the token that is spoken of
        await to_moment(pilot, 5)
        assert shown(app).sides[LEFT].snapshot.trace.controls.attention == "hard"
        assert shown(app).active == LEFT
        await to_moment(pilot, 6)
        assert all(side.snapshot.trace.finished for side in shown(app).sides)
        assert shown(app).cursor_row == 1
        await to_moment(pilot, 7)
        assert isinstance(app.screen, ReplayScreen)
        assert (await settle(pilot)).snapshot.emitted == 1
        await to_moment(pilot, 8)
        assert (await settle(pilot)).snapshot.emitted == 2
        assert not app.player.left


async def test_it_plays_through_a_comparison_by_itself(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_on(bundle, steered=False)
    app.player.speed = 1000.0
    put_over = ReplayScreen._show_compared
    seen = set()

    def noted(screen: ReplayScreen, moment: Moment) -> None:
        put_over(screen, moment)
        seen.add(type(app.screen))

    monkeypatch.setattr(ReplayScreen, "_show_compared", noted)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.player.ended)
        assert (await settle(pilot)).snapshot.emitted == 2
    assert ReplayCompareScreen in seen


async def test_arrows_home_and_end_go_through_it(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right")
        assert emitted(app) == [2, 2]
        assert (bar(app).number, bar(app).playing) == (4, False)
        await press(pilot, "left")
        assert (emitted(app), bar(app).number) == ([1, 1], 3)
        await press(pilot, "left")
        assert isinstance(app.screen, ReplayScreen)
        assert bar(app).number == 2
        await press(pilot, "right", "right", "end")
        assert isinstance(app.screen, ReplayScreen)
        assert bar(app).number == 8
        await press(pilot, "left", "left")
        assert all(side.snapshot.trace.finished for side in shown(app).sides)
        await press(pilot, "home")
        assert isinstance(app.screen, ReplayScreen)
        assert not app.player.left


async def test_space_pauses_and_plays_on_and_the_speed_is_changed(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "space")
        assert (emitted(app), app.player.playing) == ([2, 2], True)
        await press(pilot, "greater_than_sign")
        assert said(app) == "played at 0.5 times the speed"
        await press(pilot, "space")
        assert not bar(app).playing
        assert not app.player.left


@pytest.mark.parametrize(
    ("key", "do"), [("t", "switch"), ("s", "swap"), ("L", "lock"), ("y", "copy"), ("minus", "switch")]
)
async def test_a_key_that_does_something_else_goes_on_in_the_comparison(bundle: Bundle, key: str, do: str) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right", key)
        assert app.player.left
        assert not app.screen.query_one(CaptionBar).display
        assert "from here on it is your session" in said(app) or do == "copy"
        before = emitted(app)
        await press(pilot, "tab", "right")
        if do != "lock":
            assert emitted(app) == [count + 1 for count in before]  # the key is a step again
        assert recorded(app)[5:] == [f"compare.{do}", "compare.step"]
        await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        await press(pilot, "right")
        assert recorded(app)[-2:] == ["compare.close", "step"]
        assert (await settle(pilot)).snapshot.emitted == 2


async def test_escape_leaves_the_session_and_then_the_comparison(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "escape")
        assert app.player.left
        assert emitted(app) == [1, 1]
        hints = app.screen.query_one(KeyBar)._hints
        assert hints != REPLAY_HINTS
        await press(pilot, "space")  # nothing is played any more
        assert emitted(app) == [1, 1]
        await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        assert recorded(app) == ["open", "start", "step", "compare", "compare.close"]


async def test_closing_it_leaves_the_session(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "q")
        assert app.player.left
        assert isinstance(app.screen, ExplorerScreen)
        await press(pilot, "right")
        assert recorded(app)[3:] == ["compare", "compare.close", "step"]


async def test_a_side_is_taken_by_a_person(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "right", "enter")
        view = await press(pilot, "right")
        assert type(app.screen) is ExplorerScreen
        assert (view.snapshot.emitted, view.snapshot.trace.controls.alignment) == (3, "dot")
        assert recorded(app)[4:] == ["compare.step", "compare.take", "step"]


async def test_a_side_is_taken_by_the_session(bundle: Bundle) -> None:
    take = Action("compare.take", 6.0, {"side": "right"})
    app = app_on(bundle, take, Action("back", 7.0), actions=ACTIONS[:7])
    async with app.run_test(size=SIZE) as pilot:
        await to_moment(pilot, 7)
        view = await settle(pilot)
        assert isinstance(app.screen, ReplayScreen)
        assert view.snapshot.trace.finished
        assert view.snapshot.trace.controls.alignment == "dot"
        count = view.snapshot.emitted
        await to_moment(pilot, 8)
        assert (await settle(pilot)).snapshot.emitted == count - 1


async def test_another_model_on_a_side_and_going_on_with_it(bundle: Bundle) -> None:
    if "transformer-en-fr" not in shipped_bundles():
        pytest.skip("transformer-en-fr is not shipped")
    put = Action("compare.put", 6.0, {"side": "right", "model": "transformer-en-fr"})
    take = Action("compare.take", 7.0, {"side": "right"})
    app = app_on(bundle, put, take, Action("compare", 8.0), actions=ACTIONS[:5])
    async with app.run_test(size=SIZE) as pilot:
        await to_moment(pilot, 5)
        assert shown(app).sides[RIGHT].card.name == "transformer-en-fr"
        await to_moment(pilot, 6)
        assert isinstance(app.screen, ReplayScreen)
        assert app.bundle.card.name == "transformer-en-fr"
        await to_moment(pilot, 7)
        assert [side.card.name for side in shown(app).sides] == ["transformer-en-fr"] * 2
        await press(pilot, "left", "left")  # over two models, back into the comparison of the first one
        await settle(pilot)
        assert [side.card.name for side in shown(app).sides] == ["translate-en-fr", "transformer-en-fr"]
        assert bar(app).number == 5


async def test_a_dialogue_over_the_comparison_pauses_it(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "space", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert not app.player.playing
        assert not app.player.left
        await press(pilot, "escape")
        assert bar(app).number == 4


async def test_what_one_side_cannot_do_stops_the_session_and_is_said(bundle: Bundle) -> None:
    put = Action("compare.put", 6.0, {"side": "right", "model": "nothing"})
    app = app_on(bundle, put, actions=ACTIONS[:5])
    async with app.run_test(size=SIZE) as pilot:
        await to_moment(pilot, 4)
        app.explorer.next_moment()  # type: ignore[union-attr]
        await settle(pilot)
        (note,) = app._notifications
        assert "the session, action 6: model 'nothing' is not known" in note.message
        assert (emitted(app), bar(app).playing) == ([2, 2], False)


async def test_a_comparison_of_a_persons_own_takes_over(bundle: Bundle) -> None:
    app = app_on(bundle, steered=False)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "c")
        assert type(app.screen) is CompareScreen
        assert app.player.left
        await press(pilot, "right", "enter")
        assert type(app.screen) is ExplorerScreen
        assert recorded(app)[3:] == ["compare", "compare.step", "compare.take"]
