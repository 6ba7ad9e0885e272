"""Scenes from seeds: what they are, and that they stay what they are."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.scenes.dice import LARGEST_SEED, Dice
from explorer.scenes.generate import EDGE, FEWEST, GAP, MOST, SIDES, UNIT, scene_of
from explorer.scenes.relations import BETWEEN, is_plain
from explorer.scenes.scene import (
    BIG,
    COLOURS,
    KINDS,
    PATTERNS,
    SIZES,
    SMALL,
    TONES,
    Background,
    Box,
    Scene,
    Shape,
)

seeds = st.integers(0, LARGEST_SEED)
PINNED = (
    Scene(
        0,
        Background("dots", "mist"),
        (
            Shape("small", "green", "cross", Box(0.336, 0.342, 0.532, 0.538)),
            Shape("small", "green", "square", Box(0.276, 0.05, 0.474, 0.248)),
            Shape("big", "green", "circle", Box(0.179, 0.607, 0.509, 0.937)),
            Shape("small", "purple", "ring", Box(0.576, 0.699, 0.771, 0.894)),
        ),
    ),
    Scene(
        1,
        Background("stripes", "mist"),
        (
            Shape("small", "red", "ring", Box(0.101, 0.033, 0.317, 0.249)),
            Shape("big", "red", "triangle", Box(0.396, 0.145, 0.727, 0.476)),
            Shape("big", "red", "ring", Box(0.472, 0.54, 0.838, 0.906)),
        ),
    ),
    Scene(
        LARGEST_SEED,
        Background("gradient", "stone"),
        (
            Shape("small", "green", "ring", Box(0.473, 0.503, 0.676, 0.706)),
            Shape("big", "cyan", "ring", Box(0.193, 0.052, 0.546, 0.405)),
        ),
    ),
)
"""A model is trained on what seeds mean: if one of these changes, the model has to be trained again."""


@pytest.mark.parametrize("scene", PINNED, ids=lambda scene: str(scene.seed))
def test_a_seed_means_the_same_for_ever(scene: Scene) -> None:
    assert scene_of(scene.seed) == scene


@given(seeds)
def test_shapes_keep_their_distance(seed: int) -> None:
    boxes = [shape.box for shape in scene_of(seed).shapes]
    assert FEWEST <= len(boxes) <= MOST
    for box in boxes:
        assert min(box.left, box.top, 1 - box.right, 1 - box.bottom) >= EDGE / UNIT - 1e-9
    for one, other in itertools.combinations(boxes, 2):
        beside = max(other.left - one.right, one.left - other.right)
        over = max(other.top - one.bottom, one.top - other.bottom)
        assert max(beside, over) >= GAP / UNIT - 1e-9


@given(seeds)
def test_looks_are_known_and_differ(seed: int) -> None:
    scene = scene_of(seed)
    assert scene.background.pattern in PATTERNS
    assert scene.background.tone in TONES
    assert len({shape.look for shape in scene.shapes}) == len(scene.shapes)
    for shape in scene.shapes:
        assert (shape.size in SIZES, shape.colour in COLOURS, shape.kind in KINDS) == (True, True, True)
        least, greatest = SIDES[shape.size]
        for side in (shape.box.right - shape.box.left, shape.box.bottom - shape.box.top):
            assert least / UNIT - 1e-9 <= side <= greatest / UNIT + 1e-9


def test_nothing_lies_between_small_and_big() -> None:
    assert SIDES[BIG][0] >= 1.5 * SIDES[SMALL][1]


def test_everything_is_drawn_in_its_turn() -> None:
    scenes = list(map(scene_of, range(400)))
    shapes = [shape for scene in scenes for shape in scene.shapes]
    assert {len(scene.shapes) for scene in scenes} == {2, 3, 4}
    assert {scene.background for scene in scenes} == {Background(*one) for one in itertools.product(PATTERNS, TONES)}
    for words, seen in (
        (COLOURS, [shape.colour for shape in shapes]),
        (KINDS, [shape.kind for shape in shapes]),
        (SIZES, [shape.size for shape in shapes]),
    ):
        expected = len(shapes) / len(words)
        assert all(0.7 * expected < seen.count(word) < 1.3 * expected for word in words)


def test_distractors_and_rows_are_common() -> None:
    scenes = list(map(scene_of, range(400)))
    kinds = [[shape.kind for shape in scene.shapes] for scene in scenes]
    assert sum(len(set(one)) < len(one) for one in kinds) > 200
    rows = [
        scene
        for scene in scenes
        if any(is_plain(BETWEEN, [one.box for one in three]) for three in itertools.permutations(scene.shapes, 3))
    ]
    assert 30 < len(rows) < 100


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match=f"seed {seed} is not in the range 0 to"):
        scene_of(seed)


def test_dice_are_fair_and_their_streams_differ() -> None:
    dice = Dice(3, 0)
    throws = [dice.between(1, 6) for _ in range(6000)]
    assert all(850 < throws.count(number) < 1150 for number in range(1, 7))
    weighted = [dice.weighted("abc", (5, 0, 1)) for _ in range(6000)]
    assert weighted.count("b") == 0
    assert 850 < weighted.count("c") < 1150
    assert 1350 < sum(dice.happens(25) for _ in range(6000)) < 1650
    firsts = [Dice(seed, *stream).below(2**60) for seed in (3, 4) for stream in ((0,), (1, 0), (1, 1), (1, 2**33))]
    assert len(set(firsts)) == 8


def test_dice_throw_the_bits_of_the_generator() -> None:
    dice = Dice(1, 0)
    assert [dice.below(1000) for _ in range(5)] == [699, 174, 645, 320, 96]
