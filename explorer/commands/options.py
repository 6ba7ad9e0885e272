"""Options that several commands have, as decorators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

DEFAULT_MODEL = "translate-en-fr"
DEFAULT_PROVIDER = "auto"
Command = Callable[..., Any]

model = click.option("--model", default=DEFAULT_MODEL, show_default=True, help="Name, or path of a bundle.")
provider = click.option("--provider", default=DEFAULT_PROVIDER, show_default=True, metavar="auto|cpu|cuda")
alignment = click.option("--alignment", metavar="A", help="Alignment function; default: the model's.")
layer = click.option("--layer", type=int, metavar="L", help="Show this layer of a Transformer, counted from 0.")
head = click.option("--head", type=int, metavar="H", help="Show this head of the layer, counted from 0.")
aggregate = click.option(
    "--aggregate", metavar="mean|max|rollout", help="Show several heads as one: of --layer, or of all layers."
)
attention = click.option("--attention", metavar="T", help="Attention type; default: the model's.")
temperature = click.option("--temperature", type=float, metavar="X", help="Divides the scores before the softmax.")
seed = click.option(
    "--seed", type=int, metavar="N", help="Hard attention draws samples by this seed instead of the arg-max."
)
beam = click.option("--beam", type=int, metavar="N", help="Search with a beam of N hypotheses, 1 to 16.")
n_best = click.option(
    "--n-best", type=int, metavar="K", help="Write the K best hypotheses of the search; --beam is K by default."
)
length_penalty = click.option(
    "--length-penalty",
    type=float,
    metavar="A",
    help="Scores are divided by ((5 + tokens) / 6)^A; 0 to 2, default: 0.6.",
)
compare = click.option(
    "--compare",
    metavar="NAME=X,…",
    help="Two runs and their differences; of the other one: alignment, attention, window, temperature, seed, layer, "
    "head, aggregate, model.",
)
same_tokens = click.option(
    "--same-tokens", is_flag=True, help="Of --compare and --gallery: every run is given the tokens of the first."
)
gallery = click.option("--gallery", is_flag=True, help="Every alignment function with every attention type.")

tree = click.option("--tree", is_flag=True, help="The whole search of --beam as a tree, with what it pruned.")


def several(command: Command) -> Command:
    """Add what puts several runs, or a search, into one figure."""
    for option in reversed((compare, gallery, same_tokens, tree)):
        command = option(command)
    return command


form = click.option("--format", "form", default="text", show_default=True, metavar="text|json|svg|html|png|pdf|npz")
output = click.option(
    "--output", metavar="FILE", help="Write to FILE, whole or not at all; several figures as PNG or npz: to FILE-1, …"
)
palette = click.option("--palette", metavar="NAME", help="Colours: magma, viridis, cividis, mono, cmocean:ice, …")
width = click.option("--width", metavar="LENGTH", help="Width of a figure: 84mm (mm if no unit), 3.3in, 240pt.")
font_size = click.option("--font-size", metavar="PT", help="Of a figure's labels; --width finds one itself.")
no_title = click.option("--no-title", is_flag=True, help="Only the figure and its scale of colours.")
rotate = click.option("--rotate", type=int, metavar="DEG", help="Turn a grid's source labels, 0 to 90 degrees.")
theme = click.option("--theme", metavar="light|dark", help="A figure's page; default: light for PNG and PDF.")


def figure(command: Command) -> Command:
    """Add what says how a figure looks."""
    parts = (palette, width, font_size, no_title, rotate, theme)
    for option in reversed(parts):
        command = option(command)
    return command


headless = click.option("--headless", is_flag=True, help="Draw it without a terminal.")
replay_format = click.option(
    "--format", "form", metavar="text|svg|html|cast", help="Of --headless; cast: asciicast v2."
)
speed = click.option("--speed", type=float, default=1.0, show_default=True, metavar="X", help="Play X times as fast.")
