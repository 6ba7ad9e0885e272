"""The encoder of images: a small residual network, trained from scratch, whose last grid of features is the memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.layout import Grid

MEAN, SPREAD = 0.45, 0.25
"""About the mean and standard deviation of photographs, of values in 0..1."""


@dataclass(frozen=True)
class ImageConfig:
    """What an image model reads, and the sizes of its network.

    Attributes:
        height: Of the pixels.
        width: Of the pixels.
        channels: Of each stage; every stage halves height and width, so that the last one's pixels are the cells.
        blocks: Residual blocks of each stage but the first, which is a single convolution.
        summary: Numbers of each cell that the decoder's first state sees in place, not pooled; 0 pools alone.
        stride: Cells that local-m goes on in a step, see `Grid`.
    """

    height: int
    width: int
    channels: tuple[int, ...]
    blocks: int = 1
    summary: int = 0
    stride: float = 4.0

    @property
    def grid(self) -> Grid:
        """The cells."""
        shrink = 2 ** len(self.channels)
        return Grid(self.height // shrink, self.width // shrink, self.stride)


class NormedConvolution(nn.Module):
    """A convolution and its batch normalisation (Ioffe and Szegedy 2015), which `fold` makes one."""

    def __init__(self, channels: tuple[int, int], kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(*channels, kernel, stride, padding=kernel // 2, bias=False)
        nn.init.kaiming_normal_(self.convolution.weight, mode="fan_out", nonlinearity="relu")
        self.norm: nn.Module = nn.BatchNorm2d(channels[1])

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, channels, height, width)."""
        return self.norm(self.convolution(features))  # type: ignore[no-any-return]

    @torch.no_grad()
    def fold(self) -> None:
        """Multiply the normalisation into the convolution, whose bias takes up its shift; for inference."""
        norm, old = self.norm, self.convolution
        if not isinstance(norm, nn.BatchNorm2d):
            return
        assert norm.running_mean is not None
        assert norm.running_var is not None
        gain = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()  # (channels,)
        new = nn.Conv2d(old.in_channels, old.out_channels, old.kernel_size, old.stride, old.padding)  # type: ignore[arg-type]
        new.weight.copy_(old.weight.double() * gain[:, None, None, None])
        assert new.bias is not None
        new.bias.copy_(norm.bias.double() - norm.running_mean.double() * gain)
        self.convolution, self.norm = new, nn.Identity()


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He 2016, 3.3); where it halves, the shortcut takes means (He 2019, ResNet-D).

    The normalisation that ends the branch starts at zero, so that every block starts as its shortcut.
    """

    def __init__(self, channels: tuple[int, int], stride: int = 1) -> None:
        super().__init__()
        self.first = NormedConvolution(channels, 3, stride)
        self.second = NormedConvolution((channels[1], channels[1]), 3)
        assert isinstance(self.second.norm, nn.BatchNorm2d)
        nn.init.zeros_(self.second.norm.weight)
        pool: nn.Module = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
        change: nn.Module = NormedConvolution(channels, 1) if channels[0] != channels[1] else nn.Identity()
        self.shortcut = nn.Sequential(pool, change)

    def forward(self, features: Tensor) -> Tensor:
        """Return (batch, channels, height, width)."""
        branch = self.second(torch.relu(self.first(features)))
        return torch.relu(branch + self.shortcut(features))


class ImageEncoder(nn.Module):
    """Pixels to a grid of memory cells, each with a learned embedding of its place added, and a first decoder state."""

    def __init__(self, image: ImageConfig, hidden: int, dropout: float) -> None:
        super().__init__()
        first, *others = image.channels
        stages: list[nn.Module] = [NormedConvolution((3, first), 3, 2), nn.ReLU()]
        for before, after in zip(image.channels[:-1], others, strict=True):
            stages.append(Residual((before, after), 2))
            stages += [Residual((after, after)) for _ in range(image.blocks - 1)]
        self.stages = nn.Sequential(*stages)
        cells = image.grid.cells
        self.memory = nn.Linear(image.channels[-1], hidden)
        self.positions = nn.Parameter(torch.empty(cells, hidden).normal_(std=0.1))
        self.pooled = nn.Linear(hidden, hidden)
        self.summary = nn.Linear(hidden, image.summary) if image.summary else None
        self.placed = nn.Linear(cells * image.summary, hidden, bias=False) if image.summary else None
        self.dropout = nn.Dropout(dropout)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Encode.

        Args:
            pixels: Red, green and blue in 0..1, (batch, 3, height, width).

        Returns:
            memory (batch, cells, hidden), cells in reading order, and the decoder's initial state (batch, hidden).
        """
        features = self.stages((pixels - MEAN) / SPREAD)  # (batch, channels, rows, columns)
        cells = self.dropout(features.flatten(2).transpose(1, 2))  # (batch, cells, channels)
        memory = self.memory(cells) + self.positions  # (batch, cells, hidden)
        state = self.pooled(memory.mean(dim=1))
        if self.summary is not None and self.placed is not None:
            state = state + self.placed(torch.relu(self.summary(memory)).flatten(1))
        return memory, torch.tanh(state)

    def fold(self) -> None:
        """Fold every batch normalisation into its convolution; for inference."""
        for module in list(self.modules()):
            if isinstance(module, NormedConvolution):
                module.fold()
