"""What the head wall draws: every head of a page with its figures, in an order, and which one is chosen."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.render.summary import head_edits, head_name, marked_head
from explorer.render.wall_figure import START_LABEL
from explorer.runtime.card import Card, Heads
from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.heads import AGGREGATES, CROSS, ENCODER, ROLLOUT, SELF, HeadFigures, figures, head_maps, shown_map
from explorer.runtime.trace import Array
from explorer.tui.board import Board
from explorer.tui.gates import heads_of_kind
from explorer.tui.snapshot import Snapshot
from explorer.tui.view import View

PAGES = (CROSS, SELF, ENCODER)
PAGE_TITLES = {CROSS: "cross", SELF: "decoder self", ENCODER: "encoder self"}
ORDERS = ("layer", "entropy", "distance", "diagonal", "error")
STAND_INS = {"rnn": "a GRU stands in its place", "cnn": "a convolution stands in its place"}
SPARE_ROWS = 2
"""Tokens that a target is expected to have more than its source."""

Errors = dict[tuple[int, int], float]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One map of a page: a head, or all heads as one.

    Attributes:
        name: Its short name, unique on the page: "L0 H2", "mean".
        title: Its long name.
        key: The head; None for several as one.
        weights: (rows, columns); NaN where a row cannot look.
        figures: What the map looks like.
        error: Alignment error rate from the card, 0 to 1; None where there is none.
        removed: Whether the head is removed.
        marked: Its short name, and whether it is removed or edited: "± L0 H2".
        edits: How many edits act in it alone.
    """

    name: str
    title: str
    key: HeadKey | None
    weights: Array
    figures: HeadFigures
    error: float | None
    removed: bool
    marked: str
    edits: int = 0


@dataclass(frozen=True, eq=False)
class Wall:
    """The state of the head wall.

    Attributes:
        view: The explorer's view.
        counts: The model's heads.
        entries: Maps of the page, layer by layer, those of several heads as one last.
        kind: The page.
        order: One of `ORDERS`.
        chosen: Name of the chosen entry.
        full: Whether the chosen map is shown alone, full size.
        row: Row of the full map's cursor; None is the step that decoding is at.
        column: Column of the cursor; None follows the greatest weight of the row.
    """

    view: View
    counts: Heads
    entries: tuple[Entry, ...]
    kind: str = CROSS
    order: str = "layer"
    chosen: str = "L0 H0"
    full: bool = False
    row: int | None = None
    column: int | None = None

    def replace(self, **changes: object) -> Wall:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @functools.cached_property
    def ordered(self) -> tuple[Entry, ...]:
        """The entries in their order; several heads as one stay last."""
        heads = [entry for entry in self.entries if entry.key is not None]
        return (*sorted(heads, key=lambda entry: _rank(entry, self.order)), *self.entries[len(heads) :])

    @functools.cached_property
    def slots(self) -> tuple[Entry | None, ...]:
        """The places of the wall, `across` a line, None for an empty one.

        In layer order a line is a layer, and behind each of the first three stands one map of several heads as one.
        """
        if self.order != "layer":
            return self.ordered
        count = self.counts.heads
        heads = [entry for entry in self.ordered if entry.key is not None]
        several = list(self.ordered[len(heads) :])
        slots: list[Entry | None] = []
        for first in range(0, len(heads), count):
            slots += [*heads[first : first + count], several.pop(0) if several else None]
        return (*slots, *several)

    @functools.cached_property
    def board(self) -> Board:
        """The places of the wall by name."""
        return Board(tuple(None if entry is None else entry.name for entry in self.slots), self.across, self.chosen)

    def named(self, name: str) -> Entry:
        """Return an entry by its name; the first where there is none of it."""
        return next((entry for entry in self.entries if entry.name == name), self.entries[0])

    @property
    def entry(self) -> Entry:
        """The chosen entry."""
        return self.named(self.chosen)

    @property
    def across(self) -> int:
        """Slots beside each other: the heads of a layer, and one more."""
        return self.counts.heads + 1

    @property
    def rows(self) -> int:
        """Rows of every map of the page."""
        return int(self.entry.weights.shape[0])

    @property
    def expected_rows(self) -> int:
        """Rows that a usual target has: thumbnails keep their scale while they grow."""
        snapshot = self.view.snapshot
        if self.kind == ENCODER or not snapshot.pending:
            return self.rows
        return max(len(snapshot.steps), len(snapshot.trace.source) + SPARE_ROWS)

    @property
    def expected_columns(self) -> int:
        """Columns that the page's maps may come to have."""
        return self.expected_rows if self.kind == SELF else len(self.view.snapshot.trace.source)

    @property
    def cursor_row(self) -> int:
        """Row of the full map that is read out."""
        last = max(0, self.rows - 1)
        if self.row is None:
            return 0 if self.kind == ENCODER else last
        return min(self.row, last)

    @property
    def cursor_column(self) -> int:
        """Column of the full map that is read out."""
        weights = self.row_weights
        return min(int(weights.argmax()) if self.column is None else self.column, len(weights) - 1)

    @property
    def row_weights(self) -> Array:
        """Weights of the cursor's row, as far as it can look."""
        return self.seen(self.cursor_row)

    def seen(self, row: int) -> Array:
        """Return the weights of a row of the chosen map, as far as it can look."""
        weights: Array = self.entry.weights[row]
        return weights[: row + 1] if self.kind == SELF else weights

    @property
    def row_labels(self) -> tuple[str, ...]:
        """Labels of the rows; the step at hand has none yet."""
        snapshot = self.view.snapshot
        return snapshot.trace.source.labels if self.kind == ENCODER else snapshot.labels

    @property
    def column_labels(self) -> tuple[str, ...]:
        """Labels of the columns: in the decoder's self-attention the tokens that were read, the last one emitted."""
        snapshot = self.view.snapshot
        if self.kind != SELF:
            return snapshot.trace.source.labels
        return (START_LABEL, *snapshot.labels)[: len(snapshot.steps)]


