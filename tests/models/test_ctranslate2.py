"""The benchmark's conversion: CTranslate2 computes what the model computes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models import corpus
from models.checkpoint import Trained
from models.transformer import TransformerConfig, TransformerModel
from models.transformer_decode import greedy
from models.transformer_step import EncoderGraph, TransformerStep

ctranslate2 = pytest.importorskip("ctranslate2", reason="ctranslate2 is in the extra benchmarks")
LINES = ["the old boat is gone .", "anna reads a red book .", "it rains .", "a dog and a cat sleep ."]


def test_the_converted_model_decodes_the_same(tmp_path: Path) -> None:
    from tests.benchmarks.ctranslate2_model import convert

    source, target = (corpus.train_vocabulary(iter(LINES * 4), 90, language) for language in ("en", "fr"))
    model = TransformerModel(
        TransformerConfig(source.get_vocab_size(), target.get_vocab_size(), hidden=32, heads=4, layers=2, inner=48)
    ).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 1:
                weight.add_(torch.randn_like(weight) * 0.3)
    convert(Trained(model, source, target, {}), tmp_path / "model")
    ids = corpus.pad([source.encode(line).ids for line in LINES])
    wanted = greedy(EncoderGraph(model), TransformerStep(model), ids, 12)
    translator = ctranslate2.Translator(str(tmp_path / "model"), compute_type="float32", intra_threads=1)
    found = translator.translate_batch(
        [[source.id_to_token(number) for number in row if number] for row in ids.tolist()],
        beam_size=1,
        max_decoding_length=12,
        suppress_sequences=[[target.id_to_token(number)] for number in (0, 2)],
        disable_unk=True,
    )
    assert [[target.token_to_id(piece) for piece in each.hypotheses[0]] for each in found] == wanted
    assert any(len(row) > 1 for row in wanted)
