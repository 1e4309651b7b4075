"""Inputs of the softmax cases.

Rows and classes differ in number wherever they can, so that axes which change places show. exp overflows beyond 88
in float32 and beyond 709 in float64: the large scores are past both.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom

Arguments = Mapping[str, NDArray[np.generic]]


def _large(random: CaseRandom) -> Arguments:
    """Every row around 1000; in the second one score stands out so far that the row's mean does not help."""
    scores = random.uniform(4, 6, low=-3.0, high=3.0) + np.float32(1000)
    scores[1, 1:] -= np.float32(1500)
    scores[1, 2] = scores[1, 0] - np.float32(1)
    return {"scores": scores}


def _far_apart(random: CaseRandom) -> Arguments:
    """Rows on levels far from each other: one number for the whole array helps only one of them.

    In one row a score lies so far below the others that exp overflows when it is the one that is subtracted.
    """
    levels = np.array([[1500.0], [0.0], [-1500.0]], dtype=np.float32)
    scores = random.uniform(3, 5, low=-3.0, high=3.0) + levels
    scores[1, 3] -= np.float32(400)
    return {"scores": scores}


CASES = {
    "rows": CaseInput(arguments=lambda random: {"scores": random.uniform(4, 5, low=-3.0, high=3.0)}),
    "large_scores": CaseInput(arguments=_large),
    "rows_far_apart": CaseInput(arguments=_far_apart),
    "square": CaseInput(arguments=lambda random: {"scores": random.uniform(4, 4, low=-3.0, high=3.0)}),
    "one_row": CaseInput(arguments=lambda random: {"scores": random.uniform(1, 7, low=-3.0, high=3.0)}),
}
