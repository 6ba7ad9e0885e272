"""Bars, sparklines and small charts of one step, as plain strings that need no colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HORIZONTAL = " ▏▎▍▌▋▊▉█"
VERTICAL = " ▁▂▃▄▅▆▇█"
ASCII_HORIZONTAL = " #"
ASCII_VERTICAL = " .:-=+*#%@"
TRACK = "·"
MASKED = "×"

Values = npt.NDArray[np.floating]


def bar(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Draw a horizontal bar in eighths of a cell.

    Args:
        share: Part of the width that is filled; clipped to 0..1.
        width: Cells of the whole bar.
        ascii_only: Draw with "#" and whole cells.

    Returns:
        Exactly `width` cells. A share above 0 shows at least the thinnest mark.
    """
    steps = ASCII_HORIZONTAL if ascii_only else HORIZONTAL
    units = len(steps) - 1
    clipped = min(1.0, max(0.0, share))
    filled = round(clipped * width * units)
    if clipped > 0.0 and width > 0:
        filled = max(1, filled)
    whole, part = divmod(filled, units)
    text = steps[-1] * whole + (steps[part] if part else "")
    return text + " " * (width - len(text))


def sparkline(
    values: Sequence[float] | Values,
    *,
    low: float | None = None,
    high: float | None = None,
    width: int | None = None,
    ascii_only: bool = False,
) -> str:
    """Draw values as one line of columns.

    Args:
        values: The values, shape (count,); what is not finite is drawn blank.
        low: Value of the lowest column; None for the least finite value.
        high: Value of the full column; None for the greatest finite value.
        width: Most cells to use; with more values than that, neighbours share a cell that shows their greatest.
        ascii_only: Draw in seven-bit characters.

    Returns:
        One character a value, or `width` of them.
    """
    pooled = _pooled(np.asarray(values, dtype=np.float64), width)
    steps = ASCII_VERTICAL if ascii_only else VERTICAL
    shares = _shares(pooled, low, high)
    # The lowest finite value keeps the lowest mark, so that it is told apart from no value.
    return "".join(
        " " if share is None else steps[max(1, math.ceil(share * (len(steps) - 1) - 1e-9))] for share in shares
    )


@dataclass(frozen=True, slots=True)
class StepChart:
    """Scores and weights of one step as two rows of columns that stand below each other.

    Attributes:
        scores: Lines of the scores from top to bottom, between their own least and greatest value.
        weights: Lines of the weights from top to bottom, between 0 and 1.
        pitch: Cells per source position; 0 where positions share cells.
    """

    scores: tuple[str, ...]
    weights: tuple[str, ...]
    pitch: int


def step_chart(
    scores: Values,
    weights: Values,
    width: int,
    height: int,
    *,
    masked: frozenset[int] = frozenset(),
    ascii_only: bool = False,
) -> StepChart:
    """Draw what went into the softmax above what came out of it.

    Args:
        scores: Alignment scores, shape (src_len,).
        weights: Attention weights, shape (src_len,).
        width: Cells of every line.
        height: Lines of both rows together; at least 2, an odd line goes to the weights.
        masked: Source positions whose score is shown as "×".
        ascii_only: Draw in seven-bit characters.

    Returns:
        Lines of exactly `width` cells each; columns of one position are aligned.
    """
    upper = max(1, height // 2)
    lower = max(1, height - upper)
    count = len(scores)
    pitch = min(4, (width + 1) // count) if count else 0
    body = max(1, pitch - 1) if pitch > 1 else 1
    visible = np.asarray(scores, dtype=np.float64).copy()
    visible[[position for position in masked if position < count]] = np.nan
    score_values = _pooled(visible, width)
    weight_values = _pooled(np.asarray(weights, dtype=np.float64), width)
    hidden = masked if len(score_values) == count else frozenset()
    mark = "x" if ascii_only else MASKED
    score_lines = _columns(_shares(score_values, None, None), upper, ascii_only, least=True)
    score_lines[-1] = "".join(mark if place in hidden else cell for place, cell in enumerate(score_lines[-1]))
    weight_lines = _columns(_shares(weight_values, 0.0, 1.0), lower, ascii_only, least=False)
    step = max(1, pitch)
    return StepChart(
        tuple(_spread(line, body, step, width) for line in score_lines),
        tuple(_spread(line, body, step, width) for line in weight_lines),
        pitch,
    )


def entropy_meter(entropy: float, positions: int, width: int, *, ascii_only: bool = False) -> str:
    """Draw the entropy of one step as a bar against the entropy of looking everywhere alike.

    Args:
        entropy: Bits, 0 or more.
        positions: Source positions; the full bar is log2 of it.
        width: Cells in all, the figure included.
        ascii_only: Draw in seven-bit characters.

    Returns:
        Exactly `width` cells: the bar and, where there is room for it, the figure ("0.61 bit").
    """
    greatest = math.log2(positions) if positions > 1 else 1.0
    figure = f" {entropy:.2f} bit"
    room = width - len(figure)
    if room < 3:
        return bar(entropy / greatest, width, ascii_only=ascii_only)
    track = "." if ascii_only else TRACK
    filled = bar(entropy / greatest, room, ascii_only=ascii_only)
    return filled.rstrip(" ").ljust(room, track) + figure


def _shares(values: Values, low: float | None, high: float | None) -> list[float | None]:
    """Place of each value between `low` and `high` in 0..1; None for what is not finite."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return [None] * len(values)
    bottom = float(finite.min()) if low is None else low
    top = float(finite.max()) if high is None else high
    span = top - bottom
    return [
        (min(1.0, max(0.0, (float(value) - bottom) / span)) if span > 0 else 0.0) if math.isfinite(value) else None
        for value in values
    ]


def _pooled(values: Values, width: int | None) -> Values:
    """Greatest of neighbouring values where there are more values than cells. Shapes (count,) → (≤ width,)."""
    if width is None or len(values) <= width:
        return values
    parts = np.array_split(values, max(1, width))
    return np.array([np.nan if np.isnan(part).all() else np.nanmax(part) for part in parts])


def _columns(shares: Sequence[float | None], height: int, ascii_only: bool, least: bool) -> list[str]:
    """Columns in eighths over `height` lines, top line first; `least` keeps a mark for the lowest value."""
    steps = (" ", "#") if ascii_only else tuple(VERTICAL)
    units = len(steps) - 1
    filled: list[int] = []
    for share in shares:
        level = 0 if share is None else round(share * height * units)
        if share is not None and (least or share > 0.004):
            level = max(1, level)
        filled.append(level)
    lines: list[str] = []
    for line in range(height - 1, -1, -1):
        lines.append("".join(steps[min(units, max(0, level - line * units))] for level in filled))
    return lines


def _spread(line: str, body: int, pitch: int, width: int) -> str:
    """Widen each column to `body` cells of `pitch`, then cut or fill to `width`."""
    text = "".join((cell * body).ljust(pitch) for cell in line)
    return text[:width].ljust(width)
