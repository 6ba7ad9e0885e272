"""Score a trained model on its recipe's test sets: ``python -m models.evaluate NAME --checkpoint DIR --data DIR``."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sacrebleu.metrics.bleu import BLEU

from models import corpus, evaluate_captions, transformer_decode, words
from models.attention import ALIGNMENTS, ATTENTIONS
from models.cells import Cells, nested
from models.checkpoint import Trained, load_trained, write_json
from models.evaluate_summaries import summary_scores
from models.recipes import RECIPES, GoldSet, Recipe, TestSet
from models.recurrent import RecurrentModel
from models.transformer import TransformerModel
from models.translate import Combination, forced_weights, translate_all

SCORES = "scores.json"
BUCKETS = 5
QUICK = 200
DIGITS = {"aer": 3, "rouge_l": 2, "bleu": 1, "meaning": 1, "pointing": 1}
WEIGHTED = tuple(name for name in ATTENTIONS if name != "none")
SINGLE = ("scaled_dot", "global")
"""What every head of a Transformer is."""


def combinations(recipe: Recipe, alignments: Iterable[str], attentions: Iterable[str]) -> list[Combination]:
    """Return every combination at the recipe's window, `none` once: it gives every alignment function the same."""
    table = [
        Combination(*pair, recipe.window, recipe.temperature)
        for pair in itertools.product(alignments, WEIGHTED)
        if pair[1] in attentions
    ]
    return (
        [*table, Combination(recipe.alignment, "none", recipe.window, recipe.temperature)]
        if "none" in attentions
        else table
    )


