"""Distances have no unit, and what differs is found, counted and placed."""

import numpy as np
import pytest

from grader.judging.comparison import compare, farthest, first_not_finite, worst_row_sum

GOLDEN = np.array([[1.0, -2.0, 0.001], [4.0, 0.5, 3.0]])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_distance_does_not_depend_on_the_unit(scale):
    actual = GOLDEN.copy()
    actual[0, 1] += 0.01
    assert farthest(actual=actual * scale, expected=GOLDEN * scale) == pytest.approx(
        farthest(actual=actual, expected=GOLDEN)
    )


def test_right_arrays_are_right_in_float32_and_float64():
    for dtype in (np.float32, np.float64):
        assert compare(actual=GOLDEN.astype(dtype), expected=GOLDEN, allowed=1e-6) is None


def test_the_worst_element_is_named_with_its_own_allowance():
    actual = GOLDEN.copy()
    actual[1, 2] = 3.3
    actual[0, 0] = 1.0001
    found = compare(actual=actual, expected=GOLDEN, allowed=1e-5)
    assert found is not None
    assert (found.differing, found.total, found.index) == (2, 6, (1, 2))
    assert (found.actual, found.expected) == (3.3, 3.0)
    rms = np.sqrt(np.mean(GOLDEN**2))
    assert found.allowed == pytest.approx(1e-5 * (rms + 3.0))


def test_small_elements_of_a_large_array_are_held_to_the_arrays_scale():
    actual = GOLDEN.copy()
    actual[0, 2] = 0.001 + 1e-6  # 0.1% of the element, and nothing beside the array
    assert compare(actual=actual, expected=GOLDEN, allowed=1e-5) is None


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_equals_anything(hole):
    actual = GOLDEN.copy()
    actual[0, 0] = hole
    assert compare(actual=actual, expected=GOLDEN, allowed=1.0) is not None
    assert farthest(actual=actual, expected=GOLDEN) == np.inf
    found = first_not_finite(actual)
    assert found is not None and found.index == (0, 0) and found.count == 1


def test_another_shape_is_infinitely_far():
    assert farthest(actual=GOLDEN.T, expected=GOLDEN) == np.inf
    assert farthest(actual=GOLDEN[:1], expected=GOLDEN) == np.inf  # although it would broadcast


def test_arrays_of_zeros_and_empty_arrays_compare():
    assert compare(actual=np.zeros(3), expected=np.zeros(3), allowed=1e-6) is None
    assert compare(actual=np.full(3, 1e-3), expected=np.zeros(3), allowed=1e-6) is not None
    assert farthest(actual=np.zeros((0, 2)), expected=np.zeros((0, 2))) == 0.0


def test_integers_that_are_right_are_near_and_overflowing_ones_are_far():
    assert farthest(actual=np.array([1, 2]), expected=np.array([1.0, 2.0])) == 0.0
    assert farthest(actual=np.array([1, 2**62]), expected=np.array([1.0, 2.0])) > 1.0


def test_rows_must_sum_to_one():
    weights = np.full((2, 3, 4), 0.25, dtype=np.float32)
    assert worst_row_sum(weights) is None
    weights[1, 2, 0] = 0.35
    found = worst_row_sum(weights)
    assert found is not None
    assert found.index == (1, 2)
    assert found.total == pytest.approx(1.1)


def test_the_element_that_is_told_is_the_one_that_differs_most():
    """As in the picture beside it, though a smaller number is relatively farther off."""
    expected = np.array([100.0, 1.0, 1.0])
    differs = compare(actual=np.array([130.0, 21.0, 1.0]), expected=expected, allowed=1e-3)
    assert differs is not None
    assert (differs.index, differs.actual, differs.expected, differs.differing) == ((0,), 130.0, 100.0, 2)
    assert differs.distance == farthest(actual=np.array([130.0, 21.0, 1.0]), expected=expected)
