from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from models.attention import ALIGNMENTS, ATTENTIONS, Scored
from models.recurrent import RecurrentModel, StepModel
from models.step import FusedStep

SOURCE = torch.tensor([[5, 9, 11, 7, 3], [4, 22, 3, 0, 0], [3, 0, 0, 0, 0]])
MASK = SOURCE != 0
TARGET = torch.tensor([[2, 8, 12, 6], [2, 17, 4, 4], [2, 9, 9, 9]])
COMBINATIONS = list(itertools.product(range(len(ALIGNMENTS)), range(len(ATTENTIONS))))


def step_inputs(model: RecurrentModel, numbers: list[tuple[int, int]]) -> dict[str, Tensor]:
    """Inputs of one step, a row for each combination, with everything in them that a step can meet."""
    batch = len(numbers)
    rows = torch.arange(batch) % 3
    with torch.no_grad():
        memory, state = model.encoder(SOURCE[rows], MASK[rows])
    bias = torch.zeros(batch, 5)
    bias[::4] = torch.randn(5)
    bias[1::4, 0] = -torch.inf
    bias[6::13] = -torch.inf
    mask = MASK[rows].clone()
    mask[9::11] = False
    return {
        "token": torch.arange(batch) % 19,
        "position": torch.arange(batch) % 7,
        "state": state + torch.randn(batch, 8) / 4,
        "memory": memory,
        "memory_mask": mask,
        "alignment": torch.tensor([pair[0] for pair in numbers]),
        "attention": torch.tensor([pair[1] for pair in numbers]),
        "window": torch.tensor([1.0, 2.5, 8.0, 0.5])[torch.arange(batch) % 4],
        "temperature": torch.tensor([1.0, 0.05, 3.0])[torch.arange(batch) % 3],
        "bias": bias,
        "noise": torch.randn(batch, 5) * (torch.arange(batch) % 2)[:, None],
    }


def test_the_exported_arrangement_computes_what_the_plain_step_does(model: RecurrentModel) -> None:
    inputs = step_inputs(model, COMBINATIONS * 4)
    with torch.no_grad():
        plain, fused = StepModel(model).eval()(**inputs), FusedStep(model).eval()(**inputs)
    for name, expected, found in zip(("logits", "state", "scores", "weights", "center"), plain, fused, strict=True):
        torch.testing.assert_close(found, expected, atol=3e-5, rtol=1e-5, msg=name)
        assert torch.isfinite(found).all()


def test_the_exported_arrangement_is_a_copy_of_the_weights(model: RecurrentModel) -> None:
    fused = FusedStep(model)
    before = fused.projection.clone()
    with torch.no_grad():
        model.decoder.alignments["general"].weight.weight.add_(1.0)  # type: ignore[operator,union-attr]
    assert torch.equal(fused.projection, before)


@pytest.mark.parametrize(("alignment", "attention"), itertools.product(ALIGNMENTS, ATTENTIONS))
def test_stepping_equals_the_teacher_forced_pass(model: RecurrentModel, alignment: str, attention: str) -> None:
    with torch.no_grad():
        memory, state = model.encoder(SOURCE, MASK)
        query = model.decoder.queries(TARGET, state)
        ones = torch.ones(3)
        scored = Scored(
            torch.zeros(()),
            query,
            torch.arange(4.0).expand(3, 4),
            MASK,
            ones * 2,
            ones,
            torch.zeros(()),
            torch.zeros(()),
        )
        context, _ = model.attend(alignment, attention, query, memory, scored)
        expected = model.decoder.logits(model.decoder.attentional_state(query, context))
        step = StepModel(model).eval()
        for place in range(4):
            logits, state, *_ = step(
                TARGET[:, place],
                torch.full((3,), place),
                state,
                memory,
                MASK,
                torch.full((3,), ALIGNMENTS.index(alignment)),
                torch.full((3,), ATTENTIONS.index(attention)),
                ones * 2,
                ones,
                torch.zeros(3, 5),
                torch.zeros(3, 5),
            )
            torch.testing.assert_close(logits, expected[:, place])


def test_padding_never_enters_a_state(model: RecurrentModel) -> None:
    with torch.no_grad():
        memory, state = model.encoder(SOURCE, MASK)
        for row, length in enumerate((5, 3, 1)):
            alone, end = model.encoder(SOURCE[row : row + 1, :length], MASK[row : row + 1, :length])
            torch.testing.assert_close(memory[row, :length], alone[0])
            torch.testing.assert_close(state[row], end[0])


def test_the_backward_direction_reads_from_the_end(model: RecurrentModel) -> None:
    changed = SOURCE.clone()
    changed[0, 4] = 13
    with torch.no_grad():
        memory, _ = model.encoder(SOURCE, MASK)
        other, _ = model.encoder(changed, MASK)
    assert not torch.allclose(memory[0, 0], other[0, 0])
    torch.testing.assert_close(memory[1:], other[1:])


def test_the_state_does_not_depend_on_the_switches(model: RecurrentModel) -> None:
    inputs = step_inputs(model, COMBINATIONS)
    inputs["state"], inputs["token"] = inputs["state"][:1].expand(30, -1), torch.full((30,), 4)
    with torch.no_grad():
        _, state, *_ = StepModel(model).eval()(**inputs)
    torch.testing.assert_close(state, state[:1].expand(30, -1))
