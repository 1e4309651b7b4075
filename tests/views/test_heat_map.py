"""The heat maps: what the colours mean, and numbers that no schema would let through."""

import itertools
import math
import re

import pytest

from grader.report.model import PictureReport
from grader.views.heat_map import LEVELS, colour, heat_maps, ink


def maps(actual, expected):
    return heat_maps(PictureReport(title="weights", actual=actual, expected=expected))


def luminance(text: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(text[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def painted(heat_map) -> dict[tuple[int, int], str]:
    """Each cell's colour, read back from the paths."""
    cells = {}
    for shade in heat_map.shades:
        for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", shade.path):
            for offset in range(int(length)):
                assert (int(row), int(column) + offset) not in cells
                cells[int(row), int(column) + offset] = shade.colour
    return cells


def test_each_step_up_is_a_darker_blue():
    shades = [luminance(colour(level)) for level in range(LEVELS)]
    assert shades == sorted(shades, reverse=True)
    assert len(set(shades)) == LEVELS
    for level in range(LEVELS):
        red, green, blue = (int(colour(level)[start : start + 2], 16) for start in (1, 3, 5))
        assert red < green < blue


def test_steps_of_colour_look_equally_large():
    """CIE lightness is another model of the eye than the one that the colours were made in."""
    lightness = [116 * luminance(colour(level)) ** (1 / 3) - 16 for level in range(LEVELS)]
    steps = [above - below for above, below in itertools.pairwise(lightness)]
    assert max(steps) < 1.6 * min(steps)


@pytest.mark.parametrize("level", range(LEVELS))
def test_a_number_in_a_cell_stands_out_from_the_cell(level):
    bright, dark = sorted((luminance(colour(level)), luminance(ink(level))), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_both_maps_have_one_scale():
    both = maps(((0.0, 1.0),), ((2.0, 4.0),))
    assert (both.lowest, both.highest) == ("0", "4")
    yours, expected = painted(both.actual), painted(both.expected)
    assert yours[0, 0] == colour(0)
    assert expected[0, 1] == colour(LEVELS - 1)
    assert luminance(yours[0, 1]) > luminance(expected[0, 0])


def test_every_cell_is_painted_in_its_place():
    matrix = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    dark, light = colour(LEVELS - 1), colour(0)
    assert painted(maps(matrix, matrix).actual) == {
        (0, 0): light, (0, 1): light, (0, 2): dark,
        (1, 0): dark, (1, 1): light, (1, 2): light,
    }  # fmt: skip


def test_the_cell_that_is_farthest_off_is_named():
    worst = maps(((1.0, 2.0), (3.0, 4.0)), ((1.0, 2.5), (3.0, 1.0))).worst
    assert (worst.row, worst.column) == (1, 1)
    assert worst.text == "[1, 1]: yours 4, expected 1"


def test_the_picture_is_told_in_words():
    both = maps(((0.25, 1.0),), ((0.0, 0.5),))
    assert both.actual.description == "1 by 2 numbers from 0.25 to 1"


def test_small_matrices_have_their_numbers_in_the_cells():
    numbers = maps(((0.25, 1.0),), ((0.0, 0.5),)).actual.numbers
    assert [(number.row, number.column, number.text) for number in numbers] == [(0, 0, "0.25"), (0, 1, "1.00")]


def test_a_number_that_rounds_to_zero_has_no_sign():
    assert [number.text for number in maps(((-0.001, -0.5),), ((0.0, 0.0),)).actual.numbers] == ["0.00", "-0.50"]


@pytest.mark.parametrize(
    "matrix",
    [
        (tuple(float(n) for n in range(9)),),  # too wide for a telephone
        ((0.001, 0.002),),  # all would read 0.00
        ((1000.5, 2.0),),  # too long for a cell
    ],
)
def test_numbers_that_would_not_fit_or_not_tell_apart_are_left_out(matrix):
    assert maps(matrix, matrix).actual.numbers == ()


def test_equal_matrices_have_no_worst_cell():
    assert maps(((1.0, 2.0),), ((1.0, 2.0),)).worst is None


def test_matrices_of_other_shapes_have_no_worst_cell():
    both = maps(((1.0, 2.0),), ((1.0,), (2.0,)))
    assert both.worst is None
    assert (both.actual.rows, both.actual.columns) == (1, 2)
    assert (both.expected.rows, both.expected.columns) == (2, 1)


def test_numbers_that_are_not_finite_stay_unpainted():
    both = maps(((math.nan, 1.0, math.inf),), ((0.0, 1.0, 2.0),))
    assert set(painted(both.actual)) == {(0, 1)}
    assert "2 more not finite" in both.actual.description
    assert (both.lowest, both.highest) == ("0", "2")


@pytest.mark.parametrize("matrix", [(), ((),), ((5.0,),), ((-1.7e308, 1.7e308),), ((math.nan,),)])
def test_odd_matrices_do_not_stop_the_report(matrix):
    both = maps(matrix, matrix)
    assert len(painted(both.actual)) == sum(math.isfinite(value) for row in matrix for value in row)
