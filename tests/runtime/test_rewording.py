"""Another word in the source, and two runs beside each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.decoder import Decoder
from explorer.runtime.embedding import read_neighbours, table_of
from explorer.runtime.rewording import added, changes_of, distance, replaced, word_at

TEXT = "the girl, in red (today), sings ."


@pytest.mark.parametrize(
    ("number", "word", "expected"),
    [
        (1, "boy", "the boy, in red (today), sings ."),
        (4, "soon", "the girl, in red (soon), sings ."),
        (1, "old man", "the old man, in red (today), sings ."),
        (1, "", "the, in red (today), sings ."),
        (0, "", "girl, in red (today), sings ."),
        (6, "!", "the girl, in red (today), sings !"),
        (6, "", "the girl, in red (today), sings"),
    ],
)
def test_a_word_is_replaced_and_its_punctuation_stays(number: int, word: str, expected: str) -> None:
    assert replaced(TEXT, number, word) == expected


def test_the_last_word_cannot_be_dropped() -> None:
    with pytest.raises(InputError, match="its last one"):
        replaced("yes.", 0, " ")


def test_words_are_named_and_added() -> None:
    assert [word_at(TEXT, number) for number in (1, 4, 6)] == ["girl", "today", "."]
    assert added("a b", 1, "x y") == "a x y b"
    assert added("a b", 2, "x") == "a b x"


def test_distance_of_rows() -> None:
    same = [(0, 0), (1, 1)]
    assert distance(np.array([0.5, 0.5]), np.array([0.5, 0.5]), same) == 0.0
    assert distance(np.array([1.0, 0.0]), np.array([0.0, 1.0]), same) == pytest.approx(1.0)
    # Half of the weight is where the other source has no position: JSD = ½ (½ + log2 of nothing shared there).
    first, second = np.array([0.5, 0.5]), np.array([1.0])
    middle = np.array([0.75, 0.25])
    left = 0.5 * math.log2(0.5 / middle[0]) + 0.5 * math.log2(0.5 / middle[1])
    right = math.log2(1.0 / middle[0])
    assert distance(first, second, [(0, 0)]) == pytest.approx(math.sqrt((left + right) / 2))
    assert distance(np.zeros(2), np.array([0.3, 0.7]), same) == 1.0
    assert distance(np.zeros(2), np.zeros(2), same) == 0.0


def test_changed_tokens_and_rows(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start("the little girl in the red dress is holding a white balloon.")
    before = decoder.end()
    decoder.start("the little boy in the red dress is holding a white balloon.")
    after = decoder.end()
    changes = changes_of(before, after)
    pairs = [
        (change.before.label if change.before else "", change.after.label if change.after else "") for change in changes
    ]
    assert ("fille", "garçon") in pairs
    unchanged = [change for change in changes if change.same]
    assert len(unchanged) >= len(changes) // 2
    assert np.median([change.distance for change in unchanged]) < 0.1
    # "girl" and "boy" stand in the same place: looking at the one and at the other is no move.
    (moved,) = [change for change, pair in zip(changes, pairs, strict=True) if pair == ("fille", "garçon")]
    assert moved.distance < 0.3


def test_a_dropped_token_stands_alone(bundle: Bundle) -> None:
    decoder = Decoder(bundle)
    decoder.start("a dog.")
    before = decoder.end()
    decoder.force_prefix([step.token for step in before.steps[:1]] + [before.steps[-1].token])
    changes = changes_of(before, decoder.trace)
    gone = [change for change in changes if change.after is None]
    assert [change.before.position for change in gone if change.before] == list(range(1, len(before.steps) - 1))
    assert all(math.isnan(change.distance) for change in gone)


def test_near_words_of_the_model_itself(bundle: Bundle) -> None:
    neighbours = read_neighbours(bundle)
    assert neighbours is not None
    assert neighbours.directions.shape[0] == bundle.card.sizes.source_vocab
    lengths = np.linalg.norm(neighbours.directions, axis=1)
    np.testing.assert_allclose(lengths[lengths > 0], 1.0, atol=1e-3)
    ids = bundle.source.encode_source("girl", 9).ids[:-1]
    near = neighbours.nearest(bundle.source, ids, 8)
    assert len(set(near)) == 8
    assert {"woman", "girls", "lady", "daughter"} & set(near)
    assert "girl" not in near


def test_a_table_of_other_rows_is_not_found(bundle: Bundle) -> None:
    data = (bundle.folder / "encoder.onnx").read_bytes()
    assert table_of(data, 8000) is not None
    assert table_of(data, 7999) is None
