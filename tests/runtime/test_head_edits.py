"""Edits of one head of a Transformer alone: what they change, what they leave, and models whose graphs cannot."""

from __future__ import annotations

import math
import shutil

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import BiasEdit, Controls, Place, WeightEdit
from explorer.runtime.decoder import Decoder
from explorer.runtime.edits import (
    Edit,
    at_cell,
    edits_of,
    everywhere,
    masked,
    pinned,
    shifted,
    weighed,
    without,
    without_edits,
)
from explorer.runtime.heads import heads_of, heads_weights
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Array, Trace
from explorer.runtime.truth import put_to_the_test

from .damage import edit_graph

TEXT = "zwei kleine Hunde laufen über das nasse Gras."
LAYERS, HEADS, STEPS = 3, 4, 4


@pytest.fixture(scope="module")
def plain(transformer: Bundle) -> Decoder:
    """A run of a few tokens without edits; tests replay it and put it back."""
    decoder = Decoder(transformer)
    decoder.start(TEXT)
    decoder.force_prefix([step.token for step in decoder.end(STEPS).steps])
    return decoder


def edited(plain: Decoder, *edits: Edit, **changes: object) -> Trace:
    controls = without_edits(plain.controls).replace(
        bias=tuple(edit for edit in edits if isinstance(edit, BiasEdit)),
        weights=tuple(edit for edit in edits if isinstance(edit, WeightEdit)),
        temperature=1.0,
    )
    return plain.replay(controls.replace(**changes))


def cross(trace: Trace) -> Array:
    """(tgt_len, layers, heads, src_len)."""
    return np.stack([heads_of(step).cross_weights for step in trace.steps])


def test_a_mask_in_one_head_leaves_the_layers_other_heads_and_the_layers_below(plain: Decoder) -> None:
    before = cross(edited(plain))
    trace = edited(plain, BiasEdit(1, 3, -math.inf, 1, 2))
    after = cross(trace)
    assert after[1, 1, 2, 3] == 0.0
    rest = np.delete(before[1, 1, 2], 3).astype(np.float64)
    np.testing.assert_allclose(np.delete(after[1, 1, 2], 3), rest / rest.sum(), atol=1e-6)
    np.testing.assert_array_equal(after[1, 0], before[1, 0])
    np.testing.assert_array_equal(after[1, 1, [0, 1, 3]], before[1, 1, [0, 1, 3]])
    np.testing.assert_array_equal(after[0], before[0])
    assert np.abs(after[1, 2] - before[1, 2]).max() > 1e-5  # what follows from it: the layer above,
    assert np.abs(after[2] - before[2]).max() > 1e-6  # and later steps, which look at this one
    added = trace.steps[1].head_bias
    assert added is not None
    assert np.argwhere(added).tolist() == [[1, 2, 3]]
    assert trace.steps[0].head_bias is None
    assert trace.steps[1].bias is None


def test_a_fully_masked_head_gives_zeros_and_the_others_go_on(plain: Decoder) -> None:
    count = len(edited(plain).source)
    trace = edited(plain, *(BiasEdit(None, place, -math.inf, 0, 1) for place in range(count)))
    weights = cross(trace)
    assert not weights[:, 0, 1].any()
    np.testing.assert_allclose(np.delete(weights.reshape(-1, 12, count), 1, axis=1).sum(axis=-1), 1.0, atol=1e-5)
    assert np.isfinite([step.log_prob for step in trace.steps]).all()


@pytest.mark.parametrize("temperature", [0.4, 1.0])
@pytest.mark.parametrize("weight", [0.02, 0.5, 0.97])
@pytest.mark.parametrize("place", [(0, 2), (1, 1), (2, 3)])
def test_a_weight_typed_in_one_head(plain: Decoder, place: Place, weight: float, temperature: float) -> None:
    before = cross(edited(plain, temperature=temperature))
    after = cross(edited(plain, WeightEdit(2, 4, weight, *place, alone=True), temperature=temperature))
    row, old = after[2][place], before[2][place].astype(np.float64)
    assert row[4] == pytest.approx(weight, abs=1e-6)
    rest = np.delete(old, 4)
    np.testing.assert_allclose(np.delete(row, 4), (1 - weight) * rest / rest.sum(), atol=1e-5)
    others = [head for head in range(HEADS) if head != place[1]]
    np.testing.assert_array_equal(after[2][place[0], others], before[2][place[0], others])


