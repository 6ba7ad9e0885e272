"""Verify bundles: ``python onnx/verify_graphs.py [NAME] [--checkpoint DIR]``.

With the training folder the graphs are compared with the model in torch; without it, what they return is compared with
attention computed in float64 from their own scores.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import graph_cases
import graph_checks
import numpy as np
import onnxruntime
from graph_cases import Array, Case
from graph_checks import Mismatch, PlacementMismatch, ShapeMismatch, ValueMismatch, WarningMismatch
from repository import ROOT
from rich.console import Console
from rich.table import Table

TOLERANCES = {
    "memory": 1e-4,
    "state": 1e-4,
    "logits": 1e-3,
    "next_state": 1e-4,
    "scores": 1e-3,
    "weights": 1e-4,
    "center": 1e-3,
}
"""Greatest difference that passes, by output."""

Outputs = dict[str, Array]
Reference = Callable[[Case], tuple[Outputs, Callable[[dict[str, Array]], Outputs]]]
"""What torch makes of a case: the encoder's outputs, and a function from the step's inputs to its outputs."""


@dataclass
class Report:
    """What came out.

    Attributes:
        differences: (alignment, attention) → output → greatest difference; ("", "") holds the encoder's.
        problems: Every mismatch.
        rows: Rows of the step compared.
        fragile: Rows left out because rounding may decide them.
        placement: Provider → number of the step's nodes on it.
    """

    differences: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    problems: list[Mismatch] = field(default_factory=list)
    rows: int = 0
    fragile: int = 0
    placement: dict[str, int] = field(default_factory=dict)

    def note(self, names: tuple[str, str], output: str, difference: float) -> None:
        """Keep the greatest difference."""
        found = self.differences.setdefault(names, {})
        found[output] = max(found.get(output, 0.0), difference)


@contextlib.contextmanager
def standard_error() -> Iterator[list[str]]:
    """Catch what native code writes to standard error; the list has its text afterwards."""
    caught: list[str] = []
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield caught
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            caught.append(file.read().decode("utf-8", "replace"))


def open_session(path: Path, provider: str, profile: Path | None = None) -> onnxruntime.InferenceSession:
    """Open a graph; on CUDA in plain float32, since TF32 keeps ten bits."""
    options = onnxruntime.SessionOptions()
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    providers: list[Any] = ["CPUExecutionProvider"]
    if provider == "cuda":
        providers.insert(0, ("CUDAExecutionProvider", {"use_tf32": "0"}))
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def cuda_works(folder: Path) -> bool:
    """Return whether a session really runs on CUDA here: the provider may be listed and its libraries missing."""
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return False
    with standard_error(), contextlib.redirect_stdout(io.StringIO()):  # they print what they miss
        onnxruntime.preload_dlls()
        return "CUDAExecutionProvider" in open_session(folder / "step.onnx", "cuda").get_providers()


def run(session: onnxruntime.InferenceSession, feed: Mapping[str, Array]) -> Outputs:
    """Run a graph and return its outputs by name."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(feed)), strict=True))


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


def shape_problems(outputs: Outputs, file: str, case: Case, sizes: Mapping[str, int]) -> Iterator[Mismatch]:
    """Yield outputs whose shape is not the declared one."""
    axes = {**sizes, "batch": case.source_ids.shape[0], "src_len": case.source_ids.shape[1]}
    for name, (_, spelled) in graph_checks.INTERFACE[file][1].items():
        expected = tuple(axes[axis] for axis in spelled)
        if outputs[name].shape != expected:
            yield ShapeMismatch(f"{file}: {name} came as {outputs[name].shape}, not {expected}")


def value_problems(
    names: tuple[str, str], output: str, found: Array, wanted: Array, report: Report
) -> Iterator[Mismatch]:
    """Yield a mismatch where an output is not finite or differs by more than its tolerance; notes the difference."""
    where = f"{output} of {' × '.join(names)}" if names[0] else f"{output} of the encoder"
    if not np.isfinite(found).all():
        yield ValueMismatch(f"{where}: not finite")
        return
    difference = float(np.abs(found.astype(np.float64) - wanted).max(initial=0.0))
    report.note(names, output, difference)
    if difference > TOLERANCES[output]:
        yield ValueMismatch(f"{where}: differs by {difference:.2e}, the limit is {TOLERANCES[output]:.0e}")


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


