"""When a relation is true, and when it is plain enough to be said."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.scenes.generate import scene_of
from explorer.scenes.relations import BETWEEN, OPPOSITES, holds, is_plain
from explorer.scenes.scene import Box
from tests.scenes.conftest import box

BESIDE = ("left", "right", "above", "below")
PLACES = ("at left", "at right", "at top", "at bottom", "in middle")
sides = st.floats(0.1, 0.4)
boxes = st.builds(box, st.floats(0, 0.6), st.floats(0, 0.6), sides)


@pytest.mark.parametrize(
    ("one", "other", "true", "plain"),
    [
        (box(0.1, 0.4), box(0.6, 0.4), {"left"}, {"left"}),
        (box(0.6, 0.4), box(0.1, 0.4), {"right"}, {"right"}),
        (box(0.4, 0.1), box(0.4, 0.6), {"above"}, {"above"}),
        (box(0.4, 0.6), box(0.4, 0.1), {"below"}, {"below"}),
        (box(0.1, 0.1), box(0.6, 0.6), {"left", "above"}, {"left", "above"}),
        (box(0.1, 0.1), box(0.4, 0.75), {"left", "above"}, {"above"}),  # far below, a little to the right
        (box(0.1, 0.1), box(0.25, 0.6), {"left", "above"}, {"above"}),  # one reaches over the other, not to its middle
        (box(0.1, 0.1), box(0.15, 0.6), {"above"}, {"above"}),
        (box(0.1, 0.1), box(0.31, 0.1), {"left"}, set()),  # too near to be plain
        (box(0.1, 0.1), box(0.1, 0.1), set(), set()),
    ],
)
def test_sides(one: Box, other: Box, true: set[str], plain: set[str]) -> None:
    assert {relation for relation in BESIDE if holds(relation, [one, other])} == true
    assert {relation for relation in BESIDE if is_plain(relation, [one, other])} == plain


@pytest.mark.parametrize(
    ("middle", "true", "plain"),
    [
        (box(0.4, 0.4), True, True),
        (box(0.4, 0.46), True, False),  # the line runs through its upper quarter
        (box(0.4, 0.51), False, False),
        (box(0.4, 0.29), False, False),
        (box(0.3, 0.41), True, True),
        (box(0.0, 0.0), False, False),
    ],
)
def test_between(middle: Box, true: bool, plain: bool) -> None:
    ends = [box(0.0, 0.4), box(0.8, 0.4)]
    assert holds(BETWEEN, [middle, *ends]) == holds(BETWEEN, [middle, *reversed(ends)]) == true
    assert is_plain(BETWEEN, [middle, *ends]) == is_plain(BETWEEN, [middle, *reversed(ends)]) == plain


def test_an_end_is_not_between() -> None:
    row = [box(0.0, 0.4), box(0.4, 0.4), box(0.8, 0.4)]
    assert holds(BETWEEN, [row[1], row[0], row[2]])
    assert not holds(BETWEEN, [row[0], row[1], row[2]])
    assert not holds(BETWEEN, [row[2], row[0], row[1]])


@pytest.mark.parametrize(
    ("centre", "true", "plain"),
    [
        ((0.2, 0.5), {"at left"}, {"at left"}),
        ((0.8, 0.5), {"at right"}, {"at right"}),
        ((0.5, 0.2), {"at top"}, {"at top"}),
        ((0.5, 0.8), {"at bottom"}, {"at bottom"}),
        ((0.5, 0.5), {"in middle"}, {"in middle"}),
        ((0.38, 0.5), {"at left", "in middle"}, set()),
        ((0.2, 0.8), {"at left", "at bottom"}, {"at left", "at bottom"}),
    ],
)
def test_places(centre: tuple[float, float], true: set[str], plain: set[str]) -> None:
    here = box(centre[0] - 0.1, centre[1] - 0.1)
    assert {relation for relation in PLACES if holds(relation, [here])} == true
    assert {relation for relation in PLACES if is_plain(relation, [here])} == plain


@given(boxes, boxes)
def test_opposites_never_both_hold_and_the_plain_is_true(one: Box, other: Box) -> None:
    for relation in BESIDE:
        assert not (holds(relation, [one, other]) and holds(OPPOSITES[relation], [one, other]))
        assert holds(relation, [one, other]) == holds(OPPOSITES[relation], [other, one])
        assert holds(relation, [one, other]) >= is_plain(relation, [one, other])
    for relation in PLACES:
        assert holds(relation, [one]) >= is_plain(relation, [one])
        assert not (relation in OPPOSITES and holds(relation, [one]) and holds(OPPOSITES[relation], [one]))


@given(st.integers(0, 10**9))
def test_of_any_two_shapes_something_is_plain_and_of_a_row_one_thing(seed: int) -> None:
    places = [shape.box for shape in scene_of(seed).shapes]
    for pair in itertools.permutations(places, 2):
        assert any(is_plain(relation, pair) for relation in BESIDE)
    for middle, one, other in itertools.permutations(places, 3):
        if holds(BETWEEN, [middle, one, other]):
            assert not holds(BETWEEN, [one, middle, other])
