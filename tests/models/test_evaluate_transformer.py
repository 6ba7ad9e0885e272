"""Scores of a Transformer: translations, and the alignment error rate of every head."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from models import checkpoint, corpus, evaluate, words
from models.checkpoint import Trained
from models.recipes import RECIPES, GoldSet, TestSet
from models.transformer import TransformerConfig, TransformerModel
from models.transformer_decode import forced_heads, greedy
from models.transformer_step import EncoderGraph, TransformerStep

LINES = ["the old boat is gone .", "anna reads a red book .", "it rains .", "a dog and a cat sleep ."]


@pytest.fixture(params=["attention", "rnn"])
def trained(request: pytest.FixtureRequest) -> Trained:
    """An untrained model with vocabularies of the lines above."""
    torch.manual_seed(2)
    source, target = (corpus.train_vocabulary(iter(LINES * 4), 90, language) for language in ("en", "fr"))
    config = TransformerConfig(
        source.get_vocab_size(), target.get_vocab_size(), request.param, 16, 2, 3, 16, max_source=30, max_target=12
    )
    entries = [dataclasses.asdict(entry) for entry in RECIPES["transformer-en-fr"].corpora]
    facts = {"dev_loss": 1.5, "pairs": {entry["name"]: 3 for entry in entries}, "corpora": entries}
    model = TransformerModel(config).eval()
    with torch.no_grad():
        model.decoder.bias.normal_()
    return Trained(model, source, target, facts)


def test_greedy_decoding_is_the_best_token_of_every_prefix(trained: Trained) -> None:
    model = trained.model
    assert isinstance(model, TransformerModel)
    source = corpus.pad([trained.source.encode(line).ids for line in LINES])
    found = greedy(EncoderGraph(model), TransformerStep(model), source, 12)
    mask = source != corpus.PADDING
    with torch.inference_mode():
        memory, _ = model.encoder(source, mask)
        for row, tokens in enumerate(found):
            inputs = torch.tensor([[corpus.BEGIN, *tokens]])[:, :12]
            states, _ = model.decoder(inputs, memory[row : row + 1], mask[row : row + 1])
            logits = model.decoder.logits(states)[0]
            logits[:, [corpus.PADDING, corpus.UNKNOWN, corpus.BEGIN]] = -torch.inf
            best = logits.argmax(dim=1).tolist()
            assert best[: len(tokens)] == tokens
            assert len(tokens) == 12 or best[len(tokens)] == corpus.END


def test_forced_heads_have_the_shape_of_their_pair(trained: Trained) -> None:
    assert isinstance(trained.model, TransformerModel)
    first, second = forced_heads(trained.model, [([5, 6, 7, 3], [8, 3]), ([5, 3], [8, 9, 10, 3])])
    assert first.shape == (3, 2, 2, 4)
    assert second.shape == (3, 2, 4, 2)
    torch.testing.assert_close(first.sum(dim=-1), torch.ones(3, 2, 2))


def test_the_command_scores_every_head(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = [words.join(line.split())[0] for line in LINES]
    (tmp_path / "test.tsv").write_text("".join(f"{text}\t{text}\n" for text in joined), encoding="utf-8")
    gold = [{"source": text.split(), "target": text.split(), "sure": [[0, 0]], "possible": []} for text in LINES]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)), encoding="utf-8")
    recipe = dataclasses.replace(
        RECIPES["transformer-en-fr"], tests=(TestSet("own", "test.tsv"),), gold=(GoldSet("gold", "gold.jsonl"),)
    )
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    monkeypatch.setattr(evaluate, "load_trained", lambda folder: trained)
    (tmp_path / "bundle").mkdir()
    card = {"format": 1, "training": {"dev_loss": 1.5}, "scores": {}, "switches": {"alignment": "scaled_dot"}}
    checkpoint.write_json(tmp_path / "bundle" / "card.json", card)
    arguments = ["transformer-en-fr", "--checkpoint", str(tmp_path), "--data", str(tmp_path)]
    result = CliRunner().invoke(evaluate.main, [*arguments, "--bundle", str(tmp_path / "bundle")])
    assert result.exit_code == 0, result.output
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["scores"]
    rates = scores["alignment gold"]
    best = rates["best"]
    assert len(rates["heads"]) == len(rates["layers"]) == 3
    assert best["aer"] == min(map(min, rates["heads"])) == rates["heads"][best["layer"]][best["head"]]
    assert scores["own"]["best"]["bleu"] == scores["own"]["bleu"]["scaled_dot"]["global"]
    filled = json.loads((tmp_path / "bundle" / "card.json").read_text(encoding="utf-8"))
    assert filled["switches"] == {"alignment": "scaled_dot", "layer": best["layer"], "head": best["head"]}
    refused = CliRunner().invoke(evaluate.main, [*arguments, "--alignment", "dot"])
    assert refused.exit_code == 2
    assert "one alignment function" in refused.output
