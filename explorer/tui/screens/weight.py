"""Typing the weight that a cell is to have."""

from __future__ import annotations

import math

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from explorer.render.cells import truncate
from explorer.tui.view import View

LONGEST_LABEL = 16


class WeightScreen(ModalScreen[float | None]):
    """A field for a weight and what it means under the present attention; returns the weight, or None."""

    BINDINGS = [Binding("escape", "dismiss(None)", "close")]

    def __init__(self, view: View, column: int) -> None:
        """Create the screen.

        Args:
            view: The explorer's view; its row is the cell's.
            column: Source position of the cell.
        """
        super().__init__()
        self._view = view
        self._column = column

    def compose(self) -> ComposeResult:
        """The field, and a sentence."""
        view = self._view
        label = truncate(view.snapshot.trace.source.labels[self._column], LONGEST_LABEL)
        with Vertical(id="weigh") as box:
            box.border_title = f"weight of {label} at step {view.step.position + 1}"
            box.border_subtitle = "enter sets · escape closes"
            yield Input(f"{float(view.step.weights[self._column]):.2f}", id="weight", select_on_focus=True)
            yield Static(meaning(view), markup=False)

    def on_mount(self) -> None:
        """Begin in the field."""
        self.query_one("#weight", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the weight."""
        event.stop()
        weight = read_weight(event.value)
        if weight is None:
            self.notify("a number from 0 to 1, or per cent: 0.25, 25 %", severity="error", title="not a weight")
        else:
            self.dismiss(weight)


def read_weight(text: str) -> float | None:
    """Return a typed weight, "0.25", ".25", "0,25" or "25 %"; None where it is none."""
    written = text.strip().replace(",", ".")
    share = written.endswith("%")
    try:
        weight = float(written.removesuffix("%")) / (100.0 if share else 1.0)
    except ValueError:
        return None
    return weight if math.isfinite(weight) and 0.0 <= weight <= 1.0 else None


def meaning(view: View) -> str:
    """Return what a typed weight means under the present switches."""
    controls = view.snapshot.trace.controls
    said = "0 masks, 1 pins. The rest of the row is shared as it was. "
    if controls.attention == "local_p":
        said += "It is the weight behind the Gaussian, which is the most that can be had there. "
    if controls.attention.startswith("local"):
        said += "Outside of the window every weight stays 0. "
    if controls.attention == "hard":
        said += "Hard attention draws the position with this probability; the arg-max takes the most probable one. "
    if controls.layer is not None and controls.head is not None:
        said += f"It is the weight in layer {controls.layer}, head {controls.head}, and set there alone. "
    elif controls.layer is not None or controls.aggregate is not None:
        of = "all heads" if controls.layer is None or controls.aggregate != "mean" else f"layer {controls.layer}"
        said += f"It is the mean weight of {of}; the bias acts in every head. "
    return said.strip()
