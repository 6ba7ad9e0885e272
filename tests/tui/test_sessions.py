"""What is recorded is done again just so: the trace of a session's playback equals the trace that was on the screen."""

from __future__ import annotations

import functools
import json
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit
from explorer.runtime.session_file import Action, Session, decoded, encoded, read_session
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Trace
from explorer.tui.actions import action
from explorer.tui.models import Opened, carried
from explorer.tui.playback import Moment, Playback, performed
from explorer.tui.recording import Autosave, Recorder, latest_session, new_autosave, state_folder
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper
from tests.tui.conftest import TEXT

OTHER = "a black dog jumps over a fence."


def assert_same(one: Trace, other: Trace) -> None:
    """Check that two traces hold the same, bit for bit."""
    assert (one.model, one.source, one.controls) == (other.model, other.source, other.controls)
    assert (one.text, one.finished) == (other.text, other.finished)
    assert [step.token for step in one.steps] == [step.token for step in other.steps]
    assert [step.forced for step in one.steps] == [step.forced for step in other.steps]
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(one.scores, other.scores)


def played(session: Session, *bundles: Bundle) -> Moment:
    """Write a session, read it, and play what was read to its end."""
    models = {bundle.folder.name: bundle for bundle in bundles}
    return performed(Playback(decoded(encoded(session), "x"), lambda name: models[Path(name).name]))


def recorded(bundle: Bundle) -> tuple[Recorder, Stepper]:
    recorder = Recorder()
    stepper = recorder.stepper(bundle)
    stepper.start(TEXT, default_controls(bundle.card))
    return recorder, stepper


# --- any sequence of actions --------------------------------------------------------------------------------------

MODELS = ("translate-en-fr", "transformer-en-fr")


@functools.cache
def shipped(name: str) -> Bundle:
    return open_bundle(name, "cpu")


class AnySession(RuleBasedStateMachine):
    """A person at the keys of a recurrent model, who may go on with a Transformer and come back."""

    @initialize()
    def begin(self) -> None:
        self.bundle = shipped("translate-en-fr")
        self.recorder = Recorder()
        self.stepper = self.recorder.stepper(self.bundle)
        self.snapshot = self.stepper.start(TEXT, default_controls(self.bundle.card))
        self.text = TEXT

    @rule(what=st.sampled_from(["step", "step", "step", "back", "home", "end"]))
    def move(self, what: str) -> None:
        self.snapshot = getattr(self.stepper, what)()

    @rule(text=st.sampled_from([TEXT, OTHER]))
    def start(self, text: str) -> None:
        self.snapshot = self.stepper.start(text, self.stepper.controls.replace(bias=(), weights=()))
        self.text = text

    @rule(row=st.integers(0, 12), places=st.lists(st.integers(0, 9), min_size=1, max_size=3))
    def force(self, row: int, places: list[int]) -> None:
        row = min(row, self.snapshot.last_row)
        candidates = self.snapshot.steps[row].candidates
        self.snapshot = self.stepper.force(row, tuple(candidates[place].token for place in places))

    @rule(data=st.data(), how=st.sampled_from(["replay", "rerun", "look"]))
    def switch(self, data: st.DataObject, how: str) -> None:
        switches, heads = self.bundle.card.switches, self.bundle.card.heads
        changes: dict[str, object] = {
            "alignment": data.draw(st.sampled_from(switches.alignments)),
            "attention": data.draw(st.sampled_from(switches.attentions)),
            "temperature": data.draw(st.floats(switches.temperature.minimum, switches.temperature.maximum)),
            "seed": data.draw(st.none() | st.integers(0, 3)),
            "bias": data.draw(st.sampled_from([(), (BiasEdit(None, 2, -np.inf),), (BiasEdit(1, 0, 3.5),)])),
        }
        if heads is not None:
            changes |= {"head": None, "layer": None, "aggregate": "mean"}
            own = data.draw(st.sampled_from([(), (BiasEdit(None, 1, -np.inf, 0, 1),), (BiasEdit(1, 2, 3.5, 2, 0),)]))
            wish = data.draw(st.sampled_from([(), (WeightEdit(None, 2, 0.25, 1, 1, alone=True),)]))
            changes |= {"bias": (*changes["bias"], *own), "weights": wish}  # type: ignore[misc]
        self.snapshot = getattr(self.stepper, how)(self.stepper.controls.replace(**changes))

    @rule()
    def look(self) -> None:
        heads = self.bundle.card.heads
        if heads is not None:
            self.snapshot = self.stepper.look(self.stepper.controls.replace(layer=0, head=1, aggregate=None))

    @rule(name=st.sampled_from(MODELS))
    def open(self, name: str) -> None:
        old = Opened(self.bundle, self.stepper, self.snapshot, self.text, "")
        other = shipped(name)
        opened = carried(other, old, self.recorder.stepper(other))
        self.bundle, self.stepper, self.snapshot, self.text = other, opened.stepper, opened.snapshot, opened.text

    @precondition(lambda self: hasattr(self, "recorder"))
    @invariant()
    def weights_of_a_row_sum_to_one_or_less(self) -> None:
        sums = self.snapshot.trace.weights.sum(axis=1)
        whole = self.stepper.controls.attention not in ("none", "local_p")
        assert np.all(sums <= 1 + 1e-5)
        if whole:
            assert np.all((np.abs(sums - 1) < 1e-5) | (sums == 0))

    def teardown(self) -> None:
        if hasattr(self, "recorder"):
            moment = played(self.recorder.session, *map(shipped, MODELS))
            assert_same(moment.opened.snapshot.trace, self.snapshot.trace)
            assert moment.opened.text == self.text
            assert moment.remarks == ()


