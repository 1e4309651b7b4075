"""Inputs of the cross-entropy cases.

Rows and classes differ in number wherever they can. In one case a label's probability is too small for float32 and
for float64, so that the logarithm of a rounded probability shows.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom

Arguments = Mapping[str, NDArray[np.generic]]


def _labelled(random: CaseRandom, rows: int, classes: int) -> Arguments:
    """Scores from -3 to 3, and a label for each row."""
    scores = random.uniform(rows, classes, low=-3.0, high=3.0)
    labels = np.floor(random.uniform(rows, low=0.0, high=float(classes))).astype(np.int64)
    return {"scores": scores, "labels": labels}


def _sure_and_mistaken(random: CaseRandom) -> Arguments:
    """Scores that differ by 1000, and labels that are not where the large score is."""
    scores = random.uniform(4, 3, low=-3.0, high=3.0)
    scores[np.arange(4), [0, 0, 1, 1]] += np.float32(1000)
    scores[2] -= np.float32(2000)  # a whole row far below zero
    return {"scores": scores, "labels": np.array([1, 2, 1, 0])}


CASES = {
    "six_rows": CaseInput(arguments=lambda random: _labelled(random, 6, 4)),
    "sure_and_mistaken": CaseInput(arguments=_sure_and_mistaken),
    "one_row": CaseInput(arguments=lambda random: _labelled(random, 1, 5)),
    "square": CaseInput(arguments=lambda random: _labelled(random, 5, 5)),
    "two_classes": CaseInput(arguments=lambda random: _labelled(random, 7, 2)),
}
