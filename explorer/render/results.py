"""What models reached, from their cards, and what papers report: the rows of one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from explorer.render.formulas import title_of
from explorer.render.scores import FIGURES
from explorer.render.summary import head_name
from explorer.runtime.card import Card
from explorer.runtime.controls import HeadKey
from explorer.runtime.heads import CROSS
from explorer.runtime.labels import printable


@dataclass(frozen=True, slots=True)
class Result:
    """One row.

    Attributes:
        system: Name of a model, or of a paper's system.
        task: The card's task.
        data: The test set.
        figure: What is counted.
        value: As it is written.
        reached_by: Combination or head that reached it; of a paper where it stands.
        without: The same without attention, "" where there is no such figure.
        paper: Whether the figure is a paper's.
    """

    system: str
    task: str
    data: str
    figure: str
    value: str
    reached_by: str
    without: str = ""
    paper: bool = False


def _paper(system: str, task: str, data: str, figure: str, value: str, place: str, without: str = "") -> Result:
    return Result(system, task, data, figure, value, place, without, paper=True)


PAPERS = (
    _paper("Bahdanau 2014", "translation", "WMT 14 en→fr", "BLEU", "26.75", "RNNsearch-50, table 1", "17.82"),
    _paper("Luong 2015", "translation", "WMT 14 en→de", "BLEU", "19.0", "local-p (general), table 1", "14.0"),
    _paper("Luong 2015", "translation", "WMT 14 en→de", "AER", "0.34", "local-m (general), table 6"),
    _paper("Vaswani 2017", "translation", "WMT 14 en→de", "BLEU", "28.4", "Transformer (big), table 2"),
    _paper("Rush 2015", "summarization", "DUC-2004", "ROUGE-1", "26.55", "ABS, table 1"),
    _paper("Xu 2015", "captioning", "Flickr8k", "BLEU-4", "21.3", "hard attention, table 1"),
)
"""What papers report on their own data, which differ from those of the cards."""


def results_of(card: Card) -> Iterator[Result]:
    """Yield a row for each test set of a card."""
    for name, facts in card.scores.items():
        found = result_of(card, name, facts)
        if found is not None:
            yield found


def result_of(card: Card, name: str, facts: Any) -> Result | None:
    """Return the row of one test set; None for one without a table of figures.

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
        return Result(
            card.name, card.task, printable(name), figure.title, figure.written(cells[best]), printable(places), without
        )
    return None


def all_results(cards: Iterable[Card]) -> tuple[Result, ...]:
    """Return the rows of cards, and behind those of each task the papers'."""
    rows = [row for card in cards for row in results_of(card)]
    tasks = dict.fromkeys(("translation", "summarization", "captioning", *(row.task for row in rows)))
    return tuple(row for task in tasks for row in (*rows, *PAPERS) if row.task == task)


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
