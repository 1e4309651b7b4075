"""Inputs of the LSTM cases.

Batch, steps, features, hidden units and outputs differ from each other wherever they can, so that axes which
change places show in the shape or in the numbers.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom, Keying, Mode


def _sequences(batch: int, steps: int, features: int) -> Callable[[CaseRandom], Mapping[str, NDArray[np.generic]]]:
    return lambda random: {"x": random.uniform(batch, steps, features, low=-3.0, high=3.0)}


def _model(input_size: int, hidden_size: int, num_layers: int, output_size: int) -> dict[str, int]:
    return {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "num_layers": num_layers,
        "output_size": output_size,
    }


# Short sequences, for an LSTM forgets: a mistake in the first states would fade from the last one.
CASES = {
    "one_layer": CaseInput(construct=_model(1, 8, 1, 1), arguments=_sequences(4, 6, 1)),
    "two_layers": CaseInput(construct=_model(3, 7, 2, 4), arguments=_sequences(5, 6, 3)),
    # In training, where a Dropout that does not belong here would show; and the two upper layers, which have one
    # shape, get different parameters, so that a cell that serves for both shows too.
    "three_layers": CaseInput(
        construct=_model(4, 6, 3, 2),
        arguments=_sequences(7, 5, 4),
        mode=Mode.TRAINING,
        keying=Keying.FIRST_USE,
    ),
    # The same outside of training, with one layer more.
    "four_layers": CaseInput(construct=_model(3, 5, 4, 2), arguments=_sequences(3, 6, 3), keying=Keying.FIRST_USE),
    # One layer, and small inputs: so much is left of the first steps in the last state that they show.
    "long_series": CaseInput(construct=_model(2, 6, 1, 3), arguments=_sequences(4, 14, 2)),
    "one_series": CaseInput(construct=_model(2, 9, 2, 3), arguments=_sequences(1, 4, 2)),
    "one_step": CaseInput(construct=_model(5, 8, 2, 3), arguments=_sequences(6, 1, 5)),
}
