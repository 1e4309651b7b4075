"""Inputs of the AlexNet cases. An image costs a forward pass of about 60 ms, so there are four in all."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom, Mode


def _images(batch: int) -> Callable[[CaseRandom], Mapping[str, NDArray[np.generic]]]:
    """Coloured squares of 16x16 pixels with noise on top: pure noise looks alike to a deep network."""

    def arguments(random: CaseRandom) -> Mapping[str, NDArray[np.generic]]:
        squares = random.uniform(batch, 3, 14, 14)
        noise = random.uniform(batch, 3, 224, 224, low=-0.5, high=0.5)
        return {"x": squares.repeat(16, axis=2).repeat(16, axis=3) + noise}

    return arguments


CASES = {
    "one_image": CaseInput(construct={"num_classes": 10}, arguments=_images(1)),
    "two_images": CaseInput(construct={"num_classes": 13}, arguments=_images(2)),
    # One image: Dropout's mask depends on the shape that it is called with, and a program may well take the
    # images of a batch one by one.
    "training": CaseInput(construct={"num_classes": 10}, arguments=_images(1), mode=Mode.TRAINING),
}
