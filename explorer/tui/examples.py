"""Sentences to start from, of several lengths and word orders, written for this project."""

from __future__ import annotations

ENGLISH = (
    "the little girl in the red dress is holding a white balloon.",
    "yes.",
    "a black dog jumps over a fence.",
    "an old man is reading a newspaper on a wooden bench.",
    "two young women with blue hats are riding bicycles down a busy street.",
    "the federal government has to answer this important question.",
    "we have not received a clear answer from the minister.",
    "a red car is parked in front of the big white house near the river.",
    "the new agreement will protect the rights of workers, and the provinces will be able to vote on it next year.",
    "a tall man in a green shirt and a small boy with a yellow cap are standing at the edge of the water, while three "
    "women in long black coats are walking behind them with their dogs, and a child on a bicycle is looking at the "
    "boats in the harbour.",
)

GERMAN = (
    "ein kleines mädchen in einem roten kleid hält einen weißen ballon.",
    "ein mann schläft.",
    "ein schwarzer hund springt über einen zaun.",
    "auf einer bank im park liest ein alter mann seine zeitung.",
    "zwei junge frauen mit blauen hüten fahren auf fahrrädern eine belebte straße entlang.",
    "ein junge, der eine gelbe mütze trägt, wird von seinem vater auf den schultern getragen.",
    "während drei frauen in langen schwarzen mänteln mit ihren hunden am ufer spazieren gehen, schaut ein kind auf "
    "einem fahrrad den booten im hafen zu.",
)

EXAMPLES = {"en": ENGLISH, "de": GERMAN}


PICTURES = (
    ("a brown dog on grass", "drawing:dog"),
    ("two people on a beach", "drawing:beach"),
    ("a child in the snow", "drawing:snow"),
    ("a man on a bicycle", "drawing:bicycle"),
    ("a boat on a lake", "drawing:boat"),
    ("a climber on a rock", "drawing:climber"),
    *((f"scene {seed}", f"scene:{seed}") for seed in range(1, 13)),
)
"""What a picture is called, and its name for `explorer.runtime.pictures.read_picture`."""


def examples_for(language: str) -> tuple[str, ...]:
    """Return the sentences of a language, the one to open with first; none where none were written."""
    return EXAMPLES.get(language, ())
