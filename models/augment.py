"""Variations of a photograph that leave its caption true: mirrored, cropped, turned a little, in other light."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

SMALLEST_CROP = 0.7
"""Least side of a crop, as a share of the picture's."""
STRETCH = 0.1
"""How much more of the picture a crop takes along one axis than along the other, at most."""
TURN = math.radians(6)
LIGHT, CONTRAST, SATURATION = 0.15, 0.25, 0.3
"""How far each may go from what it is, up and down."""
GREY = (0.299, 0.587, 0.114)


def vary(pixels: Tensor, mirrored: NDArray[np.bool_], random: np.random.Generator) -> Tensor:
    """Return variations of pictures.

    Args:
        pixels: In 0..1, (batch, 3, height, width).
        mirrored: Which are mirrored left to right, (batch,).
        random: What everything else is drawn from.

    Returns:
        In 0..1, (batch, 3, height, width).
    """
    return relight(crop(pixels, mirrored, random), random)


def crop(pixels: Tensor, mirrored: NDArray[np.bool_], random: np.random.Generator) -> Tensor:
    """Return a random part of each picture at its full size, turned a little; what lies outside is mirrored in."""
    batch = len(pixels)
    scale = random.uniform(SMALLEST_CROP, 1.0, batch)
    stretch = random.uniform(1 - STRETCH, 1 + STRETCH, batch) ** 0.5
    across, down = np.minimum(scale * stretch, 1.0), np.minimum(scale / stretch, 1.0)  # shares of width and height
    turn = random.uniform(-TURN, TURN, batch)
    x, y = random.uniform(-1, 1, (2, batch)) * (1 - np.stack([across, down]))  # the crop's middle, in -1..1
    sign = np.where(mirrored, -1.0, 1.0)
    first = np.stack([sign * across * np.cos(turn), -down * np.sin(turn), x], axis=1)
    second = np.stack([sign * across * np.sin(turn), down * np.cos(turn), y], axis=1)
    places = torch.from_numpy(np.stack([first, second], axis=1).astype(np.float32))  # (batch, 2, 3)
    grid = affine_grid(places, list(pixels.shape), align_corners=False)
    return grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def relight(pixels: Tensor, random: np.random.Generator) -> Tensor:
    """Return pictures in other light: brighter or darker, of more or less contrast and colour."""

    def factor(reach: float) -> Tensor:
        drawn = random.uniform(1 - reach, 1 + reach, (len(pixels), 1, 1, 1))
        return torch.from_numpy(drawn.astype(np.float32))

    grey = (pixels * pixels.new_tensor(GREY)[:, None, None]).sum(dim=1, keepdim=True)  # (batch, 1, height, width)
    mean = grey.mean(dim=(2, 3), keepdim=True)
    saturation, contrast, light = factor(SATURATION), factor(CONTRAST), factor(LIGHT)
    # All three are linear: grey + s (pixels - grey), then mean + c (… - mean), then all of it times the light.
    changed = pixels * (light * contrast * saturation) + grey * (light * contrast * (1 - saturation))
    return (changed + mean * (light * (1 - contrast))).clamp_(0, 1)
