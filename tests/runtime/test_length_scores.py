"""BLEU by source length, as cards have it and as strangers' cards may have it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.length_scores import LengthBucket, length_scores

GRAPHS = Path(__file__).resolve().parents[2] / "onnx" / "graphs"
FACTS = {
    "unit": "source words",
    "alignment": "additive",
    "buckets": ["4-9", "10-10"],
    "sentences": [281, 131],
    "bleu": {"global": [59.9, 56.2], "none": [12, 12.3]},
}


def card_with(scores: dict[str, Any]) -> Card:
    return msgspec.structs.replace(read_card(GRAPHS / "translate-en-fr"), scores=scores)


def test_the_shipped_model_loses_more_without_attention() -> None:
    multi30k, hansards = length_scores(read_card(GRAPHS / "translate-en-fr"))
    assert (multi30k.test_set, multi30k.alignment) == ("multi30k test-2016", "additive")
    assert multi30k.attentions == ("global", "local_m", "local_p", "hard", "none")
    assert sum(bucket.sentences for bucket in multi30k.buckets) == 1000
    for found in (multi30k, hansards):
        limits = [edge for bucket in found.buckets for edge in (bucket.least, bucket.most)]
        assert limits == sorted(limits)
        kept = {name: found.buckets[-1].bleu[name] / found.buckets[0].bleu[name] for name in ("global", "none")}
        assert kept["global"] > 0.8
        assert kept["none"] < kept["global"]


def test_models_without_such_scores_have_none() -> None:
    assert length_scores(read_card(GRAPHS / "caption-scenes")) == ()


def test_what_a_bucket_says() -> None:
    (found,) = length_scores(card_with({"own": {"sentences": 412, "bleu_by_length": FACTS}}))
    assert found.test_set == "own"
    assert found.buckets == (
        LengthBucket(4, 9, 281, {"global": 59.9, "none": 12.0}),
        LengthBucket(10, 10, 131, {"global": 56.2, "none": 12.3}),
    )


@pytest.mark.parametrize(
    "edit",
    [
        lambda facts: facts.pop("alignment"),
        lambda facts: facts.update(unit="target words"),
        lambda facts: facts.update(buckets=["4 to 9", "10-10"]),
        lambda facts: facts.update(buckets=[]),
        lambda facts: facts.update(buckets=["4-9", "10-٣"]),
        lambda facts: facts.update(sentences=[281]),
        lambda facts: facts.update(bleu={}),
        lambda facts: facts["bleu"].update(none=[1.0]),
        lambda facts: facts["bleu"].update(none=[1.0, "x"]),
        lambda facts: facts["bleu"].update(none=[1.0, 101.0]),
        lambda facts: facts["bleu"].update(none=[1.0, float("nan")]),
    ],
)
def test_what_is_not_as_expected_is_passed_over(edit: Callable[[dict[str, Any]], object]) -> None:
    bad = copy.deepcopy(FACTS)
    edit(bad)
    scores = {"bad": {"bleu_by_length": bad}, "none": {}, "odd": 3, "good": {"bleu_by_length": FACTS}}
    assert [found.test_set for found in length_scores(card_with(scores))] == ["good"]
