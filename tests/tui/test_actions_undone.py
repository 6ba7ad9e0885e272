"""Any sequence of edits, switches, forced tokens and steps: what is undone is the very same run again."""

from __future__ import annotations

import functools

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.edits import edits_of, masked, pinned, shifted, weighed, without
from explorer.runtime.switches import default_controls
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper

TEXTS = {
    "translate-en-fr": ("two dogs run.", "a man in a red shirt."),
    "transformer-de-en": ("zwei Hunde laufen.", "ein Mann."),
}
LONGEST = 6
"""Steps of a run; sentences are longer, but nothing else happens there."""


@functools.cache
def opened(name: str) -> Bundle:
    return open_bundle(name, "cpu")


def seen(snapshot: Snapshot) -> tuple[object, ...]:
    """All of a run that can be compared at once, to the last bit."""
    steps = [(s.token, s.forced, s.log_prob, s.candidates, s.weights.tobytes()) for s in snapshot.steps]
    trace = snapshot.trace
    return trace.source, trace.controls, trace.finished, len(trace.steps), steps


def told(snapshot: Snapshot) -> tuple[object, ...]:
    trace = snapshot.trace
    return trace.source, trace.controls, [(step.token, step.forced) for step in trace.steps]


class Actions(RuleBasedStateMachine):
    """A person at the keys, and beside the stepper the runs that undo has to lead back to."""

    name = "translate-en-fr"

    @initialize()
    def begin(self) -> None:
        self.bundle = opened(self.name)
        self.stepper = Stepper(Decoder(self.bundle))
        self.snapshot = self.stepper.start(TEXTS[self.name][0], default_controls(self.bundle.card))

    def act(self, snapshot: Snapshot) -> None:
        """Note what an action led to, undo it and do it again: both to the last bit."""
        before, self.snapshot = self.snapshot, snapshot
        if told(before) == told(snapshot):  # nothing changed that is seen
            return
        undone = self.stepper.undo()
        assert undone is not None
        assert seen(undone.snapshot) == seen(before)
        redone = self.stepper.redo()
        assert redone is not None
        assert seen(redone.snapshot) == seen(snapshot)

    def edit(self, controls: Controls, first: int, free: bool) -> None:
        if free:
            self.act(self.stepper.redecode(controls, first))
        else:
            self.act(self.stepper.replay(controls))

    @rule(kind=st.sampled_from(["mask", "up", "down", "pin", "weigh"]), data=st.data(), free=st.booleans())
    def edit_a_cell(self, kind: str, data: st.DataObject, free: bool) -> None:
        step = data.draw(st.integers(0, self.snapshot.last_row), "step")
        source = data.draw(st.integers(0, len(self.snapshot.trace.source) - 1), "source")
        weight = data.draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]), "weight")
        controls = self.stepper.controls
        try:
            wanted = {
                "mask": lambda: masked(controls, step, source),
                "up": lambda: shifted(controls, step, source, 1.0),
                "down": lambda: shifted(controls, step, source, -1.0),
                "pin": lambda: pinned(controls, step, source),
                "weigh": lambda: weighed(controls, step, source, weight),
            }[kind]()
        except InputError:
            return
        every = any(edit.step is None for edit in edits_of(wanted) + edits_of(controls))
        self.edit(wanted, 0 if every else step, free)

    @rule(data=st.data())
    def take_an_edit_off(self, data: st.DataObject) -> None:
        edits = edits_of(self.stepper.controls)
        if edits:
            self.edit(without(self.stepper.controls, data.draw(st.sampled_from(edits))), 0, False)

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        card = self.bundle.card
        controls = self.stepper.controls.replace(
            alignment=data.draw(st.sampled_from(card.switches.alignments)),
            attention=data.draw(st.sampled_from(card.switches.attentions)),
            temperature=data.draw(st.sampled_from([0.5, 1.0, 2.0])),
            seed=data.draw(st.sampled_from([None, 1, 2])),
        )
        if card.heads is not None:
            removed = data.draw(st.sampled_from([(), (HeadKey("cross", 0, 1),)]))
            controls = controls.replace(removed=removed)
        self.act(self.stepper.replay(controls))

    @rule(data=st.data())
    def force(self, data: st.DataObject) -> None:
        row = data.draw(st.integers(0, self.snapshot.last_row), "row")
        candidate = data.draw(st.sampled_from(self.snapshot.steps[row].candidates))
        self.act(self.stepper.force(row, (candidate.token,)))

    @rule(data=st.data())
    def start_anew(self, data: st.DataObject) -> None:
        controls = self.stepper.controls.replace(bias=(), weights=())
        self.act(self.stepper.start(data.draw(st.sampled_from(TEXTS[self.name])), controls))

    @rule(seed=st.integers(0, 3))
    def shuffle(self, seed: int) -> None:
        self.act(self.stepper.shuffle(seed))

    @rule(data=st.data())
    def go_to_a_branch(self, data: st.DataObject) -> None:
        branches, _ = self.stepper.branches()
        if branches:
            self.act(self.stepper.take(data.draw(st.integers(0, len(branches) - 1))))

    @rule()
    def step(self) -> None:
        if self.snapshot.emitted < LONGEST:
            self.snapshot = self.stepper.step()

    @rule()
    def back(self) -> None:
        self.snapshot = self.stepper.back()

    @rule()
    def undo(self) -> None:
        returned = self.stepper.undo()
        if returned is not None:
            self.snapshot = returned.snapshot

    @rule()
    def redo(self) -> None:
        returned = self.stepper.redo()
        if returned is not None:
            self.snapshot = returned.snapshot

    @invariant()
    def weights_sum_to_1_or_0(self) -> None:
        controls = self.snapshot.trace.controls
        for step in self.snapshot.steps:
            total = float(step.weights.sum())
            if controls.attention == "local_p":
                assert -1e-6 <= total <= 1.0 + 1e-5
            else:
                assert min(abs(total), abs(total - 1.0)) < 1e-5
            assert np.isfinite(step.weights).all()
            assert (step.weights >= 0.0).all()
            assert np.isfinite(step.log_prob)

    @invariant()
    def the_run_is_what_a_fresh_decoder_gives(self) -> None:
        trace = self.snapshot.trace
        decoder = Decoder(self.bundle)
        decoder.start(trace.source, trace.controls)
        for step in trace.steps:
            fresh = decoder.force(step.token).steps[-1]
            np.testing.assert_allclose(step.weights, fresh.weights, atol=2e-4)
            assert abs(step.log_prob - fresh.log_prob) < 5e-3


class TransformerActions(Actions):
    name = "transformer-de-en"


def run(machine: type[Actions], examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_action_undone_gives_the_very_same_run() -> None:
    run(Actions, 40)


def test_every_action_undone_gives_the_very_same_run_of_a_transformer() -> None:
    run(TransformerActions, 10)
