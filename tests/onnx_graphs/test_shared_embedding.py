"""The bundle of a model with one embedding and one vocabulary."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import verify_graphs
from export_graphs import write_bundle
from onnx import TensorProto, numpy_helper

from explorer.runtime.bundle import open_bundle
from explorer.runtime.decoder import Decoder
from models import checkpoint, corpus
from models.checkpoint import load_trained
from models.recurrent import RecurrentConfig, RecurrentModel
from tests.onnx_graphs.conftest import LINES, save_untrained


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of a tiny summarization model that was never trained."""
    folder = tmp_path_factory.mktemp("shared")
    torch.manual_seed(6)
    vocabulary = corpus.train_vocabulary(iter([*LINES, "it rose 3.5 pct to 12,400"] * 3), 90, "en")
    vocabulary.save(str(folder / checkpoint.VOCABULARIES[0]))
    shutil.copyfile(*(folder / name for name in checkpoint.VOCABULARIES))
    size = vocabulary.get_vocab_size()
    config = RecurrentConfig(size, size, hidden=16, max_source=70, max_target=20, shared=True)
    save_untrained(folder, "summarize-reuters", RecurrentModel(config))
    return folder


@pytest.fixture(scope="module")
def bundle(training: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graphs") / "summarize-reuters"
    write_bundle(load_trained(training), folder, training)
    return folder


def test_both_graphs_hold_the_one_embedding(bundle: Path, training: Path) -> None:
    embedding = load_trained(training).model.encoder.embedding.weight.detach().numpy()
    for file in ("encoder.onnx", "step.onnx"):
        halves = [each for each in onnx.load(bundle / file).graph.initializer if each.data_type == TensorProto.FLOAT16]
        assert len(halves) == 1
        np.testing.assert_array_equal(numpy_helper.to_array(halves[0]).astype(np.float32), embedding)


def test_the_graphs_compute_what_the_model_does(bundle: Path, training: Path) -> None:
    report = verify_graphs.verify(bundle, training)
    assert not report.problems
    assert report.rows > 700


def test_the_explorer_reads_numbers_and_words_that_training_never_saw(bundle: Path, training: Path) -> None:
    opened = open_bundle(bundle, "cpu")
    card = opened.card
    assert (card.task, card.languages.source, card.languages.target) == ("summarization", "en", "en")
    assert card.sizes.parameters == sum(each.numel() for each in load_trained(training).model.parameters())
    trace = Decoder(opened).start("The ferry rose 4,130.25 pct nohow.")
    assert trace.source.ids == tuple(load_trained(training).source.encode("The ferry rose 4,130.25 pct nohow.").ids)
    assert trace.source.words[-1] == -1
    numeral = [label for label, word in zip(trace.source.labels, trace.source.words, strict=True) if word == 3]
    assert "".join(numeral).translate(str.maketrans("", "", "▁·")) == "4,130.25"
