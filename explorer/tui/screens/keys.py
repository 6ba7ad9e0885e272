"""The keys of the explorer screen, and which of them its last line names."""

from __future__ import annotations

from textual.binding import Binding

HINTS = (
    ("→", "step", "step"),
    ("←", "back", "back"),
    ("space", "play", "play"),
    ("a", "alignment", "next_alignment(1)"),
    ("t", "type", "next_attention(1)"),
    ("f", "force", "force"),
    ("b", "beam", "beam"),
    ("c", "compare", "compare"),
    ("g", "gallery", "gallery"),
    ("e", "edit", "edit"),
    ("o", "examples", "examples"),
    ("end", "finish", "end"),
    ("z", "zoom", "zoom"),
    ("M", "models", "models"),
    ("v", "view", "view"),
    ("d", "stages", "stages"),
    ("D", "decoding", "decoding"),
    ("- +", "temperature", "lower"),
    ("[ ]", "window", "widen"),
    ("m", "mask", "mask"),
    ("u", "undo", "undo"),
    ("i", "truth", "truth"),
    ("B", "branches", "branches"),
    ("?", "help", "help"),
)
"""(key, what it does, action), the most wanted first; the last one always has room."""

HEAD_HINTS = (
    ("→", "step", "step"),
    ("←", "back", "back"),
    ("space", "play", "play"),
    ("w", "heads", "heads"),
    ("n", "next head", "next_head(1)"),
    ("d", "stages", "stages"),
    ("f", "force", "force"),
    ("b", "beam", "beam"),
    ("c", "compare", "compare"),
    ("e", "edit", "edit"),
    ("o", "examples", "examples"),
    ("M", "models", "models"),
    ("end", "finish", "end"),
    ("z", "zoom", "zoom"),
    ("v", "view", "view"),
    ("D", "decoding", "decoding"),
    ("- +", "temperature", "lower"),
    ("?", "help", "help"),
)
"""The same for a Transformer."""

PICTURE_HINTS = (
    ("→", "step", "step"),
    ("←", "back", "back"),
    ("space", "play", "play"),
    ("a", "alignment", "next_alignment(1)"),
    ("t", "type", "next_attention(1)"),
    ("o", "pictures", "examples"),
    ("x", "overlay", "overlay"),
    ("c", "compare", "compare"),
    ("g", "gallery", "gallery"),
    ("f", "force", "force"),
    ("b", "beam", "beam"),
    ("v", "grid", "view"),
    ("end", "finish", "end"),
    ("M", "models", "models"),
    ("d", "stages", "stages"),
    ("D", "decoding", "decoding"),
    ("- +", "temperature", "lower"),
    ("[ ]", "window", "widen"),
    ("?", "help", "help"),
)
"""The same for a model that reads pictures."""

SWITCH_KEYS = (
    Binding("a", "next_alignment(1)", "next alignment function"),
    Binding("A", "next_alignment(-1)", "previous alignment function"),
    *(Binding(str(number), f"alignment({number - 1})", f"alignment function {number}") for number in range(1, 7)),
    Binding("t", "next_attention(1)", "next attention type"),
    Binding("T", "next_attention(-1)", "previous attention type"),
    Binding("minus", "lower", "lower the temperature"),
    Binding("plus,equals_sign", "raise", "raise the temperature", key_display="+"),
    Binding("left_square_bracket", "narrow", "narrow the local window"),
    Binding("right_square_bracket", "widen", "widen the local window"),
)
"""Alignment function, attention type, temperature and window."""

CURSOR_KEYS = (
    Binding("up,k", "row(-1)", "cursor up"),
    Binding("down,j", "row(1)", "cursor down"),
    Binding("shift+left,h", "column(-1)", "cursor left"),
    Binding("shift+right,l", "column(1)", "cursor right"),
    Binding("shift+up,K", "cell_row(-1)", "in a picture: cursor to the cell above"),
    Binding("shift+down,J", "cell_row(1)", "in a picture: cursor to the cell below"),
)

