"""Score an image model: BLEU of photographs' captions, or truth and pointing of drawn scenes' captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.progress import Progress
from sacrebleu.metrics.bleu import BLEU

from explorer.scenes.generate import scene_of
from models.caption_decode import caption
from models.cells import Cells, nested
from models.checkpoint import Trained
from models.pictures import Pictures, read_pictures, seeds_of
from models.recipes import Recipe
from models.recurrent import RecurrentModel
from models.scene_truth import judge
from models.translate import Combination

ORDERS = {"bleu": 4, "bleu1": 1, "bleu2": 2, "bleu3": 3}
"""Figure → longest n-grams that are counted."""
CANDIDATES = 300
"""Captions that are tried as the one caption for all pictures."""
Names = tuple[str, str]
Read = Callable[[str], Pictures]


def caption_scores(
    trained: Trained,
    recipe: Recipe,
    read: Read,
    chosen: Sequence[Combination],
    progress: Progress,
) -> dict[str, Any]:
    """Return the scores of the chosen combinations on every test set of an image recipe.

    Args:
        trained: The model.
        recipe: Its recipe.
        read: Returns the pictures of a path in the recipe.
        chosen: The combinations.
        progress: Where progress is shown.
    """
    scores: dict[str, Any] = {}
    for test in recipe.tests:
        pictures, seeds = read(test.path), seeds_of(test.path)
        task = progress.add_task(test.name, total=len(pictures.captions) * len(chosen))
        captions: dict[Names, list[Any]] = {(one.alignment, one.attention): [] for one in chosen}
        for _, one, written in caption(trained, pictures.pixels, chosen, weights=seeds is not None):
            captions[one.alignment, one.attention].append(written)
            progress.advance(task)
        if seeds is None:
            texts = {names: [written.text for written in each] for names, each in captions.items()}
            scores[test.name] = photo_scores(
                texts, pictures, read(recipe.corpora[0].train), read(recipe.corpora[0].dev)
            )
        else:
            scores |= scene_scores(trained, test.name, captions, seeds)
    return scores


def pictures_reader(recipe: Recipe, data: Path, out: Path, most: int | None) -> Read:
    """Return what reads the pictures of a recipe's paths.

    Args:
        recipe: The recipe.
        data: What paths are relative to.
        out: Where decoded pictures are kept.
        most: How many of each path; None for all.
    """
    image = recipe.image
    assert image is not None

    def read(path: str) -> Pictures:
        whole = read_pictures(recipe.corpora[0], path, data, image.size, image.captions, out)
        return Pictures(whole.pixels[:most], whole.captions[:most])

    return read


def references(captions: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the first caption of each picture, the second of each, …; who has fewer says some again."""
    most = max(map(len, captions))
    return [[each[number % len(each)] for each in captions] for number in range(most)]


def metric(order: int, captions: Sequence[Sequence[str]]) -> BLEU:
    """Return corpus BLEU (Papineni 2002) up to n-grams of an order against all captions of each picture."""
    return BLEU(lowercase=True, max_ngram_order=order, references=references(captions))


def photo_scores(texts: dict[Names, list[str]], test: Pictures, train: Pictures, dev: Pictures) -> dict[str, Any]:
    """Return BLEU and the number of different captions of every combination, beside one caption for all pictures.

    Args:
        texts: (alignment, attention) → the captions of the test pictures.
        test: They, with the captions that people wrote.
        train: What the one caption for all is taken from.
        dev: What it is chosen on.
    """
    figures: dict[str, Cells] = {"different": {names: len(set(each)) for names, each in texts.items()}}
    metrics = {figure: metric(order, test.captions) for figure, order in ORDERS.items()}
    for figure, bleu in metrics.items():
        figures[figure] = {names: round(bleu.corpus_score(each, None).score, 2) for names, each in texts.items()}
    candidates = common_captions(train.captions)
    constant: dict[str, float] = {"different": 1}
    for figure, order in ORDERS.items():
        one = best_constant(candidates, metric(order, dev.captions), len(dev.captions))
        constant[figure] = round(metrics[figure].corpus_score([one] * len(test.captions), None).score, 2)
    scores = {"sentences": len(test.captions), "signature": str(metrics["bleu"].get_signature())}
    return scores | summary(figures, "bleu", {"best constant caption": constant})


