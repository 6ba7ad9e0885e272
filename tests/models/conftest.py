from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from models.recurrent import RecurrentConfig, RecurrentModel


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors on one thread: faster, and the same sums on every machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(5)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model() -> RecurrentModel:
    """An untrained model, its location weights and biases set to something that shows."""
    made = RecurrentModel(
        RecurrentConfig(source_vocab=23, target_vocab=19, hidden=8, max_source=12, max_target=10, dropout=0.1)
    )
    with torch.no_grad():
        made.decoder.alignments["location"].weight.normal_()  # type: ignore[operator]
        made.decoder.bias.normal_()
    return made.eval()
