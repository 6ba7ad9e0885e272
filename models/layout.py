"""How source positions lie: tokens in a line, the cells of an image in a grid. Local attention measures in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


class Layout(ABC):
    """The coordinates of source positions, along one axis or two.

    A centre p_t of local attention is a point in the same coordinates, (batch, tgt_len, axes).
    """

    axes: ClassVar[int]

    @abstractmethod
    def coordinates(self, src_len: int, like: Tensor) -> Tensor:
        """Return where each source position lies, (src_len, axes), in the type and on the device of `like`."""

    @abstractmethod
    def sweep(self, position: Tensor, length: Tensor) -> Tensor:
        """Return local-m's p_t.

        Args:
            position: Number of each decoding step, counted from 0, (batch, tgt_len), float.
            length: Number of real source positions, (batch, 1), float.

        Returns:
            Centres, (batch, tgt_len, axes).
        """

    @abstractmethod
    def place(self, share: Tensor, length: Tensor) -> Tensor:
        """Return local-p's p_t.

        Args:
            share: How far along each axis, in 0..1, (batch, tgt_len, axes).
            length: Number of real source positions, (batch, 1), float.

        Returns:
            Centres, (batch, tgt_len, axes).
        """

    @abstractmethod
    def number(self, center: Tensor) -> Tensor:
        """Return a centre as one number, (batch, tgt_len, axes) → (batch, tgt_len)."""


@dataclass(frozen=True)
class Line(Layout):
    """Tokens one behind the other: the only coordinate is the position (Luong 2015, 3.2)."""

    axes: ClassVar[int] = 1

    def coordinates(self, src_len: int, like: Tensor) -> Tensor:
        """Return 0, 1, …, (src_len, 1)."""
        return torch.arange(src_len, device=like.device, dtype=like.dtype).unsqueeze(1)

    def sweep(self, position: Tensor, length: Tensor) -> Tensor:
        """p_t = t. A target longer than its source would leave it behind, so p_t stops at the last position."""
        return torch.minimum(position, (length - 1).clamp_min(0)).unsqueeze(-1)

    def place(self, share: Tensor, length: Tensor) -> Tensor:
        """p_t = S · share (eq. 9)."""
        return length.unsqueeze(-1) * share

    def number(self, center: Tensor) -> Tensor:
        """Return p_t itself."""
        return center.squeeze(-1)


@dataclass(frozen=True)
class Grid(Layout):
    """The cells of an image, numbered in reading order; coordinates are (row, column), whole at a cell's middle.

    The paper's local attention knows positions in a line. Over cells the window is a square, |row - r_t| <= D and
    |column - c_t| <= D, and the Gaussian of local-p is round, of the squared distance to (r_t, c_t).

    Attributes:
        rows: Rows of cells.
        columns: Columns of cells.
        stride: Cells that local-m goes on in a step. Sixteenths are exact in float32 and always round the same way.
    """

    rows: int
    columns: int
    stride: float
    axes: ClassVar[int] = 2

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.rows * self.columns

    def coordinates(self, src_len: int, like: Tensor) -> Tensor:
        """Return row and column of each cell, (src_len, 2); `src_len` is the number of cells."""
        number = torch.arange(src_len, device=like.device)
        return torch.stack([number // self.columns, number % self.columns], dim=1).to(like.dtype)

    def sweep(self, position: Tensor, length: Tensor) -> Tensor:  # noqa: ARG002 - a grid is always full
        """Go over the cells once in reading order: the cell of number min(t · stride, cells - 1), rounded down."""
        number = (position * self.stride).clamp_max(self.cells - 1).floor()
        row = ((number + 0.5) / self.columns).floor()
        return torch.stack([row, number - row * self.columns], dim=-1)

    def place(self, share: Tensor, length: Tensor) -> Tensor:  # noqa: ARG002 - a grid is always full
        """(r_t, c_t) = (rows, columns) · share - 1/2: from the outer edge of the first cell to that of the last."""
        return share * share.new_tensor([self.rows, self.columns]) - 0.5

    def number(self, center: Tensor) -> Tensor:
        """Return the reading-order number of the cell that the centre lies in."""
        row = (center[..., 0] + 0.5).floor().clamp(0, self.rows - 1)
        column = (center[..., 1] + 0.5).floor().clamp(0, self.columns - 1)
        return row * self.columns + column


LINE = Line()