def read_entries(
    snapshot: Snapshot, kind: str, counts: Heads, errors: Errors, aggregates: Sequence[str] = AGGREGATES
) -> tuple[Entry, ...]:
    """Return the maps of a page, layer by layer, then mean, maximum and rollout.

    Args:
        snapshot: The decoding of a Transformer.
        kind: The page.
        counts: The model's heads.
        errors: Alignment error rates of the heads of cross-attention.
        aggregates: Which maps of all heads as one come after them.
    """
    steps, encoder = snapshot.steps, snapshot.trace.encoder_weights
    controls = snapshot.trace.controls
    maps = head_maps(kind, steps, encoder)
    entries: list[Entry] = []
    for key in heads_of_kind(counts, kind):
        weights = maps[key.layer, key.head]
        error = errors.get((key.layer, key.head)) if kind == CROSS else None
        name = f"L{key.layer} H{key.head}"
        said = head_name(key), key, _seen(kind, weights), figures(weights), error, key in controls.removed
        entries.append(Entry(name, *said, marked_head(controls, key, name), len(head_edits(controls, key))))
    for aggregate in aggregates:
        weights = shown_map(kind, aggregating(controls, aggregate), steps, encoder)
        title = aggregate if aggregate == ROLLOUT else f"{aggregate} of all heads"
        entries.append(Entry(aggregate, title, None, _seen(kind, weights), figures(weights), None, False, aggregate))
    return tuple(entries)


def aggregating(controls: Controls, aggregate: str) -> Controls:
    """Return controls that show all heads as one."""
    return controls.replace(layer=None, head=None, aggregate=aggregate)


def missing_page(kind: str, counts: Heads) -> str:
    """Return why a page is not there, "" where it is."""
    if kind != ENCODER or counts.encoder_layers:
        return ""
    return f"the encoder has no self-attention: {STAND_INS.get(counts.encoder, 'something else stands in its place')}"


def alignment_errors(card: Card) -> Errors:
    """Return the alignment error rate of each head of cross-attention that a card names.

    A card may be anybody's: what is not a table of rates between 0 and 1 is passed over.
    """
    for name, facts in card.scores.items():
        if name.startswith("alignment ") and isinstance(facts, dict) and isinstance(facts.get("heads"), list):
            return {
                (layer, head): float(rate)
                for layer, rates in enumerate(facts["heads"])
                if isinstance(rates, list)
                for head, rate in enumerate(rates)
                if _is_rate(rate)
            }
    return {}


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0.0 <= value <= 1.0


def _seen(kind: str, weights: Array) -> Array:
    """Return weights with NaN where a row of the decoder's self-attention cannot look."""
    if kind != SELF:
        return weights
    return np.where(np.tri(len(weights), dtype=np.bool_), weights, np.float32(np.nan))


def _rank(entry: Entry, order: str) -> tuple[float, ...]:
    """Return what entries are sorted by: the sharpest, nearest, most diagonal, best aligned head first."""
    key = entry.key
    assert key is not None
    place = (float(key.layer), float(key.head))
    if order == "entropy":
        return (entry.figures.entropy, *place)
    if order == "distance":
        return (entry.figures.distance, *place)
    if order == "diagonal":
        return (-entry.figures.diagonal, *place)
    if order == "error":
        return (math.inf if entry.error is None else entry.error, *place)
    return place