def test_weights_in_heads_of_several_layers_and_a_pin_at_once(plain: Decoder) -> None:
    wanted = {(0, 1): (5, 0.6), (0, 3): (1, 0.2), (1, 0): (4, 1.0), (2, 2): (2, 0.35)}
    edits = [WeightEdit(None, source, weight, *place, alone=True) for place, (source, weight) in wanted.items()]
    weights = cross(edited(plain, *edits, WeightEdit(3, 5, 0.9, 0, 1, alone=True), BiasEdit(None, 5, 1.0, 0, 1)))
    for place, (source, weight) in wanted.items():
        found = weights[:, *place, source]
        np.testing.assert_allclose(found[:3], weight, atol=1e-6)
        assert found[3] == pytest.approx(0.9 if place == (0, 1) else weight, abs=1e-6)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-5)


def test_a_mean_of_all_heads_and_a_weight_in_one(plain: Decoder) -> None:
    trace = edited(plain, WeightEdit(1, 2, 0.3), WeightEdit(1, 5, 0.8, 1, 2, alone=True))
    heads = heads_of(trace.steps[1])
    assert heads.cross_weights[1, 2, 5] == pytest.approx(0.8, abs=1e-6)
    assert heads_weights(heads, None, None)[2] == pytest.approx(0.3, abs=2e-3)


def test_a_mask_in_every_head_stays_where_one_head_wants_weight(plain: Decoder) -> None:
    edits = (
        BiasEdit(1, 3, -math.inf),
        WeightEdit(1, 3, 0.7, 0, 0, alone=True),
        WeightEdit(1, 2, 0.4, 0, 0, alone=True),
    )
    weights = cross(edited(plain, *edits))[1]
    assert not weights[..., 3].any()
    assert weights[0, 0, 2] == pytest.approx(0.4, abs=1e-6)


places = st.tuples(st.integers(0, LAYERS - 1), st.integers(0, HEADS - 1))
steps = st.one_of(st.none(), st.integers(0, STEPS - 1))
sources = st.integers(0, 7)
values = st.one_of(st.just(-math.inf), st.floats(-8.0, 8.0, width=32))
shares = st.floats(0.01, 1.0)


@st.composite
def any_edit(draw: st.DrawFn) -> Edit:
    step, source, place = draw(steps), draw(sources), draw(st.one_of(st.none(), places))
    layer, head = place or (None, None)
    if draw(st.booleans()):
        return BiasEdit(step, source, draw(values), layer, head)
    return WeightEdit(step, source, draw(shares), layer, head, alone=place is not None)


@settings(max_examples=30)
@given(edits=st.lists(any_edit(), max_size=8))
def test_rows_sum_to_1_or_0_and_taking_the_edits_off_gives_the_run_again(plain: Decoder, edits: list[Edit]) -> None:
    before = edited(plain)
    trace = edited(plain, *edits)
    sums = cross(trace).sum(axis=-1)
    assert (np.isclose(sums, 1.0, atol=1e-5) | (sums == 0.0)).all()
    assert np.isfinite([step.log_prob for step in trace.steps]).all()
    again = edited(plain)
    np.testing.assert_array_equal(cross(again), cross(before))
    assert [step.log_prob for step in again.steps] == [step.log_prob for step in before.steps]


@settings(max_examples=100)
@given(data=st.data())
def test_edits_by_keys_stay_in_the_head_that_is_shown(data: st.DataObject) -> None:
    controls = Controls("scaled_dot", "global", 0.0, 1.0, aggregate="mean")
    for _ in range(data.draw(st.integers(1, 8))):
        layer, head = place = data.draw(places)
        shown = controls.replace(layer=layer, head=head, aggregate=None)
        step, source = data.draw(st.integers(0, 3)), data.draw(sources)
        key = data.draw(st.sampled_from(("mask", "up", "pin", "type")))
        changed = _pressed(key, shown, step, source)
        theirs = [edit for edit in edits_of(controls) if edit.place != place]
        assert [edit for edit in edits_of(changed) if edit.place != place] == theirs
        assert all(edit.place is not None for edit in edits_of(changed))
        own = [edit for edit in at_cell(changed, step, source) if edit.place == place and edit.step == step]
        assert len(own) <= 1
        controls = changed
    assert edits_of(without(controls, *edits_of(controls))) == ()


def _pressed(key: str, controls: Controls, step: int, source: int) -> Controls:
    """Return what a key makes of a cell; what is refused changes nothing."""
    try:
        if key == "up":
            return shifted(controls, step, source, 1.0)
        if key == "type":
            return weighed(controls, step, source, 0.05)
        return (masked if key == "mask" else pinned)(controls, step, source)
    except InputError:
        return controls


SHOWN = Controls("scaled_dot", "global", 0.0, 1.0, layer=1, head=2)


