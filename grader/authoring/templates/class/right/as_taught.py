"""As the course teaches it."""

import numpy as np
from utils import Linear


class ENTRY_POINT:
    def __init__(self, in_features, out_features):
        self.linear = Linear(in_features, out_features)

    def forward(self, x):
        return np.maximum(0, self.linear.forward(x))
