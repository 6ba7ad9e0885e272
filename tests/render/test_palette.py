"""Colour maps, contrast and depth of colour."""

from __future__ import annotations

import itertools

import pytest

from explorer.errors import InputError
from explorer.render import colormaps
from explorer.render.palette import LEAST_CONTRAST, ColorDepth, Palette, contrast, lightness

NAMES = colormaps.names()
COLOR_DEPTHS = (ColorDepth.TRUECOLOR, ColorDepth.EIGHT_BIT)


def test_the_known_maps_are_three_uniform_ones_and_a_monochrome_one() -> None:
    assert NAMES == ("magma", "viridis", "cividis", "mono")


@pytest.mark.parametrize("name", ["magma", "viridis", "cividis"])
def test_committed_tables_are_those_of_cmap(name: str) -> None:
    assert colormaps._TABLES[name] == colormaps.tabulate(name)


def test_first_and_last_colors() -> None:
    assert colormaps.table("viridis")[0] == (68, 1, 84)
    assert colormaps.table("viridis")[255] == (253, 231, 37)
    assert colormaps.table("magma")[255] == (252, 253, 191)


def test_any_map_of_cmap_is_understood() -> None:
    assert len(colormaps.table("plasma")) == 256


def test_an_unknown_map_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean 'viridis'"):
        colormaps.table("viridus")


@pytest.mark.parametrize("depth", COLOR_DEPTHS)
@pytest.mark.parametrize("name", NAMES)
def test_every_level_has_a_readable_foreground(name: str, depth: ColorDepth) -> None:
    palette = Palette(name, depth=depth)
    ratios = [contrast(palette.foreground(level / 255), palette.background(level / 255)) for level in range(256)]
    assert min(ratios) >= LEAST_CONTRAST


@pytest.mark.parametrize("depth", COLOR_DEPTHS)
@pytest.mark.parametrize("name", NAMES)
def test_more_weight_is_never_darker(name: str, depth: ColorDepth) -> None:
    # Rounding to whole channel values lets neighbours of a truecolor map differ by less than can be seen.
    values = [lightness(color) for color in Palette(name, depth=depth).table]
    assert all(after >= before - 0.25 for before, after in itertools.pairwise(values))
    assert values[-1] - values[0] > 60


@pytest.mark.parametrize("name", NAMES)
def test_eight_bit_colors_reach_the_terminal_as_they_are(name: str) -> None:
    from rich.color import Color, ColorSystem

    for red, green, blue in set(Palette(name, depth=ColorDepth.EIGHT_BIT).table):
        sent = Color.from_rgb(red, green, blue).downgrade(ColorSystem.EIGHT_BIT)
        assert sent.get_truecolor() == (red, green, blue)


@pytest.mark.parametrize("name", NAMES)
def test_eight_bit_maps_keep_enough_levels(name: str) -> None:
    assert len(set(Palette(name, depth=ColorDepth.EIGHT_BIT).table)) > 12


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert lightness((255, 255, 255)) == pytest.approx(100.0, abs=0.01)


def test_levels_are_linear_by_default_and_clipped() -> None:
    palette = Palette()
    assert [palette.level(weight) for weight in (-0.5, 0.0, 0.2, 1.0, 1.5)] == [0, 0, 51, 255, 255]
    assert palette.legend() == "linear"


def test_an_exponent_lifts_small_weights_and_says_so() -> None:
    palette = Palette(exponent=0.5)
    assert palette.level(0.04) == 51
    assert palette.level(1.0) == 255
    assert palette.legend() == "weight^0.5"


@pytest.mark.parametrize("exponent", [0.0, -1.0, 5.0, float("nan")])
def test_an_exponent_out_of_range_is_refused(exponent: float) -> None:
    with pytest.raises(InputError, match="display exponent"):
        Palette(exponent=exponent)


def test_glyphs_rise_with_the_weight() -> None:
    palette = Palette(depth=ColorDepth.NONE)
    assert "".join(palette.glyph(weight) for weight in (0.0, 0.029, 0.03, 0.25, 0.5, 0.75, 1.0)) == "  ░▒▓██"


@pytest.mark.parametrize("depth", [ColorDepth.STANDARD, ColorDepth.NONE])
def test_without_enough_colors_no_cell_is_colored(depth: ColorDepth) -> None:
    palette = Palette(depth=depth)
    assert palette.uses_glyphs
    assert palette.style(0.7).bgcolor is None
    assert palette.style(0.7).color is None


@pytest.mark.parametrize(
    ("system", "no_color", "expected"),
    [
        ("truecolor", False, ColorDepth.TRUECOLOR),
        ("256", False, ColorDepth.EIGHT_BIT),
        ("standard", False, ColorDepth.STANDARD),
        ("windows", False, ColorDepth.STANDARD),
        (None, False, ColorDepth.NONE),
        ("truecolor", True, ColorDepth.NONE),
    ],
)
def test_depth_follows_rich(system: str | None, no_color: bool, expected: ColorDepth) -> None:
    assert ColorDepth.of(system, no_color) is expected
