"""All keys on one screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

NAMES = {
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "question_mark": "?",
    "shift+left": "shift+←",
    "shift+up": "shift+↑",
    "shift+down": "shift+↓",
    "shift+right": "shift+→",
    "full_stop": ".",
    "comma": ",",
}

GRID = (
    "A row is a decoding step, a column a source token; a cell's colour is the attention weight. "
    "The row ▸ is the step at hand: its weights are computed, its token is not emitted yet. "
    "Edits are marked in their cells: ╱ masked, ▲ strengthened, ▼ weakened, ◐ a typed weight, ■ pinned. "
    "* marks a forced token, ◇ the centre p_t of local attention, ▕ ▏ the edges of its window. Where source and target "
    "are in one language, = marks a copied token: its piece is the source piece that it looks at most.\n\n"
    "v shows the source as text instead, behind every piece the weight that the step under the cursor gives it: "
    "figures are per cent, ● is the greatest weight, ◆ that at the centre, ╱ a mask. The target is below.\n\n"
)
READING = GRID + (
    "The decoder has no input feeding, so every alignment function and attention type meets the same query at the same "
    "prefix: what changes after a switch is due to the attention alone."
)

READING_HEADS = GRID + (
    "A Transformer looks at the source with every head of every layer at once; the grid shows one head of the "
    "cross-attention, or several as one. w shows all heads, those of self-attention too, and removes them. Layers and "
    "heads count from 0."
)

READING_PICTURES = (
    "The picture is cut into cells, row by row; a cell is as bright, or as hot, as its weight in the step under the "
    "cursor, relative to that step's greatest weight: x switches. Below stands a frame for every word so far, and for "
    "the step at hand, ▸. ↑ and ↓ move between words, shift and an arrow between cells. The frame is the cursor's "
    "cell, a dashed line the window of local attention, which reaches D rows and D columns from its centre; local-m "
    "sweeps the cells once in reading order. Cells count from 1,1. v shows the grid of words and cells.\n\n"
    "The decoder has no input feeding, so every alignment function and attention type meets the same query at the same "
    "prefix: what changes after a switch is due to the attention alone."
)


class HelpScreen(ModalScreen[None]):
    """What is drawn, and every key of a screen."""

    BINDINGS = [Binding("escape,q,question_mark", "dismiss(None)", "close")]

    def __init__(self, bindings: Sequence[BindingType], reading: str = READING) -> None:
        """Create the screen.

        Args:
            bindings: The keys.
            reading: How to read what is drawn.
        """
        super().__init__()
        self._reading = reading
        self._shown = [binding for binding in bindings if isinstance(binding, Binding)]

    def compose(self) -> ComposeResult:
        """The text, then the table of keys."""
        with VerticalScroll(id="help") as box:
            box.border_title = "help"
            box.border_subtitle = "escape closes"
            yield Static(self._reading, markup=False)
            yield Static(self._table(), id="help-keys")

    def _table(self) -> Text:
        text = Text()
        numbers = [binding for binding in self._shown if binding.action.startswith("alignment(")]
        for binding in self._shown:
            if binding in numbers[1:]:
                continue
            keys, does = _keys(binding), binding.description
            if binding in numbers:
                keys, does = f"{numbers[0].key}–{numbers[-1].key}", "alignment function by its number"
            text.append(f"{keys:>14}  ", "bold")
            text.append(f"{does}\n")
        if numbers:
            text.append(f"{'tab':>14}  ", "bold")
            text.append("to the lists and the candidates: arrows choose, enter forces\n")
        text.append(f"{'ctrl+p':>14}  ", "bold")
        text.append("command palette: everything by name, themes, colour maps, screenshot")
        return text


def _keys(binding: Binding) -> str:
    return binding.key_display or " ".join(NAMES.get(key, key) for key in binding.key.split(","))
