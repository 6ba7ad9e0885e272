"""Edits of attention: what changes in the controls when a person masks, strengthens, weakens, pins or types a weight.

Pure functions from controls to controls. A cell is a decoding step and a source position; the last edit of a cell
replaces the one before it. While the controls show one head of a Transformer its cells are edited, in that head alone;
while they show several as one, the cells of every head are.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.errors import InputError
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit

Edit = BiasEdit | WeightEdit

STRENGTH = 1.0
"""What strengthening adds to a score: at temperature 1 the odds of the position become e times as high."""
PIN = 1.0
"""The weight of a pinned cell."""


def edits_of(controls: Controls) -> tuple[Edit, ...]:
    """Return every edit, those of every step first, then step by step."""
    return tuple(sorted(_all(controls), key=_order))


def without(controls: Controls, *gone: Edit) -> Controls:
    """Return controls without some edits."""
    return controls.replace(
        bias=tuple(edit for edit in controls.bias if edit not in gone),
        weights=tuple(edit for edit in controls.weights if edit not in gone),
    )


def without_edits(controls: Controls) -> Controls:
    """Return controls without any edit: source positions mean nothing in another source."""
    return controls.replace(bias=(), weights=())


def at_cell(controls: Controls, step: int, source: int) -> tuple[Edit, ...]:
    """Return the edits that act in a cell, in whatever head: those of its step, and those of every step."""
    found = [edit for edit in _all(controls) if edit.source == source and edit.step in (None, step)]
    return tuple(sorted(found, key=_order))


def bias_edits(position: int, bias: npt.NDArray[Any], heads: npt.NDArray[Any] | None = None) -> tuple[BiasEdit, ...]:
    """Return the edits of one step that add given numbers.

    Args:
        position: Number of the step.
        bias: What is added in every head, (src_len,).
        heads: What is added in single heads besides, (layers, heads, src_len); None for nothing.
    """
    edits = [BiasEdit(position, source, value) for source, value in enumerate(bias.tolist()) if value]
    if heads is not None:
        for layer, head, source in np.argwhere(heads).tolist():
            edits.append(BiasEdit(position, source, float(heads[layer, head, source]), layer, head))
    return tuple(edits)


def is_mask(edit: Edit) -> bool:
    """Return whether an edit masks its position."""
    return isinstance(edit, BiasEdit) and edit.value == -math.inf


def is_pin(edit: Edit) -> bool:
    """Return whether an edit gives its cell all weight."""
    return isinstance(edit, WeightEdit) and edit.weight == PIN


def masked(controls: Controls, step: int, source: int) -> Controls:
    """Mask a cell; what is masked already is masked at every step; what is masked there is masked no longer.

    Raises:
        InputError: One head is shown, and every head has the cell masked.
    """
    masks = [edit for edit in _own(controls, step, source) if is_mask(edit)]
    if any(edit.step is None for edit in masks):
        return without(controls, *masks)
    if masks:
        return everywhere(controls, masks[0])
    return _with(controls, _bias(controls, step, source, -math.inf))


def shifted(controls: Controls, step: int, source: int, by: float) -> Controls:
    """Add to the score of a cell; a shift that comes to 0 is no edit any more.

    Raises:
        InputError: An edit of every step, or of every head, leaves the score no effect.
    """
    cell = _own(controls, step, source)
    for edit in cell:
        if edit.step is None and (is_mask(edit) or isinstance(edit, WeightEdit)):
            raise InputError(f"every step has this column {told(edit)}; L lists the edits and takes them off")
    now = sum(edit.value for edit in cell if edit.step == step and isinstance(edit, BiasEdit) and not is_mask(edit))
    value = now + by
    cleared = without(controls, *(edit for edit in cell if edit.step == step))
    return _with(cleared, _bias(controls, step, source, value)) if value else cleared


def pinned(controls: Controls, step: int, source: int) -> Controls:
    """Give a cell all weight of its row, or take that back; other weights that were typed in the row are dropped.

    Raises:
        InputError: One head is shown, and every head has the cell masked.
    """
    for edit in _own(controls, step, source):
        if is_pin(edit) and edit.step == step:
            return without(controls, edit)
    place = controls.shown_head
    others = tuple(edit for edit in controls.weights if edit.step == step and edit.place == place)
    layer, head = place or (None, None)
    return _with(without(controls, *others), WeightEdit(step, source, PIN, layer, head, alone=place is not None))


def weighed(controls: Controls, step: int, source: int, weight: float) -> Controls:
    """Give a cell a weight: 0 masks it, 1 pins it. In a Transformer the weight is that of the head or heads shown.

    Raises:
        InputError: The weight is not between 0 and 1, or more than the other typed weights of the row leave; or one
            head is shown, and every head has the cell masked.
    """
    cell = _own(controls, step, source)
    if not 0.0 <= weight <= 1.0:
        raise InputError(f"weight {weight:g} is out of range; it goes from 0 to 1")
    if weight == PIN:
        return pinned(without(controls, *(edit for edit in cell if edit.step == step)), step, source)
    if weight == 0.0:
        return _with(controls, _bias(controls, step, source, -math.inf))
    place = controls.shown_head
    others = sum(edit.weight for column, edit in controls.weights_at(step, place).items() if column != source)
    if others + weight > 1.0 + 1e-9:
        left = max(0.0, 1.0 - others)
        raise InputError(f"the other weights typed in this row are {others:.3g} together, which leaves {left:.3g}")
    if place is not None:
        return _with(controls, WeightEdit(step, source, weight, *place, alone=True))
    return _with(controls, WeightEdit(step, source, weight, controls.layer if controls.aggregate == "mean" else None))


def everywhere(controls: Controls, edit: Edit) -> Controls:
    """Let an edit act at every step; edits of one kind that are then overruled in its column are dropped."""
    overruled = [
        other
        for other in edits_of(controls)
        if (other.source, other.place) == (edit.source, edit.place) and type(other) is type(edit)
    ]
    return _with(without(controls, *overruled), dataclasses.replace(edit, step=None))


def told(edit: Edit) -> str:
    """Return what an edit does, in words: "masked", "pinned", "at 0.25", "strengthened by 2"."""
    if is_mask(edit):
        return "masked"
    if is_pin(edit):
        return "pinned"
    if isinstance(edit, WeightEdit):
        return f"at {edit.weight:.3g}"
    return f"{'strengthened' if edit.value > 0 else 'weakened'} by {abs(edit.value):.3g}"


def _own(controls: Controls, step: int, source: int) -> tuple[Edit, ...]:
    """Return the edits in a cell of the head that is shown, or of every head.

    Raises:
        InputError: One head is shown, and every head has the cell masked: nothing could come of an edit there.
    """
    cell, shown = at_cell(controls, step, source), controls.shown_head
    if shown is not None and any(edit.place is None and is_mask(edit) for edit in cell):
        raise InputError("every head has this cell masked; L lists the edits and takes them off")
    return tuple(edit for edit in cell if edit.place == shown)


def _all(controls: Controls) -> tuple[Edit, ...]:
    return (*controls.bias, *controls.weights)


def _order(edit: Edit) -> tuple[int, int, tuple[int, ...]]:
    return -1 if edit.step is None else edit.step, edit.source, edit.place or ()


def _bias(controls: Controls, step: int, source: int, value: float) -> BiasEdit:
    """Return an edit of a score of the head that is shown, or of every head."""
    return BiasEdit(step, source, value, *(controls.shown_head or (None, None)))


def _with(controls: Controls, edit: Edit) -> Controls:
    """Add an edit in the place of those of the same cell and head."""
    cell = (edit.step, edit.source, edit.place)
    cleared = without(
        controls, *(other for other in edits_of(controls) if (other.step, other.source, other.place) == cell)
    )
    if isinstance(edit, BiasEdit):
        return cleared.replace(bias=(*cleared.bias, edit))
    return cleared.replace(weights=(*cleared.weights, edit))
