"""Made-up pictures for the tests: one coloured quarter on grey, and captions that name it."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.recipes import RECIPES, CorpusFile, ImageRecipe, Recipe, TestSet

COLOURS = {"red": (230, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 230)}
SIZE = 16


def paint(colour: str, row: int, column: int) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) whose quarter at `row` and `column` has the colour."""
    pixels = np.full((SIZE, SIZE, 3), 128, dtype=np.uint8)
    half = SIZE // 2
    pixels[half * row : half * row + half, half * column : half * column + half] = COLOURS[colour]
    return pixels


def name_of(colour: str, row: int, column: int) -> list[str]:
    """Return two captions of such a picture."""
    place = f"{('top', 'bottom')[row]} {('left', 'right')[column]}"
    return [f"A {colour} square, {place}.", f"{place}: it is {colour}"]


def write_pictures(folder: Path, name: str, count: int, seed: int) -> list[tuple[str, int, int]]:
    """Write `name`.zip and `name`.jsonl; returns what is on the pictures."""
    chance = random.Random(seed)
    made = [(chance.choice(list(COLOURS)), chance.randint(0, 1), chance.randint(0, 1)) for _ in range(count)]
    lines = []
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        for number, one in enumerate(made):
            content = io.BytesIO()
            Image.fromarray(paint(*one)).save(content, "PNG")
            archive.writestr(f"{number}.png", content.getvalue())
            lines.append(json.dumps({"image": f"{number}.png", "captions": name_of(*one)}))
    (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return made


def tiny_recipe(**changes: object) -> Recipe:
    """Return a recipe for pictures that `write_pictures` wrote as train, dev and test."""
    entry = CorpusFile("quarters", "train.jsonl", "dev.jsonl", 1.0, "painted by the test", "none")
    recipe = dataclasses.replace(
        RECIPES["caption-photos"],
        corpora=(entry,),
        vocabulary=80,
        hidden=16,
        longest=16,
        dropout=0.1,
        pool_pairs=40,
        target_tokens=2_000,
        image=ImageRecipe(SIZE, (4, 8), images=8, captions=2, varied=True),
        tests=(TestSet("quarters test", "test.jsonl"),),
    )
    return dataclasses.replace(recipe, **changes)  # type: ignore[arg-type]
