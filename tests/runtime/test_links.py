"""Pieces to words, weights to links."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.links import align_pairs, encode_pair, pharaoh, word_links, word_weights
from explorer.runtime.text import WordPieces

SOURCE = WordPieces(ids=(10, 11, 12, 3), words=((0,), (1,), (1,), ()), count=2)
TARGET = WordPieces(ids=(20, 21, 22, 3), words=((0,), (0,), (1,), ()), count=2)
WEIGHTS = np.array(
    [
        [0.4, 0.3, 0.3, 0.0],
        [0.3, 0.3, 0.3, 0.1],
        [0.1, 0.0, 0.0, 0.9],
        [1.0, 0.0, 0.0, 0.0],
    ],
    dtype=np.float32,
)


def test_pieces_are_summed_on_both_axes_and_end_tokens_left_out() -> None:
    np.testing.assert_allclose(word_weights(WEIGHTS, SOURCE, TARGET), [[0.7, 1.2], [0.1, 0.0]], atol=1e-6)


def test_a_link_goes_to_the_word_of_greatest_summed_weight() -> None:
    assert word_links(WEIGHTS, SOURCE, TARGET) == ((0, 1), (1, 0))


def test_a_piece_of_two_words_counts_half_for_each() -> None:
    source = WordPieces(ids=(10, 3), words=((0, 1), ()), count=2)
    target = WordPieces(ids=(20, 3), words=((0,), ()), count=1)
    weights = np.array([[0.8, 0.2], [0.0, 1.0]], dtype=np.float32)
    np.testing.assert_allclose(word_weights(weights, source, target), [[0.4, 0.4]])


def test_words_without_weight_have_no_link() -> None:
    weights = WEIGHTS.copy()
    weights[2] = [0.0, 0.0, 0.0, 1.0]
    assert word_links(weights, SOURCE, TARGET) == ((1, 0),)
    assert word_links(np.zeros_like(weights), SOURCE, TARGET) == ()


def test_pharaoh() -> None:
    assert pharaoh(((0, 0), (2, 1))) == "0-0 2-1"
    assert pharaoh(()) == ""


def test_pairs_are_aligned_in_order_whatever_their_lengths(bundle: Bundle, controls: Controls) -> None:
    texts = [
        ("the man has two dogs .", "l' homme a deux chiens ."),
        ("yes", "oui"),
        ("a woman 's blue hat , and a red ball !", "le chapeau bleu d' une femme , et une balle rouge !"),
    ]
    pairs = [encode_pair(bundle, source.split(), target.split()) for source, target in texts]
    together = align_pairs(bundle, pairs, controls)
    assert together == [align_pairs(bundle, [pair], controls)[0] for pair in pairs]
    for links, (source, target) in zip(together, texts, strict=True):
        assert list(links) == sorted(links)
        assert [j for _, j in sorted(links, key=lambda link: link[1])] == list(range(len(target.split())))
        assert all(0 <= i < len(source.split()) for i, _ in links)


def test_without_attention_there_are_no_links(bundle: Bundle, controls: Controls) -> None:
    pair = encode_pair(bundle, ["a", "dog"], ["un", "chien"])
    assert align_pairs(bundle, [pair], controls.replace(attention="none")) == [()]


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ([], ["un"], "source: a sentence without words"),
        (["a"], [], "target: a sentence without words"),
        (["a"] * 200, ["un"], "the source is too long: 201 tokens, the limit is 128"),
        (["a\x1b"], ["un"], "source: the text has the control character U+001B at character 2"),
    ],
)
def test_a_pair_that_cannot_be_aligned_is_named(
    bundle: Bundle, source: list[str], target: list[str], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        encode_pair(bundle, source, target)
    assert str(caught.value) == message
