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
    ("e", "edit", "edit"),
    ("o", "examples", "examples"),
    ("end", "finish", "end"),
    ("z", "zoom", "zoom"),
    ("- +", "temperature", "lower"),
    ("[ ]", "window", "widen"),
    ("?", "help", "help"),
)
"""(key, what it does, action), the most wanted first; the last one always has room."""

BINDINGS = (
    Binding("right", "step", "emit the next token"),
    Binding("left", "back", "take the last token back"),
    Binding("home", "home", "back to the first step"),
    Binding("end", "end", "decode to the end"),
    Binding("space", "play", "play or pause"),
    Binding("less_than_sign", "slower", "play slower"),
    Binding("greater_than_sign", "faster", "play faster"),
    Binding("r", "restart", "start over with the card's switches"),
    Binding("e", "edit", "edit the source"),
    Binding("o", "examples", "pick an example sentence"),
    Binding("a", "next_alignment(1)", "next alignment function"),
    Binding("A", "next_alignment(-1)", "previous alignment function"),
    *(Binding(str(number), f"alignment({number - 1})", f"alignment function {number}") for number in range(1, 7)),
    Binding("t", "next_attention(1)", "next attention type"),
    Binding("T", "next_attention(-1)", "previous attention type"),
    Binding("minus", "lower", "lower the temperature"),
    Binding("plus,equals_sign", "raise", "raise the temperature", key_display="+"),
    Binding("left_square_bracket", "narrow", "narrow the local window"),
    Binding("right_square_bracket", "widen", "widen the local window"),
    Binding("0", "reset", "temperature and window as in the card"),
    Binding("s", "sample", "hard attention: another sample, then arg-max again"),
    Binding("p", "toggle_free", "switches keep the prefix, or decode anew"),
    Binding("f", "force", "force a token at the cursor's row"),
    Binding("up,k", "row(-1)", "cursor up"),
    Binding("down,j", "row(1)", "cursor down"),
    Binding("shift+left,h", "column(-1)", "cursor left"),
    Binding("shift+right,l", "column(1)", "cursor right"),
    Binding("escape", "follow", "cursor back to the step that decoding is at"),
    Binding("pageup", "page(-1)", "a page of rows up"),
    Binding("pagedown", "page(1)", "a page of rows down"),
    Binding("z", "zoom", "zoom: fit, cell, wide"),
    Binding("C", "palette", "next colour map"),
    Binding("question_mark", "help", "help"),
    Binding("q", "app.quit", "quit"),
)
