"""Sentences to start from, of several lengths and word orders, written for this project."""

from __future__ import annotations

from explorer.runtime.card import Card

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

NEWS = (
    "Northgate Steel Corp said it agreed to acquire Halvorsen Tools Inc, a maker of machine parts, for an undisclosed "
    "amount of cash and stock.",
    "Larkfield Foods Inc said it filed a registration statement with the Securities and Exchange Commission for a "
    "proposed offering of 2.5 mln shares of common stock.",
    "Japan and the European Community failed to reach agreement on steel exports after two days of talks in Brussels, "
    "trade officials said.",
    "Heavy rain has damaged the coffee crop in three provinces of the island and exports are expected to fall by about "
    "15 pct this year, a spokesman for the growers' association said.",
    "Merrow Bank said it is raising its prime lending rate to eight pct from 7-3/4 pct, effective immediately.",
    "Opec ministers will meet in Vienna next week to discuss oil production and prices, the oil minister of one member "
    "country told reporters.",
    "Tannery Holdings Ltd, which makes shoes and leather goods, said its board of directors rejected a takeover bid of "
    "48 dlrs a share from a group of investors, saying the offer was inadequate and not in the best interests of "
    "shareholders, and that it would study other ways to raise the value of the company, including the sale of two of "
    "its units.",
    "Brightwater Airlines Inc said its pilots voted to end a strike that had grounded most of its flights for nine "
    "days and will return to work on Monday.",
)

EXAMPLES = {("translation", "en"): ENGLISH, ("translation", "de"): GERMAN, ("summarization", "en"): NEWS}


DRAWINGS = (
    ("a brown dog on grass", "drawing:dog"),
    ("two people on a beach", "drawing:beach"),
    ("a child in the snow", "drawing:snow"),
    ("a man on a bicycle", "drawing:bicycle"),
    ("a boat on a lake", "drawing:boat"),
    ("a climber on a rock", "drawing:climber"),
)
SCENES = tuple((f"scene {seed}", f"scene:{seed}") for seed in range(1, 13))
"""What a picture is called, and its name for `explorer.runtime.pictures.read_picture`."""


def pictures_for(card: Card) -> tuple[tuple[str, str], ...]:
    """Return (what it is called, its name) of the pictures to try on a model: those of its own kind first."""
    return SCENES + DRAWINGS if "scenes" in card.name else DRAWINGS + SCENES


def examples_for(card: Card) -> tuple[str, ...]:
    """Return sources for a model's task and source language, the one to open with first; none where there are none."""
    if card.image is not None:
        return tuple(name for _, name in pictures_for(card))
    return EXAMPLES.get((card.task, card.languages.source), ())
