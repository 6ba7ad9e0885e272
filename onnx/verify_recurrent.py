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
    batch, src_len = case.source_ids.shape
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
            memory, state = trained.model.encoder(torch.from_numpy(case.source_ids), torch.from_numpy(case.source_mask))

        def stepped(feed: dict[str, Array]) -> Outputs:
            with torch.inference_mode():
                outputs = step(**{name: torch.from_numpy(value) for name, value in feed.items()})
            return {name: value.numpy() for name, value in zip(graph_checks.STEP_OUTPUTS, outputs, strict=True)}

        return {"memory": memory.numpy(), "state": state.numpy()}, stepped

    return reference


def compare_step(
    card: Mapping[str, Any], case: Case, outputs: Outputs, wanted: Outputs | None, report: Report
) -> Iterator[Mismatch]:
    """Yield mismatches of one call of the step, combination by combination."""
    judged = wanted or outputs
    weights, fragile = graph_cases.weights(card, case, judged["scores"], judged["center"])
    expected = {**(wanted or {}), "weights": weights if wanted is None else wanted["weights"]}
    report.rows += len(fragile)
    report.fragile += int(fragile.sum())
    switches = card["switches"]
    for number, alignment in enumerate(switches["alignments"]):
        for kind, attention in enumerate(switches["attentions"]):
            rows = (case.step["alignment"] == number) & (case.step["attention"] == kind) & ~fragile
            for output in graph_checks.STEP_OUTPUTS if rows.any() else ():
                found = outputs[output][rows]
                yield from value_problems(
                    (alignment, attention), output, found, expected.get(output, outputs[output])[rows], report
                )
    empty = ~case.source_mask.any(axis=1)
    if np.abs(outputs["weights"][empty]).max(initial=0.0) > 0:
        yield ValueMismatch("weights of a fully masked row: not all zero")


def _case_problems(
    card: Mapping[str, Any],
    case: Case,
    sessions: tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession],
    reference: Reference | None,
    report: Report,
) -> list[Mismatch]:
    encoded = run(sessions[0], {"source_ids": case.source_ids, "source_mask": case.source_mask})
    lengths = dict(zip(("batch", "src_len"), case.source_ids.shape, strict=True))
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