def bleu(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[float, str]:
    """Return lower-cased corpus BLEU (Papineni 2002) and sacreBLEU's signature (Post 2018)."""
    metric = BLEU(lowercase=True)
    score = metric.corpus_score(list(hypotheses), [list(references)]).score
    return round(score, 2), str(metric.get_signature())


def buckets(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Return the least and greatest length of up to five buckets of about as many sentences each."""
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, BUCKETS + 1)).round().astype(int)).tolist()
    starts = [edges[0], *(edge + 1 for edge in edges[1:-1])]
    return list(zip(starts, edges[1:] or edges, strict=True))


def bleu_by_length(
    pairs: Sequence[corpus.Pair], translations: dict[tuple[str, str], list[str]], shown: str
) -> dict[str, Any]:
    """Return BLEU in buckets of source length, for every attention type under the alignment function `shown`."""
    lengths = [len(source.split()) for source, _ in pairs]
    limits = buckets(lengths)
    members = [[place for place, length in enumerate(lengths) if least <= length <= most] for least, most in limits]
    rows = {
        attention: [
            bleu([texts[place] for place in places], [pairs[place][1] for place in places])[0] for places in members
        ]
        for (alignment, attention), texts in translations.items()
        if alignment == shown
    }
    return {
        "unit": "source words",
        "alignment": shown,
        "buckets": [f"{least}-{most}" for least, most in limits],
        "sentences": [len(places) for places in members],
        "bleu": rows,
    }


def score_translations(
    trained: Trained,
    recipe: Recipe,
    test: TestSet,
    data: Path,
    chosen: Sequence[Combination],
    progress: Progress,
    quick: bool,
) -> dict[str, Any]:
    """Translate a test set under the chosen combinations and score it."""
    pairs = corpus.read_pairs(data / test.path, test.reverse)[: QUICK if quick else None]
    task = progress.add_task(test.name, total=len(pairs) * len(chosen))
    translations = translate_all(trained, [source for source, _ in pairs], chosen, lambda: progress.advance(task))
    references = [reference for _, reference in pairs]
    results = {names: bleu(texts, references) for names, texts in translations.items()}
    cells = {names: score for names, (score, _) in results.items() if names[1] != "none"}
    scores: dict[str, Any] = {"sentences": len(pairs), "signature": next(iter(results.values()))[1]}
    if cells:
        best = max(cells, key=cells.__getitem__)
        scores |= {"best": {"alignment": best[0], "attention": best[1], "bleu": cells[best]}, "bleu": nested(cells)}
    if (recipe.alignment, "none") in results:
        scores["none"] = results[recipe.alignment, "none"][0]
    return scores | {"bleu_by_length": bleu_by_length(pairs, translations, recipe.alignment)}


@dataclass(frozen=True)
class Gold:
    """Pairs with gold alignments that fit into a model.

    Attributes:
        sides: Source and target pieces of each pair.
        sure: Sure links (source word, target word) of each pair.
        possible: Possible links of each pair.
    """

    sides: list[tuple[words.Pieces, words.Pieces]]
    sure: list[set[tuple[int, int]]]
    possible: list[set[tuple[int, int]]]

    @property
    def ids(self) -> list[tuple[list[int], list[int]]]:
        """Source and target ids of each pair."""
        return [(source.ids, target.ids) for source, target in self.sides]

    def error_rate(self, weights: Iterable[NDArray[np.float32]]) -> float:
        """Return the alignment error rate of weights (target pieces, source pieces), one array a pair."""
        found = [words.links(table, *sides) for table, sides in zip(weights, self.sides, strict=True)]
        return round(words.alignment_error_rate(found, self.sure, self.possible), 4)


def read_gold(trained: Trained, gold: GoldSet, data: Path) -> Gold:
    """Read a gold set; pairs too long for the model are left out."""
    lines = (data / gold.path).read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    config, read = trained.model.config, Gold([], [], [])
    for entry in entries:
        source, target = words.encode(entry["source"], trained.source), words.encode(entry["target"], trained.target)
        if len(source.ids) <= config.max_source and len(target.ids) <= config.max_target:
            read.sides.append((source, target))
            read.sure.append({(int(i), int(j)) for i, j in entry["sure"]})
            read.possible.append({(int(i), int(j)) for i, j in entry["possible"]})
    return read


def score_alignments(trained: Trained, gold: GoldSet, data: Path, chosen: Sequence[Combination]) -> dict[str, Any]:
    """Return the alignment error rate of every combination on a gold set."""
    model, read = trained.model, read_gold(trained, gold, data)
    assert isinstance(model, RecurrentModel)
    cells: Cells = {}
    for combination in chosen:
        if combination.attention != "none":
            weights = forced_weights(model, read.ids, combination)
            cells[combination.alignment, combination.attention] = read.error_rate(table.numpy() for table in weights)
    best = min(cells, key=cells.__getitem__)
    return {
        "pairs": len(read.sides),
        "best": {"alignment": best[0], "attention": best[1], "aer": cells[best]},
        "aer": nested(cells),
    }


def recurrent_scores(
    trained: Trained, recipe: Recipe, data: Path, chosen: Sequence[Combination], progress: Progress, quick: bool
) -> dict[str, Any]:
    """Return the scores of the chosen combinations on every set of a recipe."""
    scores = {
        test.name: score_translations(trained, recipe, test, data, chosen, progress, quick) for test in recipe.tests
    }
    return scores | {f"alignment {gold.name}": score_alignments(trained, gold, data, chosen) for gold in recipe.gold}


def transformer_scores(trained: Trained, recipe: Recipe, data: Path, progress: Progress, quick: bool) -> dict[str, Any]:
    """Return the scores of a Transformer on every set of a recipe, as those of its one combination."""
    scores: dict[str, Any] = {}
    for test in recipe.tests:
        pairs = corpus.read_pairs(data / test.path, test.reverse)[: QUICK if quick else None]
        task = progress.add_task(test.name, total=len(pairs))
        texts = [""] * len(pairs)
        for place, text in transformer_decode.translate(trained, [source for source, _ in pairs]):
            texts[place] = text
            progress.advance(task)
        score, signature = bleu(texts, [reference for _, reference in pairs])
        alignment, attention = SINGLE
        scores[test.name] = {
            "sentences": len(pairs),
            "signature": signature,
            "best": {"alignment": alignment, "attention": attention, "bleu": score},
            "bleu": nested({SINGLE: score}),
            "bleu_by_length": bleu_by_length(pairs, {SINGLE: texts}, alignment),
        }
    return scores | {f"alignment {gold.name}": score_heads(trained, gold, data) for gold in recipe.gold}


def score_heads(trained: Trained, gold: GoldSet, data: Path) -> dict[str, Any]:
    """Return the alignment error rate of every head of cross-attention, of the mean of every layer, and of the best."""
    model, read = trained.model, read_gold(trained, gold, data)
    assert isinstance(model, TransformerModel)
    maps = [table.numpy() for table in transformer_decode.forced_heads(model, read.ids)]
    layers, heads = model.config.layers, model.config.heads
    rates = {
        (layer, head): read.error_rate(table[layer, head] for table in maps)
        for layer in range(layers)
        for head in range(heads)
    }
    best = min(rates, key=rates.__getitem__)
    return {
        "pairs": len(read.sides),
        "best": {"layer": best[0], "head": best[1], "aer": rates[best]},
        "aer": nested({SINGLE: rates[best]}),
        "heads": [[rates[layer, head] for head in range(heads)] for layer in range(layers)],
        "layers": [read.error_rate(table[layer].mean(axis=0) for table in maps) for layer in range(layers)],
    }


def show(scores: dict[str, Any], console: Console) -> None:
    """Print one table a test set: alignment functions down, attention types across."""
    for name, result in scores.items():
        kind = next(kind for kind in DIGITS if kind in result)
        unit = (
            f"pairs {result['pairs']}"
            if kind == "aer"
            else f"sentences {result['sentences']} · none {result.get('none')}"
        )
        table = Table()
        columns = [name for name in WEIGHTED if any(name in row for row in result[kind].values())]
        for heading in ("", *columns):
            table.add_column(heading, justify="right" if heading else "left")
        for alignment, row in result[kind].items():
            table.add_row(alignment, *(f"{row[column]:.{DIGITS[kind]}f}" for column in columns))
        click.echo(f"{name} · {kind.upper().replace('_', '-')} · {unit}")
        console.print(table)


def fill_card(bundle: Path, trained: Trained, scores: dict[str, Any]) -> None:
    """Write the scores into a bundle's card, and with them the head that a Transformer shows first.

    Raises:
        click.ClickException: There is no readable card, or the bundle holds other weights than were scored.
    """
    path = bundle / "card.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path}: no readable card ({error})") from error
    if not isinstance(card, dict) or card.get("format") != 1 or not isinstance(card.get("training"), dict):
        raise click.ClickException(f"{path}: not a card of format 1")
    if card["training"].get("dev_loss") != trained.facts["dev_loss"]:
        raise click.ClickException(f"{path}: the bundle is of another checkpoint; export it again")
    best = next((facts["best"] for facts in scores.values() if "heads" in facts), None)
    shown = {} if best is None else {"switches": card["switches"] | {"layer": best["layer"], "head": best["head"]}}
    write_json(path, card | {"scores": scores} | shown)


@click.command()
@click.argument("name", type=click.Choice(list(RECIPES)))
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Training folder.",
)
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, help="Corpora.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Scores, if not scores.json in the training folder."
)
@click.option(
    "--bundle", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Bundle whose card to fill."
)
@click.option("--quick", is_flag=True, help=f"Only {QUICK} sentences of each set, nothing written.")
@click.option("--alignment", "alignments", multiple=True, type=click.Choice(ALIGNMENTS), help="Only these; repeatable.")
@click.option("--attention", "attentions", multiple=True, type=click.Choice(ATTENTIONS), help="Only these; repeatable.")
def main(
    name: str,
    checkpoint: Path,
    data: Path,
    out: Path | None,
    bundle: Path | None,
    quick: bool,
    alignments: tuple[str, ...],
    attentions: tuple[str, ...],
) -> None:
    """Score the recipe NAME: BLEU and alignment error rate, or ROUGE, of every alignment and attention type."""
    recipe, trained = RECIPES[name], load_trained(checkpoint)
    partial = quick or bool(alignments) or bool(attentions)
    started = time.monotonic()
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        if recipe.family == "transformer":
            if alignments or attentions:
                raise click.UsageError(f"{name} has one alignment function and one attention type")
            scores = transformer_scores(trained, recipe, data, progress, quick)
        else:
            chosen = combinations(recipe, alignments or ALIGNMENTS, attentions or ATTENTIONS)
            if recipe.task == "captioning":
                read = evaluate_captions.pictures_reader(recipe, data, checkpoint, QUICK if quick else None)
                scores = evaluate_captions.caption_scores(trained, recipe, read, chosen, progress)
            else:
                score = summary_scores if recipe.task == "summarization" else recurrent_scores
                scores = score(trained, recipe, data, chosen, progress, quick)
    show(scores, Console())
    click.echo(f"{time.monotonic() - started:.0f} s", err=True)
    if partial and out is None:
        return
    write_json(out or checkpoint / SCORES, {"dev_loss": trained.facts["dev_loss"], "scores": scores})
    if bundle is not None and not partial:
        fill_card(bundle, trained, scores)


if __name__ == "__main__":
    main()
