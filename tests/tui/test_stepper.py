"""The stepper: one step at hand, tokens emitted on demand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.branches import tree
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, WeightEdit
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper
from tests.tui.conftest import TEXT


@pytest.fixture
def stepper(bundle: Bundle) -> Stepper:
    stepper = Stepper(Decoder(bundle))
    stepper.start(TEXT, default_controls(bundle.card))
    return stepper


def test_start_has_one_step_at_hand_and_nothing_emitted(stepper: Stepper) -> None:
    snapshot = stepper.snapshot
    assert snapshot.emitted == 0
    assert len(snapshot.steps) == 1
    assert snapshot.pending
    assert snapshot.ahead is not None
    assert snapshot.ahead.token == snapshot.ahead.candidates[0].token


def test_step_emits_exactly_the_token_at_hand(stepper: Stepper) -> None:
    ahead = stepper.snapshot.ahead
    after = stepper.step()
    assert ahead is not None
    assert after.emitted == 1
    assert after.trace.steps[0].token == ahead.token
    assert after.last_row == 1


def test_back_and_step_give_the_same_tokens(stepper: Stepper) -> None:
    for _ in range(4):
        stepper.step()
    before = [step.token for step in stepper.snapshot.trace.steps]
    stepper.back()
    stepper.back()
    assert stepper.snapshot.emitted == 2
    stepper.step()
    stepper.step()
    assert [step.token for step in stepper.snapshot.trace.steps] == before


def test_back_at_the_first_step_stays(stepper: Stepper) -> None:
    assert stepper.back().emitted == 0


def test_end_has_no_step_at_hand_and_back_reopens_it(stepper: Stepper, bundle: Bundle) -> None:
    done = stepper.end()
    assert not done.pending
    assert done.trace.finished
    assert done.steps[-1].token == bundle.card.tokens.end
    reopened = stepper.back()
    assert reopened.pending
    assert reopened.emitted == done.emitted - 1


def test_home_goes_to_the_first_step(stepper: Stepper) -> None:
    stepper.end()
    assert stepper.home().emitted == 0


def test_force_replaces_a_token_and_drops_what_followed(stepper: Stepper) -> None:
    for _ in range(4):
        stepper.step()
    other = stepper.snapshot.trace.steps[1].candidates[2].token
    after = stepper.force(1, (other,))
    assert after.emitted == 2
    assert after.trace.steps[1].token == other
    assert after.trace.steps[1].forced
    assert not after.trace.steps[0].forced


def test_replay_keeps_the_tokens_and_changes_the_weights(stepper: Stepper) -> None:
    for _ in range(5):
        stepper.step()
    before = stepper.snapshot
    after = stepper.replay(before.trace.controls.replace(alignment="location"))
    assert [step.token for step in after.trace.steps] == [step.token for step in before.trace.steps]
    assert np.abs(after.trace.weights - before.trace.weights).max() > 0.1
    # The queries are the same: without input feeding the state depends on the tokens alone.
    np.testing.assert_allclose(after.trace.steps[3].state, before.trace.steps[3].state, atol=1e-5)


def test_replay_chooses_the_step_at_hand_anew(stepper: Stepper) -> None:
    stepper.step()
    after = stepper.replay(stepper.snapshot.trace.controls.replace(attention="none"))
    assert after.ahead is not None
    assert after.ahead.token == after.ahead.candidates[0].token
    assert not after.ahead.weights.any()


def test_replay_after_back_does_not_bring_hidden_tokens_back(stepper: Stepper) -> None:
    for _ in range(4):
        stepper.step()
    stepper.back()
    after = stepper.replay(stepper.snapshot.trace.controls.replace(attention="none"))
    assert after.emitted == 3
    assert after.ahead is not None
    assert after.ahead.token == after.ahead.candidates[0].token


def test_rerun_equals_a_new_run(stepper: Stepper, bundle: Bundle) -> None:
    stepper.end()
    controls = stepper.snapshot.trace.controls.replace(attention="none")
    rerun = stepper.rerun(controls)
    fresh = Stepper(Decoder(bundle))
    fresh.start(TEXT, controls)
    assert [step.token for step in rerun.steps] == [step.token for step in fresh.end().steps]


def test_unreadable_text_keeps_the_run(stepper: Stepper) -> None:
    before = stepper.step()
    with pytest.raises(InputError):
        stepper.start("   ", before.trace.controls)
    assert stepper.snapshot.trace.source == before.trace.source
    assert stepper.snapshot.emitted == 1


# --- undo, redo, branches -----------------------------------------------------------------------------------------


def tokens_of(snapshot: Snapshot) -> list[int]:
    return [step.token for step in snapshot.trace.steps]


def assert_same(one: Snapshot, other: Snapshot) -> None:
    assert one.trace.source == other.trace.source
    assert one.trace.controls == other.trace.controls
    assert (tokens_of(one), one.trace.finished) == (tokens_of(other), other.trace.finished)
    assert [step.forced for step in one.trace.steps] == [step.forced for step in other.trace.steps]
    np.testing.assert_array_equal(one.trace.weights, other.trace.weights)
    assert [step.log_prob for step in one.steps] == [step.log_prob for step in other.steps]


def test_undo_and_redo_give_the_very_same_runs(stepper: Stepper) -> None:
    for _ in range(4):
        stepper.step()
    start = stepper.snapshot
    controls = start.trace.controls
    other = start.trace.steps[1].candidates[2].token
    after = [
        stepper.replay(controls.replace(weights=(WeightEdit(2, 3, 0.5),))),
        stepper.force(1, (other,)),
        stepper.rerun(controls.replace(attention="none")),
        stepper.start("a green bird.", controls),
    ]
    told = []
    for before in (*reversed(after[:-1]), start):
        returned = stepper.undo()
        assert returned is not None
        told.append(returned.told)
        assert_same(returned.snapshot, before)
    label = start.trace.source.labels[3]
    assert told == ["another source", "attention none", "another branch", f"{label} at 0.5, step 3"]
    assert stepper.undo() is None
    for expected in after:
        returned = stepper.redo()
        assert returned is not None
        assert_same(returned.snapshot, expected)
    assert stepper.redo() is None


def test_steps_taken_since_stay_when_an_edit_is_undone(stepper: Stepper) -> None:
    stepper.step()
    controls = stepper.controls
    stepper.replay(controls.replace(bias=(BiasEdit(0, 2, -np.inf),)))
    edited = stepper.end()
    returned = stepper.undo()
    assert returned is not None
    assert returned.snapshot.trace.controls == controls
    assert tokens_of(returned.snapshot) == tokens_of(edited)
    assert not any(step.forced for step in returned.snapshot.trace.steps)
    assert stepper.home().emitted == 0


def test_an_action_that_fails_or_changes_nothing_cannot_be_undone(stepper: Stepper) -> None:
    before = stepper.step()
    with pytest.raises(InputError):
        stepper.replay(before.trace.controls.replace(bias=(BiasEdit(None, 99, 1.0),)))
    stepper.replay(before.trace.controls)
    assert stepper.undo() is None
    assert_same(stepper.snapshot, before)


def test_decoding_anew_keeps_what_stands_before_the_edit(stepper: Stepper) -> None:
    stepper.force(0, (stepper.snapshot.steps[0].candidates[1].token,))
    before = stepper.end()
    focus = before.trace.steps[2].focus
    assert focus is not None
    edits = (BiasEdit(2, focus, -np.inf),)
    after = stepper.redecode(before.trace.controls.replace(bias=edits), 2)
    assert tokens_of(after)[:2] == tokens_of(before)[:2]
    assert after.trace.steps[0].forced
    assert after.trace.finished
    assert after.trace.steps[2].token == after.trace.steps[2].candidates[0].token
    assert after.trace.steps[2].weights[focus] == 0.0


def test_no_branch_is_lost(stepper: Stepper) -> None:
    first = stepper.end()
    candidates = first.trace.steps[2].candidates
    stepper.force(2, (candidates[1].token,))
    second = stepper.end()
    stepper.force(1, (first.trace.steps[1].candidates[3].token,))
    third = stepper.step()
    branches, present = stepper.branches()
    assert [branch.tokens for branch in branches] == [tuple(tokens_of(run)) for run in (first, second, third)]
    assert present.tokens == tuple(tokens_of(third))
    assert_same(stepper.take(0), first)
    known = [branch.tokens for branch in stepper.branches()[0]]
    assert_same(stepper.take(known.index(tuple(tokens_of(second)))), second)
    branches, _ = stepper.branches()
    assert {branch.tokens for branch in branches} == {tuple(tokens_of(run)) for run in (first, second, third)}
    # A run that only goes on is no branch of its own, and going back in it makes none.
    stepper.home()
    assert len(stepper.branches()[0]) == 3
    twigs = tree([branch.steps for branch in branches])
    assert sorted(twig.branch for twig in twigs if twig.branch is not None) == [0, 1, 2]
    assert [step.token for step in twigs[0].steps] == tokens_of(first)[:1]
    assert [twig.depth for twig in twigs] == [0, 1, 2, 2, 1] or [twig.depth for twig in twigs] == [0, 1, 1, 2, 2]
