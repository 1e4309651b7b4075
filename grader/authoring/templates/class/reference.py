"""FILL IN: the solution from which golden outputs are made, in float64."""

import numpy as np
from utils import Linear


class ENTRY_POINT:
    """max(x @ weight + bias, 0)."""

    def __init__(self, in_features, out_features):
        self.linear = Linear(in_features, out_features)

    def forward(self, x):
        """(rows, in_features) -> (rows, out_features)."""
        return np.maximum(self.linear(x), 0)
