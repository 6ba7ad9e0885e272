"""Training, resuming and scoring an image model on pictures that the tests paint."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

from models import evaluate, train
from models.attention import ALIGNMENTS, ATTENTIONS
from models.caption_decode import Caption, by_word, caption
from models.checkpoint import load_trained, write_json
from models.evaluate_captions import best_constant, common_captions, metric, references
from models.layout import Grid
from models.recipes import RECIPES, CorpusFile, ImageRecipe, TestSet
from models.report import tables
from models.scene_truth import judge
from models.train import Trainer, adapt
from models.translate import Combination
from tests.models.painted import tiny_recipe, write_pictures


def made(folder: Path, name: str, **changes: object) -> Trainer:
    return Trainer(tiny_recipe(**changes), folder, folder / name, torch.device("cpu"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, count, seed in (("train", 60, 1), ("dev", 12, 2), ("test", 20, 3)):
        write_pictures(tmp_path, name, count, seed)
    return tmp_path


def test_interrupted_and_resumed_equals_uninterrupted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "SAVE_SECONDS", -1.0)  # a checkpoint after every pool
    whole = made(data, "whole")
    losses = list(whole.run())
    broken = made(data, "broken")
    for _ in itertools.islice(broken.run(), len(losses) // 2):
        pass
    resumed = made(data, "broken")
    assert 0 < resumed.progressed.updates < whole.progressed.updates
    for _ in resumed.run():
        pass
    assert resumed.progressed.best_loss == whole.progressed.best_loss
    for (name, value), other in zip(whole.model.state_dict().items(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def test_everything_is_trained_and_matrices_by_muon(data: Path) -> None:
    trainer = made(data, "out")
    before = {name: value.clone() for name, value in trainer.model.named_parameters()}
    for _ in itertools.islice(trainer.run(), 12):
        pass
    still = [name for name, value in trainer.model.named_parameters() if torch.equal(value, before[name])]
    assert still == []
    adam, muon = trainer.optimisers
    counted = sum(len(group["params"]) for optimiser in (adam, muon) for group in optimiser.param_groups)
    assert counted == len(before)
    assert {weight.ndim for group in muon.param_groups for weight in group["params"]} == {2, 4}


def test_a_loaded_model_is_folded_and_rounded(data: Path) -> None:
    for _ in made(data, "out", target_tokens=300).run():
        pass
    trained = load_trained(data / "out")
    assert not any(isinstance(module, nn.BatchNorm2d) for module in trained.model.modules())
    for name, weight in trained.model.encoder.named_parameters():
        assert (weight.ndim < 2 or name == "positions") or torch.equal(weight, weight.half().float())
    assert trained.source.get_vocab_size() == 0
    assert trained.facts["pairs"] == {"quarters": 120}


def test_a_users_own_pictures(data: Path) -> None:
    (data / "pictures").mkdir()
    (data / "train.zip").rename(data / "pictures" / "all.zip")
    recipe = adapt(tiny_recipe(), data / "train.jsonl", None, 200, data / "pictures" / "all.zip")
    trainer = Trainer(recipe, Path("/nowhere"), data / "own", torch.device("cpu"))
    assert trainer.pair_counts == {"train": 120}
    assert recipe.corpora[0].licence == "the user's own"
    assert str(data) not in recipe.corpora[0].origin


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["caption-photos", "--tsv"], "learns from --captions"), (["translate-de-en", "--captions"], "learns from --tsv")],
)
def test_files_of_the_other_kind(data: Path, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(
        train.main, [*arguments, str(data / "train.jsonl"), "--out", str(data / "out"), "--data", str(data)]
    )
    assert result.exit_code == 2
    assert message in result.output


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a model that has learned to name the painted quarters, in the folder ``out``."""
    folder = tmp_path_factory.mktemp("painted")
    torch.set_num_threads(1)
    for name, count, seed in (("train", 200, 1), ("dev", 12, 2), ("test", 24, 3)):
        write_pictures(folder, name, count, seed)
    trainer = made(
        folder,
        "out",
        target_tokens=28_000,
        hidden=32,
        smoothing=0.0,
        dropout=0.0,
        learning_rate=4e-3,
        pool_pairs=200,
        image=ImageRecipe(16, (8, 16), summary=4, images=10, captions=2),
    )
    for _ in trainer.run():
        pass
    return folder


