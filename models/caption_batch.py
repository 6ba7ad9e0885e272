"""Images with several captions each, as a training reads them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models import corpus


@dataclass(frozen=True)
class CaptionBatch:
    """Images and their captions; an image is encoded once for all of its own.

    Attributes:
        pixels: In 0..1, (batch, 3, height, width).
        source_mask: True at every cell, (batch, cells).
        inputs: What the decoder reads, begin token first, (batch · repeats, tgt_len); an image's captions follow one
            another.
        targets: What it has to emit, end token last, (batch · repeats, tgt_len).
    """

    pixels: Tensor
    source_mask: Tensor
    inputs: Tensor
    targets: Tensor

    @property
    def encoder_inputs(self) -> tuple[Tensor, ...]:
        """What the encoder reads."""
        return (self.pixels,)

    @property
    def repeats(self) -> int:
        """Captions of each image."""
        return len(self.inputs) // len(self.pixels)

    @property
    def tokens(self) -> int:
        """Number of real target tokens."""
        return int((self.targets != corpus.PADDING).sum())

    def to(self, device: torch.device) -> CaptionBatch:
        """Return the batch on another device."""
        return CaptionBatch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


AnyBatch = corpus.Batch | CaptionBatch