TestAnySession = AnySession.TestCase
TestAnySession.settings = settings(
    max_examples=20, stateful_step_count=25, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)


# --- recording ------------------------------------------------------------------------------------------------------


def test_actions_have_their_arguments_and_times(bundle: Bundle) -> None:
    times = iter([10.0, 10.0, 11.5, 13.25])
    recorder = Recorder(clock=lambda: next(times))
    stepper = recorder.stepper(bundle)
    stepper.start(TEXT, default_controls(bundle.card))
    stepper.step()
    stepper.force(0, (7, 8))
    opened, started, stepped, forced = recorder.session.actions
    assert (opened.do, opened.given["model"]) == ("open", "translate-en-fr")
    assert started.given["text"] == TEXT
    assert started.given["controls"]["alignment"] == bundle.card.switches.alignment
    assert (stepped.do, stepped.at, stepped.given) == ("step", 1.5, {})
    assert (forced.at, forced.given) == (3.25, {"row": 0, "tokens": [7, 8]})


def test_an_action_by_means_of_another_is_one(bundle: Bundle) -> None:
    recorder, stepper = recorded(bundle)
    stepper.look(stepper.controls.replace(temperature=0.5))  # a replay, as more than what is shown changes
    assert [action.do for action in recorder.session.actions] == ["open", "start", "look"]


def test_what_failed_is_not_recorded(bundle: Bundle) -> None:
    recorder, stepper = recorded(bundle)
    with pytest.raises(InputError):
        stepper.start("  ", stepper.controls)
    with pytest.raises(InputError):
        stepper.replay(stepper.controls.replace(alignment="x"))
    assert [action.do for action in recorder.session.actions] == ["open", "start"]
    stepper.step()  # it listens on
    assert len(recorder.session.actions) == 3


def test_a_model_that_was_left_is_not_listened_to(bundle: Bundle) -> None:
    recorder, stepper = recorded(bundle)
    carried(bundle, Opened(bundle, stepper, stepper.snapshot, TEXT, ""), recorder.stepper(bundle))
    stepper.step()
    stepper.start(OTHER, stepper.controls)
    assert [action.do for action in recorder.session.actions] == ["open", "start", "open", "start"]


def test_going_on_behind_a_session_keeps_its_actions_and_times(bundle: Bundle) -> None:
    recorder, stepper = recorded(bundle)
    stepper.step()
    session = Session(1, (*recorder.session.actions[:2], Action("step", 60.0)))
    moment = played(session, bundle)
    later = Recorder()
    later.take(session.actions, moment.opened.stepper, bundle)
    moment.opened.stepper.step()
    actions = later.session.actions
    assert actions[:3] == session.actions
    assert actions[3].do == "step"
    assert 60.0 <= actions[3].at < 65.0


