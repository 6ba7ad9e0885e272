"""Edits of attention as pure functions from controls to controls."""

from __future__ import annotations

import math

import pytest

from explorer.errors import InputError
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit
from explorer.runtime.edits import at_cell, edits_of, everywhere, masked, pinned, shifted, told, weighed, without

PLAIN = Controls("dot", "global", 5.0, 1.0)
MASK, COLUMN = BiasEdit(2, 3, -math.inf), BiasEdit(None, 3, -math.inf)


def test_masks_go_round() -> None:
    once = masked(PLAIN, 2, 3)
    assert once.bias == (MASK,)
    twice = masked(once, 2, 3)
    assert twice.bias == (COLUMN,)
    assert masked(twice, 0, 3) == PLAIN  # from any of its rows


def test_shifts_add_up_and_vanish() -> None:
    up = shifted(shifted(PLAIN, 2, 3, 1.0), 2, 3, 1.0)
    assert up.bias == (BiasEdit(2, 3, 2.0),)
    assert shifted(up, 2, 3, -2.0) == PLAIN
    assert shifted(PLAIN.replace(bias=(MASK,)), 2, 3, 1.0).bias == (BiasEdit(2, 3, 1.0),)


@pytest.mark.parametrize("every", [{"bias": (COLUMN,)}, {"weights": (WeightEdit(None, 3, 0.5),)}])
def test_a_shift_under_an_edit_of_every_step_is_refused(every: dict[str, object]) -> None:
    with pytest.raises(InputError, match="every step has this column"):
        shifted(PLAIN.replace(**every), 2, 3, 1.0)


def test_a_pin_replaces_what_was_typed_in_the_row() -> None:
    typed = weighed(weighed(PLAIN, 2, 3, 0.4), 2, 1, 0.5)
    assert pinned(typed, 2, 0).weights == (WeightEdit(2, 0, 1.0),)
    assert pinned(pinned(PLAIN, 2, 0), 2, 0) == PLAIN
    assert pinned(PLAIN.replace(bias=(MASK,)), 2, 3).bias == ()


def test_typed_weights_leave_room_for_each_other() -> None:
    typed = weighed(PLAIN.replace(weights=(WeightEdit(None, 5, 0.25),)), 2, 3, 0.5)
    with pytest.raises(InputError, match=r"0\.75 together, which leaves 0\.25"):
        weighed(typed, 2, 1, 0.3)
    assert weighed(typed, 2, 3, 0.75).weights[-1] == WeightEdit(2, 3, 0.75)  # the cell's own old weight does not count
    with pytest.raises(InputError, match="it goes from 0 to 1"):
        weighed(PLAIN, 2, 3, 1.5)


def test_0_masks_and_1_pins() -> None:
    assert weighed(PLAIN, 2, 3, 0.0).bias == (MASK,)
    assert weighed(weighed(PLAIN, 2, 3, 0.0), 2, 3, 1.0) == PLAIN.replace(weights=(WeightEdit(2, 3, 1.0),))


@pytest.mark.parametrize(
    ("shown", "of"),
    [
        ({"layer": 1, "head": 2}, (1, 2)),
        ({"layer": 1, "aggregate": "mean"}, (1, None)),
        ({"aggregate": "mean"}, (None, None)),
        ({"layer": 1, "aggregate": "max"}, (None, None)),
        ({"aggregate": "rollout"}, (None, None)),
    ],
)
def test_in_a_transformer_the_heads_shown_are_meant(
    shown: dict[str, object], of: tuple[int | None, int | None]
) -> None:
    (edit,) = weighed(PLAIN.replace(**shown), 0, 0, 0.5).weights
    assert (edit.layer, edit.head) == of


def test_everywhere_takes_the_place_of_single_steps() -> None:
    controls = masked(masked(PLAIN, 2, 3), 4, 1).replace(weights=(WeightEdit(1, 3, 0.2),))
    wide = everywhere(controls, MASK)
    assert set(wide.bias) == {COLUMN, BiasEdit(4, 1, -math.inf)}
    assert wide.weights == controls.weights


def test_the_list_is_in_order_and_edits_are_taken_off() -> None:
    controls = PLAIN.replace(bias=(MASK, COLUMN), weights=(WeightEdit(0, 9, 0.5),))
    assert edits_of(controls) == (COLUMN, WeightEdit(0, 9, 0.5), MASK)
    assert at_cell(controls, 2, 3) == (COLUMN, MASK)
    assert without(controls, MASK, WeightEdit(0, 9, 0.5)).bias == (COLUMN,)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (MASK, "masked"),
        (BiasEdit(0, 0, 2.0), "strengthened by 2"),
        (BiasEdit(0, 0, -0.5), "weakened by 0.5"),
        (WeightEdit(0, 0, 1.0), "pinned"),
        (WeightEdit(0, 0, 0.25), "at 0.25"),
    ],
)
def test_edits_in_words(edit: BiasEdit | WeightEdit, words: str) -> None:
    assert told(edit) == words
