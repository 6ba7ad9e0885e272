"""The README's tables of scores, from the cards of bundles: ``python -m models.report onnx/graphs/NAME …``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

FIGURES = {
    "bleu": ("BLEU", 1),
    "rouge_l": ("ROUGE-L", 2),
    "bleu1": ("BLEU-1", 1),
    "different": ("different captions", 0),
    "meaning": ("true captions, %", 1),
    "pointing": ("words that look at what they name, %", 1),
    "aer": ("alignment error rate", 3),
}
ROUGE = {"rouge_1": "ROUGE-1", "rouge_2": "ROUGE-2", "rouge_l": "ROUGE-L"}


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
        if "heads" in facts:
            yield heads_table(name, facts)
            continue
        for figure, (title, digits) in FIGURES.items():
            if figure in facts:
                yield table(name, title, facts[figure], _single(facts, figure), digits)
        if "rouge_l" in facts:
            yield beside_baseline(name, facts)
        if "bleu_by_length" in facts:
            yield by_length(name, facts["bleu_by_length"])
    signatures = {facts["signature"] for facts in card["scores"].values() if "signature" in facts}
    yield "".join(f"sacreBLEU: `{signature}`" for signature in sorted(signatures))


def comparison(cards: Sequence[dict[str, Any]], steps: Mapping[str, float] | None = None) -> str:
    """Return one row a bundle: size, training, the best BLEU of every test set and the least alignment error rate.

    Only test and gold sets that the first bundle was scored on have a column.

    Args:
        cards: Of the bundles.
        steps: Milliseconds of one step by the name of a bundle, for a column of their own.
    """
    sets = list(cards[0]["scores"])
    timed = [] if steps is None else ["one step"]
    scored = [_column(cards[0]["scores"][name], name) for name in sets]
    titles = ["parameters", "target tokens", "minutes", *timed, *scored]
    lines = ["| bundle | " + " | ".join(titles) + " |", "|---|" + "---|" * len(titles)]
    for card in cards:
        training = card["training"]
        cells = [
            f"{card['sizes']['parameters'] / 1e6:.1f} M",
            f"{training['target_tokens'] / 1e6:.1f} M",
            f"{training['seconds'] / 60:.0f}",
            *([] if steps is None else [f"{steps[card['name']]:.2f} ms"]),
            *(_best(card["scores"].get(name)) for name in sets),
        ]
        lines.append(f"| `{card['name']}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _column(facts: dict[str, Any], name: str) -> str:
    return next(f"{name}, {title}" for figure, (title, _) in FIGURES.items() if figure in facts)


def _best(facts: dict[str, Any] | None) -> str:
    """Return the best figure of a set and where it was reached."""
    if facts is None:
        return ""
    best = facts["best"]
    figure = next(figure for figure in FIGURES if figure in best)
    place = f"layer {best['layer']}, head {best['head']}" if "head" in best else ""
    return f"{best[figure]:.{FIGURES[figure][1]}f}" + (f" ({place})" if place else "")


def heads_table(name: str, facts: dict[str, Any]) -> str:
    """Return the alignment error rate of every head, and of the mean of every layer's heads."""
    heads = [f"head {head}" for head in range(len(facts["heads"][0]))]
    lines = [f"| {name}, alignment error rate | " + " | ".join([*heads, "mean of heads"]) + " |"]
    lines.append("|---|" + "---|" * (len(heads) + 1))
    for layer, (row, mean) in enumerate(zip(facts["heads"], facts["layers"], strict=True)):
        lines.append(f"| layer {layer} | " + " | ".join(f"{value:.3f}" for value in (*row, mean)) + " |")
    return "\n".join(lines)


def _single(facts: dict[str, Any], figure: str) -> dict[str, float]:
    """Return what has one figure for all combinations."""
    none = {"no attention": facts["none"]} if facts.get("none") is not None else {}
    rows = facts.get("baseline", {})
    return none | {name: values[figure] for name, values in rows.items() if figure in values}


def beside_baseline(name: str, facts: dict[str, Any]) -> str:
    """Return every ROUGE figure of the best combination and of the baselines."""
    best = facts["best"]
    rows = {f"{best['alignment']} · {best['attention']}": best} | facts["baseline"]
    lines = [f"| {name} | " + " | ".join(ROUGE.values()) + " |", "|---|" + "---|" * len(ROUGE)]
    lines += [
        f"| {row} | " + " | ".join(f"{values[figure]:.2f}" for figure in ROUGE) + " |" for row, values in rows.items()
    ]
    return "\n".join(lines)


def table(name: str, title: str, cells: dict[str, dict[str, float]], single: dict[str, float], digits: int) -> str:
    """Return alignment functions × attention types, then a row for each of what has a `single` figure."""
    attentions = list(next(iter(cells.values())))
    lines = [f"| {name}, {title} | " + " | ".join(attentions) + " |", "|---|" + "---|" * len(attentions)]
    for alignment, row in cells.items():
        lines.append(
            f"| {alignment} | " + " | ".join(f"{row[attention]:.{digits}f}" for attention in attentions) + " |"
        )
    lines += [f"| {row} | {value:.{digits}f} |" + " |" * (len(attentions) - 1) for row, value in single.items()]
    return "\n".join(lines)


def by_length(name: str, facts: dict[str, Any]) -> str:
    """Return attention types × buckets of source length."""
    lengths = ["–".join(dict.fromkeys(bucket.split("-"))) for bucket in facts["buckets"]]
    lines = [f"| {name}, BLEU by source words | " + " | ".join(lengths) + " |", "|---|" + "---|" * len(lengths)]
    for attention, row in facts["bleu"].items():
        lines.append(f"| {facts['alignment']} · {attention} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    return "\n".join(lines)


def _steps(benchmarks: Path, cards: Sequence[dict[str, Any]]) -> dict[str, float]:
    figures = json.loads(benchmarks.read_text(encoding="utf-8"))["figures"]
    return {card["name"]: figures[f"{card['name']} step"] for card in cards}


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--compare", is_flag=True, help="One table with a row a bundle.")
@click.option(
    "--benchmarks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `python -m tests.benchmarks --output FILE` wrote: step times for the table.",
)
def main(folders: tuple[Path, ...], compare: bool, benchmarks: Path | None) -> None:
    """Print the tables of bundles."""
    cards = [json.loads((folder / "card.json").read_text(encoding="utf-8")) for folder in folders]
    if compare:
        click.echo(comparison(cards, None if benchmarks is None else _steps(benchmarks, cards)))
        return
    for card in cards:
        click.echo("\n\n".join(part for part in tables(card) if part) + "\n")


if __name__ == "__main__":
    main()
