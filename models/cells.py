"""Figures of combinations as a card holds them."""

from __future__ import annotations

Cells = dict[tuple[str, str], float]
"""(alignment function, attention type) → figure."""


def nested(cells: Cells) -> dict[str, dict[str, float]]:
    """Return ``{alignment: {attention: value}}``."""
    table: dict[str, dict[str, float]] = {}
    for (alignment, attention), value in cells.items():
        table.setdefault(alignment, {})[attention] = value
    return table
