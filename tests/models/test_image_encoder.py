"""The image encoder, and the fused step over its cells."""

from __future__ import annotations

import copy
import itertools

import pytest
import torch
from torch import nn

from models.attention import ALIGNMENTS, ATTENTIONS
from models.grid_step import GridStep
from models.image_encoder import ImageConfig, ImageEncoder
from models.layout import Grid
from models.recurrent import RecurrentConfig, RecurrentModel, StepModel

IMAGE = ImageConfig(height=16, width=24, channels=(4, 6), blocks=2, summary=3, stride=3.0625)


@pytest.fixture
def captioner() -> RecurrentModel:
    """An untrained image model of 4 × 6 cells whose parameters all show."""
    model = RecurrentModel(RecurrentConfig(0, 19, hidden=8, max_source=24, max_target=10, image=IMAGE))
    with torch.no_grad():
        model.decoder.alignments["location"].weight.normal_()  # type: ignore[operator]
        model.decoder.bias.normal_()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(std=0.2)
        for _ in range(20):  # fills the running means and variances
            model.train().encoder(torch.rand(8, 3, 16, 24))
    return model.eval()


def test_folded_normalisation_computes_the_same(captioner: RecurrentModel) -> None:
    encoder = captioner.encoder
    assert isinstance(encoder, ImageEncoder)
    folded, pixels = copy.deepcopy(encoder), torch.rand(3, 3, 16, 24)
    folded.fold()
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    with torch.no_grad():
        for expected, found in zip(encoder(pixels), folded(pixels), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    folded.fold()  # once more changes nothing
    assert sum(isinstance(module, nn.Conv2d) for module in folded.modules()) == 6


def test_cells_come_in_reading_order(captioner: RecurrentModel) -> None:
    pixels = torch.full((1, 3, 16, 24), 0.5)
    changed = pixels.clone()
    changed[:, :, 8:12, 16:20] = 1.0  # the pixels of row 2, column 4
    with torch.no_grad():
        (memory, state), (other, _) = captioner.encoder(pixels), captioner.encoder(changed)
    assert memory.shape == (1, 24, 8)
    assert state.shape == (1, 8)
    difference = (other - memory).abs().sum(dim=2)[0]  # (cells,)
    assert int(difference.argmax()) == 2 * 6 + 4
    assert difference[0] == 0  # out of its sight


def test_the_grid_and_its_sweep() -> None:
    grid = IMAGE.grid
    assert (grid.rows, grid.columns, grid.cells) == (4, 6, 24)
    places = grid.coordinates(24, torch.zeros(()))
    assert places.tolist() == [[row, column] for row in range(4) for column in range(6)]
    position = torch.arange(12.0).unsqueeze(0)
    swept = grid.sweep(position, torch.zeros(1, 1))[0].tolist()
    numbers = [min(int(step * 3.0625), 23) for step in range(12)]
    assert swept == [[number // 6, number % 6] for number in numbers]
    assert grid.number(torch.tensor(swept)).tolist() == numbers


@pytest.mark.parametrize("stride", [0.0625, 1.0, 5.8125, 63.9375])
def test_a_sweep_never_leaves_the_grid_and_never_goes_back(stride: float) -> None:
    grid = Grid(8, 8, stride)
    swept = grid.sweep(torch.arange(1100.0).unsqueeze(0), torch.zeros(1, 1))
    numbers = grid.number(swept)[0]
    assert (numbers[1:] >= numbers[:-1]).all()
    assert numbers[0] == 0
    assert numbers[-1] == 63


def test_predicted_centers_reach_every_cell_and_lie_in_one() -> None:
    share = torch.tensor([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5], [0.24, 0.9]])
    center = Grid(4, 6, 1.0).place(share, torch.zeros(1, 1))
    torch.testing.assert_close(center, torch.tensor([[-0.5, -0.5], [3.5, 5.5], [1.5, 2.5], [0.46, 4.9]]))
    assert Grid(4, 6, 1.0).number(center).tolist() == [0.0, 23.0, 2 * 6 + 3, 5.0]


def test_the_exported_arrangement_computes_what_the_plain_step_does(captioner: RecurrentModel) -> None:
    numbers = list(itertools.product(range(len(ALIGNMENTS)), range(len(ATTENTIONS)))) * 4
    batch = len(numbers)
    bias = torch.zeros(batch, 24)
    bias[::4] = torch.randn(24)
    bias[1::4, 0] = -torch.inf
    bias[6::13] = -torch.inf
    with torch.no_grad():
        memory, state = captioner.encoder(torch.rand(batch, 3, 16, 24))
        inputs = {
            "token": torch.arange(batch) % 19,
            "position": torch.arange(batch) % 13,
            "state": state + torch.randn(batch, 8) / 4,
            "memory": memory,
            "memory_mask": torch.rand(batch, 24) < 0.8,
            "alignment": torch.tensor([pair[0] for pair in numbers]),
            "attention": torch.tensor([pair[1] for pair in numbers]),
            "window": torch.tensor([1.0, 2.5, 8.0, 1.5])[torch.arange(batch) % 4],
            "temperature": torch.tensor([1.0, 0.05, 3.0])[torch.arange(batch) % 3],
            "bias": bias,
            "noise": torch.randn(batch, 24) * (torch.arange(batch) % 2)[:, None],
        }
        plain, fused = StepModel(captioner).eval()(**inputs), GridStep(captioner).eval()(**inputs)
    names = ("logits", "state", "scores", "weights", "center", "center_cell")
    for name, expected, found in zip(names, plain, fused, strict=True):
        torch.testing.assert_close(found, expected, atol=3e-5, rtol=1e-5, msg=name)
    assert plain[5].shape == (batch, 2)
    without = torch.tensor([ATTENTIONS[pair[1]] in ("global", "hard", "none") for pair in numbers])
    assert (plain[5][without] == 0).all()