def common_captions(captions: Iterable[Sequence[str]]) -> list[str]:
    """Return the training captions whose word sequences most pictures share: what one caption for all is chosen of.

    They are ranked by the pictures that each sequence of four words occurs with, averaged over the caption.
    """
    pictures = list(captions)
    seen: Counter[tuple[str, ...]] = Counter()
    for each in pictures:
        seen.update({sequence for text in each for sequence in _fours(text)})
    ranked: dict[str, float] = {}
    for text in {text for each in pictures for text in each}:
        sequences = _fours(text)
        ranked[text] = sum(seen[one] for one in sequences) / len(sequences) if sequences else 0.0
    return sorted(ranked, key=lambda text: (-ranked[text], text))[:CANDIDATES]


def _fours(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    return [tuple(words[start : start + 4]) for start in range(len(words) - 3)]


def best_constant(candidates: Sequence[str], bleu: BLEU, count: int) -> str:
    """Return the candidate that scores most as the caption of every picture."""
    return max(candidates, key=lambda text: bleu.corpus_score([text] * count, None).score)


def scene_scores(trained: Trained, name: str, captions: dict[Names, list[Any]], seeds: range) -> dict[str, Any]:
    """Return how many captions are true of their scenes, and how many of their words look at what they speak of.

    Args:
        trained: The model.
        name: Of the test set.
        captions: (alignment, attention) → the captions of the scenes.
        seeds: Of the scenes.
    """
    assert isinstance(trained.model, RecurrentModel)
    image = trained.model.config.image
    assert image is not None
    scenes = [scene_of(seed) for seed in seeds][: len(next(iter(captions.values())))]
    true: Cells = {}
    pointing: Cells = {}
    words, covered = 0, 0.0
    for names, each in captions.items():
        verdicts = [judge(written, scene, image.grid) for written, scene in zip(each, scenes, strict=True)]
        true[names] = round(100 * sum(verdict.true for verdict in verdicts) / len(verdicts), 2)
        described = sum(verdict.words for verdict in verdicts)
        words, covered = words + described, covered + sum(verdict.covered for verdict in verdicts)
        if names[1] != "none":
            pointing[names] = round(100 * sum(verdict.pointed for verdict in verdicts) / max(described, 1), 2)
    scores = {name: {"sentences": len(scenes), **summary({"meaning": true}, "meaning", {})}}
    if pointing:
        chance = {"a cell at random": {"pointing": round(100 * covered / max(words, 1), 2)}}
        scores[f"pointing {name}"] = {"sentences": len(scenes), **summary({"pointing": pointing}, "pointing", chance)}
    return scores


def summary(figures: dict[str, Cells], main: str, rows: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return figures as a card holds them.

    Args:
        figures: Figure → (alignment, attention) → value; ``none`` becomes a row.
        main: The figure that decides which combination is the best.
        rows: Name → figure → value, of what has no alignment function and attention type.
    """
    cells = {
        figure: {names: value for names, value in each.items() if names[1] != "none"}
        for figure, each in figures.items()
    }
    none = {figure: value for figure, each in figures.items() for names, value in each.items() if names[1] == "none"}
    scores: dict[str, Any] = {}
    if cells[main]:
        best = max(cells[main], key=cells[main].__getitem__)
        values = {figure: each[best] for figure, each in cells.items()}
        scores["best"] = {"alignment": best[0], "attention": best[1], **values}
        scores |= {figure: nested(each) for figure, each in cells.items()}
    if none:
        scores["none"] = none[main]
        rows = {"no attention": none, **rows}
    return scores | ({"baseline": rows} if rows else {})
