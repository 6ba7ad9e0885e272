from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import torch
from click.testing import CliRunner

from explorer.runtime.words import join_words
from models import checkpoint, corpus, evaluate, words
from models.attention import ALIGNMENTS, ATTENTIONS
from models.checkpoint import Trained
from models.evaluate import bleu, buckets, combinations, fill_card
from models.recipes import RECIPES, GoldSet, TestSet
from models.recurrent import RecurrentConfig, RecurrentModel, StepModel
from models.translate import Combination, forced_weights, greedy, translate

SENTENCES = [
    "the old boat isn't here , said anna ( quietly ) .",
    "it 's the keeper 's lamp - not mine !",
    "l' horloge de l' église n' est pas à l' heure .",
    'she said " come in " and left .',
    "what do n't you like ?",
    "he paid $ 5 ; that 's 10 % more .",
    "aujourd ' hui on part : en avant",
]


@pytest.fixture(scope="module")
def trained() -> Trained:
    """An untrained model with vocabularies of the sentences above."""
    torch.manual_seed(2)
    lines = [words.join(sentence.split())[0] for sentence in SENTENCES] * 4
    source, target = (corpus.train_vocabulary(iter(lines), 150, language) for language in ("en", "fr"))
    config = RecurrentConfig(source.get_vocab_size(), target.get_vocab_size(), 16, max_source=40, max_target=40)
    entries = [dataclasses.asdict(entry) for entry in RECIPES["translate-en-fr"].corpora]
    facts = {"dev_loss": 1.5, "pairs": {entry["name"]: 3 for entry in entries}, "corpora": entries}
    return Trained(RecurrentModel(config).eval(), source, target, facts)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_words_are_joined_as_the_explorer_joins_them(sentence: str) -> None:
    joined = join_words(sentence.split())
    assert words.join(sentence.split()) == (joined.text, list(joined.spans))


def test_joined_text_reads_naturally() -> None:
    texts = [words.join(sentence.split())[0] for sentence in SENTENCES]
    assert texts[:4] == [
        "the old boat isn't here, said anna (quietly).",
        "it's the keeper's lamp-not mine!",
        "l'horloge de l'église n'est pas à l'heure.",
        'she said "come in" and left.',
    ]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_word_has_its_pieces(trained: Trained, sentence: str) -> None:
    pieces = words.encode(sentence.split(), trained.source)
    assert pieces.ids == trained.source.encode(words.join(sentence.split())[0]).ids
    assert pieces.share.shape == (len(pieces.ids), len(sentence.split()))
    assert (pieces.share.sum(axis=0) > 0).all()
    assert pieces.share[:-1].sum(axis=1) == pytest.approx(1)
    assert pieces.share[-1].sum() == 0


def _pieces(owners: Sequence[int]) -> words.Pieces:
    """Pieces of which number n spells word owners[n], and an end token."""
    return words.Pieces(
        [0] * (len(owners) + 1), np.vstack([np.eye(max(owners) + 1)[list(owners)], np.zeros(max(owners) + 1)])
    )


def test_links_sum_pieces_to_words() -> None:
    source, target = _pieces([0, 0, 1]), _pieces([0, 1])
    weights = np.array([[0.3, 0.3, 0.4, 0.0], [0.1, 0.1, 0.2, 0.6], [0.0, 0.0, 0.0, 1.0]], dtype=np.float32)
    assert words.links(weights, source, target) == {(0, 0), (0, 1)}
    weights[1] = [0.0, 0.0, 0.0, 1.0]  # all on the end token: no link
    assert words.links(weights, source, target) == {(0, 0)}


def test_alignment_error_rate_by_hand() -> None:
    found = [{(0, 0), (1, 1), (2, 2)}, {(0, 1)}]
    sure = [{(0, 0)}, {(0, 0), (0, 1)}]
    possible = [{(0, 0), (1, 1)}, {(0, 0), (0, 1)}]
    assert words.alignment_error_rate(found, sure, possible) == pytest.approx(1 - (2 + 3) / (4 + 3))
    assert words.alignment_error_rate(sure, sure, possible) == 0.0


def test_bleu_ignores_case_and_keeps_its_signature() -> None:
    score, signature = bleu(["the cat sat on the mat today"], ["The Cat sat on the MAT today"])
    assert score == 100.0
    assert "case:lc" in signature
    assert "tok:13a" in signature


def test_buckets_part_the_lengths() -> None:
    limits = buckets(list(range(3, 28)))
    assert len(limits) == 5
    assert (limits[0][0], limits[-1][1]) == (3, 27)
    assert all(last + 1 == first for (_, last), (first, _) in itertools.pairwise(limits))
    assert buckets([4, 4, 4]) == [(4, 4)]