def test_a_picture_is_known_by_its_pixels(
    caption_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    bundle = open_bundle(caption_bundle, "cpu")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Image.new("RGB", (40, 40), "red").save("a.png")
    recorder = Recorder()
    stepper = recorder.stepper(bundle)
    stepper.start("a.png", default_controls(bundle.card))
    trace = stepper.step().trace
    session = recorder.session
    assert session.actions[0].given["model"] == str(caption_bundle)
    assert_same(played(session, bundle).opened.snapshot.trace, trace)
    monkeypatch.chdir(tmp_path)  # from elsewhere it is found where it was
    moment = played(session, bundle)
    assert moment.opened.text == str(tmp_path / "here" / "a.png")
    np.testing.assert_array_equal(moment.opened.snapshot.trace.weights, trace.weights)
    Image.new("RGB", (40, 40), "blue").save("here/a.png")
    playback = Playback(session, lambda _: bundle)
    assert "another picture now" in playback.advance().remarks[0]


# --- playing -------------------------------------------------------------------------------------------------------


def test_a_bundle_that_changed_is_said(bundle: Bundle) -> None:
    recorder, _ = recorded(bundle)
    opened, started = recorder.session.actions
    other = Action("open", 0.0, {**opened.given, "checksum": "f" * 16})
    moment = Playback(Session(1, (other, started)), lambda _: bundle).advance()
    assert moment.remarks == ("translate-en-fr has changed since this was recorded: what it does may differ",)
    unknown = Action("open", 0.0, {"model": "translate-en-fr"})
    assert Playback(Session(1, (unknown, started)), lambda _: bundle).advance().remarks == ()


def test_a_written_session_may_name_words_and_single_switches(bundle: Bundle) -> None:
    actions = (
        Action("open", 0.0, {"model": "translate-en-fr"}),
        Action("start", 0.0, {"text": TEXT}),
        Action("force", 1.0, {"row": 0, "tokens": "les petits"}),
        Action("replay", 2.0, {"controls": {"alignment": "dot"}}),
    )
    trace = performed(Playback(Session(1, actions), lambda _: bundle)).opened.snapshot.trace
    assert trace.text == "les petits"
    assert trace.controls == default_controls(bundle.card).replace(alignment="dot")


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action("stepp"), "action 3: 'stepp' is nothing that can be done; did you mean step"),
        (Action("listener"), "action 3: 'listener' is nothing that can be done"),
        (Action("__init__"), "action 3: '__init__' is nothing that can be done"),
        (Action("force", 0.0, {"row": 1}), "force needs 'tokens'"),
        (Action("force", 0.0, {"row": "x", "tokens": [1]}), "Expected `int`"),
        (Action("step", 0.0, {"token": 1}), "step takes no 'token'"),
        (Action("replay", 0.0, {"controls": {"windov": 1}}), "no control 'windov'"),
    ],
)
def test_what_a_session_cannot_ask_for(bundle: Bundle, action: Action, said: str) -> None:
    begin = (Action("open", 0.0, {"model": "m"}), Action("start", 0.0, {"text": TEXT}))
    with pytest.raises(InputError, match=said) as caught:
        Playback(Session(1, (*begin, action)), lambda _: bundle, "a.json")
    assert str(caught.value).startswith("a.json, action 3: ")


def test_what_the_model_cannot_do_names_the_action(bundle: Bundle) -> None:
    begin = (Action("open", 0.0, {"model": "m"}), Action("start", 0.0, {"text": TEXT}))
    playback = Playback(Session(1, (*begin, Action("force", 0.0, {"row": 0, "tokens": [10**9]}))), lambda _: bundle)
    playback.advance()
    with pytest.raises(InputError, match="the session, action 3: "):
        playback.advance()


# --- autosaving -----------------------------------------------------------------------------------------------------


def test_every_action_is_on_the_disk_before_the_one_after_it(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "session-1.json"
    recorder = Recorder(Autosave(path))
    stepper = recorder.stepper(bundle)
    stepper.start(TEXT, default_controls(bundle.card))
    assert not path.exists()  # nothing was done yet
    stepper.step()
    for number in range(4, 9):
        stepper.step()
        assert number - 1 <= len(read_session(path).actions) <= number
    recorder.close()
    assert read_session(path) == recorder.session
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["session-1.json"]


def test_a_session_that_cannot_be_kept_is_said_once(bundle: Bundle, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "file").write_text("")
    recorder = Recorder(Autosave(tmp_path / "file" / "session-1.json", said.append))
    stepper = recorder.stepper(bundle)
    stepper.start(TEXT, default_controls(bundle.card))
    for _ in range(4):
        stepper.step()
    recorder.close()
    assert said == [f"{tmp_path / 'file' / 'session-1.json'}: File exists"]


def test_the_latest_session_is_found_and_old_ones_go(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no session to resume"):
        latest_session()
    folder = state_folder()
    assert folder.is_relative_to(tmp_path)
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"session-{number:02}.json").write_text(json.dumps(number))
    assert latest_session() == folder / "session-29.json"
    new_autosave()
    assert sorted(path.name for path in folder.iterdir()) == [f"session-{number:02}.json" for number in range(11, 30)]


class QuietStepper(Stepper):
    """A stepper that computes nothing, so that only what recording costs is left."""

    def __init__(self) -> None:
        self._nothing = Snapshot(SimpleNamespace(), None, 0.0)  # type: ignore[arg-type]

    @action
    def start(self, text: str, controls: Controls) -> Snapshot:
        return self._nothing

    @action
    def step(self) -> Snapshot:
        return self._nothing


def test_autosaving_costs_a_step_less_than_a_millisecond(tmp_path: Path) -> None:
    recorder = Recorder(Autosave(tmp_path / "session-1.json"))
    stepper = QuietStepper()
    recorder.listen(stepper, SimpleNamespace(folder=tmp_path, card=shipped("translate-en-fr").card))  # type: ignore[arg-type]
    stepper.start(TEXT, default_controls(shipped("translate-en-fr").card))
    costs: list[float] = []
    for _ in range(300):
        began = time.perf_counter()
        stepper.step()
        costs.append(time.perf_counter() - began)
        time.sleep(0.002)  # a person is slower than a disk
    recorder.close()
    assert sorted(costs)[len(costs) // 2] < 0.001
    assert len(read_session(tmp_path / "session-1.json").actions) == 302