def test_it_learns_what_is_on_the_pictures(learned: Path) -> None:
    from models.pictures import read_photos

    trained = load_trained(learned / "out")
    pictures = read_photos(learned / "test.jsonl", None, 16, learned / "test.npy")
    chosen = [Combination(alignment, "global", 2.0) for alignment in ("additive", "general", "dot")]
    right = dict.fromkeys(chosen, 0)
    for place, combination, written in caption(trained, pictures.pixels, chosen, weights=False, rows=7):
        right[combination] += written.text in pictures.captions[place]
    assert min(right.values()) >= 20, right


def test_where_a_caption_looked_is_what_forcing_it_gives(learned: Path) -> None:
    from models.pictures import read_photos

    trained = load_trained(learned / "out")
    pictures = read_photos(learned / "test.jsonl", None, 16, learned / "test.npy")
    one = Combination("general", "local_p", 2.0)
    (_, _, together), *_ = caption(trained, pictures.pixels, [one], weights=True)
    (_, _, alone), *_ = caption(trained, pictures.pixels[:1], [one], weights=True)
    assert together.text == alone.text
    assert together.weights.shape == (len(together.text.split()), 16)
    np.testing.assert_allclose(together.weights, alone.weights, atol=1e-5)
    assert together.weights.sum(axis=1).max() <= 3.0  # the sum of a word's pieces


def test_pieces_are_summed_to_words(learned: Path) -> None:
    vocabulary = load_trained(learned / "out").target
    tokens = vocabulary.encode("a red square", add_special_tokens=False).ids
    pieces = [str(vocabulary.id_to_token(token)) for token in tokens]
    assert sum(piece.startswith("▁") for piece in pieces) == 3
    weights = np.eye(len(tokens), dtype=np.float32)
    summed = by_word(weights, tokens, vocabulary)
    assert summed.shape == (3, len(tokens))
    assert summed.sum(axis=0).tolist() == [1.0] * len(tokens)
    assert (summed.argmax(axis=1)[1:] > summed.argmax(axis=1)[:-1]).all()


