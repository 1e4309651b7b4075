"""Compares arrays and returns facts. ``feedback`` owns the words.

The distance between an actual and a golden array is, element by element,

    |actual - expected| / (rms(expected) + |expected|)

so that it has no unit, small elements of a large array are not held to an absurd precision, and large ones
are held to a relative one. An array is right when no element is farther than the derived tolerance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROW_SUM_TOLERANCE = 1e-5  # float32 sums of a few hundred weights are exact to about 1e-6


@dataclass(frozen=True, kw_only=True)
class ValuesDiffer:
    """How an array misses its golden one; the numbers are those of the element that differs most."""

    differing: int
    total: int
    index: tuple[int, ...]
    actual: float
    expected: float
    allowed: float  # absolute, at that element
    distance: float  # the largest one of any element


@dataclass(frozen=True, kw_only=True)
class NotFinite:
    """Where an array first holds something that is not a number."""

    count: int
    total: int
    index: tuple[int, ...]
    actual: float


@dataclass(frozen=True, kw_only=True)
class RowDoesNotSum:
    """The row along the last axis whose sum is farthest from one."""

    index: tuple[int, ...]
    total: float


def distances(*, actual: NDArray[np.generic], expected: NDArray[np.generic]) -> NDArray[np.float64]:
    """The distance of each element; both arrays have one shape. What is not finite is infinitely far."""
    golden = np.asarray(expected, dtype=np.float64)
    scale = np.sqrt(np.mean(np.square(golden))) if golden.size else 0.0
    with np.errstate(all="ignore"):
        difference = np.abs(np.asarray(actual, dtype=np.float64) - golden)
        # A golden array of zeros has no scale of its own; there a difference counts as it is.
        relative = difference / np.where(scale + np.abs(golden) > 0, scale + np.abs(golden), 1.0)
    return np.where(np.isfinite(relative), relative, np.inf)


def farthest(*, actual: NDArray[np.generic], expected: NDArray[np.generic]) -> float:
    """The largest distance of any element; infinite when the shapes differ or the numbers are complex."""
    if actual.shape != expected.shape or actual.dtype.kind == "c":
        return float("inf")
    return float(np.max(distances(actual=actual, expected=expected), initial=0.0))


def nearest(actual: NDArray[np.generic], golden: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    """The golden array of the accepted solution that comes closest."""
    return min(golden, key=lambda each: farthest(actual=actual, expected=each))


def compare(*, actual: NDArray[np.generic], expected: NDArray[np.generic], allowed: float) -> ValuesDiffer | None:
    """None when ``actual`` is right. Both arrays are real and have one shape; ``allowed`` is a distance."""
    distance = distances(actual=actual, expected=expected)
    wrong = distance > allowed
    if not wrong.any():
        return None
    golden = np.asarray(expected, dtype=np.float64)
    # What looks worst to a person, and is marked in the pictures; which elements are wrong, distances decide.
    apart = np.where(wrong, np.nan_to_num(np.abs(np.asarray(actual, np.float64) - golden), nan=np.inf), -1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape))
    return ValuesDiffer(
        differing=int(wrong.sum()),
        total=int(wrong.size),
        index=index,
        actual=float(np.asarray(actual, dtype=np.float64)[index]),
        expected=float(golden[index]),
        allowed=float(allowed * (np.sqrt(np.mean(np.square(golden))) + abs(golden[index]))),
        distance=float(np.max(distance)),
    )


def first_not_finite(array: NDArray[np.generic]) -> NotFinite | None:
    """None when every number of a real array is finite."""
    bad = ~np.isfinite(array)
    if not bad.any():
        return None
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
    return NotFinite(count=int(bad.sum()), total=int(bad.size), index=index, actual=float(np.asarray(array)[index]))


def worst_row_sum(array: NDArray[np.generic]) -> RowDoesNotSum | None:
    """None when the last axis sums to one everywhere."""
    sums = np.atleast_1d(np.asarray(array, dtype=np.float64).sum(axis=-1))
    errors = np.abs(sums - 1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(errors)), errors.shape))
    if errors[index] <= ROW_SUM_TOLERANCE:
        return None
    return RowDoesNotSum(index=index, total=float(sums[index]))
