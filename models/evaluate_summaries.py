"""ROUGE of a summarization model under every combination, beside the first words of the source as they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rouge_score.rouge_scorer import RougeScorer

from models import corpus
from models.cells import nested
from models.checkpoint import Trained
from models.recipes import Recipe
from models.translate import Combination, translate_all

FIGURES = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
"""What a card calls each figure, and what rouge-score does."""
QUICK = 200
BASELINE_WORDS = (8, 12)
"""How many first words the baselines take: the usual eight, and twelve, which is more than a headline has."""


def rouge(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Return the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L times 100, words stemmed (Lin 2004)."""
    scorer = RougeScorer(list(FIGURES.values()), use_stemmer=True)
    scores = [scorer.score(*texts) for texts in zip(references, hypotheses, strict=True)]
    return {
        figure: round(100 * sum(score[name].fmeasure for score in scores) / len(scores), 2)
        for figure, name in FIGURES.items()
    }


def first_words(text: str, count: int) -> str:
    """Return the first white-space words of a text."""
    return " ".join(text.split()[:count])


def score_summaries(
    trained: Trained,
    recipe: Recipe,
    pairs: Sequence[corpus.Pair],
    chosen: Sequence[Combination],
    advance: Callable[[], None],
) -> dict[str, Any]:
    """Summarise the sources of a test set greedily under the chosen combinations and score what comes out.

    Args:
        trained: The model.
        recipe: What it was made by.
        pairs: Sources and references.
        chosen: The combinations.
        advance: Called after each summary.
    """
    sources, references = zip(*pairs, strict=True)
    written = translate_all(trained, sources, chosen, advance)
    results = {names: rouge(texts, references) for names, texts in written.items()}
    scores: dict[str, Any] = {
        "sentences": len(pairs),
        "baseline": {
            f"first {count} words": rouge([first_words(source, count) for source in sources], references)
            for count in BASELINE_WORDS
        },
    }
    table = {names: result for names, result in results.items() if names[1] != "none"}
    if table:
        best = max(table, key=lambda names: table[names]["rouge_l"])
        scores["best"] = {"alignment": best[0], "attention": best[1], **table[best]}
    for figure in FIGURES:
        scores[figure] = nested({names: result[figure] for names, result in table.items()})
    if (recipe.alignment, "none") in results:
        scores["none"] = results[recipe.alignment, "none"]["rouge_l"]
    return scores


def summary_scores(
    trained: Trained, recipe: Recipe, data: Path, chosen: Sequence[Combination], progress: Progress, quick: bool
) -> dict[str, Any]:
    """Return the scores of the chosen combinations on every test set of a recipe; `quick`, on a few pairs of each."""
    scores: dict[str, Any] = {}
    for test in recipe.tests:
        pairs = corpus.read_pairs(data / test.path, test.reverse)[: QUICK if quick else None]
        task = progress.add_task(test.name, total=len(pairs) * len(chosen))
        scores[test.name] = score_summaries(trained, recipe, pairs, chosen, partial(progress.advance, task))
    return scores
