"""Inputs of the attention cases.

Batch, sequence length and d_k differ from each other wherever they can, so that axes which change places show
in the shape or in the numbers. In one case the last two are equal on purpose: there a transpose that was
forgotten leaves all the shapes right.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from exercises.spec import CaseInput, CaseRandom, Mode

Arguments = Mapping[str, NDArray[np.generic]]


def _vectors(
    batch: int, steps: int, size: int, mask: NDArray[np.float32] | None = None
) -> Callable[[CaseRandom], Arguments]:
    """Scores of about -3 to 3, for which a softmax is neither flat nor all on one key."""

    def arguments(random: CaseRandom) -> Arguments:
        made: dict[str, NDArray[np.generic]] = {
            "Q": random.uniform(batch, steps, size, low=-2.0, high=2.0),
            "K": random.uniform(batch, steps, size, low=-2.0, high=2.0),
            "V": random.uniform(batch, steps, size, low=-3.0, high=3.0),
        }
        return made if mask is None else made | {"mask": mask}

    return arguments


def _causal(steps: int) -> NDArray[np.float32]:
    """No query looks at a later key."""
    return np.triu(np.ones((steps, steps), dtype=np.float32), k=1)


def _padded(steps: int, empty: int) -> NDArray[np.float32]:
    """No query looks at the last keys."""
    mask = np.zeros((steps, steps), dtype=np.float32)
    mask[:, steps - empty :] = 1.0
    return mask


def _scattered(steps: int) -> NDArray[np.float32]:
    """A band around the diagonal and some keys more: other keys in each row, and seldom the last ones."""
    query, key = np.indices((steps, steps))
    blocked = (np.abs(query - key) <= 1) | ((query * 3 + key * 5) % 7 == 0)
    blocked[:, -1] &= query[:, -1] % 3 == 0
    blocked[blocked.all(axis=1), 0] = False
    return blocked.astype(np.float32)


def _large_scores_masked(random: CaseRandom) -> Arguments:
    """Every other query may look at the first key alone, whose score is some 60 below those that are blocked.

    So what is taken off them has to be more than that. Not much more is asked for: a softmax that subtracts the
    largest of all scores, and not each row's, is right as well, and has no numbers left where a row lies 90 below.
    """
    made = _large_scores(random)
    made["K"][:, 0, 0] = 56.0
    mask = _scattered(made["Q"].shape[1])
    mask[::2, 0], mask[::2, 1:] = 0.0, 1.0
    return made | {"mask": mask}


def _large_scores(random: CaseRandom) -> dict[str, NDArray[np.generic]]:
    """Scores of 900, a few more or less: exp overflows in float64 too, and no key takes all the weight.

    A float32 of this size is only good to 3e-5, which would become a relative error of every weight. So all
    queries and keys are multiples of 1/32 and the square root of d_k is 4: the scores are exact in whatever
    order they are summed and scaled.
    """
    batch, steps, size = 2, 6, 16
    vectors = {
        name: np.round(random.uniform(batch, steps, size, low=-2.0, high=2.0) * 32) / np.float32(32)
        for name in ("Q", "K")
    }
    for each in vectors.values():
        each[:, :, 0] = 60.0  # 60 * 60 / 4 = 900
    # One key far below the others: subtracting a row's smallest score, not its largest, overflows as well.
    vectors["K"][:, 0, 0] = -60.0
    return vectors | {"V": random.uniform(batch, steps, size, low=-3.0, high=3.0)}


CASES = {
    "no_mask": CaseInput(arguments=_vectors(3, 5, 8)),
    "causal_mask": CaseInput(arguments=_vectors(2, 6, 8, _causal(6))),
    "padded_mask": CaseInput(arguments=_vectors(4, 7, 5, _padded(7, 3))),
    "one_sequence": CaseInput(arguments=_vectors(1, 5, 6)),
    "scattered_mask": CaseInput(arguments=_vectors(2, 7, 5, _scattered(7))),
    # In training, where a Dropout that does not belong here would show.
    "other_size": CaseInput(arguments=_vectors(3, 4, 11), mode=Mode.TRAINING),
    "as_long_as_wide": CaseInput(arguments=_vectors(2, 6, 6)),
    "large_scores": CaseInput(arguments=_large_scores),
    "large_scores_masked": CaseInput(arguments=_large_scores_masked),
}
