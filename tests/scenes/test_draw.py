"""Scenes as pictures: where shapes are, in which colours, at every size."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.scenes.draw import LARGEST, SMALLEST, draw
from explorer.scenes.generate import scene_of
from explorer.scenes.outlines import outline
from explorer.scenes.paint import GROUNDS, PAINTS, RGB, shadow_on
from explorer.scenes.scene import COLOURS, KINDS, PATTERNS, TONES, Background, Scene, Shape
from tests.scenes.conftest import box

LEAST_DIFFERENCE = 36.0


def pixels(scene: Scene, size: int) -> npt.NDArray[np.int64]:
    """Return a drawn scene, (size, size, 3)."""
    return np.asarray(draw(scene, size), dtype=np.int64)


def near(picture: npt.NDArray[np.int64], colour: RGB, tolerance: int = 12) -> npt.NDArray[np.bool_]:
    """Return where a picture has a colour, (size, size)."""
    return np.abs(picture - np.asarray(colour)).max(axis=-1) <= tolerance


def lab(colour: RGB) -> tuple[float, float, float]:
    """Return a colour in CIE 1976 L*a*b*, for daylight (D65)."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in np.array(colour) / 255
    ]
    x = (0.4124 * linear[0] + 0.3576 * linear[1] + 0.1805 * linear[2]) / 0.9505
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    z = (0.0193 * linear[0] + 0.1192 * linear[1] + 0.9505 * linear[2]) / 1.089
    x, y, z = (math.cbrt(value) if value > 0.008856 else (903.3 * value + 16) / 116 for value in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_colours_are_told_apart() -> None:
    for one, other in itertools.combinations(COLOURS, 2):
        assert math.dist(lab(PAINTS[one]), lab(PAINTS[other])) >= LEAST_DIFFERENCE, (one, other)
    for colour, tone in itertools.product(COLOURS, TONES):
        for ground in (*GROUNDS[tone], shadow_on(GROUNDS[tone][0])):
            assert math.dist(lab(PAINTS[colour]), lab(ground)) >= LEAST_DIFFERENCE, (colour, tone)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [64, 256])
def test_a_shape_touches_the_sides_of_its_box(kind: str, size: int) -> None:
    shape = Shape("big", "blue", kind, box(0.25, 0.375, 0.375))
    blue = near(pixels(Scene(0, Background("plain", "night"), (shape,)), size), PAINTS["blue"], 110)
    rows, columns = np.flatnonzero(blue.any(axis=1)), np.flatnonzero(blue.any(axis=0))
    assert abs(columns[0] - 0.25 * size) <= 1
    assert abs(columns[-1] + 1 - 0.625 * size) <= 1
    assert abs(rows[0] - 0.375 * size) <= 1
    assert abs(rows[-1] + 1 - 0.75 * size) <= 1


def areas(size: int) -> dict[str, float]:
    """Return which share of its box each kind of shape fills."""
    found = {}
    for kind in KINDS:
        picture = pixels(
            Scene(0, Background("plain", "cream"), (Shape("big", "red", kind, box(0.25, 0.25, 0.5)),)), size
        )
        found[kind] = float(near(picture, PAINTS["red"]).sum()) / (size / 2) ** 2
    return found


def test_shapes_have_the_area_of_what_they_are_called() -> None:
    filled = areas(512)
    assert filled["square"] == pytest.approx(1.0, abs=0.02)
    assert filled["circle"] == pytest.approx(math.pi / 4, abs=0.02)
    assert filled["triangle"] == pytest.approx(0.5, abs=0.02)
    assert filled["ring"] == pytest.approx(math.pi / 4 * 0.75, abs=0.02)
    assert filled["cross"] == pytest.approx(0.34 * 2 - 0.34**2, abs=0.02)
    assert 0.3 < filled["star"] < 0.5 < filled["heart"] < 0.75


def test_a_ring_shows_the_background_through_its_hole() -> None:
    scene = Scene(0, Background("plain", "mist"), (Shape("big", "red", "ring", box(0.3, 0.3, 0.4)),))
    assert tuple(draw(scene, 128).getpixel((64, 64))) == GROUNDS["mist"][0]  # type: ignore[arg-type]


@given(st.integers(0, 10**6), st.sampled_from([32, 64, 97]))
@settings(max_examples=30)
def test_every_shape_shows_its_colour_in_its_own_box_alone(seed: int, size: int) -> None:
    scene = scene_of(seed)
    picture = pixels(scene, size)
    for shape in scene.shapes:
        left, top = math.floor(shape.box.left * size), math.floor(shape.box.top * size)
        right, bottom = math.ceil(shape.box.right * size), math.ceil(shape.box.bottom * size)
        shown = near(picture, PAINTS[shape.colour])
        assert shown[top:bottom, left:right].mean() > 0.08  # a star of six pixels has few of its own colour alone
        if [other.colour for other in scene.shapes].count(shape.colour) == 1:
            shown[top:bottom, left:right] = False
            assert not shown.any()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_background_is_of_its_two_tones(pattern: str) -> None:
    picture = pixels(Scene(0, Background(pattern, "stone"), ()), 128)
    first, second = near(picture, GROUNDS["stone"][0], 1).mean(), near(picture, GROUNDS["stone"][1], 1).mean()
    low, high = np.sort(np.array(GROUNDS["stone"]), axis=0)
    assert ((picture >= low) & (picture <= high)).all()
    share = {"plain": 0.0, "gradient": 0.1, "stripes": 0.48, "dots": 0.04}[pattern]
    assert second == pytest.approx(share, abs=0.06)
    assert (second > 0) == (pattern != "plain")
    assert first > 0.05


def test_patterns_differ() -> None:
    drawn = {draw(Scene(0, Background(*one), ()), 64).tobytes() for one in itertools.product(PATTERNS, TONES)}
    assert len(drawn) == len(PATTERNS) * len(TONES)


def test_edges_are_smooth() -> None:
    scene = Scene(0, Background("plain", "cream"), (Shape("big", "blue", "circle", box(0.3, 0.3, 0.4)),))
    colours = {tuple(colour) for colour in pixels(scene, 64).reshape(-1, 3)}
    assert len(colours) > 20


@pytest.mark.parametrize("size", [SMALLEST, 33, 100, LARGEST])
def test_any_size_can_be_drawn_and_shows_the_same(scene: Scene, size: int) -> None:
    picture = draw(scene, size)
    assert (picture.mode, picture.size) == ("RGB", (size, size))
    for shape in scene.shapes[:2]:
        x, y = (int(place * size) for place in shape.box.centre)
        assert picture.getpixel((x, y)) == PAINTS[shape.colour]


@pytest.mark.parametrize("size", [SMALLEST - 1, LARGEST + 1, 0, -5])
def test_a_size_out_of_range_is_refused(scene: Scene, size: int) -> None:
    with pytest.raises(InputError, match=f"size {size} is not in the range 32 to 1024 pixels"):
        draw(scene, size)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("circle", "ring")])
def test_outlines_fill_the_unit_square(kind: str) -> None:
    corners = outline(kind)
    assert corners is not None
    for axis in (0, 1):
        assert min(corner[axis] for corner in corners) == pytest.approx(0.0)
        assert max(corner[axis] for corner in corners) == pytest.approx(1.0)
