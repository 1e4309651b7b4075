"""Inputs of the k-means cases.

Points, centres and dimensions differ in number wherever they can. Ties are between whole numbers, so that the
distances are exact however they are computed, and elsewhere the centres are far enough apart that rounding does
not decide.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom

Arguments = Mapping[str, NDArray[np.generic]]


def _scattered(random: CaseRandom, points: int, centres: int, dimensions: int) -> Arguments:
    """All over the place, so that every centre has some points and clusters touch each other."""
    return {
        "points": random.uniform(points, dimensions, low=-3.0, high=3.0),
        "centres": random.uniform(centres, dimensions, low=-2.0, high=2.0),
    }


def _empty_cluster(random: CaseRandom) -> Arguments:
    """The second centre is far away from all the points."""
    made = _scattered(random, 9, 4, 3)
    made["centres"][1] += np.float32(50)
    return made


def _ties(random: CaseRandom) -> Arguments:
    """Points in the middle between two centres, or between all of them; the numbers are whole."""
    centres = np.array([[2, 0], [-2, 0], [0, 2], [0, -2]], dtype=np.float32)
    points = np.array([[0, 0], [1, 1], [-1, 1], [-1, -1], [1, -1], [3, 0], [-3, -3], [0, 3]], dtype=np.float32)
    return {"points": points, "centres": centres}


CASES = {
    "scattered": CaseInput(arguments=lambda random: _scattered(random, 12, 3, 2)),
    "empty_cluster": CaseInput(arguments=_empty_cluster),
    "ties": CaseInput(arguments=_ties),
    "one_dimension": CaseInput(arguments=lambda random: _scattered(random, 10, 4, 1)),
    "many_dimensions": CaseInput(arguments=lambda random: _scattered(random, 15, 3, 6)),
}
