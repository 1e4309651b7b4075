"""Cuts off the input instead of the output."""

import numpy as np
from utils import Linear


class ENTRY_POINT:
    def __init__(self, in_features, out_features):
        self.linear = Linear(in_features, out_features)

    def forward(self, x):
        return self.linear(np.maximum(x, 0))