def test_the_command_scores_photographs(learned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tiny_recipe(image=ImageRecipe(16, (8, 16), summary=4, images=10, captions=2))
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    out = learned / "out"
    card = {"format": 1, "training": {"dev_loss": load_trained(out).facts["dev_loss"]}, "scores": {}}
    (learned / "bundle").mkdir()
    write_json(learned / "bundle" / "card.json", card)
    arguments = [recipe.name, "--checkpoint", str(out), "--data", str(learned), "--bundle", str(learned / "bundle")]
    result = CliRunner().invoke(evaluate.main, arguments)
    assert result.exit_code == 0, result.output
    assert "quarters test · BLEU · sentences 24" in result.output
    scores = json.loads((learned / "bundle" / "card.json").read_text(encoding="utf-8"))["scores"]["quarters test"]
    for figure in ("bleu", "bleu1", "bleu2", "bleu3", "different"):
        assert list(scores[figure]) == list(ALIGNMENTS)
        assert all(list(row) == list(ATTENTIONS[:4]) for row in scores[figure].values())
        assert (
            set(scores["baseline"]["no attention"])
            == set(scores["baseline"]["best constant caption"])
            == set(scores) - {"sentences", "signature", "best", "none", "baseline"}
        )
    assert scores["best"]["bleu"] == max(value for row in scores["bleu"].values() for value in row.values())
    assert scores["best"]["bleu"] > 50 > scores["baseline"]["best constant caption"]["bleu"]
    assert scores["baseline"]["best constant caption"]["different"] == 1
    assert "nrefs:2" in scores["signature"]
    assert scores["none"] == scores["baseline"]["no attention"]["bleu"]


def test_references_and_constant_captions() -> None:
    captions = [["a b c d", "e f g h"], ["a b c d"]]
    assert references(captions) == [["a b c d", "a b c d"], ["e f g h", "a b c d"]]
    train_captions = [["a man in a hat"], ["a man in a coat", "two dogs play"], ["a man in a hat sits"], ["one"]]
    ranked = common_captions(train_captions)
    assert ranked[0] == "a man in a hat"  # its two sequences of four words occur with 3 and 2 pictures
    assert ranked[-1] in ("one", "two dogs play")
    bleu = metric(1, [["a man in a coat"], ["a man in a coat today"]])
    assert best_constant(ranked, bleu, 2) == "a man in a coat"


SCENE_RECIPE = {
    "corpora": (CorpusFile("scenes", "seeds 0-39", "seeds 100-104", 1.0, "drawn", "our own"),),
    "tests": (TestSet("scenes test", "seeds 200-205"),),
    "vocabulary": 400,
    "target_tokens": 500,
    "image": ImageRecipe(32, (4, 8), images=8, captions=2),
}


def test_scenes_train_and_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = made(tmp_path, "out", **SCENE_RECIPE)
    for _ in trainer.run():
        pass
    assert trainer.pair_counts == {"scenes": 80}
    recipe = tiny_recipe(**SCENE_RECIPE)
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    result = CliRunner().invoke(
        evaluate.main, [recipe.name, "--checkpoint", str(tmp_path / "out"), "--data", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    scores = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))["scores"]
    assert list(scores) == ["scenes test", "pointing scenes test"]
    assert list(scores["scenes test"]["meaning"]) == list(ALIGNMENTS)
    assert 0 <= scores["scenes test"]["best"]["meaning"] <= 100
    assert list(scores["pointing scenes test"]["pointing"]["dot"]) == list(ATTENTIONS[:4])


def test_a_verdict_by_hand() -> None:
    from explorer.scenes.captions import caption_of
    from explorer.scenes.generate import scene_of

    grid, scene = Grid(8, 8, 4.0), scene_of(3)
    told = caption_of(scene, 0)
    weights = np.zeros((len(told.words), 64), dtype=np.float32)
    looking = 0
    for word, number in enumerate(told.objects):
        if number is not None:
            x, y = scene.shapes[number].box.centre
            weights[word, int(y * 8) * 8 + int(x * 8)] = 1.0
            looking += 1
    verdict = judge(Caption(told.text, weights), scene, grid)
    assert (verdict.true, verdict.words, verdict.pointed) == (True, looking, looking)
    assert 0 < verdict.covered < looking
    lost = judge(Caption(told.text, np.zeros_like(weights)), scene, grid)
    assert (lost.true, lost.words, lost.pointed) == (True, looking, 0)
    wrong = judge(Caption("a b c", weights[:3]), scene, grid)
    assert (wrong.true, wrong.words) == (False, 0)


def test_the_tables_of_a_scored_card() -> None:
    cells = {"dot": {"global": 12.34, "hard": 11.0}}
    facts = {"bleu": cells, "different": {"dot": {"global": 101.0, "hard": 99.0}}, "none": 1.25}
    facts |= {"baseline": {"no attention": {"bleu": 1.25, "different": 40}, "best constant caption": {"bleu": 2.5}}}
    card = {
        "name": "made-up",
        "sizes": {"parameters": 1_500_000},
        "files": {"a": {"bytes": 2_000_000}},
        "corpus": [{"name": "pictures", "pairs": 1234}],
        "training": {"target_tokens": 2_000_000, "seconds": 120, "device": "cpu", "seed": 3},
        "scores": {"test": facts},
    }
    _, bleu, different, *_ = tables(card)
    assert bleu.splitlines()[2:] == [
        "| dot | 12.3 | 11.0 |",
        "| no attention | 1.2 | |",
        "| best constant caption | 2.5 | |",
    ]
    assert different.splitlines()[2:] == ["| dot | 101 | 99 |", "| no attention | 40 | |"]
