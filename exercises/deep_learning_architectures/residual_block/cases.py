"""Inputs of the residual block's cases: small, so that golden outputs stay small, and of both signs.

All are in training mode, where batch normalisation uses the batch's own statistics.

In two cases layers of one kind and shape get different parameters, in order of their first use, so that a
layer used twice in place of two layers shows. In the others they get the same ones, so that a mistake gives
the same numbers whether the shortcut is computed before, between or after the layers of the main path.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom, Keying, Mode


def _images(*shape: int) -> Callable[[CaseRandom], Mapping[str, NDArray[np.generic]]]:
    """Shape (B, C, H, W)."""
    return lambda random: {"x": random.uniform(*shape, low=-2.0, high=2.0)}


def _block(in_channels: int, out_channels: int, stride: int) -> dict[str, int]:
    return {"in_channels": in_channels, "out_channels": out_channels, "stride": stride}


CASES = {
    "same_shape": CaseInput(
        construct=_block(4, 4, 1), arguments=_images(2, 4, 6, 6), mode=Mode.TRAINING, keying=Keying.FIRST_USE
    ),
    "half_the_size": CaseInput(construct=_block(4, 6, 2), arguments=_images(2, 4, 8, 8), mode=Mode.TRAINING),
    "more_channels": CaseInput(construct=_block(3, 8, 1), arguments=_images(2, 3, 5, 6), mode=Mode.TRAINING),
    # Without a stride: it is 1 by default.
    "fewer_channels": CaseInput(
        construct={"in_channels": 6, "out_channels": 3}, arguments=_images(2, 6, 6, 7), mode=Mode.TRAINING
    ),
    "half_the_size_same_channels": CaseInput(
        construct=_block(5, 5, 2), arguments=_images(3, 5, 8, 6), mode=Mode.TRAINING
    ),
    "one_odd_image": CaseInput(construct=_block(1, 4, 2), arguments=_images(1, 1, 13, 9), mode=Mode.TRAINING),
    "separate_layers": CaseInput(
        construct=_block(4, 8, 2), arguments=_images(3, 4, 7, 7), mode=Mode.TRAINING, keying=Keying.FIRST_USE
    ),
}
