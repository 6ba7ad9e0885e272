"""What is done on two runs that are compared is part of a session, and done again just so."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.session_file import Action, Session, decoded, encoded
from explorer.runtime.switches import default_controls
from explorer.tui.app import ExplorerApp
from explorer.tui.models import OpenModels
from explorer.tui.pair import LEFT, RIGHT, Pair, Sides
from explorer.tui.playback import Moment, Playback, performed
from explorer.tui.player import Player, resumed
from explorer.tui.recording import Recorder
from explorer.tui.screens.compare import CompareScreen
from explorer.tui.screens.explorer import ExplorerScreen
from explorer.tui.stepper import Stepper
from tests.tui.conftest import TEXT, press, settle
from tests.tui.test_sessions import assert_same

SIZE = (120, 40)
MODELS = ("translate-en-fr", "transformer-en-fr")
BEGIN = (Action("open", 0.0, {"model": "translate-en-fr"}), Action("start", 0.0, {"text": TEXT}))


@functools.cache
def shipped(name: str) -> Bundle:
    return open_bundle(name, "cpu")


def played(session: Session) -> Moment:
    """Write a session, read it, and play what was read to its end."""
    return performed(Playback(decoded(encoded(session), "x"), lambda name: shipped(Path(name).name)))


def written(*actions: Action) -> Moment:
    return played(Session(1, (*BEGIN, *actions)))


def sides_of(moment: Moment) -> Sides:
    assert moment.compared is not None
    return moment.compared.sides


def assert_same_sides(ones: Sides, others: Sides) -> None:
    for one, other in zip(ones, others, strict=True):
        assert one.locked == other.locked
        assert_same(one.snapshot.trace, other.snapshot.trace)
        assert (one.snapshot.ahead is None) == (other.snapshot.ahead is None)
        if one.snapshot.ahead is not None and other.snapshot.ahead is not None:
            np.testing.assert_array_equal(one.snapshot.ahead.weights, other.snapshot.ahead.weights)


class AnyComparison(RuleBasedStateMachine):
    """A person at the keys of the comparison, who may go on with a side and compare again."""

    @initialize(count=st.integers(0, 4))
    def begin(self, count: int) -> None:
        self.bundle = shipped("translate-en-fr")
        self.recorder = Recorder()
        self.stepper = self.recorder.stepper(self.bundle)
        self.stepper.start(TEXT, default_controls(self.bundle.card))
        for _ in range(count):
            self.stepper.step()
        self.pair: Pair | None = None
        self.compare(attention="hard")

    @rule(attention=st.sampled_from(["global", "local_m", "hard", "none"]))
    def compare(self, attention: str) -> None:
        if self.pair is not None:
            return
        self.pair = Pair(TEXT, self.bundle, (self.stepper.another(), self.stepper.another()))
        self.recorder.compare(self.pair)
        tokens = tuple(step.token for step in self.stepper.snapshot.trace.steps)
        controls = self.stepper.controls
        right = controls if self.bundle.card.heads else controls.replace(attention=attention)
        self.pair.begin(tokens, controls, right)

    @rule(what=st.sampled_from(["step", "step", "step", "back", "home", "end", "swap"]))
    def move(self, what: str) -> None:
        if self.pair is not None:
            getattr(self.pair, what)()
        elif what != "swap":
            getattr(self.stepper, what)()

    @rule(data=st.data(), side=st.sampled_from([LEFT, RIGHT]))
    def switch(self, data: st.DataObject, side: int) -> None:
        if self.pair is None:
            return
        changed = self.pair.sides[side]
        switches, heads = changed.card.switches, changed.card.heads
        changes: dict[str, object] = {
            "alignment": data.draw(st.sampled_from(switches.alignments)),
            "attention": data.draw(st.sampled_from(switches.attentions)),
            "temperature": data.draw(st.floats(switches.temperature.minimum, switches.temperature.maximum)),
            "seed": data.draw(st.none() | st.integers(0, 3)),
        }
        if heads is not None:
            changes |= {"layer": 0, "head": data.draw(st.integers(0, 2)), "aggregate": None}
        self.pair.switch(side, changed.snapshot.trace.controls.replace(**changes))

    @rule(side=st.sampled_from([LEFT, RIGHT]), what=st.sampled_from(["copy", "lock"]))
    def on_a_side(self, side: int, what: str) -> None:
        if self.pair is not None:
            getattr(self.pair, what)(side)

    @rule(side=st.sampled_from([LEFT, RIGHT]), name=st.sampled_from(MODELS))
    def put(self, side: int, name: str) -> None:
        if self.pair is not None:
            self.pair.put(side, shipped(name))

    @rule()
    def close(self) -> None:
        if self.pair is not None:
            self.recorder.closed(self.pair)
            self.pair = None

    @rule(side=st.sampled_from([LEFT, RIGHT]))
    def take(self, side: int) -> None:
        if self.pair is not None:
            opened = self.pair.take(side)
            self.bundle, self.stepper, self.pair = opened.bundle, opened.stepper, None

    def teardown(self) -> None:
        if not hasattr(self, "recorder"):
            return
        moment = played(self.recorder.session)
        assert moment.remarks == ()
        assert moment.opened.bundle is self.bundle
        assert_same(moment.opened.snapshot.trace, self.stepper.snapshot.trace)
        assert (moment.compared is None) == (self.pair is None)
        if self.pair is not None:
            assert_same_sides(sides_of(moment), self.pair.sides)
            assert moment.compared is not None
            assert moment.compared.active == self.pair.active


TestAnyComparison = AnyComparison.TestCase
TestAnyComparison.settings = settings(
    max_examples=20, stateful_step_count=25, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


# --- recording --------------------------------------------------------------------------------------------------------


def compared(bundle: Bundle) -> tuple[Recorder, Stepper, Pair]:
    """Two runs of two tokens each, recorded; the right side looks by another alignment function."""
    recorder = Recorder()
    stepper = recorder.stepper(bundle)
    stepper.start(TEXT, default_controls(bundle.card))
    stepper.step()
    tokens = (stepper.step().trace.steps[0].token, stepper.snapshot.trace.steps[1].token)
    pair = Pair(TEXT, bundle, (stepper.another(), stepper.another()))
    recorder.compare(pair)
    pair.begin(tokens, stepper.controls, stepper.controls.replace(alignment="dot"))
    return recorder, stepper, pair


def test_actions_of_two_runs_read_well_in_the_file(bundle: Bundle) -> None:
    recorder, stepper, pair = compared(bundle)
    pair.step()
    pair.switch(RIGHT, stepper.controls.replace(attention="hard"))
    pair.copy(LEFT)
    pair.lock(LEFT)
    pair.swap()
    pair.put(RIGHT, bundle)
    recorder.closed(pair)
    opened, *_, begun, stepped, switched, copied, locked, swapped, put, closed = recorder.session.actions
    assert begun.do == "compare"
    assert begun.given["tokens"] == [step.token for step in stepper.snapshot.trace.steps]
    assert (begun.given["left"]["alignment"], begun.given["right"]["alignment"]) == ("additive", "dot")
    assert (stepped.do, stepped.given) == ("compare.step", {})
    assert (switched.do, switched.given["side"]) == ("compare.switch", "right")
    assert switched.given["controls"]["attention"] == "hard"
    assert (copied.do, copied.given) == ("compare.copy", {"side": "left"})
    assert (locked.do, locked.given) == ("compare.lock", {"side": "left"})
    assert (swapped.do, swapped.given) == ("compare.swap", {})
    assert (put.do, put.given) == ("compare.put", {"side": "right", **opened.given})
    assert (closed.do, closed.given) == ("compare.close", {})


def test_the_explorer_is_recorded_on_after_the_comparison(bundle: Bundle) -> None:
    recorder, stepper, pair = compared(bundle)
    recorder.closed(pair)
    pair.step()  # a job that was on its way
    recorder.closed(pair)
    stepper.step()
    names = [action.do for action in recorder.session.actions]
    assert names == ["open", "start", "step", "step", "compare", "compare.close", "step"]


def test_a_side_that_is_taken_is_recorded_and_the_run_that_was_left_is_not(bundle: Bundle) -> None:
    recorder, stepper, pair = compared(bundle)
    taken = pair.take(RIGHT).stepper
    pair.swap()
    stepper.step()
    taken.step()
    assert [action.do for action in recorder.session.actions[4:]] == ["compare", "compare.take", "step"]
    moment = played(recorder.session)
    assert moment.compared is None
    assert_same(moment.opened.snapshot.trace, taken.snapshot.trace)
    assert taken.controls.alignment == "dot"


def test_another_model_ends_the_comparison(bundle: Bundle) -> None:
    recorder, stepper, pair = compared(bundle)
    recorder.stepper(bundle).start(TEXT, stepper.controls)
    pair.step()
    assert [action.do for action in recorder.session.actions[-3:]] == ["compare", "open", "start"]
    assert played(recorder.session).compared is None


def test_what_two_runs_refused_is_not_recorded(bundle: Bundle) -> None:
    recorder, _, pair = compared(bundle)
    with pytest.raises(InputError):
        pair.put(RIGHT, shipped("translate-de-en"))
    assert recorder.session.actions[-1].do == "compare"
    pair.step()  # it listens on
    assert recorder.session.actions[-1].do == "compare.step"


# --- playing ----------------------------------------------------------------------------------------------------------


def test_a_written_comparison_begins_with_the_run_of_the_explorer(bundle: Bundle) -> None:
    moment = written(Action("step", 1.0), Action("compare", 2.0, {"right": {"alignment": "dot"}}))
    left, right = (side.snapshot.trace for side in sides_of(moment))
    assert left.controls == default_controls(bundle.card)
    assert right.controls == left.controls.replace(alignment="dot")
    assert [step.token for step in left.steps] == [step.token for step in moment.opened.snapshot.trace.steps]
    assert len(left.steps) == len(right.steps) == 1


def test_a_written_comparison_may_name_words_and_single_switches() -> None:
    switched = Action("compare.switch", 2.0, {"side": "left", "controls": {"attention": "hard"}})
    left, right = sides_of(written(Action("compare", 1.0, {"tokens": "les petits"}), switched))
    assert left.snapshot.trace.text == right.snapshot.trace.text == "les petits"
    assert (left.snapshot.trace.controls.attention, right.snapshot.trace.controls.attention) == ("hard", "global")


def test_moments_say_when_two_runs_are_on_the_screen() -> None:
    actions = [Action(name) for name in ("compare", "compare.step", "compare.close", "compare")]
    actions.append(Action("compare.take", 0.0, {"side": "left"}))
    playback = Playback(Session(1, (*BEGIN, *actions)), shipped)
    moments = [playback.advance() for _ in range(playback.length)]
    assert [moment.compared is not None for moment in moments] == [False, True, True, False, True, False]
    assert [moment.opened.snapshot.emitted for moment in moments] == [0] * 6
    assert [side.snapshot.emitted for side in sides_of(moments[1])] == [0, 0]  # a moment stays what it was
    assert [side.snapshot.emitted for side in sides_of(moments[2])] == [1, 1]


def test_a_model_of_one_side_that_changed_is_said(bundle: Bundle) -> None:
    put = Action("compare.put", 1.0, {"side": "right", "model": bundle.card.name, "checksum": "f" * 16})
    moment = written(Action("compare"), put)
    assert moment.remarks == ("translate-en-fr has changed since this was recorded: what it does may differ",)


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ([Action("compare.stepp")], "action 3: 'compare.stepp' is nothing that can be done; did you mean compare.step"),
        ([Action("compare.opened")], "action 3: 'compare.opened' is nothing that can be done"),
        ([Action("compare.begin")], "action 3: 'compare.begin' is nothing that can be done"),
        ([Action("compare."), Action("compare")], "action 3: 'compare.' is nothing that can be done"),
        ([Action("compare.step")], "action 3: compare.step needs two runs; 'compare' puts them beside each other"),
        ([Action("compare"), Action("compare.close"), Action("compare.close")], "action 5: compare.close needs two"),
        ([Action("compare"), Action("compare.lock")], "action 4: compare.lock needs 'side'"),
        ([Action("compare"), Action("compare.lock", 0.0, {"side": "up"})], "action 4: Invalid enum value 'up'"),
        ([Action("compare"), Action("compare.put", 0.0, {"side": "left"})], "action 4: compare.put needs 'model'"),
        ([Action("compare", 0.0, {"right": {"windov": 1}})], "action 3: there is no control 'windov'"),
        ([Action("compare", 0.0, {"middle": {}})], "action 3: compare takes no 'middle'"),
        ([Action("compare", 0.0, {"tokens": 5})], "action 3: Expected"),
    ],
)
def test_what_a_session_cannot_ask_two_runs_for(actions: list[Action], said: str) -> None:
    with pytest.raises(InputError) as caught:
        Playback(Session(1, (*BEGIN, *actions)), shipped, "a.json")
    assert str(caught.value).startswith(f"a.json, {said}")


def test_going_back_and_forth_records_what_is_done_next_on_the_two_runs_that_are_shown() -> None:
    actions = (Action("compare", 1.0), Action("compare.step", 2.0), Action("compare.step", 3.0))
    recorder = Recorder()
    player = Player(Session(1, (*BEGIN, *actions)), shipped, recorder)
    player.seek(4)
    earlier = player.moment
    now = player.seek(3)
    assert earlier.compared is not None
    assert now.compared is not None
    earlier.compared.pair.step()  # of a playback that was left
    now.compared.pair.swap()
    assert recorder.session.actions[:-1] == (*BEGIN, *actions[:2])
    assert recorder.session.actions[-1].do == "compare.swap"


# --- in the interface -------------------------------------------------------------------------------------------------


def shown(app: ExplorerApp) -> Sides:
    assert isinstance(app.screen, CompareScreen)
    assert app.screen.comparison is not None
    return app.screen.comparison.sides


async def test_the_keys_of_the_comparison_are_played_again_just_so(bundle: Bundle) -> None:
    models = OpenModels(bundle, recorder=Recorder())
    app = ExplorerApp(bundle, TEXT, models=models)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "right", "c", "right", "5", "t", "y", "tab", "minus", "s", "L", "right", "left")
        sides, session = shown(app), models.recorder.session
        active = app.screen.comparison.active  # type: ignore[attr-defined]
        await press(pilot, "escape", "right")
        closed = models.recorder.session
    names = [action.do.removeprefix("compare.") for action in session.actions[4:]]
    assert names == ["compare", "step", "switch", "switch", "copy", "switch", "swap", "lock", "step", "back"]
    moment = played(session)
    assert_same_sides(sides_of(moment), sides)
    assert moment.compared is not None
    assert moment.compared.active == active == RIGHT
    assert [action.do for action in closed.actions[-2:]] == ["compare.close", "step"]


async def test_what_is_done_after_a_side_was_taken_is_played_again(bundle: Bundle) -> None:
    models = OpenModels(bundle, recorder=Recorder())
    app = ExplorerApp(bundle, TEXT, models=models)
    async with app.run_test(size=SIZE) as pilot:
        view = await press(pilot, "right", "c", "5", "right", "enter", "right", "2", "u")
        names = [action.do for action in models.recorder.session.actions[4:]]
        assert names == ["compare.switch", "compare.step", "compare.take", "step", "replay", "undo"]
    moment = played(models.recorder.session)
    assert_same(moment.opened.snapshot.trace, view.snapshot.trace)
    assert view.snapshot.trace.controls.alignment == "dot"


async def test_a_session_is_resumed_into_the_comparison(bundle: Bundle) -> None:
    models = OpenModels(bundle, recorder=Recorder())
    actions = (
        Action("step", 1.0),
        Action("compare", 2.0, {"right": {"alignment": "dot"}}),
        Action("compare.step", 3.0),
        Action("compare.switch", 4.0, {"side": "left", "controls": {"attention": "hard"}}),
        Action("compare.lock", 5.0, {"side": "left"}),
    )
    session = Session(1, (*BEGIN, *actions))
    moment = resumed(session, models.named, models.recorder, "x")
    app = ExplorerApp(bundle, models=models, begun=moment.opened, compared=moment.compared)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert_same_sides(shown(app), sides_of(played(session)))
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.comparison is not None
        assert app.screen.comparison.active == LEFT  # as it was
        await press(pilot, "right", "L", "t")
        left, right = (side.snapshot for side in shown(app))
        assert (left.emitted, right.emitted) == (2, 3)
        assert left.trace.controls.attention == "none"  # behind hard
        view = await press(pilot, "escape")
        assert isinstance(app.screen, ExplorerScreen)
        assert view.snapshot.emitted == 1
    done = models.recorder.session.actions
    assert done[: len(session.actions)] == session.actions
    later = [action.do for action in done[len(session.actions) :]]
    assert later == ["compare.step", "compare.lock", "compare.switch", "compare.close"]


async def test_two_runs_on_a_picture_are_recorded_too(caption_bundle: Path) -> None:
    bundle = open_bundle(caption_bundle, "cpu")
    models = OpenModels(bundle, recorder=Recorder())
    app = ExplorerApp(bundle, "scene:3", models=models)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right", "c", "right", "5")
        sides = shown(app)
    moment = performed(Playback(models.recorder.session, lambda _: bundle))
    assert_same_sides(sides_of(moment), sides)
