"""The keys of the beam search, and how to read its tree."""

from __future__ import annotations

from textual.binding import Binding

HINTS = (
    ("↑↓←→", "move", "beside(1)"),
    ("enter", "go on", "go_on"),
    ("- +", "width", "wider(1)"),
    ("[ ]", "penalty", "penalty(1)"),
    ("n", "next end", "next_finished(1)"),
    ("esc", "back", "leave"),
    (", .", "step", "show(-1)"),
    ("o", "only survivors", "pruned"),
    ("p", "prefix", "prefix"),
    ("f", "figures", "figures"),
    ("X", "write it", "figure"),
    ("?", "help", "help"),
)

BINDINGS = (
    Binding("up,k", "beside(-1)", "the hypothesis above, at the same step"),
    Binding("down,j", "beside(1)", "the hypothesis below, at the same step"),
    Binding("right,l", "forth", "the best token after this one"),
    Binding("left,h", "back", "the token before this one"),
    Binding("enter", "go_on", "the explorer stands on the tokens up to this one, and goes on from there"),
    Binding("n", "next_finished(1)", "the end of the next finished hypothesis"),
    Binding("N", "next_finished(-1)", "the end of the finished hypothesis before"),
    Binding("plus,equals_sign", "wider(1)", "a wider beam, up to 16", key_display="+"),
    Binding("minus", "wider(-1)", "a narrower beam; 1 is greedy decoding"),
    Binding("left_square_bracket", "penalty(-1)", "a smaller length penalty: shorter hypotheses win"),
    Binding("right_square_bracket", "penalty(1)", "a greater length penalty: longer hypotheses win"),
    Binding("full_stop", "show(1)", "one more step of the search"),
    Binding("comma", "show(-1)", "the tree one step before"),
    Binding("home", "show(-999)", "the first step of the search"),
    Binding("end", "show(999)", "the whole search"),
    Binding("o", "pruned", "only what survives, or the pruned branches too"),
    Binding("p", "prefix", "search behind the emitted tokens, or from the beginning"),
    Binding("f", "figures", "probabilities in per cent beside the tokens, or not"),
    Binding("z", "zoom", "zoom of the weights: fit, cell, wide, all"),
    Binding("x", "overlay", "attention over a picture as brightness, as heat, or not at all"),
    Binding("C", "palette", "next colour map"),
    Binding("X", "figure", "write the tree as a figure"),
    Binding("escape,q,b", "leave", "back to the explorer; nothing changes there"),
    Binding("question_mark", "help", "help"),
)

READING = (
    "A column is a step of the search, a line a hypothesis: from every token its best continuation goes on to the "
    "right, others hang below. At each step the beam keeps as many hypotheses as it is wide, by the log-probability "
    "of all their tokens; what is pruned stays, dimmed, at a dotted line (the nearest of it: as many again). "
    "▸ is on the beam after the last step, #1 the best of the finished. Numbers are per cent.\n\n"
    "A score is the log-probability over the length penalty ((5 + tokens) / 6)^α (Wu 2016, eq. 14); it orders the "
    "finished. The search ends when as many are finished as the beam is wide. Below stand the weights of the chosen "
    "hypothesis up to the chosen token. Tokens beside each other behind one parent were chosen by the same row."
)
