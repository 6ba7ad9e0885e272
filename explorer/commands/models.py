"""``attn-explore models``: the bundles and their scores."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from explorer.commands.decode import escaped_json
from explorer.errors import ExplorerError
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.labels import printable

MEGABYTE = 1e6


def run(as_json: bool) -> None:
    """List every shipped bundle; one that cannot be read is listed with what is wrong."""
    found = {name: _card_or_error(folder) for name, folder in shipped_bundles().items()}
    if as_json:
        listed = [_as_json(name, card) for name, card in found.items()]
        sys.stdout.write(escaped_json(listed) + "\n")
        return
    from rich.console import Console

    console = Console()
    for name, card in found.items():
        if isinstance(card, Card):
            _describe(console, card)
        else:
            console.print(f"{printable(name)}: {card}", markup=False, style="red")
    if not found:
        console.print("no models are installed; --model PATH opens a bundle's folder")


def _card_or_error(folder: Path) -> Card | str:
    try:
        return read_card(folder)
    except ExplorerError as error:
        return str(error)


def _as_json(name: str, card: Card | str) -> dict[str, Any]:
    if isinstance(card, str):
        return {"name": name, "error": card}
    content: dict[str, Any] = msgspec.to_builtins(card)
    return content


def _describe(console: Any, card: Card) -> None:
    from rich.table import Table
    from rich.text import Text

    size = sum(file.bytes for file in card.files.values()) / MEGABYTE
    heading = Text(printable(card.name), style="bold")
    heading.append(
        f"  {printable(card.title)} · {card.sizes.parameters / 1e6:.1f} M parameters · {size:.1f} MB", style="not bold"
    )
    console.print(heading)
    table = Table(box=None, padding=(0, 2, 0, 2), show_edge=False, header_style="dim")
    for column in ("scored on", "figure", "best", "alignment · attention", "none"):
        table.add_column(column)
    for name, facts in card.scores.items():
        row = _score_row(name, facts)
        if row is not None:
            table.add_row(*(printable(cell) for cell in row))
    if table.row_count:
        console.print(table)
    else:
        console.print("  no scores in its card", style="dim")


def _score_row(name: str, facts: Any) -> tuple[str, str, str, str, str] | None:
    """Return what the table says of one test set; None for one that has no table of figures."""
    if not isinstance(facts, dict):
        return None
    for figure, title, pick in (("bleu", "BLEU", max), ("aer", "AER", min)):
        cells = facts.get(figure)
        if not isinstance(cells, dict):
            continue
        flat = {
            (alignment, attention): float(value)
            for alignment, row in cells.items()
            if isinstance(row, dict)
            for attention, value in row.items()
            if attention != "none" and isinstance(value, (int, float))
        }
        if not flat:
            continue
        best = pick(flat, key=lambda place: flat[place])
        none = facts.get("none")
        digits = 1 if figure == "bleu" else 3
        without = f"{none:.{digits}f}" if isinstance(none, (int, float)) else ""
        return name, title, f"{flat[best]:.{digits}f}", " · ".join(best), without
    return None
