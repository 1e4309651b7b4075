"""Inputs of the softmax-regression cases.

Rows, features and classes differ in number wherever they can. In one case features and classes are as many, and
there a gradient that is transposed has the right shape.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom


def _labelled(rows: int, features: int, classes: int) -> Callable[[CaseRandom], Mapping[str, NDArray[np.generic]]]:
    def arguments(random: CaseRandom) -> Mapping[str, NDArray[np.generic]]:
        x = random.uniform(rows, features, low=-2.0, high=2.0)
        labels = np.floor(random.uniform(rows, low=0.0, high=float(classes))).astype(np.int64)
        return {"x": x, "labels": labels}

    return arguments


def _model(features: int, classes: int) -> dict[str, int]:
    return {"n_features": features, "n_classes": classes}


CASES = {
    "seven_rows": CaseInput(construct=_model(4, 3), arguments=_labelled(7, 4, 3)),
    "as_many_features_as_classes": CaseInput(construct=_model(5, 5), arguments=_labelled(8, 5, 5)),
    "one_row": CaseInput(construct=_model(3, 6), arguments=_labelled(1, 3, 6)),
    "two_classes": CaseInput(construct=_model(6, 2), arguments=_labelled(9, 6, 2)),
}
