"""Words in another order for the attention alone: the queries stay, weights follow the words, or the places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.runtime.bundle import open_bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.shuffling import in_reading_order, shuffled

TEXT = "a man in a blue shirt is standing on a ladder."


@pytest.fixture(scope="module")
def bundle():
    return open_bundle("translate-en-fr", "cpu")


def run(bundle, **changes):
    decoder = Decoder(bundle)
    decoder.start(TEXT)
    decoder.start(TEXT, decoder.controls.replace(**changes))
    return decoder, decoder.end()


def weights(trace):
    return np.stack([step.weights for step in trace.steps])


@pytest.mark.parametrize("attention", ["global", "hard"])
def test_location_looks_at_places_and_the_others_at_words(bundle, attention):
    for alignment in bundle.card.switches.alignments:
        decoder, before = run(bundle, alignment=alignment, attention=attention)
        after = decoder.shuffle(3)
        assert [step.token for step in after.steps] == [step.token for step in before.steps]
        if alignment == "location":
            np.testing.assert_array_equal(weights(after), weights(before))
        else:
            np.testing.assert_allclose(weights(after), weights(before)[:, after.source.order], atol=1e-5)


def test_a_transformer_looks_at_words_too(bundle):
    transformer = open_bundle("transformer-en-fr", "cpu")
    decoder = Decoder(transformer)
    decoder.start(TEXT)
    before = decoder.end()
    after = decoder.shuffle(5)
    order = list(after.source.order)
    np.testing.assert_allclose(weights(after), weights(before)[:, order], atol=1e-5)
    inside = before.encoder_weights[..., order, :][..., order]
    np.testing.assert_allclose(after.encoder_weights, inside, atol=1e-6)


def test_other_switches_and_a_fresh_decoding_keep_the_order(bundle):
    decoder, before = run(bundle, alignment="dot")
    order = decoder.shuffle(1).source.order
    replayed = decoder.replay(decoder.controls.replace(alignment="location"))
    assert replayed.source.order == order
    location, _ = run(bundle, alignment="location")
    again = location.start(before.source)
    assert not again.source.order
    assert decoder.rerun(decoder.controls.replace(alignment="dot")).text == before.text


def test_shuffling_twice_keeps_what_the_encoder_read(bundle):
    once = shuffled(bundle.read_source(TEXT), 1)
    twice = shuffled(once, 2)
    assert in_reading_order(twice) == bundle.read_source(TEXT).ids
    assert sorted(twice.text.split()) == sorted(TEXT.split())


@given(seed=st.integers(0, 2**32))
def test_an_order_is_another_one_and_has_every_word(bundle, seed):
    source = bundle.read_source("unbelievably tall dogs run")
    moved = shuffled(source, seed)
    assert moved.ids != source.ids
    assert sorted(moved.order) == list(range(len(source)))
    assert moved.labels[-1] == source.labels[-1]
    spoken = moved.text.split()
    for number, label in zip(moved.words, moved.labels, strict=True):
        assert number < 0 or label.removeprefix("·") in spoken[number]
    assert list(moved.words[:-1]) == sorted(moved.words[:-1])


def test_one_word_has_one_order(bundle):
    decoder = Decoder(bundle)
    before = decoder.start("yes")
    with pytest.raises(InputError, match="one order alone"):
        decoder.shuffle(0)
    assert decoder.trace.source == before.source


def test_the_cells_of_a_picture_stay_where_they_are():
    decoder = Decoder(open_bundle("caption-scenes", "cpu"))
    decoder.start("scene:3")
    with pytest.raises(InputError, match="picture"):
        decoder.shuffle(0)
