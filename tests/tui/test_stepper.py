"""The stepper: one step at hand, tokens emitted on demand."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls
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
