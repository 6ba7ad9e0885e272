"""The README's tables of scores, from the cards of bundles: ``python -m models.report onnx/graphs/NAME …``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

FIGURES = {"bleu": ("BLEU", 1), "aer": ("alignment error rate", 3)}


def tables(card: dict[str, Any]) -> Iterator[str]:
    """Yield the Markdown of a bundle: its facts, a table for each test set, BLEU by source length."""
    size = sum(file["bytes"] for file in card["files"].values()) / 1e6
    pairs = ", ".join(f"{corpus['name']} {corpus['pairs']:,}" for corpus in card["corpus"])
    training = card["training"]
    yield (
        f"**`{card['name']}`** — {card['sizes']['parameters'] / 1e6:.1f} M parameters, {size:.1f} MB; pairs: {pairs}; "
        f"{training['target_tokens'] / 1e6:.1f} M target tokens in {training['seconds'] / 60:.0f} minutes on "
        f"{training['device'].upper()}, seed {training['seed']}."
    )
    for name, facts in card["scores"].items():
        for figure, (title, digits) in FIGURES.items():
            if figure in facts:
                yield table(name, title, facts[figure], facts.get("none"), digits)
        if "bleu_by_length" in facts:
            yield by_length(name, facts["bleu_by_length"])
    signatures = {facts["signature"] for facts in card["scores"].values() if "signature" in facts}
    yield "".join(f"sacreBLEU: `{signature}`" for signature in sorted(signatures))


def table(name: str, title: str, cells: dict[str, dict[str, float]], none: float | None, digits: int) -> str:
    """Return alignment functions × attention types; none has one figure for all functions."""
    attentions = list(next(iter(cells.values())))
    lines = [f"| {name}, {title} | " + " | ".join(attentions) + " |", "|---|" + "---|" * len(attentions)]
    for alignment, row in cells.items():
        lines.append(
            f"| {alignment} | " + " | ".join(f"{row[attention]:.{digits}f}" for attention in attentions) + " |"
        )
    if none is not None:
        lines.append(f"| no attention | {none:.{digits}f} |" + " |" * (len(attentions) - 1))
    return "\n".join(lines)


def by_length(name: str, facts: dict[str, Any]) -> str:
    """Return attention types × buckets of source length."""
    lengths = ["–".join(dict.fromkeys(bucket.split("-"))) for bucket in facts["buckets"]]
    lines = [f"| {name}, BLEU by source words | " + " | ".join(lengths) + " |", "|---|" + "---|" * len(lengths)]
    for attention, row in facts["bleu"].items():
        lines.append(f"| {facts['alignment']} · {attention} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    return "\n".join(lines)


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Print the tables of bundles."""
    for folder in folders:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        click.echo("\n\n".join(part for part in tables(card) if part) + "\n")


if __name__ == "__main__":
    main()
