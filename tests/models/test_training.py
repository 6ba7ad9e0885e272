from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models import checkpoint, train, transformer_decode
from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import load_trained
from models.recipes import ALIGNMENT_DRAWS, ATTENTION_DRAWS, RECIPES, CorpusFile, Recipe
from models.train import Trainer, adapt
from models.translate import Combination, translate

Make = Callable[..., Trainer]


def write_task(path: Path, lines: int, seed: int, letters: str = "abcdefgh") -> list[str]:
    """Write sentences of letters, each beside itself with the letters written twice; returns the sources."""
    chance = random.Random(seed)
    sources = [" ".join(chance.choices(letters, k=chance.randint(2, 6))) for _ in range(lines)]
    path.write_text("".join(f"{text}\t{text.upper()}\n" for text in sources), encoding="utf-8")
    return sources


def tiny_recipe(**changes: object) -> Recipe:
    entry = CorpusFile("letters", "train.tsv", "dev.tsv", 1.0, "written by the test", "none")
    recipe = dataclasses.replace(
        RECIPES["translate-de-en"],
        corpora=(entry,),
        vocabulary=40,
        hidden=16,
        batch_tokens=200,
        pool_pairs=60,
        target_tokens=2_000,
    )
    return dataclasses.replace(recipe, **changes)  # type: ignore[arg-type]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    write_task(tmp_path / "train.tsv", 400, 1)
    write_task(tmp_path / "dev.tsv", 20, 2)

    def made(name: str, **changes: object) -> Trainer:
        return Trainer(tiny_recipe(**changes), tmp_path, tmp_path / name, torch.device("cpu"))

    return made


