"""The recall task, its networks, their training and their gradients through time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
import torch

from models import recall_train
from models.recall import ALPHABET, KINDS, RecallConfig, RecallModel, draw_sequences, every_distance
from models.recall_cells import cell_of
from models.recall_graph import RecallGraph
from models.recall_measure import answer_gradient, measure, unseen_sequences
from models.recall_train import RecallRecipe, RecallTrainer, load_recall

ROOT = Path(__file__).resolve().parents[2]
TINY = RecallRecipe(updates=60, batch=16, warmup=5, log_every=20)


def tiny(kind: str) -> RecallModel:
    torch.manual_seed(5)
    return RecallModel(RecallConfig(kind, longest=9, embedding=6, hidden=8)).eval()


def test_the_answer_at_distance_0_is_the_last_symbol() -> None:
    symbols = draw_sequences(5, 7, torch.Generator().manual_seed(1))
    distance = every_distance(symbols)
    asked = symbols.gather(1, 6 - distance)
    assert asked.equal(symbols.flip(1))
    assert asked[:, 0].equal(symbols[:, -1])


def test_symbols_are_drawn_evenly_and_by_seed() -> None:
    counts = torch.bincount(
        draw_sequences(200, 50, torch.Generator().manual_seed(2)).flatten(), minlength=len(ALPHABET)
    )
    assert (counts > 900).all()
    assert (counts < 1100).all()
    assert unseen_sequences(3, 4, 1).equal(unseen_sequences(3, 4, 1))
    assert not unseen_sequences(3, 4, 1).equal(unseen_sequences(3, 4, 2))


def test_networks_of_one_size_differ_by_gates_and_attention() -> None:
    counts = [tiny(kind).parameter_count for kind in KINDS]
    assert counts[1] - counts[0] == 2 * (8 * 6 + 8 * 8 + 16)  # two more gates
    assert counts[2] - counts[1] == (14 * 8 + 8) + (8 * 8 + 8) + 9 * 8 + 8 * 8  # query, key, places, the context read


def test_a_kind_that_is_none() -> None:
    with pytest.raises(ValueError, match="none of tanh, gru, attention"):
        RecallConfig("lstm")


def test_attention_weights_are_shares() -> None:
    symbols = draw_sequences(3, 6, torch.Generator().manual_seed(1))
    logits, weights = tiny("attention")(symbols, every_distance(symbols))
    assert logits.shape == (3, 6, len(ALPHABET))
    assert weights is not None
    assert weights.shape == (3, 6, 6)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 6))


@pytest.mark.parametrize("kind", ["tanh", "gru"])
@pytest.mark.parametrize("src_len", [1, 2, 9])
def test_a_cell_goes_ahead_and_back_as_pytorch_does(kind: str, src_len: int) -> None:
    torch.manual_seed(3)
    layer = tiny(kind).recurrent
    embedded = torch.randn(4, src_len, 6, requires_grad=True)
    wanted, _ = layer(embedded)
    to_states = torch.randn_like(wanted)
    (gradient,) = torch.autograd.grad(wanted, embedded, to_states)
    with torch.no_grad():
        cell = cell_of(layer)
        states = cell.states(embedded)
        found = cell.through_time(embedded, states, to_states)
    torch.testing.assert_close(states, wanted)
    torch.testing.assert_close(found, gradient)


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_answers_and_differentiates_as_the_network_does(kind: str) -> None:
    model = tiny(kind)
    symbols = draw_sequences(2, 5, torch.Generator().manual_seed(7))
    answers, gradient = answer_gradient(model, symbols)
    wanted, wanted_weights = model(symbols, every_distance(symbols))
    with torch.no_grad():
        rows = symbols.repeat_interleave(5, dim=0)
        logits, found, *weights = RecallGraph(model)(rows, every_distance(symbols).flatten())
    torch.testing.assert_close(logits, wanted.flatten(0, 1))
    assert logits.argmax(-1).view(2, 5).equal(answers)
    torch.testing.assert_close(found.view(2, 5, 5), gradient)
    assert len(weights) == (kind == "attention")
    for each in weights:
        torch.testing.assert_close(each, wanted_weights.flatten(0, 1))


def test_a_gradient_is_what_a_small_change_makes() -> None:
    model = tiny("gru").double()
    symbols = draw_sequences(1, 4, torch.Generator().manual_seed(9))
    answers, gradient = answer_gradient(model, symbols)
    distance = torch.tensor([[2]])
    embedded = model.symbol(symbols).detach()

    def logit(change: torch.Tensor) -> float:
        moved = embedded.clone()
        moved[0, 1] += change
        return float(model.answer(moved, distance)[0][0, 0, answers[0, 2]].detach())

    slopes = [(logit(step) - logit(-step)) / 2e-6 for step in torch.eye(6, dtype=torch.float64) * 1e-6]
    assert torch.tensor(slopes).norm().item() == pytest.approx(gradient[0, 2, 1].item(), rel=1e-5)


def test_measuring_goes_by_distance() -> None:
    model = tiny("attention")
    symbols = unseen_sequences(30, 6, seed=4)
    figures = measure(model, symbols, batch=7)
    answers, gradient = answer_gradient(model, symbols)
    for distance in range(6):
        place = 5 - distance
        right = (answers[:, distance] == symbols[:, place]).double().mean().item()
        assert figures.accuracy[distance] == pytest.approx(right, rel=1e-3)
        assert figures.gradient[distance] == pytest.approx(gradient[:, :, place].mean().item(), rel=1e-3)
        assert figures.asked_gradient[distance] == pytest.approx(gradient[:, distance, place].mean().item(), rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_training_reduces_the_loss(tmp_path: Path, kind: str) -> None:
    trainer = RecallTrainer(RecallConfig(kind, longest=3, embedding=8, hidden=16), TINY, tmp_path)
    assert len(list(trainer.run())) == 60
    history = trainer.progress.history
    assert len(history) == 3
    assert history[-1] < 0.9 * history[0]


def test_a_stopped_training_ends_as_one_that_was_not(tmp_path: Path) -> None:
    config = RecallConfig("tanh", longest=4, embedding=4, hidden=6)
    whole = RecallTrainer(config, TINY, tmp_path / "whole")
    list(whole.run())
    first = RecallTrainer(config, TINY, tmp_path / "stopped").run()
    for _ in range(47):  # the last 7 updates are lost
        next(first)
    resumed = RecallTrainer(config, TINY, tmp_path / "stopped")
    assert resumed.progress.updates == 40
    list(resumed.run())
    loaded = load_recall(tmp_path / "stopped")
    assert loaded.progress.history == whole.progress.history
    assert loaded.recipe == TINY
    for name, value in whole.model.state_dict().items():
        assert value.equal(loaded.model.state_dict()[name]), name


def test_a_folder_of_another_training_is_refused(tmp_path: Path) -> None:
    config = RecallConfig("tanh", longest=4, embedding=4, hidden=6)
    list(RecallTrainer(config, RecallRecipe(updates=1, batch=2), tmp_path).run())
    with pytest.raises(click.ClickException, match="another recipe"):
        RecallTrainer(config, RecallRecipe(updates=2, batch=2), tmp_path)


def test_all_kinds_see_the_same_sequences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[torch.Tensor]] = {}
    for kind in KINDS:
        drawn = seen.setdefault(kind, [])

        def draw(
            batch: int, src_len: int, generator: torch.Generator, drawn: list[torch.Tensor] = drawn
        ) -> torch.Tensor:
            drawn.append(draw_sequences(batch, src_len, generator))
            return drawn[-1]

        monkeypatch.setattr(recall_train, "draw_sequences", draw)
        config = RecallConfig(kind, longest=6, embedding=4, hidden=4)
        list(RecallTrainer(config, RecallRecipe(updates=8, batch=2), tmp_path / kind).run())
    assert len({len(symbols[0]) for symbols in seen["tanh"]}) > 1  # lengths vary
    for kind in KINDS:
        assert all(one.equal(other) for one, other in zip(seen["tanh"], seen[kind], strict=True))


def test_the_command_trains_each_kind(tmp_path: Path) -> None:
    arguments = ["--out", str(tmp_path), "--updates", "3", "--longest", "4", "--hidden", "5", "--seed", "2"]
    command = [sys.executable, "-m", "models.recall_train", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "attention: updates 3" in (tmp_path / "train.log").read_text(encoding="utf-8")
    for kind in KINDS:
        trained = load_recall(tmp_path / kind)
        assert (trained.progress.updates, trained.recipe.seed, trained.model.config.hidden) == (3, 2, 5)


def test_no_checkpoint_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"python -m models\.recall_train"):
        load_recall(tmp_path)
