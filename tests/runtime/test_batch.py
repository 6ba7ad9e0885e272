"""Many sources at once, and forced targets."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime import batch
from explorer.runtime.batch import decode_batch, force_decode
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.trace import Source

LINES = (
    "A girl reads.",
    "The old man sells red apples at the market near the river.",
    "Go!",
    "Three children are playing with a big yellow ball in front of a white house.",
    "A dog sleeps on the bed.",
)


@pytest.fixture
def sources(bundle: Bundle) -> list[Source]:
    return [bundle.source.encode_source(line, 128) for line in LINES]


@pytest.mark.parametrize(
    ("alignment", "attention"),
    [("additive", "global"), ("location", "local_m"), ("general", "local_p"), ("content", "hard"), ("dot", "none")],
)
@pytest.mark.parametrize("rows", [128, 2])
def test_a_batch_is_the_same_as_one_by_one(
    bundle: Bundle,
    controls: Controls,
    sources: list[Source],
    monkeypatch: pytest.MonkeyPatch,
    alignment: str,
    attention: str,
    rows: int,
) -> None:
    monkeypatch.setattr(batch, "MOST_ROWS", rows)
    wanted = controls.replace(alignment=alignment, attention=attention, seed=11)
    traces = decode_batch(bundle, sources, wanted, max_length=20)
    decoder = Decoder(bundle)
    for source, trace in zip(sources, traces, strict=True):
        decoder.start(source, wanted)
        alone = decoder.end(max_length=20)
        assert trace.source is source
        assert trace.finished
        assert [step.token for step in trace.steps] == [step.token for step in alone.steps]
        np.testing.assert_allclose(trace.weights, alone.weights, atol=1e-5)
        np.testing.assert_allclose(trace.scores, alone.scores, atol=1e-3)
        np.testing.assert_allclose(
            [step.log_prob for step in trace.steps], [step.log_prob for step in alone.steps], atol=1e-3
        )


def test_forced_beginnings_are_each_source_s_own(bundle: Bundle, controls: Controls, sources: list[Source]) -> None:
    force = [[], [60, 61], [3], [62], []]
    traces = decode_batch(bundle, sources, controls, max_length=5, force=force)
    for trace, prefix in zip(traces, force, strict=True):
        assert [step.token for step in trace.steps][: len(prefix)] == prefix
        assert [step.forced for step in trace.steps] == [place < len(prefix) for place in range(len(trace.steps))]
    assert len(traces[2].steps) == 1


def test_max_length_and_top(bundle: Bundle, controls: Controls, sources: list[Source]) -> None:
    for trace in decode_batch(bundle, sources, controls, max_length=2, top=1):
        assert len(trace.steps) == 2
        assert all(len(step.candidates) == 1 for step in trace.steps)


def test_no_sources_give_no_traces(bundle: Bundle, controls: Controls) -> None:
    assert decode_batch(bundle, [], controls) == []
    assert force_decode(bundle, [], controls) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_length": 129}, "length 129 is out of range; it goes from 1 to 128, this model's limit"),
        ({"max_length": 0}, "length 0 is out of range; it goes from 1 to 128, this model's limit"),
        ({"force": [[0]] + [[]] * 4}, "token <pad> cannot be a target token of translate-en-fr"),
        ({"force": [[]]}, "1 forced targets for 5 sources"),
    ],
)
def test_what_cannot_be_decoded_is_named(
    bundle: Bundle, controls: Controls, sources: list[Source], arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        decode_batch(bundle, sources, controls, **arguments)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_bias_beyond_the_shortest_source_is_refused(
    bundle: Bundle, controls: Controls, sources: list[Source]
) -> None:
    with pytest.raises(InputError, match="source has 3 tokens"):
        decode_batch(bundle, sources, controls.replace(bias=(BiasEdit(None, 3, 1.0),)))


@pytest.mark.parametrize("rows", [128, 2])
def test_forced_weights_are_those_of_stepping(
    bundle: Bundle, controls: Controls, sources: list[Source], monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(batch, "MOST_ROWS", rows)
    targets = [(70, 80, 3), (90, 91, 92, 93, 94, 3), (3,), (50, 3), (60, 61, 62, 3)]
    pairs = [(source.ids, target) for source, target in zip(sources, targets, strict=True)]
    weights = force_decode(bundle, pairs, controls)
    decoder = Decoder(bundle)
    for source, target, found in zip(sources, targets, weights, strict=True):
        decoder.start(source, controls)
        expected = decoder.force_prefix(target).weights
        assert found.shape == (len(target), len(source))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_pair_that_is_too_long_is_refused(bundle: Bundle, controls: Controls) -> None:
    with pytest.raises(InputError, match="the target is too long: 129 tokens, the limit is 128"):
        force_decode(bundle, [([50, 3], [50] * 129)], controls)
    with pytest.raises(InputError, match="the source is too long: 130 tokens, the limit is 128"):
        force_decode(bundle, [([50] * 130, [50])], controls)