def test_keys_in_one_head() -> None:
    once = masked(SHOWN, 2, 3)
    assert once.bias == (BiasEdit(2, 3, -math.inf, 1, 2),)
    assert masked(once, 2, 3).bias == (BiasEdit(None, 3, -math.inf, 1, 2),)
    assert masked(masked(once, 2, 3), 0, 3) == SHOWN
    assert shifted(SHOWN, 2, 3, 1.0).bias == (BiasEdit(2, 3, 1.0, 1, 2),)
    assert pinned(SHOWN, 2, 3).weights == (WeightEdit(2, 3, 1.0, 1, 2, alone=True),)
    assert pinned(pinned(SHOWN, 2, 3), 2, 3) == SHOWN
    assert weighed(SHOWN, 2, 3, 0.25).weights == (WeightEdit(2, 3, 0.25, 1, 2, alone=True),)
    assert weighed(SHOWN, 2, 3, 0.0) == once
    other = once.replace(layer=0, head=0)
    assert masked(other, 2, 3).bias == (*once.bias, BiasEdit(2, 3, -math.inf, 0, 0))
    every = everywhere(masked(other, 2, 3), once.bias[0])
    assert set(every.bias) == {BiasEdit(None, 3, -math.inf, 1, 2), BiasEdit(2, 3, -math.inf, 0, 0)}


@pytest.mark.parametrize("edit", [masked, pinned, lambda *a: shifted(*a, 1.0), lambda *a: weighed(*a, 0.5)])
def test_a_cell_that_every_head_has_masked_is_not_edited_in_one(edit: object) -> None:
    controls = SHOWN.replace(bias=(BiasEdit(2, 3, -math.inf),))
    with pytest.raises(InputError, match="every head has this cell masked"):
        edit(controls, 2, 3)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (BiasEdit(0, 1, 1.0, 1), "both are named, or neither"),
        (BiasEdit(0, 1, 1.0, 3, 0), "layers go from 0 to 2"),
        (BiasEdit(0, 1, 1.0, 0, 4), "heads go from 0 to 3"),
        (WeightEdit(0, 1, 0.5, 0, None, alone=True), "names that head"),
        (WeightEdit(0, 1, 0.5, 0, 9, alone=True), "heads go from 0 to 3"),
    ],
)
def test_heads_that_there_are_not(plain: Decoder, edit: Edit, message: str) -> None:
    with pytest.raises(InputError, match=message):
        edited(plain, edit)


def test_a_recurrent_model_has_no_heads_to_edit(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start("a dog")
    with pytest.raises(InputError, match="it is no Transformer"):
        decoder.replay(decoder.controls.replace(bias=(BiasEdit(0, 0, 1.0, 0, 0),)))


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory, transformer: Bundle) -> Bundle:
    """The bundle as graphs were before: the bias of single heads is a constant in them, and no input."""
    folder = shutil.copytree(transformer.folder, tmp_path_factory.mktemp("older") / "bundle")
    edit_graph(folder, "step.onnx", _without_head_bias)
    return open_bundle(folder, "cpu")


def _without_head_bias(model: onnx.ModelProto) -> None:
    place = [value.name for value in model.graph.input].index("head_bias")
    del model.graph.input[place]


def test_a_graph_without_it_works_and_says_what_it_cannot(older: Bundle, transformer: Bundle) -> None:
    decoder = Decoder(older)
    decoder.start(TEXT)
    trace = decoder.end(3)
    whole = Decoder(transformer)
    whole.start(TEXT)
    np.testing.assert_array_equal(cross(trace), cross(whole.end(3)))
    every = decoder.replay(decoder.controls.replace(bias=(BiasEdit(1, 2, -math.inf),)))
    assert not heads_of(every.steps[1]).cross_weights[..., 2].any()
    wanted = decoder.controls.replace(weights=(WeightEdit(1, 4, 0.5, 0, 2),))  # as older sessions have it
    assert heads_of(decoder.replay(wanted).steps[1]).cross_weights[0, 2, 4] == pytest.approx(0.5, abs=2e-4)
    for edit in ({"bias": (BiasEdit(1, 2, 1.0, 0, 0),)}, {"weights": (WeightEdit(9, 2, 0.5, 0, 0, alone=True),)}):
        with pytest.raises(InputError, match=r"^this model cannot edit one head alone: its graph has no head_bias"):
            decoder.replay(default_controls(older.card).replace(**edit))


def test_what_masking_does_is_measured_beside_the_edits_of_heads(plain: Decoder) -> None:
    edited(plain, BiasEdit(1, 3, -math.inf, 1, 2), BiasEdit(1, 2, 2.0, 0, 0))
    drops = put_to_the_test(plain)[0].drops
    step = plain.trace.steps[1]
    both = edited(plain, BiasEdit(1, 3, -math.inf, 1, 2), BiasEdit(1, 2, 2.0, 0, 0), BiasEdit(1, 5, -math.inf)).steps[1]
    assert drops[1, 5] == pytest.approx(step.log_prob - both.log_prob, abs=1e-4)
    edited(plain)
