"""What each alignment function and attention type computes, in plain Unicode, for the panels beside the grid."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_LINE = 22
LONGEST_SENTENCE = 70


@dataclass(frozen=True, slots=True)
class Formula:
    """One mechanism, as shown to people.

    Attributes:
        name: Its name in cards, controls and JSON.
        title: Its name for people.
        lines: The formula, at most `LONGEST_LINE` cells a line. sᵢ is the score and wᵢ the
            weight of source position i, q is the query (the decoder state h at step t), k the
            key of source position i, S the source length, T the temperature, D the window.
        sentence: What it does in plain words, at most `LONGEST_SENTENCE` characters.
        paper: Author, year and section.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    sentence: str
    paper: str


_ALIGNMENTS = (
    Formula(
        "location",
        "location",
        ("sᵢ = (W q)ᵢ",),
        "The decoder alone names a position; no key takes part.",
        "Luong 2015, 3.1",
    ),
    Formula(
        "content",
        "content",
        ("sᵢ = β cos(W q, kᵢ)", "β > 0 learned"),
        "Compares directions only; the learned β makes it sharp enough.",
        "Graves 2014, 3.3.1",
    ),
    Formula(
        "additive",
        "additive",
        ("sᵢ = vᵀ tanh(W[q; kᵢ])",),
        "A small network with one hidden layer judges each pair.",
        "Bahdanau 2014, A.1.2",
    ),
    Formula(
        "general",
        "general",
        ("sᵢ = qᵀ W kᵢ",),
        "A learned matrix translates between query and key.",
        "Luong 2015, 3.1",
    ),
    Formula(
        "dot",
        "dot",
        ("sᵢ = qᵀ kᵢ",),
        "Query and key are compared as they are; nothing is learned here.",
        "Luong 2015, 3.1",
    ),
    Formula(
        "scaled_dot",
        "scaled dot",
        ("sᵢ = (W q)ᵀ kᵢ / √n", "n the key size"),
        "A dot product kept small, so that the softmax does not saturate.",
        "Vaswani 2017, 3.2.1",
    ),
)

_ATTENTIONS = (
    Formula(
        "global",
        "global",
        ("wᵢ = softmax(sᵢ / T)", "c = Σᵢ wᵢ kᵢ"),
        "Every source position gets a share of the attention.",
        "Luong 2015, 3.1",
    ),
    Formula(
        "local_m",
        "local-m",
        ("pₜ = min(t, S − 1)", "wᵢ = softmax(sᵢ / T)", "  where |i − pₜ| ≤ D"),
        "A window that moves one source position on with every step.",
        "Luong 2015, 3.2",
    ),
    Formula(
        "local_p",
        "local-p",
        ("pₜ = S σ(vᵀ tanh(Whₜ))", "wᵢ = softmax(sᵢ / T)", " · exp(−2(i − pₜ)²/D²)", "  where |i − pₜ| ≤ D"),
        "The model predicts the centre; weights fade away from it (sum ≤ 1).",
        "Luong 2015, 3.2",
    ),
    Formula(
        "hard",
        "hard",
        ("i* = argmax(sᵢ/T + g)", "w = 1 at i*, else 0", "g: 0, or Gumbel noise"),
        "Looks at one position; trained by straight-through Gumbel-softmax.",
        "Xu 2015, 4.1",
    ),
    Formula(
        "none",
        "none",
        ("w = 0", "c = 0"),
        "Looks at nothing: all it knows is in the decoder's state.",
        "Sutskever 2014, 2",
    ),
)

_OVER_CELLS = (
    Formula(
        "local_m",
        "local-m",
        ("pₜ = cell ⌊stride · t⌋", "wᵢ = softmax(sᵢ / T)", "  where ‖i − pₜ‖∞ ≤ D"),
        "A square window that goes over the cells once, in reading order.",
        "Luong 2015, 3.2",
    ),
    Formula(
        "local_p",
        "local-p",
        (
            "pₜ = (R, C) σ(u) − ½",
            "  u = V tanh(W hₜ)",
            "wᵢ = softmax(sᵢ / T)",
            " · exp(−2‖i − pₜ‖²/D²)",
            "  where ‖i − pₜ‖∞ ≤ D",
        ),
        "The model predicts row and column; weights fade away from there.",
        "Luong 2015, 3.2",
    ),
)
"""Local attention over the cells of a picture: i and pₜ are (row, column), R and C count rows and columns."""

_MULTI_HEAD = Formula(
    "multi_head",
    "multi-head",
    ("hⱼ = softmax(QKᵀ/√n)V", "out = [h₁; …; hₘ] Wᴼ"),
    "Each head looks with queries, keys and values of its own.",
    "Vaswani 2017, 3.2.2",
)


def multi_head_formula() -> Formula:
    """The formula of a Transformer's attention, several heads side by side."""
    return _MULTI_HEAD


def alignment_formula(name: str) -> Formula:
    """The formula of an alignment function; a name that only the bundle knows gets one without text."""
    return _found(_ALIGNMENTS, name)


def attention_formula(name: str, *, cells: bool = False) -> Formula:
    """The formula of an attention type; a name that only the bundle knows gets one without text.

    Args:
        name: Its name in cards and controls.
        cells: Whether the source is a picture, whose positions have a row and a column.
    """
    return _found((*_OVER_CELLS, *_ATTENTIONS) if cells else _ATTENTIONS, name)


def title_of(name: str) -> str:
    """How an alignment function or attention type is called for people: "scaled dot", "local-m"."""
    return next((known.title for known in (*_ALIGNMENTS, *_ATTENTIONS) if known.name == name), name.replace("_", " "))


def _found(known: tuple[Formula, ...], name: str) -> Formula:
    for formula in known:
        if formula.name == name:
            return formula
    return Formula(name, name.replace("_", " "), (), "", "")
