"""The keys of the screen of two runs, and how to read it."""

from __future__ import annotations

from textual.binding import Binding

from explorer.tui.screens.keys import CURSOR_KEYS, SWITCH_KEYS

HINTS = (
    ("→", "step", "step"),
    ("←", "back", "back"),
    ("tab", "side", "other_side"),
    ("a", "alignment", "next_alignment(1)"),
    ("t", "type", "next_attention(1)"),
    ("y", "copy tokens", "copy"),
    ("s", "swap", "swap"),
    ("L", "lock", "lock"),
    ("enter", "take", "take"),
    ("M", "model", "models"),
    ("esc", "close", "leave"),
    ("- +", "temperature", "lower"),
    ("end", "finish", "end"),
    ("X", "figure", "figure"),
    ("?", "help", "help"),
)

BINDINGS = (
    Binding("right", "step", "emit the next token of both sides"),
    Binding("left", "back", "take the last token back"),
    Binding("home", "home", "back to the first step"),
    Binding("end", "end", "decode both sides to the end"),
    Binding("tab,shift+tab", "other_side", "the keys below change the other side"),
    *SWITCH_KEYS,
    Binding("0", "reset", "temperature and window as in the card"),
    Binding("r", "sample", "hard attention: another sample"),
    Binding("n", "next_head(1)", "next head of a Transformer"),
    Binding("N", "next_head(-1)", "previous head of a Transformer"),
    Binding("M", "models", "another model on this side"),
    Binding("y", "copy", "force this side's tokens on the other: both then have the same prefix"),
    Binding("s", "swap", "exchange the sides"),
    Binding("L", "lock", "this side stays as it is, or goes on"),
    Binding("enter", "take", "go on with this side in the explorer"),
    *CURSOR_KEYS,
    Binding("g", "greatest", "cursor to the greatest difference of its row"),
    Binding("z", "zoom", "zoom: fit, cell, wide"),
    Binding("x", "overlay", "attention over a picture as brightness, as heat, or not at all"),
    Binding("C", "palette", "next colour map of the weights"),
    Binding("X", "figure", "write both runs and their differences as a figure"),
    Binding("question_mark", "help", "help"),
    Binding("escape,q,c", "leave", "back to the explorer, whose run is as it was"),
)

READING = (
    "Both sides read one source and are stepped together. The third grid is the right side's weights less the left "
    "side's, in the colours of the two names: + or › is where the right side looks more, − or ‹ where the left one "
    "does. At the left of every row stands the Jensen-Shannon distance of the two rows of weights, and = or ≠: whether "
    "both have their greatest weight in the same place. The distance is the square root of the divergence to base 2: 0 "
    "is the same, 1 nothing in common; rows that do not sum to 1, as those of local-p, are normalised for it. ╎ marks "
    "rows before which the tokens differ, so that the two no longer have the same query; y copies the tokens. Δ bits "
    "is how much more the right side's row is spread.\n\n"
    "Models with different vocabularies are compared word by word, the weights of a word's pieces summed. Differences "
    "of a picture are drawn relative to the greatest of the word.\n\n"
    "The bar ▌ is at the side that the keys change; the other one stays. A locked side is not stepped and not switched."
)
