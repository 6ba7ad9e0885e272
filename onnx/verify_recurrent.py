"""A recurrent bundle's graphs against the model in torch, or against attention in float64 from their own scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import graph_cases
import graph_checks
import numpy as np
import onnxruntime
from graph_cases import Array, Case
from graph_checks import Mismatch, ValueMismatch
from graph_report import Outputs, Report, run, shape_problems, value_problems

Sessions = tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession]
Reference = Callable[[Case], tuple[Outputs, Callable[[dict[str, Array]], Outputs]]]
"""What torch makes of a case: the encoder's outputs, and a function from the step's inputs to its outputs."""


def problems(
    card: Mapping[str, Any], sessions: Sessions, checkpoint: Path | None, report: Report
) -> Iterator[Mismatch]:
    """Yield what encoder and step get wrong over all cases; fills the report."""
    reference = torch_reference(checkpoint) if checkpoint else None
    for case in graph_cases.cases(card):
        yield from _case_problems(card, case, sessions, reference, report)


def example_feed(card: Mapping[str, Any]) -> dict[str, Array]:
    """Return inputs of one call of the step."""
    case, hidden = next(graph_cases.cases(card)), card["sizes"]["hidden"]
    batch, src_len = case.source_mask.shape
    return case.feed(np.zeros((batch, src_len, hidden), np.float32), np.zeros((batch, hidden), np.float32))


def torch_reference(checkpoint: Path) -> Reference:
    """Return the trained model as a reference: `StepModel`, module by module, not the arrangement that is exported."""
    import torch

    from models.checkpoint import load_trained
    from models.recurrent import StepModel

    trained = load_trained(checkpoint)
    step = StepModel(trained.model).eval()

    def reference(case: Case) -> tuple[Outputs, Callable[[dict[str, Array]], Outputs]]:
        with torch.inference_mode():
            memory, state = trained.model.encoder(*map(torch.from_numpy, case.encoder.values()))

        def stepped(feed: dict[str, Array]) -> Outputs:
            with torch.inference_mode():
                outputs = step(**{name: torch.from_numpy(value) for name, value in feed.items()})
            names = graph_checks.IMAGE["step.onnx"][1]  # the last of them over cells alone
            return {name: value.numpy() for name, value in zip(names, outputs, strict=False)}

        return {"memory": memory.numpy(), "state": state.numpy()}, stepped

    return reference


def compare_step(
    card: Mapping[str, Any], case: Case, outputs: Outputs, wanted: Outputs | None, report: Report
) -> Iterator[Mismatch]:
    """Yield mismatches of one call of the step, combination by combination."""
    judged = wanted or outputs
    weights, fragile = graph_cases.weights(card, case, judged)
    expected = {"weights": weights} if wanted is None else dict(wanted)
    if "image" in card:
        number, edge = cell_numbers(card, judged["center_cell"])
        expected, fragile = {"center": number, **expected}, fragile | edge
    report.rows += len(fragile)
    report.fragile += int(fragile.sum())
    switches = card["switches"]
    for number, alignment in enumerate(switches["alignments"]):
        for kind, attention in enumerate(switches["attentions"]):
            rows = (case.step["alignment"] == number) & (case.step["attention"] == kind) & ~fragile
            for output in outputs if rows.any() else ():
                found = outputs[output][rows]
                yield from value_problems(
                    (alignment, attention), output, found, expected.get(output, outputs[output])[rows], report
                )
    empty = ~case.source_mask.any(axis=1)
    if np.abs(outputs["weights"][empty]).max(initial=0.0) > 0:
        yield ValueMismatch("weights of a fully masked row: not all zero")


def cell_numbers(card: Mapping[str, Any], center: Array) -> tuple[Array, Array]:
    """Return the number of the cell that each p_t = (row, column) lies in, and whether rounding may decide it.

    Args:
        card: For the cells.
        center: (batch, 2); a cell goes half a cell to every side of its whole coordinates.
    """
    last = np.array([card["image"]["rows"], card["image"]["columns"]]) - 1
    row, column = np.clip(np.floor(center.astype(np.float64) + 0.5), 0, last).T
    edge = np.abs(center + 0.5 - np.round(center + 0.5)) < graph_cases.FRAGILE
    return row * card["image"]["columns"] + column, edge.any(axis=1)


def _case_problems(
    card: Mapping[str, Any],
    case: Case,
    sessions: tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession],
    reference: Reference | None,
    report: Report,
) -> list[Mismatch]:
    encoded = run(sessions[0], case.encoder)
    lengths = dict(zip(("batch", "src_len"), case.source_mask.shape, strict=True))
    problems = list(shape_problems(encoded, "encoder.onnx", card, lengths))
    wanted, stepped = reference(case) if reference else (encoded, None)
    real = case.source_mask.any(axis=1)  # the memory of padding alone is never read
    for output in encoded:
        problems += value_problems(("", ""), output, encoded[output][real], wanted[output][real], report)
    feed = case.feed(wanted["memory"], wanted["state"])
    outputs = run(sessions[1], feed)
    problems += shape_problems(outputs, "step.onnx", card, lengths)
    if not problems:
        problems += compare_step(card, case, outputs, stepped(feed) if stepped else None, report)
    return problems