def verify(folder: Path, reference: Reference | None = None, provider: str = "cpu") -> Report:
    """Verify a bundle.

    Args:
        folder: The bundle.
        reference: The model in torch, or None.
        provider: cpu or cuda.

    Raises:
        graph_checks.FileMismatch: There is no card to start from.
    """
    card = graph_checks.read_card(folder)
    report = Report(problems=list(graph_checks.structure_problems(folder, card)))
    if report.problems:
        return report
    if provider == "cuda" and not cuda_works(folder):
        report.problems.append(PlacementMismatch("no CUDA session could be made on this machine"))
        return report
    with standard_error() as caught:
        encoder, step = (open_session(folder / file, provider) for file in graph_checks.INTERFACE)
        for case in graph_cases.cases(card):
            report.problems += _case_problems(card, case, (encoder, step), reference, report)
    if caught[0].strip():
        report.problems.append(WarningMismatch(f"standard error: {caught[0].strip().splitlines()[0]}"))
    if provider == "cuda":
        report.problems += placement_problems(folder / "step.onnx", card, report)
    return report


def _case_problems(
    card: Mapping[str, Any],
    case: Case,
    sessions: tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession],
    reference: Reference | None,
    report: Report,
) -> list[Mismatch]:
    encoded = run(sessions[0], {"source_ids": case.source_ids, "source_mask": case.source_mask})
    problems = list(shape_problems(encoded, "encoder.onnx", case, card["sizes"]))
    wanted, stepped = reference(case) if reference else (encoded, None)
    real = case.source_mask.any(axis=1)  # the memory of padding alone is never read
    for output in encoded:
        problems += value_problems(("", ""), output, encoded[output][real], wanted[output][real], report)
    feed = case.feed(wanted["memory"], wanted["state"])
    outputs = run(sessions[1], feed)
    problems += shape_problems(outputs, "step.onnx", case, card["sizes"])
    if not problems:
        problems += compare_step(card, case, outputs, stepped(feed) if stepped else None, report)
    return problems


def placement_problems(path: Path, card: Mapping[str, Any], report: Report) -> Iterator[Mismatch]:
    """Yield nodes of the step that do not run on CUDA, from a profile of one call; fills `report.placement`."""
    case = next(graph_cases.cases(card))
    hidden = card["sizes"]["hidden"]
    batch, src_len = case.source_ids.shape
    with tempfile.TemporaryDirectory() as name:
        session = open_session(path, "cuda", Path(name) / "profile")
        run(session, case.feed(np.zeros((batch, src_len, hidden), np.float32), np.zeros((batch, hidden), np.float32)))
        events = json.loads(Path(session.end_profiling()).read_text())
    for event in events:
        provider = event.get("args", {}).get("provider")
        if event.get("cat") != "Node" or not provider:
            continue
        report.placement[provider] = report.placement.get(provider, 0) + 1
        if provider != "CUDAExecutionProvider":
            yield PlacementMismatch(f"step.onnx: {event['args']['op_name']} ({event['name']}) runs on {provider}")


def show(report: Report, console: Console, compared: bool) -> None:
    """Print the greatest differences, one table an output: alignment functions down, attention types across."""
    attentions = list(dict.fromkeys(attention for _, attention in report.differences if attention))
    alignments = list(dict.fromkeys(alignment for alignment, _ in report.differences if alignment))
    for output in ("weights", "logits") if compared else ("weights",):
        table = Table(f"{output} ≤ {TOLERANCES[output]:.0e}", *attentions)
        for alignment in alignments:
            row = [report.differences[alignment, attention].get(output, 0.0) for attention in attentions]
            table.add_row(alignment, *(f"{difference:.0e}" for difference in row))
        console.print(table)
    encoder = report.differences.get(("", ""), {}) if compared else {}
    others = [f"{name} {difference:.0e}" for name, difference in encoder.items()]
    click.echo(" · ".join([f"{report.rows} rows", f"{report.fragile} left out as decided by rounding", *others]))
    for provider, count in report.placement.items():
        click.echo(f"{provider}: {count} nodes of the step")


def bundles(name: str | None) -> list[Path]:
    """Return the bundle that `name` names (a folder, or a name under onnx/graphs), or all shipped ones."""
    shipped = ROOT / "onnx" / "graphs"
    if name is None:
        return sorted(path.parent for path in shipped.glob("*/card.json"))
    return [Path(name) if Path(name).is_dir() else shipped / name]


@click.command()
@click.argument("name", required=False)
@click.option("--checkpoint", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Training folder.")
@click.option("--provider", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
def main(name: str | None, checkpoint: Path | None, provider: str) -> None:
    """Verify the bundle NAME, or all under onnx/graphs. Exit status 1 on a mismatch."""
    console, reference = Console(), torch_reference(checkpoint) if checkpoint else None
    failed = False
    for folder in bundles(name):
        click.echo(folder.name)
        try:
            report = verify(folder, reference, provider)
        except graph_checks.FileMismatch as error:
            report = Report(problems=[error])
        if report.differences:
            show(report, console, reference is not None)
        for problem in dict.fromkeys(f"{type(problem).__name__}: {problem}" for problem in report.problems):
            click.secho(problem, fg="red")
        failed |= bool(report.problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
