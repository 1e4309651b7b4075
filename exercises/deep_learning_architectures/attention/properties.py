"""What must hold of attention whatever its numbers are. exercise.toml has the words."""

import numpy as np
from numpy.typing import NDArray

from exercises.spec import Arrays, BrokenAt, Variation

LARGEST_BLOCKED_WEIGHT = 1e-6  # a mask may be a large number instead of infinity


def blocked_keys_zero(arguments: Arrays, weights: NDArray[np.generic]) -> BrokenAt | None:
    """Where the mask is 1, the query does not look at the key."""
    seen = np.abs(np.where(arguments["mask"] == 1, weights, 0.0))
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(seen)), seen.shape))
    return None if seen[index] <= LARGEST_BLOCKED_WEIGHT else BrokenAt(index=index, actual=float(seen[index]))


def keys_reversed(arguments: Arrays) -> Arrays:
    """The last key first, each with its value."""
    return {name: array[:, ::-1] if name in ("K", "V") else array for name, array in arguments.items()}


PROPERTIES = {
    "blocked_keys_zero": blocked_keys_zero,
    # A sum over keys has no order.
    "keys_and_values_together": Variation(
        arguments=keys_reversed, outputs=lambda outputs: {"output": outputs["output"]}
    ),
}
