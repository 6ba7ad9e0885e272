"""A long grid as a small one: each drawn cell is the greatest weight of a block of rows and columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a grid is cut into blocks.

    Attributes:
        tgt_len: Rows of the grid.
        src_len: Columns of the grid.
        rows: Rows of a block; the last block may have fewer.
        columns: Columns of a block; the last block may have fewer.
    """

    tgt_len: int
    src_len: int
    rows: int
    columns: int

    @property
    def down(self) -> int:
        """Number of blocks below each other."""
        return -(-self.tgt_len // self.rows)

    @property
    def across(self) -> int:
        """Number of blocks beside each other."""
        return -(-self.src_len // self.columns)

    def rows_of(self, block: int) -> range:
        """Return the rows of a block."""
        return range(block * self.rows, min(self.tgt_len, (block + 1) * self.rows))

    @property
    def said(self) -> str:
        """What a cell of the pooled grid stands for, as a phrase for people."""
        if self.rows == self.columns == 1:
            return "each cell: one weight"
        return f"each cell: maximum of {self.rows} × {self.columns}"


def blocks_for(tgt_len: int, src_len: int, lines: int, cells: int) -> Blocks:
    """Cut a grid into the smallest blocks with which all of it is seen.

    Args:
        tgt_len: Rows of the grid.
        src_len: Columns of the grid.
        lines: Lines that there are for blocks of rows.
        cells: Cells of a line that there are for blocks of columns.
    """
    return Blocks(tgt_len, src_len, max(1, -(-tgt_len // max(1, lines))), max(1, -(-src_len // max(1, cells))))


def pooled(weights: Weights, rows: int, columns: int) -> Weights:
    """Return the greatest weight of every block; NaN, no position, counts only among its like.

    Args:
        weights: (tgt_len, src_len).
        rows: Rows of a block.
        columns: Columns of a block.

    Returns:
        (blocks down, blocks across).
    """
    if not weights.size or (rows == 1 and columns == 1):
        return weights
    below = np.fmax.reduceat(weights, np.arange(0, weights.shape[0], rows), axis=0)
    greatest: Weights = np.fmax.reduceat(below, np.arange(0, weights.shape[1], columns), axis=1)
    return greatest
