"""ROUGE and the first words, on sentences whose figures are counted by hand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from models import corpus, evaluate
from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import Trained
from models.evaluate_summaries import first_words, rouge
from models.recipes import RECIPES, TestSet
from models.recurrent import RecurrentConfig, RecurrentModel

PAIRS = [
    ("the old mill by the river said it closed its doors for the winter", "MILL CLOSES DOORS"),
    ("the ferry company said its boats carried more people than last year", "FERRY BOATS CARRY MORE PEOPLE"),
    ("a small bakery in the north won a prize for its bread on sunday", "BAKERY WINS BREAD PRIZE"),
]


def test_rouge_by_hand() -> None:
    # Stemmed: "mill close door" of three words against "the mill close" of three: two shared, one pair shared ("mill
    # close"), two in order. Precision and recall are 2/3; of pairs 1/2.
    figures = rouge(["the mill closed"], ["MILL CLOSES DOORS"])
    assert figures == {"rouge_1": 66.67, "rouge_2": 50.0, "rouge_l": 66.67}


def test_rouge_heeds_order_and_is_the_mean_of_the_pairs() -> None:
    # "doors mill" shares two words of 2 and 3, no pair, and one in order: F1 is 2·2/5, 0 and 2·1/5.
    assert rouge(["doors mill"], ["mill closes doors"]) == {"rouge_1": 80.0, "rouge_2": 0.0, "rouge_l": 40.0}
    both = rouge(["doors mill", "mill closes doors"], ["mill closes doors"] * 2)
    assert both == {"rouge_1": 90.0, "rouge_2": 50.0, "rouge_l": 70.0}


def test_an_empty_summary_scores_nothing() -> None:
    assert set(rouge([""], ["MILL CLOSES DOORS"]).values()) == {0.0}


def test_the_baseline_by_hand() -> None:
    source, headline = PAIRS[1]
    begins = first_words(source, 8)
    assert begins == "the ferry company said its boats carried more"
    # ferry, boat, carri, more: 4 of 8 words and of 5; the only shared pair is not one ("carried more" is): boat carri,
    # carri more of 7 and 4 pairs.
    assert rouge([begins], [headline]) == {"rouge_1": 61.54, "rouge_2": 36.36, "rouge_l": 61.54}
    assert first_words("few words", 8) == "few words"


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, a recipe that names it, and the command pointed at an untrained model."""
    torch.manual_seed(2)
    vocabulary = corpus.train_vocabulary((text for pair in PAIRS * 4 for text in pair), 120, "en")
    sizes = (vocabulary.get_vocab_size(), vocabulary.get_vocab_size())
    config = RecurrentConfig(*sizes, hidden=16, max_source=70, max_target=20, shared=True)
    trained = Trained(RecurrentModel(config).eval(), vocabulary, vocabulary, {"dev_loss": 1.5})
    (tmp_path / "test.tsv").write_text("".join(f"{one}\t{other}\n" for one, other in PAIRS), encoding="utf-8")
    recipe = dataclasses.replace(RECIPES["summarize-reuters"], tests=(TestSet("own", "test.tsv"),))
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    monkeypatch.setattr(evaluate, "load_trained", lambda folder: trained)
    return tmp_path


def _run(folder: Path, *options: str) -> str:
    arguments = ["summarize-reuters", "--checkpoint", str(folder), "--data", str(folder), *options]
    result = CliRunner().invoke(evaluate.main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_scores_every_combination(scored: Path) -> None:
    output = _run(scored)
    assert "own · ROUGE-L · sentences 3 · none" in output
    scores = json.loads((scored / "scores.json").read_text(encoding="utf-8"))["scores"]
    own = scores["own"]
    assert own["sentences"] == 3
    assert list(own["baseline"]) == ["first 8 words", "first 12 words"]
    assert own["baseline"]["first 8 words"] == rouge(
        [first_words(source, 8) for source, _ in PAIRS], [headline for _, headline in PAIRS]
    )
    for figure in ("rouge_1", "rouge_2", "rouge_l"):
        assert list(own[figure]) == list(ALIGNMENTS)
        assert all(list(row) == list(ATTENTIONS[:4]) for row in own[figure].values())
    assert own["best"]["rouge_l"] == max(value for row in own["rouge_l"].values() for value in row.values())
    assert own["best"]["rouge_1"] == own["rouge_1"][own["best"]["alignment"]][own["best"]["attention"]]
    assert isinstance(own["none"], float)


def test_some_combinations(scored: Path) -> None:
    output = _run(scored, "--alignment", "dot", "--attention", "global", "--attention", "none")
    assert "dot" in output
    assert "additive" not in output
    assert "none None" in _run(scored, "--alignment", "dot", "--attention", "hard")
    assert not (scored / "scores.json").exists()
