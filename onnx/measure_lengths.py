"""Measure BLEU by source length again with a bundle's graphs: ``python onnx/measure_lengths.py NAME --data DIR``.

``python -m models.evaluate`` wrote the card's figures from the checkpoint, with PyTorch. This needs no checkpoint: it
decodes with what is shipped, as a person does, and says how far the card is off.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from repository import ROOT
from rich.console import Console
from rich.table import Table

from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.length_scores import LengthScores, length_scores
from explorer.runtime.switches import default_controls
from models import corpus
from models.evaluate import bleu_by_length
from models.recipes import RECIPES, TestSet

TOLERANCE = 1.0
"""BLEU points that a bucket may differ by: where two tokens are as likely, two programs may choose differently."""


def translate(bundle: Bundle, sources: Sequence[str], controls: Controls) -> list[str]:
    """Return greedy translations.

    Raises:
        InputError: A source is too long for the model, or has characters that it does not know.
    """
    read = [bundle.read_source(source) for source in sources]
    return [trace.text for trace in decode_batch(bundle, read, controls, top=1)]


def measure(bundle: Bundle, told: LengthScores, test: TestSet, data: Path, attentions: Sequence[str]) -> dict[str, Any]:
    """Return `models.evaluate.bleu_by_length` of one test set, translated by the graphs.

    Args:
        bundle: The opened bundle.
        told: What its card says: the alignment function is taken from there.
        test: The test set.
        data: Folder of the corpora.
        attentions: Attention types.
    """
    pairs = corpus.read_pairs(data / test.path, test.reverse)
    sources = [source for source, _ in pairs]
    translations = {}
    for attention in attentions:
        controls = default_controls(bundle.card).replace(alignment=told.alignment, attention=attention)
        translations[told.alignment, attention] = translate(bundle, sources, controls)
    return bleu_by_length(pairs, translations, told.alignment)


def compare(told: LengthScores, found: dict[str, Any], console: Console) -> float:
    """Print what was found beside what the card says; return the greatest difference in BLEU points."""
    table = Table(title=f"{told.test_set} · {told.alignment} · BLEU, found (card)")
    for heading in ("source words", *found["bleu"]):
        table.add_column(heading)
    greatest = 0.0
    for place, bucket in enumerate(told.buckets):
        if found["buckets"][place] != f"{bucket.least}-{bucket.most}":
            raise click.ClickException(f"{told.test_set}: the card was measured on other sentences")
        cells = [(found["bleu"][name][place], bucket.bleu[name]) for name in found["bleu"]]
        greatest = max(greatest, *(abs(one - other) for one, other in cells))
        table.add_row(found["buckets"][place], *(f"{one:.1f} ({other:.1f})" for one, other in cells))
    console.print(table)
    return greatest


@click.command()
@click.argument("name")
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True, help="Corpora.")
@click.option("--attention", "attentions", multiple=True, help="Only this attention type; repeatable.")
def main(name: str, data: Path, attentions: tuple[str, ...]) -> None:
    """Measure the bundle NAME on its recipe's test sets. Exit status 1 where a bucket is off by more than a point."""
    folder = ROOT / "onnx" / "graphs" / name
    bundle = open_bundle(folder if folder.is_dir() else Path(name), "cpu")
    tests = {test.name: test for test in RECIPES[bundle.card.name].tests}
    differences = []
    for told in length_scores(bundle.card):
        unknown = set(attentions) - set(told.attentions)
        if unknown:
            raise click.UsageError(f"{sorted(unknown)[0]} was not measured; there is: {', '.join(told.attentions)}")
        found = measure(bundle, told, tests[told.test_set], data, attentions or told.attentions)
        differences.append(compare(told, found, Console()))
    if not differences:
        raise click.ClickException(f"{name}: the card has no BLEU by length")
    click.echo(f"greatest difference: {max(differences):.2f} BLEU")
    sys.exit(max(differences) > TOLERANCE)


if __name__ == "__main__":
    main()
