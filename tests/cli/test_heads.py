"""``decode`` and ``align`` on a Transformer: which heads are shown, and all of them in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.runtime.bundle import open_bundle

from .conftest import Run

MODEL = ("--model", "transformer-en-fr")
TEXT = "Two small dogs run across the wet grass."


def decoded(run: Run, *options: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(run("decode", *MODEL, TEXT, "--format", "json", *options).out)
    return content


@pytest.fixture
def every(run: Run) -> dict[str, Any]:
    return decoded(run, "--all-heads")


def test_all_heads_have_the_shapes_that_are_documented(every: dict[str, Any]) -> None:
    src_len, tgt_len = len(every["source_tokens"]), len(every["target_tokens"])
    assert np.shape(every["weights"]) == (tgt_len, src_len)
    assert np.shape(every["cross_weights"]) == (3, 4, tgt_len, src_len)
    assert np.shape(every["self_weights"]) == (3, 4, tgt_len, tgt_len)
    assert np.shape(every["encoder_weights"]) == (3, 4, src_len, src_len)
    for name in ("cross_weights", "self_weights", "encoder_weights"):
        np.testing.assert_allclose(np.sum(every[name], axis=-1), 1.0, atol=1e-4)
    assert not np.triu(every["self_weights"], 1).any()


def test_by_default_the_best_head_is_shown_and_named(every: dict[str, Any]) -> None:
    card = open_bundle("transformer-en-fr", "cpu").card
    best = card.scores["alignment hansards-trial-37"]["best"]
    assert (every["layer"], every["head"], every["aggregate"]) == (best["layer"], best["head"], None)
    assert every["weights"] == every["cross_weights"][best["layer"]][best["head"]]
    assert best["aer"] == min(map(min, card.scores["alignment hansards-trial-37"]["heads"]))


def test_a_chosen_head(run: Run, every: dict[str, Any]) -> None:
    found = decoded(run, "--layer", "0", "--head", "3")
    assert (found["layer"], found["head"]) == (0, 3)
    assert found["weights"] == every["cross_weights"][0][3]
    assert "cross_weights" not in found


@pytest.mark.parametrize("aggregate", ["mean", "max"])
def test_aggregates_are_of_all_heads_or_of_a_layer(run: Run, every: dict[str, Any], aggregate: str) -> None:
    pick = np.mean if aggregate == "mean" else np.max
    found = decoded(run, "--aggregate", aggregate)
    assert (found["layer"], found["head"], found["aggregate"]) == (None, None, aggregate)
    np.testing.assert_allclose(found["weights"], pick(every["cross_weights"], axis=(0, 1)), atol=2e-6)
    found = decoded(run, "--aggregate", aggregate, "--layer", "2")
    np.testing.assert_allclose(found["weights"], pick(every["cross_weights"][2], axis=0), atol=2e-6)


def test_a_layer_alone_is_the_mean_of_its_heads(run: Run, every: dict[str, Any]) -> None:
    found = decoded(run, "--layer", "1")
    assert found["aggregate"] == "mean"
    np.testing.assert_allclose(found["weights"], np.mean(every["cross_weights"][1], axis=0), atol=2e-6)


def test_rollout_rows_are_distributions(run: Run) -> None:
    found = decoded(run, "--aggregate", "rollout")
    np.testing.assert_allclose(np.sum(found["weights"], axis=1), 1.0, atol=1e-4)


def test_the_text_names_the_head(run: Run) -> None:
    assert "layer 0 · head 3" in run("decode", *MODEL, TEXT, "--layer", "0", "--head", "3").out
    assert "rollout" in run("decode", *MODEL, TEXT, "--aggregate", "rollout").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--layer", "3"), "layer 3 is out of range; it goes from 0 to 2"),
        (("--head", "1"), "head 1 needs a layer"),
        (("--layer", "0", "--head", "9"), "head 9 is out of range; it goes from 0 to 3"),
        (("--aggregate", "median"), "aggregate 'median' is not known"),
        (("--aggregate", "rollout", "--layer", "1"), "rollout goes through all layers"),
        (("--alignment", "additive"), "alignment 'additive' is not known; there is: scaled_dot"),
        (("--window", "4"), "has no local attention, so no window"),
    ],
)
def test_what_is_not_there_is_one_line(run: Run, options: tuple[str, ...], message: str) -> None:
    ended = run("decode", *MODEL, TEXT, *options)
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert not ended.out


def test_a_recurrent_model_says_that_it_has_no_heads(run: Run) -> None:
    for options in (("--layer", "0"), ("--all-heads", "--format", "json"), ("--aggregate", "mean")):
        ended = run("decode", TEXT, *options)
        assert ended.code == 2
        assert "it is no Transformer" in ended.err


def test_the_list_of_models_names_the_head(run: Run) -> None:
    best = open_bundle("transformer-en-fr", "cpu").card.scores["alignment hansards-trial-37"]["best"]
    assert f"layer {best['layer']} · head {best['head']}" in run("models").out


def test_align_takes_the_best_head_by_itself(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("the dog sleeps .\tle chien dort .\na red car\tune voiture rouge\n", encoding="utf-8")
    best = open_bundle("transformer-en-fr", "cpu").card.scores["alignment hansards-trial-37"]["best"]
    plain = run("align", *MODEL, str(file))
    named = run("align", *MODEL, str(file), "--layer", str(best["layer"]), "--head", str(best["head"]))
    assert plain.code == 0
    assert plain.out == named.out
    assert len(plain.out.splitlines()) == 2
    assert run("align", *MODEL, str(file), "--aggregate", "rollout").code == 0
