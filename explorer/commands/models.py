"""``attn-explore models``: the bundles and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from explorer.commands.output import console_on, writing
from explorer.errors import ExplorerError
from explorer.render.results import results_of
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.json_text import escaped_json
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from rich.console import Console

MILLION = 1e6
COLUMNS = ("scored on", "figure", "best", "reached by", "none")


def run(as_json: bool) -> None:
    """List every shipped bundle; one that cannot be read is listed with what is wrong."""
    found = {name: card_or_error(folder) for name, folder in shipped_bundles().items()}
    with writing(None) as out:
        if as_json:
            out.write(escaped_json([_as_json(name, card) for name, card in found.items()]) + "\n")
        else:
            _list(console_on(out), found)


def card_or_error(folder: Path) -> Card | str:
    """Return the card of a bundle, or what is wrong with it."""
    try:
        return read_card(folder)
    except ExplorerError as error:
        return str(error)


def _as_json(name: str, card: Card | str) -> dict[str, Any]:
    if isinstance(card, str):
        return {"name": name, "error": card}
    content: dict[str, Any] = msgspec.to_builtins(card)
    return content


def _list(console: Console, found: dict[str, Card | str]) -> None:
    from rich.text import Text

    for name, card in found.items():
        if isinstance(card, Card):
            _describe(console, card)
        else:
            console.print(Text(f"{printable(name)}: {printable(card)}", style="red"), soft_wrap=True)
    if not found:
        console.print(Text("no models are installed; --model PATH opens a bundle's folder"), soft_wrap=True)


def _describe(console: Console, card: Card) -> None:
    from rich.table import Table
    from rich.text import Text

    size = sum(file.bytes for file in card.files.values()) / MILLION
    parameters = card.sizes.parameters / MILLION
    heading = Text(printable(card.name), style="bold")
    heading.append(f"  {printable(card.title)} · {parameters:.1f} M parameters · {size:.1f} MB", style="not bold")
    console.print(heading, soft_wrap=True)
    rows = list(results_of(card))
    if not rows:
        console.print(Text("  no scores in its card", style="dim"))
        return
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="dim")
    for title in COLUMNS:
        table.add_column(title)
    for row in rows:
        cells = (row.data, row.figure, row.value, row.reached_by, row.without)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print(table)