def test_interrupted_and_resumed_equals_uninterrupted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SAVE_SECONDS", -1.0)  # a checkpoint after every pool
    whole = make("whole")
    losses = list(whole.run())
    broken = make("broken")
    for _ in itertools.islice(broken.run(), len(losses) // 2):
        pass
    resumed = make("broken")
    assert 0 < resumed.progressed.updates < whole.progressed.updates
    for _ in resumed.run():
        pass
    assert resumed.progressed.updates == whole.progressed.updates
    assert resumed.progressed.best_loss == whole.progressed.best_loss
    for (name, value), other in zip(whole.model.state_dict().items(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def test_a_training_begins_with_the_weights_of_a_bundle(make: Make, tmp_path: Path) -> None:
    """What is written of a bundle has the best weights, and nothing of the optimiser or of how far it had come."""
    first = make("first", target_tokens=300)
    for _ in first.run():
        pass
    content = checkpoint.load_content(tmp_path / "first")
    assert content is not None
    kept = {name: content[name] for name in ("family", "config", "best_model", "facts")}
    checkpoint.save(tmp_path / "first", kept)
    again = make("first", target_tokens=300)
    assert again.progressed.tokens == 0
    for name, value in again.model.state_dict().items():
        torch.testing.assert_close(value, content["best_model"][name], rtol=0, atol=0)
    for _ in again.run():
        pass
    assert again.progressed.best_loss < first.progressed.best_loss


def test_a_finished_training_stays_finished(make: Make) -> None:
    for _ in make("done").run():
        pass
    again = make("done")
    assert again.finished()
    assert list(again.run()) == []


def test_another_seed_is_another_model(make: Make) -> None:
    first, second = make("first", target_tokens=300), make("second", target_tokens=300, seed=2)
    first_losses, second_losses = list(first.run()), list(second.run())
    assert first_losses != second_losses
    assert list(make("third", target_tokens=300).run()) == first_losses


def test_training_stops_when_dev_gets_no_better(make: Make) -> None:
    trainer = make("stale", learning_rate=0.0, patience=2, target_tokens=10**9)
    for _ in trainer.run():
        pass
    assert trainer.progressed.stale == 2
    assert len(trainer.progressed.history) == 3


def test_the_rate_warms_up_and_falls(make: Make) -> None:
    trainer = make("rate", warmup=0.1, learning_rate=1.0, target_tokens=1000)
    rates = []
    for tokens in (0, 50, 100, 550, 1000, 2000):
        trainer.progressed.tokens = tokens
        rates.append(trainer.learning_rate())
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.02 + 0.98 / 2, 0.02, 0.02])


def test_embeddings_have_a_rate_of_their_own(make: Make) -> None:
    trainer = make("rates", family="transformer", heads=2, inner=16, embedding_rate=5.0, weight_decay=2.0)
    next(trainer.run())
    adam, muon = trainer.optimisers
    embeddings = trainer.model.encoder.embedding.weight, trainer.model.decoder.embedding.weight  # type: ignore[union-attr]
    others, own = adam.param_groups
    assert [id(weight) for weight in own["params"]] == [id(weight) for weight in embeddings]
    assert own["lr"] == pytest.approx(5 * others["lr"]) == pytest.approx(5 * muon.param_groups[0]["lr"])
    assert muon.param_groups[0]["weight_decay"] == 2.0
    counted = sum(len(group["params"]) for optimiser in trainer.optimisers for group in optimiser.param_groups)
    assert counted == len(list(trainer.model.parameters()))


def test_it_learns_to_copy(make: Make, tmp_path: Path) -> None:
    trainer = make(
        "copy", hidden=48, target_tokens=60_000, learning_rate=8e-3, dropout=0.0, smoothing=0.0, batch_tokens=400
    )
    for _ in trainer.run():
        pass
    trained = load_trained(tmp_path / "copy")
    sources = write_task(tmp_path / "test.tsv", 40, 3)
    chosen = [Combination(alignment, "global", 8.0) for alignment in ("additive", "general", "dot", "scaled_dot")]
    chosen.append(Combination("dot", "none", 8.0))
    right = dict.fromkeys(chosen, 0)
    for place, combination, text in translate(trained, sources, chosen):
        right[combination] += text == sources[place]
    *attending, without = right.values()
    assert max(attending) >= 35, right
    assert without < max(attending), right


@pytest.mark.parametrize("encoder", ["attention", "rnn", "cnn"])
def test_a_transformer_learns_to_copy(make: Make, tmp_path: Path, encoder: str) -> None:
    trainer = make(
        encoder,
        family="transformer",
        encoder=encoder,
        hidden=48,
        inner=64,
        layers=2,
        target_tokens=60_000,
        learning_rate=4e-3,
        dropout=0.0,
        smoothing=0.0,
        batch_tokens=400,
    )
    for _ in trainer.run():
        pass
    assert trainer.progressed.best_loss < 0.5
    sources = write_task(tmp_path / "test.tsv", 40, 3)
    found = dict(transformer_decode.translate(load_trained(tmp_path / encoder), sources))
    assert sum(found[place] == text for place, text in enumerate(sources)) >= 32


def test_a_users_own_file(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    write_task(path, 60, 4)
    recipe = adapt(tiny_recipe(), path, None, 400)
    trainer = Trainer(recipe, tmp_path, tmp_path / "out", torch.device("cpu"))
    assert trainer.pair_counts == {"own": 60}
    assert recipe.target_tokens == 400
    for _ in trainer.run():
        pass
    facts = load_trained(tmp_path / "out").facts
    assert facts["pairs"] == {"own": 60}
    assert facts["corpora"][0]["licence"] == "the user's own"
    assert str(tmp_path) not in facts["corpora"][0]["origin"]


def test_a_folder_without_a_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"python -m models\.train"):
        load_trained(tmp_path)


def test_loaded_embeddings_are_float16_values(make: Make, tmp_path: Path) -> None:
    for _ in make("rounded", target_tokens=200).run():
        pass
    model = load_trained(tmp_path / "rounded").model
    for embedding in (model.encoder.embedding, model.decoder.embedding):
        assert torch.equal(embedding.weight, embedding.weight.half().float())
    assert not model.training


def test_every_name_has_a_frequency() -> None:
    assert tuple(ALIGNMENT_DRAWS) == ALIGNMENTS
    assert tuple(ATTENTION_DRAWS) == ATTENTIONS
