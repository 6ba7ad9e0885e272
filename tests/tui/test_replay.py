"""Playing a session in the interface: moment by moment, back and forth, and taking over."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.session_file import Action, Session, read_session
from explorer.tui.app import ExplorerApp
from explorer.tui.models import OpenModels
from explorer.tui.player import Player, resumed
from explorer.tui.recording import Recorder
from explorer.tui.replay import ReplayApp
from explorer.tui.screens.replay import ReplayScreen
from explorer.tui.screens.save import SaveScreen
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.caption import CaptionBar, Said
from tests.tui.conftest import TEXT, press, settle, until

SIZE = (120, 40)
SLOW = 0.001
"""So slow that no moment comes by itself while a test presses keys, however busy the machine is."""
SESSION = Session(
    1,
    (
        Action("open", 0.0, {"model": "translate-en-fr"}),
        Action("start", 0.0, {"text": TEXT}, caption="a beginning"),
        Action("step", 1.0),
        Action("step", 2.0, caption="the second token"),
        Action("replay", 30.0, {"controls": {"alignment": "dot"}}),
        Action("end", 31.0, caption="the end", row=1),
    ),
    title="test",
)


def models_on(bundle: Bundle) -> OpenModels:
    return OpenModels(bundle, recorder=Recorder())


def app_on(bundle: Bundle, session: Session = SESSION, *, steered: bool = False, speed: float = SLOW) -> ReplayApp:
    models = models_on(bundle)
    return ReplayApp(Player(session, models.named, models.recorder, steered=steered, speed=speed), models)


def said(app: ExplorerApp) -> Said:
    assert app.explorer is not None
    shown = app.explorer.query_one(CaptionBar).said
    assert shown is not None
    return shown


async def next_moments(pilot: Pilot[None], count: int) -> None:
    for _ in range(count):
        app = pilot.app
        assert isinstance(app, ReplayApp)
        assert isinstance(app.explorer, ReplayScreen)
        app.explorer.next_moment()
        await settle(pilot)


async def test_moments_follow_each_other_with_their_captions(bundle: Bundle) -> None:
    app = app_on(bundle, steered=True)
    async with app.run_test(size=SIZE) as pilot:
        view = await settle(pilot)
        assert (view.snapshot.emitted, said(app)) == (0, Said("test", 1, 5, True, "a beginning"))
        await next_moments(pilot, 2)
        view = await settle(pilot)
        assert (view.snapshot.emitted, said(app).caption) == (2, "the second token")
        assert view.row == 1  # the token that is spoken of, not the one after it
        await next_moments(pilot, 1)
        view = await settle(pilot)
        assert view.snapshot.trace.controls.alignment == "dot"
        assert said(app).caption == "the second token"  # until something else is said
        await next_moments(pilot, 1)
        view = await settle(pilot)
        assert view.snapshot.trace.finished
        assert view.row == 1
        assert said(app) == Said("test", 5, 5, False, "the end")


async def test_arrows_home_and_end_go_through_the_session(bundle: Bundle) -> None:
    app = app_on(bundle)
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "right", "right")
        assert (view.snapshot.emitted, said(app).number, said(app).playing) == (2, 4, False)
        view = await press(pilot, "left")
        assert (view.snapshot.trace.controls.alignment, said(app).number) == ("additive", 3)
        assert (await press(pilot, "left", "left", "left")).snapshot.emitted == 0
        assert said(app).number == 1
        assert (await press(pilot, "end")).snapshot.trace.finished
        await press(pilot, "right")
        assert "the session ends here" in app.explorer.query_one(KeyBar).message  # type: ignore[union-attr]
        assert (await press(pilot, "home")).snapshot.emitted == 0


async def test_it_plays_by_itself_at_its_own_times(bundle: Bundle) -> None:
    app = app_on(bundle, speed=1.0)
    assert app.player.pause == 1.0
    app.player.speed = 1000.0
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.player.ended)
        assert (await settle(pilot)).snapshot.trace.finished
        assert said(app).number == 5


def test_nobody_waits_for_a_pause_without_words(bundle: Bundle) -> None:
    app = app_on(bundle, speed=1.0)
    pauses = []
    while not app.player.ended:
        pauses.append(app.player.pause)
        app.player.forward()
    assert pauses == [1.0, 1.0, 20.0, 1.0]  # at most 20 s where something is to be read
    silent = Session(1, (*SESSION.actions[:3], Action("step", 500.0)))
    player = app_on(bundle, silent, speed=1.0).player
    player.forward()
    assert player.pause == 3.0


@pytest.mark.parametrize("key", ["a", "t", "minus", "4"])
async def test_a_key_that_does_something_else_takes_over(bundle: Bundle, key: str) -> None:
    app = app_on(bundle)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right")
        await press(pilot, key)
        assert app.player.left
        assert app.explorer is not None
        assert not app.explorer.query_one(CaptionBar).display
        emitted = (await settle(pilot)).snapshot.emitted
        assert (await press(pilot, "right")).snapshot.emitted == emitted + 1  # the key is a step again


async def test_what_is_done_after_taking_over_is_recorded_behind_the_session(bundle: Bundle) -> None:
    app = app_on(bundle)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "left", "escape")
        assert app.player.left
        view = await press(pilot, "right", "2")
        assert view.snapshot.emitted == 2
        actions = app._models.recorder.session.actions
    assert actions[:3] == SESSION.actions[:3]
    assert [action.do for action in actions[3:]] == ["step", "replay"]
    assert actions[3].at >= 1.0


async def test_a_moment_that_waits_behind_what_a_person_does_is_not_played(bundle: Bundle) -> None:
    app = app_on(bundle, steered=True)
    async with app.run_test(size=SIZE) as pilot:
        await next_moments(pilot, 1)
        assert isinstance(app.explorer, ReplayScreen)
        app.explorer.switch(alignment="dot")
        app.explorer.next_moment()  # it was time for it in the meantime
        view = await settle(pilot)
        assert app.player.left
        assert (view.snapshot.emitted, view.snapshot.trace.controls.alignment) == (1, "dot")
        assert [action.do for action in app._models.recorder.session.actions] == ["open", "start", "step", "replay"]


async def test_a_session_goes_on_with_another_model(bundle: Bundle) -> None:
    if "transformer-en-fr" not in shipped_bundles():
        pytest.skip("transformer-en-fr is not shipped")
    more = (Action("open", 40.0, {"model": "transformer-en-fr"}), Action("start", 40.0, {"text": TEXT}))
    app = app_on(bundle, Session(1, (*SESSION.actions, *more, Action("step", 41.0))), steered=True)
    async with app.run_test(size=SIZE) as pilot:
        await next_moments(pilot, 6)
        view = await settle(pilot)
        assert app.bundle.card.name == "transformer-en-fr"
        assert (view.snapshot.trace.model, view.snapshot.emitted) == ("transformer-en-fr", 1)
        assert said(app).number == 7
        view = await press(pilot, "home")
        assert (view.snapshot.trace.model, said(app).number) == ("translate-en-fr", 1)


async def test_a_model_that_changed_is_said_on_the_screen(bundle: Bundle) -> None:
    opened = Action("open", 0.0, {"model": "translate-en-fr", "checksum": "f" * 16})
    app = app_on(bundle, Session(1, (opened, *SESSION.actions[1:])), steered=True)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        (note,) = app._notifications
        assert "translate-en-fr has changed since this was recorded" in note.message


async def test_what_cannot_be_done_stops_the_session_and_is_said(bundle: Bundle) -> None:
    bad = Action("replay", 3.0, {"controls": {"alignment": "nothing"}})
    app = app_on(bundle, Session(1, (*SESSION.actions[:3], bad)), steered=True)
    async with app.run_test(size=SIZE) as pilot:
        await next_moments(pilot, 2)
        (note,) = app._notifications
        assert note.message.startswith("the session, action 4: alignment 'nothing' is not known")
        assert not said(app).playing


async def test_pictures_are_played_too(caption_bundle: Path) -> None:
    bundle = open_bundle(caption_bundle, "cpu")
    begin = Action("open", 0.0, {"model": str(caption_bundle)})
    actions = (begin, Action("start", 0.0, {"text": "scene:3"}, caption="a picture"), Action("step", 1.0))
    app = app_on(bundle, Session(1, actions), steered=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await next_moments(pilot, 1)
        view = await settle(pilot)
        assert view.snapshot.emitted == 1
        assert view.snapshot.trace.source.picture is not None


# --- saving and going on ----------------------------------------------------------------------------------------------


async def test_the_session_is_saved_by_a_key(app: ExplorerApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "4", "S")
        assert isinstance(app.screen, SaveScreen)
        await press(pilot, "enter")
        assert "attn-explore replay attn-session.json" in app.explorer.query_one(KeyBar).message  # type: ignore[union-attr]
        session = read_session("attn-session.json")
        assert [action.do for action in session.actions] == ["open", "start", "step", "step", "replay"]
        await press(pilot, "left", "S", "enter")
        assert isinstance(app.screen, SaveScreen)  # it is there: once more
        assert len(read_session("attn-session.json").actions) == 5
        await press(pilot, "enter")
        assert len(read_session("attn-session.json").actions) == 6


async def test_a_session_that_cannot_be_saved_is_said(app: ExplorerApp, tmp_path: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "S")
        app.screen.query_one("Input").value = str(tmp_path / "none" / "x.json")  # type: ignore[attr-defined]
        await press(pilot, "enter")
        (note,) = app._notifications
        assert "cannot be written: No such file or directory" in note.message


async def test_a_resumed_session_is_where_it_was(bundle: Bundle) -> None:
    models = models_on(bundle)
    moment = resumed(SESSION, models.named, models.recorder, "x")
    app = ExplorerApp(bundle, models=models, begun=moment.opened, said=("something changed",))
    async with app.run_test(size=SIZE) as pilot:
        view = await settle(pilot)
        assert view.snapshot.trace.finished
        assert view.snapshot.trace.controls.alignment == "dot"
        assert [note.message for note in app._notifications] == ["something changed"]
        await press(pilot, "left")
    actions = models.recorder.session.actions
    assert actions[:-1] == SESSION.actions
    assert actions[-1].do == "back"
