"""What ``attn-explore`` asks on its very first run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.tui.welcome import Begin


def ask(*, tour: bool) -> Begin | None:
    """Ask what to begin with; None where the program is to be left.

    Args:
        tour: Whether there is a tour to offer.
    """
    from explorer.tui.launch import run_welcome

    return run_welcome(_playable, tour=tour)


def _playable() -> Sequence[tuple[str, str]]:
    """Return the name of each demo whose models are here, and what it shows."""
    from explorer.commands.demo import models_of, shipped_demos
    from explorer.runtime.catalog import shipped_bundles

    shipped = shipped_bundles()
    return [(name, demo.about) for name, demo in shipped_demos().items() if set(models_of(demo)) <= set(shipped)]
