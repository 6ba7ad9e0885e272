"""Consensus with what people said, and training on a model's own captions."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from models import corpus, train
from models.consensus import Consensus, sequences
from models.recipes import SelfCritical
from models.recurrent import RecurrentModel
from models.self_critical import SelfCriticalObjective, references, write
from models.train import Trainer
from models.translate import Combination, greedy
from tests.models.painted import tiny_recipe, write_pictures

PHASE = SelfCritical(target_tokens=6_000, learning_rate=3e-3)


def test_saying_the_same_is_all_there_is() -> None:
    consensus = Consensus([[[5, 6, 7, 8]], [[9]]])
    assert consensus.score([5, 6, 7, 8], [[5, 6, 7, 8]]) == pytest.approx(10)
    assert consensus.score([10, 11, 12, 13], [[5, 6, 7, 8]]) == 0


def test_consensus_by_hand() -> None:
    consensus = Consensus([[[5, 6]], [[5, 7]]])  # 5 occurs with both pictures and says nothing
    # Of single tokens 6 alone weighs (5 has log 2/2 = 0); [5, 6] is shared too; there is no sequence of 3 or 4 tokens.
    assert consensus.score([5, 6], [[5, 6]]) == pytest.approx(10 * 2 / 4)
    # One token more: the pair [6, 5] is unknown and weighs log 2, [5, 6] log 2: cosine 1/√2; the length costs as well.
    expected = 10 * (1 + 1 / math.sqrt(2)) / 4 * math.exp(-1 / 72)
    assert consensus.score([5, 6, 5], [[5, 6]]) == pytest.approx(expected)
    # Another reference that shares nothing halves it.
    assert consensus.score([5, 6], [[5, 6], [9, 9]]) == pytest.approx(10 * 2 / 4 / 2)


def test_saying_a_word_again_earns_nothing() -> None:
    consensus = Consensus([[[5, 6, 7]], [[8]]])
    once, thrice = consensus.scores([[5, 9, 10], [5, 5, 5]], [[5, 6, 7]])
    assert thrice <= once


def test_sequences_of_one_to_four_tokens() -> None:
    counted = sequences([3, 3, 4])
    assert counted == {(3,): 2, (4,): 1, (3, 3): 1, (3, 4): 1, (3, 3, 4): 1}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, count, seed in (("train", 60, 1), ("dev", 12, 2)):
        write_pictures(tmp_path, name, count, seed)
    return tmp_path


def trainer(data: Path, name: str, **changes: object) -> Trainer:
    return Trainer(tiny_recipe(self_critical=PHASE, **changes), data, data / name, torch.device("cpu"))


def objective_of(made: Trainer) -> SelfCriticalObjective:
    objective = made._self_critical_objective()
    assert isinstance(objective, SelfCriticalObjective)
    return objective


def test_greedy_captions_are_those_of_the_decoder(data: Path) -> None:
    made = trainer(data, "out")
    for _ in itertools.islice(made._train(), 20):
        pass
    model, batch = made.model.eval(), made.dev[0]
    assert isinstance(model, RecurrentModel)
    windows = torch.full((len(batch.pixels),), 2.0)
    written = write(model, batch, [("dot", "local_p")], windows, 16, sampled=False)
    encoded = model.encoder(batch.pixels)
    expected = greedy(model, (encoded[0], batch.source_mask, encoded[1]), Combination("dot", "local_p", 2.0))
    assert [[token for token in each if token != corpus.END] for each in written] == [each[:16] for each in expected]


def test_samples_differ_and_are_those_of_their_seed(data: Path) -> None:
    made = trainer(data, "out")
    batch = made.dev[0]
    windows = torch.full((len(batch.pixels),), 2.0)

    def sampled(seed: int) -> list[list[int]]:
        torch.manual_seed(seed)
        assert isinstance(made.model, RecurrentModel)
        return write(made.model.eval(), batch, [("dot", "global")], windows, 16, sampled=True)

    assert len(sampled(1)) == 2 * len(batch.pixels)
    assert sampled(1) == sampled(1)
    assert sampled(1) != sampled(2)


def test_advantages_are_against_the_other_captions(data: Path) -> None:
    made = trainer(data, "out")
    batch = made.dev[0]
    wanted = references(batch)
    # The first of each picture's two captions is a reference, the second is nonsense.
    written = [caption for known in wanted for caption in (known[0], [79, corpus.END])]
    advantages = objective_of(made).advantages(written, batch).reshape(-1, 2)
    assert (advantages[:, 0] > 0).all()
    np.testing.assert_allclose(advantages.sum(axis=1), 0, atol=1e-6)
    assert advantages.std() == pytest.approx(1, rel=1e-3)


def test_references_are_the_batches_own_without_repeats(data: Path) -> None:
    batch = trainer(data, "out").dev[0]
    for known, rows in zip(references(batch), batch.targets.reshape(len(batch.pixels), 2, -1).tolist(), strict=True):
        assert [[token for token in row if token != corpus.PADDING] for row in rows] == known


def test_the_last_phase_raises_the_consensus_and_keeps_the_best(data: Path) -> None:
    made = trainer(data, "out", target_tokens=3_000)
    for _ in made.run():
        pass
    history = made.progressed.history
    phase = [entry["dev"] for entry in history if entry["dev"] < 0]  # minus a consensus; cross-entropies are positive
    assert len(phase) > 3
    assert min(phase) < phase[0] - 0.2
    assert made.progressed.best_loss == min(phase)
    assert made.progressed.tokens >= 9_000


def test_the_last_phase_resumes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SAVE_SECONDS", -1.0)
    whole = trainer(data, "whole", target_tokens=600)
    losses = list(whole.run())
    broken = trainer(data, "broken", target_tokens=600)
    for _ in itertools.islice(broken.run(), len(losses) - 8):
        pass
    resumed = trainer(data, "broken", target_tokens=600)
    assert resumed.progressed.self_critical
    for _ in resumed.run():
        pass
    assert resumed.progressed.best_loss == whole.progressed.best_loss
    assert resumed.progressed.updates == whole.progressed.updates
