"""Inputs of the patch embedding cases.

Batch, channels, rows of patches, patch size and d_model differ from each other wherever they can, so that axes
which change places show in the shape or in the numbers. In one case there are as many patches as numbers in a
vector, on purpose: there a transpose that was forgotten leaves all the shapes right.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom, Keying, Mode


def _images(batch: int, channels: int, size: int) -> Callable[[CaseRandom], Mapping[str, NDArray[np.generic]]]:
    return lambda random: {"x": random.uniform(batch, channels, size, size, low=-2.0, high=2.0)}


def _model(img_size: int, patch_size: int, in_channels: int, d_model: int) -> dict[str, int]:
    return {"img_size": img_size, "patch_size": patch_size, "in_channels": in_channels, "d_model": d_model}


CASES = {
    "colour": CaseInput(
        construct=_model(12, 3, 3, 7), arguments=_images(2, 3, 12), attributes={"n_patches": (12 // 3) ** 2}
    ),
    "grayscale": CaseInput(construct=_model(10, 2, 1, 6), arguments=_images(3, 1, 10)),
    "one_image": CaseInput(construct=_model(12, 2, 3, 5), arguments=_images(1, 3, 12)),
    "as_many_patches_as_numbers": CaseInput(construct=_model(12, 4, 2, 9), arguments=_images(3, 2, 12)),
    # In training, where a Dropout that does not belong here would show; and layers of one shape get different
    # parameters, so that a layer for every patch shows too.
    "more_channels": CaseInput(
        construct=_model(6, 3, 5, 8),
        arguments=_images(3, 5, 6),
        mode=Mode.TRAINING,
        keying=Keying.FIRST_USE,
    ),
    "one_patch": CaseInput(construct=_model(5, 5, 3, 4), arguments=_images(2, 3, 5)),
}
