"""Uses the layer's numbers and not its forward. FILL IN: all the ways that you can think of."""

import numpy as np
from utils import Linear


class ENTRY_POINT:
    def __init__(self, in_features, out_features):
        self.layer = Linear(in_features, out_features)

    def forward(self, x):
        z = np.dot(x, self.layer.weight) + self.layer.bias
        return z * (z > 0)
