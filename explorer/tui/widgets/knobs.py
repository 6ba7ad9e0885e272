"""The continuous switches and the mode: window, temperature, what a switch does to the prefix."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from explorer.runtime.controls import TEMPERATURE, TOP_K, TOP_P, Strategy
from explorer.runtime.switches import LOCAL
from explorer.tui.view import View
from explorer.tui.widgets.base import ViewPanel

LEAST_HEIGHT = 3
"""Lines of the panel on the smallest screen."""


class Knobs(ViewPanel):
    """One line a knob: its name, its value and the keys that turn it."""

    BORDER_TITLE = "controls"

    def __init__(self, *, has_window: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._has_window = has_window

    def lines(self, view: View) -> list[Text]:
        """Lines for temperature, window, hard attention's choice, the strategy and the mode.

        A window without effect makes room for the others where the panel is low.
        """
        controls = view.snapshot.trace.controls
        local, hard = controls.attention in LOCAL, controls.attention == "hard"
        lines = [
            self._line(
                "temp", f"{controls.temperature:.2f}", ("-", "+"), controls.attention != "none", "lower", "raise"
            ),
        ]
        if self._has_window and (local or self.size.height > LEAST_HEIGHT):
            lines.append(self._line("win", f"±{controls.window:g}", ("[", "]"), local, "narrow", "widen"))
        if hard:
            choice = "arg-max" if controls.seed is None else f"draw {controls.seed}"
            lines.append(self._one("pick", choice, "r", "sample"))
        lines.append(self._one("next", _chosen_by(controls.strategy), "D", "decoding"))
        lines.append(self._one("prefix", "redone" if view.free else "kept", "p", "toggle_free"))
        return lines

    def _line(self, name: str, value: str, keys: tuple[str, str], acts: bool, less: str, more: str) -> Text:
        style = self.look("strong") if acts else self.look("dim")
        text = Text(f"{name:<5}", self.plain if acts else self.look("dim"))
        text.append(f"{value:>5}", style)
        for key, action in zip(keys, (less, more), strict=True):
            text.append(f" {key}", self.look("accent" if acts else "dim").copy() + _click(action))
        return text

    def _one(self, name: str, value: str, key: str, action: str) -> Text:
        text = Text(name)
        text.append(value.rjust(12 - len(name)), self.look("strong"))
        text.append(f" {key}", self.look("accent") + _click(action))
        return text


def _chosen_by(strategy: Strategy) -> str:
    """How the next token is chosen, in at most eight cells."""
    return {
        TEMPERATURE: f"T {strategy.temperature:g}",
        TOP_K: f"top {strategy.top_k}",
        TOP_P: f"p {strategy.top_p:g}",
    }.get(strategy.name, "greedy")


def _click(action: str) -> Style:
    return Style(meta={"@click": f"screen.{action}"})