TILE_MOVES = (
    Binding("left,h", "move(-1, 0)", "to the left"),
    Binding("right,l", "move(1, 0)", "to the right"),
    Binding("up,k", "move(0, -1)", "up"),
    Binding("down,j", "move(0, 1)", "down"),
)
"""On a wall of small grids."""

WALL_STEPS = (
    Binding("shift+right,full_stop", "step", "emit the next token", key_display="."),
    Binding("shift+left,comma", "back", "take the last token back", key_display=","),
    Binding("end", "end", "decode to the end"),
    Binding("home", "home", "back to the first step"),
)
"""Where arrows move the choice."""

BINDINGS = (
    Binding("right", "step", "emit the next token"),
    Binding("left", "back", "take the last token back"),
    Binding("home", "home", "back to the first step"),
    Binding("end", "end", "decode to the end"),
    Binding("space", "play", "play or pause"),
    Binding("less_than_sign", "slower", "play slower"),
    Binding("greater_than_sign", "faster", "play faster"),
    Binding("R", "restart", "start over with the card's switches"),
    Binding("e", "edit", "edit the source"),
    Binding("o", "examples", "pick an example, or a picture"),
    *SWITCH_KEYS,
    Binding("0", "reset", "temperature and window as in the card, hard attention's arg-max"),
    Binding("r", "sample", "hard attention: another sample"),
    Binding("p", "toggle_free", "switches keep the prefix, or decode anew"),
    Binding("w", "heads", "all heads of a Transformer at once; remove them there"),
    Binding("n", "next_head(1)", "the grid shows the next head"),
    Binding("N", "next_head(-1)", "the grid shows the previous head"),
    Binding("m", "mask", "mask the cursor's cell; again: at every step; again: no longer"),
    Binding("full_stop", "shift(1)", "strengthen the cursor's cell: the odds × e"),
    Binding("comma", "shift(-1)", "weaken it: the odds ÷ e"),
    Binding("P", "pin", "pin: all weight of the row in the cursor's cell"),
    Binding("enter", "weigh", "type the weight of the cursor's cell"),
    Binding("L", "edits", "list the edits; take some off"),
    Binding("u", "undo", "undo the last switch, edit, forced token or source"),
    Binding("U", "redo", "redo what was undone"),
    Binding("B", "branches", "the branches: every run of tokens that was left"),
    Binding("E", "word", "edit the source word at the cursor: replace, drop, add"),
    Binding("y", "shuffle", "shuffle the words for the attention alone: the queries stay, places change"),
    Binding("i", "truth", "does the attention tell the truth? mask each position and see"),
    Binding("d", "stages", "inside the cursor's cell: the stages from score to weight"),
    Binding("M", "models", "go on with another model"),
    Binding("S", "save_session", "save the session: everything done so far, to be played again"),
    Binding("c", "compare", "two runs beside each other, and their differences"),
    Binding("g", "gallery", "every alignment function with every attention type, live"),
    Binding("f", "force", "force a token at the cursor's row"),
    Binding("b", "beam", "beam search: the tree of hypotheses; go on from any of them"),
    Binding("D", "decoding", "decoding strategy: greedy, or drawn by temperature, top-k, top-p"),
    *CURSOR_KEYS,
    Binding("x", "overlay", "attention over a picture as brightness, as heat, or not at all"),
    Binding("escape", "follow", "cursor back to the step that decoding is at"),
    Binding("pageup", "page(-1)", "a page of rows up"),
    Binding("pagedown", "page(1)", "a page of rows down"),
    Binding("v", "view", "the source as text to read or as a picture, or the grid"),
    Binding("z", "zoom", "zoom: fit, cell, wide, all"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write a figure: SVG, PDF, PNG, HTML, text, JSON, npz"),
    Binding("question_mark", "help", "help"),
    Binding("q", "app.quit", "quit"),
)
