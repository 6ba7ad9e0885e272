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
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import bundle_card
import click
import graph_checks
import onnxruntime
import verify_recurrent
import verify_transformer
from graph_checks import Mismatch, PlacementMismatch, WarningMismatch
from graph_report import TOLERANCES, Report, run
from repository import ROOT
from rich.console import Console
from rich.table import Table

OPTIONAL_INPUT = "appears in graph inputs and will not be treated as constant"
"""What ONNX Runtime says of every input with a default, which is meant to be one."""


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


def family_of(card: Mapping[str, Any]) -> ModuleType:
    """Return the module that verifies the card's family of models."""
    return verify_transformer if "heads" in card else verify_recurrent


def verify(folder: Path, checkpoint: Path | None = None, provider: str = "cpu") -> Report:
    """Verify a bundle.

    Args:
        folder: The bundle.
        checkpoint: Training folder of the model, to compare with torch; None to compare with float64.
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
        encoder, step = (open_session(folder / file, provider) for file in bundle_card.GRAPHS)
        report.problems += family_of(card).problems(card, (encoder, step), checkpoint, report)
    said = [line for line in caught[0].splitlines() if line.strip() and OPTIONAL_INPUT not in line]
    if said:
        report.problems.append(WarningMismatch(f"standard error: {said[0]}"))
    if provider == "cuda":
        report.problems += placement_problems(folder / "step.onnx", card, report)
    return report


def placement_problems(path: Path, card: Mapping[str, Any], report: Report) -> Iterator[Mismatch]:
    """Yield nodes of the step that do not run on CUDA, from a profile of one call; fills `report.placement`."""
    with tempfile.TemporaryDirectory() as name:
        session = open_session(path, "cuda", Path(name) / "profile")
        run(session, family_of(card).example_feed(card))
        events = json.loads(Path(session.end_profiling()).read_text())
    for event in events:
        provider = event.get("args", {}).get("provider")
        if event.get("cat") != "Node" or not provider:
            continue
        report.placement[provider] = report.placement.get(provider, 0) + 1
        if provider != "CUDAExecutionProvider":
            yield PlacementMismatch(f"step.onnx: {event['args']['op_name']} ({event['name']}) runs on {provider}")


def show(report: Report, console: Console, compared: bool) -> None:
    """Print the greatest differences: one line an output for heads, else a table of alignment × attention an output."""
    whole = report.differences.get(("", ""), {})
    attentions = list(dict.fromkeys(attention for _, attention in report.differences if attention))
    alignments = list(dict.fromkeys(alignment for alignment, _ in report.differences if alignment))
    for output in ("weights", "logits") if compared and alignments else ("weights",) if alignments else ():
        table = Table(f"{output} ≤ {TOLERANCES[output]:.0e}", *attentions)
        for alignment in alignments:
            row = [report.differences[alignment, attention].get(output, 0.0) for attention in attentions]
            table.add_row(alignment, *(f"{difference:.0e}" for difference in row))
        console.print(table)
    shown = whole if compared or not alignments else {}
    others = [f"{name} {difference:.0e}" for name, difference in shown.items()]
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
    console, failed = Console(), False
    for folder in bundles(name):
        click.echo(folder.name)
        try:
            report = verify(folder, checkpoint, provider)
        except graph_checks.FileMismatch as error:
            report = Report(problems=[error])
        if report.differences:
            show(report, console, checkpoint is not None)
        for problem in dict.fromkeys(f"{type(problem).__name__}: {problem}" for problem in report.problems):
            click.secho(problem, fg="red")
        failed |= bool(report.problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
