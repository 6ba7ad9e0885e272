"""``python -m tests.benchmarks``: measure, and print the README's table."""

from __future__ import annotations

import datetime
import json
import os
import platform
from importlib import metadata
from pathlib import Path

import click

from tests.benchmarks.screen import start_figures, switch_figures
from tests.benchmarks.steps import step_figures

Figures = dict[str, float]
SWITCH = "{switch_ms:.0f} / {switch_p90_ms:.0f} ms"


def machine() -> str:
    """Return processor, cores and versions."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("onnxruntime-gpu", "textual", "torch"))
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def rows(figures: Figures) -> list[tuple[str, str, str]]:
    """Return (what, measured, goal) of everything that was measured."""
    table = [
        ("start_s", "cold start to the first painted grid, median", "{start_s:.2f} s", "≤ 0.8 s"),
        ("empty_start_s", "— an empty Textual grid", "{empty_start_s:.2f} s", ""),
        ("sessions_ms", "— opening the two graphs", "{sessions_ms:.0f} ms", ""),
        (
            "step_ms",
            "one step of the graph at batch 1, p50 / p99",
            "{step_ms:.2f} / {step_p99_ms:.2f} ms",
            "",
        ),
        ("eager_ms", "— the same step in eager PyTorch", "{eager_ms:.2f} ms ({eager_over_step:.1f} ×)", "≥ 6 ×"),
        ("projection_ms", "— the output projection alone", "{projection_ms:.2f} ms", ""),
        (
            "decoder_ms",
            "the same with candidates and trace, p50 / p99",
            "{decoder_ms:.2f} / {decoder_p99_ms:.2f} ms",
            "",
        ),
        ("combinations_ms", "all {combinations:.0f} combinations as one batch", "{combinations_ms:.2f} ms", ""),
        ("replay_ms", "replay of 30 tokens under other switches", "{replay_ms:.1f} ms", ""),
        (
            "switch_ms",
            "a switch at 30 tokens, key to last painted byte, p50 / p90",
            "{switch_ms:.0f} / {switch_p90_ms:.0f} ms",
            "≤ 30 ms",
        ),
        ("empty_repaint_ms", "— an empty Textual grid repainted", "{empty_repaint_ms:.0f} ms", ""),
        ("peak_mb", "peak memory of the explorer", "{peak_mb:.0f} MB", "≤ 250 MB"),
    ]
    return [
        (what.format(**figures), shown.format(**figures), goal) for key, what, shown, goal in table if key in figures
    ]


@click.command()
@click.option("--only", type=click.Choice(["start", "steps", "switch"]), help="One part alone.")
@click.option("--repeats", default=1000, show_default=True, help="Of a step; starts and switches take a part of it.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures as JSON.")
def main(only: str | None, repeats: int, output: Path | None) -> None:
    """Measure and print a Markdown table."""
    figures: Figures = {}
    if only in (None, "start"):
        figures |= start_figures(max(3, repeats // 100))
    if only in (None, "steps"):
        figures |= step_figures(repeats)
    if only in (None, "switch"):
        figures |= switch_figures(max(5, repeats // 20))
    click.echo(f"Measured {datetime.date.today().isoformat()} on {machine()}, CPU provider, one thread.\n")
    click.echo("| what | measured | goal |\n|---|---|---|")
    for row in rows(figures):
        click.echo("| " + " | ".join(row) + " |")
    if output is not None:
        output.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