def test_every_combination_once() -> None:
    table = combinations(RECIPES["translate-en-fr"], ALIGNMENTS, ATTENTIONS)
    assert len(set(table)) == len(table) == 25
    assert [one.attention for one in table].count("none") == 1


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_greedy_decoding_is_stepping(trained: Trained, attention: str) -> None:
    model, step = trained.model, StepModel(trained.model).eval()
    source = corpus.pad([[9, 14, 20, corpus.END], [30, corpus.END]])
    mask = source != corpus.PADDING
    with torch.no_grad():
        memory, state = model.encoder(source, mask)
    rows = greedy(model, (memory, mask, state), Combination("additive", attention, 2.0))
    for row in range(2):
        token, end, emitted = torch.tensor([corpus.BEGIN]), state[row : row + 1], []
        for position in range(model.config.max_target):
            ones, nothing = torch.ones(1), torch.zeros(1, 4)
            with torch.no_grad():
                logits, end, *_ = step(
                    token,
                    torch.tensor([position]),
                    end,
                    memory[row : row + 1],
                    mask[row : row + 1],
                    torch.tensor([ALIGNMENTS.index("additive")]),
                    torch.tensor([ATTENTIONS.index(attention)]),
                    ones * 2,
                    ones,
                    nothing,
                    nothing,
                )
            logits[0, : corpus.END] = -torch.inf
            token = logits.argmax(dim=1)
            if int(token) == corpus.END:
                break
            emitted.append(int(token))
        assert rows[row] == emitted


def test_translations_come_back_to_their_sentences(trained: Trained) -> None:
    chosen = [Combination("dot", "global", 8.0), Combination("dot", "none", 8.0)]
    texts = [words.join(sentence.split())[0] for sentence in SENTENCES]
    together = {(place, one): text for place, one, text in translate(trained, texts, chosen, rows=3)}
    assert len(together) == 2 * len(texts)
    for place, text in enumerate(texts):
        for _, one, alone in translate(trained, [text], chosen):
            assert together[place, one] == alone


def test_forced_weights_have_the_shape_of_their_pair(trained: Trained) -> None:
    pairs = [([5, 6, 7, corpus.END], [8, corpus.END]), ([5, corpus.END], [8, 9, 10, corpus.END])]
    first, second = forced_weights(trained.model, pairs, Combination("general", "global", 8.0))
    assert first.shape == (2, 4)
    assert second.shape == (4, 2)
    torch.testing.assert_close(first.sum(dim=1), torch.ones(2))


@pytest.fixture
def scored(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, a recipe that names it, and the command pointed at the untrained model."""
    joined = [words.join(sentence.split())[0] for sentence in SENTENCES]
    (tmp_path / "test.tsv").write_text("".join(f"{text}\t{text}\n" for text in joined), encoding="utf-8")
    gold = [
        {"source": text.split(), "target": text.split(), "sure": [[0, 0]], "possible": [[1, 1]]} for text in SENTENCES
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)), encoding="utf-8")
    recipe = dataclasses.replace(
        RECIPES["translate-en-fr"], tests=(TestSet("own", "test.tsv"),), gold=(GoldSet("own-gold", "gold.jsonl"),)
    )
    monkeypatch.setitem(RECIPES, recipe.name, recipe)
    monkeypatch.setattr(evaluate, "load_trained", lambda folder: trained)
    return tmp_path


def _run(folder: Path, *options: str) -> str:
    arguments = ["translate-en-fr", "--checkpoint", str(folder), "--data", str(folder), *options]
    result = CliRunner().invoke(evaluate.main, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_scores_everything(scored: Path) -> None:
    card = {"format": 1, "training": {"dev_loss": 1.5}, "scores": {}}
    (scored / "bundle").mkdir()
    checkpoint.write_json(scored / "bundle" / "card.json", card)
    output = _run(scored, "--bundle", str(scored / "bundle"))
    assert "own · BLEU · sentences 7" in output
    content: dict[str, Any] = json.loads((scored / "scores.json").read_text(encoding="utf-8"))
    scores = content["scores"]
    assert content["dev_loss"] == 1.5
    assert list(scores) == ["own", "alignment own-gold"]
    own, aligned = scores["own"], scores["alignment own-gold"]
    assert list(own["bleu"]) == list(ALIGNMENTS)
    assert all(list(row) == list(ATTENTIONS[:4]) for row in own["bleu"].values())
    assert isinstance(own["none"], float)
    assert own["best"]["bleu"] == max(value for row in own["bleu"].values() for value in row.values())
    assert list(own["bleu_by_length"]["bleu"]) == list(ATTENTIONS)
    assert sum(own["bleu_by_length"]["sentences"]) == 7
    assert aligned["pairs"] == 7
    assert aligned["best"]["aer"] == min(value for row in aligned["aer"].values() for value in row.values())
    filled = json.loads((scored / "bundle" / "card.json").read_text(encoding="utf-8"))
    assert filled == card | {"scores": scores}


def test_a_quick_look_writes_nothing(scored: Path) -> None:
    before = sorted(scored.iterdir())
    output = _run(scored, "--quick", "--alignment", "dot", "--attention", "global", "--attention", "none")
    assert "dot" in output
    assert "additive" not in output
    assert sorted(scored.iterdir()) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no readable card"),
        ("{", "no readable card"),
        ("[1]", "not a card of format 1"),
        ('{"format": 2, "training": {}}', "not a card of format 1"),
        ('{"format": 1, "training": {"dev_loss": 9.0}}', "another checkpoint"),
    ],
)
def test_cards_that_are_not_filled(trained: Trained, tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "card.json").write_text(content, encoding="utf-8")
    with pytest.raises(click.ClickException, match=message):
        fill_card(tmp_path, trained, {})
    assert content is None or (tmp_path / "card.json").read_text(encoding="utf-8") == content
