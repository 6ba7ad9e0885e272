"""``python -m tests.benchmarks``: measure, and print the README's table."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import click

from explorer.runtime.catalog import shipped_bundles
from tests.benchmarks.report import Figures, machine, table, versions

PARTS = ("start", "steps", "switch", "pictures", "transformers")


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="A part to measure; several times for several.")
@click.option("--starts", default=15, show_default=True, help="Cold starts.")
@click.option("--steps", default=2000, show_default=True, help="Steps of each kind; batches take a tenth.")
@click.option("--switches", default=60, show_default=True, help="Switches of the alignment function.")
@click.option("--checkpoint", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Training folder.")
@click.option(
    "--transformer",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Training folder of transformer-en-fr, for the part transformers.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures as JSON.")
def main(
    only: tuple[str, ...],
    starts: int,
    steps: int,
    switches: int,
    checkpoint: Path | None,
    transformer: Path | None,
    output: Path | None,
) -> None:
    """Measure and print Markdown tables: cold start, steps and batches, switches and peak memory; engines.

    Eager PyTorch has the weights of the training folder --checkpoint, else random ones of the same sizes.
    """
    about, figures = machine(), Figures()
    # Each part imports what it needs when its turn comes: nothing is held in memory beside the programs that are timed.
    if not only or "start" in only:
        from tests.benchmarks.screen import start_figures

        figures |= start_figures(starts)
    if not only or "switch" in only:
        from tests.benchmarks.inside import inside_figures
        from tests.benchmarks.screen import switch_figures

        figures |= switch_figures(switches) | inside_figures(switches)
    if not only or "steps" in only:
        from tests.benchmarks.steps import step_figures

        figures |= step_figures(steps, checkpoint)
    if not only or "pictures" in only:
        from tests.benchmarks.pictures import picture_figures

        figures |= picture_figures(list(shipped_bundles()), max(5, steps // 50))
    if transformer is not None and (not only or "transformers" in only):
        figures |= _transformers(transformer, steps)
    today, found = datetime.date.today().isoformat(), versions()
    named = ", ".join(f"{name} {version}" for name, version in found.items())
    click.echo(f"Measured {today} on {about}; CPU provider, one thread, batch 1 and 14 source tokens; {named}.\n")
    click.echo(table(figures))
    if any(key.endswith(" encode") for key in figures):
        from tests.benchmarks.pictures import picture_table

        click.echo(f"\n{picture_table(figures, list(shipped_bundles()))}")
    if any(key.startswith("ctranslate2") for key in figures):
        from tests.benchmarks.transformers import bundle_table, engine_table, position_line

        rows = bundle_table(figures, list(shipped_bundles()))
        click.echo(f"\n{rows}\n\n{position_line(figures)}\n\n{engine_table(figures)}")
    if output is not None:
        content = {"date": today, "machine": about, "provider": "cpu", "versions": found, "figures": figures}
        output.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _transformers(checkpoint: Path, steps: int) -> Figures:
    from tests.benchmarks.transformers import bundle_steps, comparison, step_by_position

    figures = bundle_steps(list(shipped_bundles()), steps // 4) | step_by_position(steps // 4)
    return figures | comparison(checkpoint, max(5, steps // 50))


if __name__ == "__main__":
    main()
