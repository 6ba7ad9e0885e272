"""Controls against the card, and the numbers made of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import BiasEdit, Controls
from explorer.runtime.switches import check_bias, check_controls, combinations, gumbel_noise, switch_feeds


def test_defaults_are_the_card_s(bundle: Bundle, controls: Controls) -> None:
    switches = bundle.card.switches
    assert controls == Controls(
        switches.alignment, switches.attention, switches.window.default, switches.temperature.default
    )
    assert check_controls(bundle.card, controls) == controls


@pytest.mark.parametrize("spelling", ["scaled-dot", "Scaled Dot", "SCALED_DOT", " scaled dot "])
def test_names_are_taken_in_any_spelling(bundle: Bundle, controls: Controls, spelling: str) -> None:
    assert check_controls(bundle.card, controls.replace(alignment=spelling)).alignment == "scaled_dot"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alignment": "aditive"}, "alignment 'aditive' is not known; did you mean additive?"),
        ({"attention": "local"}, "attention 'local' is not known; did you mean local_"),
        ({"attention": "\x1b[2J"}, r"is not known; there is: global"),
        ({"window": 0.0}, "window 0 is out of range; it goes from 1 to"),
        ({"window": math.nan}, "window nan is out of range"),
        ({"temperature": 0.0}, "temperature 0 is out of range; it goes from 0.05 to"),
        ({"temperature": math.inf}, "temperature inf is out of range"),
        ({"seed": -1}, "seed -1 is below 0"),
        ({"bias": (BiasEdit(None, -1, 0.0),)}, "both count from 0"),
        ({"bias": (BiasEdit(-2, 0, 0.0),)}, "both count from 0"),
        ({"bias": (BiasEdit(0, 0, math.inf),)}, "bias inf is neither"),
        ({"bias": (BiasEdit(0, 0, math.nan),)}, "bias nan is neither"),
    ],
)
def test_what_the_model_does_not_have_is_named(
    bundle: Bundle, controls: Controls, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_controls(bundle.card, controls.replace(**changes))
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_bias_outside_the_source_is_refused(controls: Controls) -> None:
    edited = controls.replace(bias=(BiasEdit(None, 4, 1.0),))
    check_bias(edited, 5)
    with pytest.raises(InputError, match="source position 4, but the source has 4 tokens"):
        check_bias(edited, 4)


def test_feeds_hold_each_row_s_own_switches(bundle: Bundle, controls: Controls) -> None:
    first = controls.replace(
        alignment="location", attention="global", bias=(BiasEdit(2, 1, 0.5), BiasEdit(None, 1, 1.0))
    )
    second = controls.replace(alignment="dot", attention="hard", seed=7, window=3.0, temperature=0.5)
    feeds = switch_feeds(bundle.card, [(2, first), (0, first), (1, second)], [3, 2, 2])
    names = bundle.card.switches
    assert feeds["position"].tolist() == [2, 0, 1]
    assert feeds["alignment"].tolist() == [names.alignments.index(name) for name in ("location", "location", "dot")]
    assert feeds["attention"].tolist() == [names.attentions.index(name) for name in ("global", "global", "hard")]
    assert feeds["window"].tolist() == [controls.window, controls.window, 3.0]
    assert feeds["temperature"].tolist() == [1.0, 1.0, 0.5]
    assert feeds["bias"].tolist() == [[0.0, 1.5, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert not feeds["noise"][:2].any()
    np.testing.assert_array_equal(feeds["noise"][2], [*gumbel_noise(7, 1, 2), 0.0])


def test_a_mask_stays_a_mask_under_later_edits(bundle: Bundle, controls: Controls) -> None:
    edited = controls.replace(bias=(BiasEdit(None, 0, -math.inf), BiasEdit(None, 0, 3.0)))
    assert switch_feeds(bundle.card, [(0, edited)], [1])["bias"].tolist() == [[-math.inf]]


def test_noise_is_a_function_of_seed_and_position_alone() -> None:
    np.testing.assert_array_equal(gumbel_noise(3, 5, 9)[:4], gumbel_noise(3, 5, 4))
    assert not np.array_equal(gumbel_noise(3, 5, 9), gumbel_noise(3, 6, 9))
    assert not np.array_equal(gumbel_noise(3, 5, 9), gumbel_noise(4, 5, 9))
    assert gumbel_noise(0, 0, 20000).mean() == pytest.approx(0.5772, abs=0.03)


def test_combinations_are_all_of_them_in_the_card_s_order(bundle: Bundle) -> None:
    pairs = combinations(bundle.card)
    switches = bundle.card.switches
    assert len(set(pairs)) == len(pairs) == len(switches.alignments) * len(switches.attentions)
    assert pairs[0] == (switches.alignments[0], switches.attentions[0])
    assert pairs[1] == (switches.alignments[0], switches.attentions[1])
