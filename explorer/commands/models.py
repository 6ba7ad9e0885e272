"""``attn-explore models``: the bundles and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from explorer.commands.output import console_on, writing
from explorer.errors import ExplorerError
from explorer.render.formulas import title_of
from explorer.render.scores import FIGURES
from explorer.render.summary import head_name
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import CROSS
from explorer.runtime.json_text import escaped_json
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from rich.console import Console

MILLION = 1e6
COLUMNS = ("scored on", "figure", "best", "reached by", "none")
ScoreRow = tuple[str, str, str, str, str]


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
    rows = [row for name, facts in card.scores.items() if (row := score_row(name, facts)) is not None]
    if not rows:
        console.print(Text("  no scores in its card", style="dim"))
        return
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="dim")
    for title in COLUMNS:
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def score_row(name: str, facts: Any) -> ScoreRow | None:
    """Return what the table says of one test set; None for one without a table of figures.

    A card may be anybody's, so whatever is not as ``python -m models.evaluate`` writes it is passed over.
    """
    if not isinstance(facts, dict):
        return None
    for figure in FIGURES:
        cells = _with_attention(facts.get(figure.key))
        if not cells:
            continue
        best = (min if figure.lower_is_better else max)(cells, key=cells.__getitem__)
        none = facts.get("none")
        without = figure.written(none) if isinstance(none, int | float) else ""
        places = best_head(facts.get("best")) or " · ".join(map(title_of, best))
        return name, figure.title, figure.written(cells[best]), places, without
    return None


def best_head(best: Any) -> str:
    """Return which head of a Transformer reached the best figure, "" where none is named."""
    if not isinstance(best, dict):
        return ""
    layer, head = best.get("layer"), best.get("head")
    return head_name(HeadKey(CROSS, layer, head)) if isinstance(layer, int) and isinstance(head, int) else ""


def _with_attention(cells: Any) -> dict[tuple[str, str], float]:
    """Return the figure of each (alignment, attention) of a table."""
    if not isinstance(cells, dict):
        return {}
    return {
        (str(alignment), str(attention)): float(value)
        for alignment, row in cells.items()
        if isinstance(row, dict)
        for attention, value in row.items()
        if attention != "none" and isinstance(value, int | float)
    }
