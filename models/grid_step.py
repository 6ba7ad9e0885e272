"""`models.step.FusedStep` over the cells of an image: the same step, but that a centre has a row and a column."""

from __future__ import annotations

import torch
from torch import Tensor

from models.layout import Grid
from models.recurrent import RecurrentModel
from models.step import FusedStep


class GridStep(FusedStep):
    """The step of a trained image model, for export; it returns ``center_cell`` (batch, 2) besides."""

    cell_places: Tensor
    swept: Tensor
    extent: Tensor

    def __init__(self, model: RecurrentModel) -> None:
        super().__init__(model)
        grid, nothing = model.config.layout, torch.zeros(1, 1)
        assert isinstance(grid, Grid)
        self.grid = grid
        position = torch.arange(float(model.config.max_target)).unsqueeze(0)
        constants = {
            "cell_places": grid.coordinates(grid.cells, nothing).transpose(0, 1).contiguous(),  # (2, cells)
            "swept": grid.sweep(position, nothing).squeeze(0),  # (max_target, 2): local-m's centre at each step
            "extent": torch.tensor([grid.rows, grid.columns], dtype=torch.float32),
            "center_vector": self.center_vector.view(2, -1).transpose(0, 1).contiguous(),  # (hidden, 2)
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant, persistent=False)

    def centers(self, position: Tensor, memory_mask: Tensor, raised: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return (row, column) of local-m and of local-p, (batch, 2) each."""
        monotonic = self.swept.index_select(0, position.clamp_max(self.swept.shape[0] - 1))
        return monotonic, torch.sigmoid(raised @ self.center_vector) * self.extent - 0.5

    def distances(self, center: Tensor, src_len: int) -> tuple[Tensor, Tensor]:  # noqa: ARG002 - a grid is always full
        """Return the greatest distance along an axis from each row's centre, and the squared one, (batch, cells)."""
        down = self.cell_places[0] - center[:, :1]  # (batch, cells)
        across = self.cell_places[1] - center[:, 1:]
        return torch.maximum(down.abs(), across.abs()), down * down + across * across

    def told(self, center: Tensor) -> tuple[Tensor, ...]:
        """Return `center` (batch,), the number of the cell that it lies in, and `center_cell` (batch, 2)."""
        return self.grid.number(center), center
