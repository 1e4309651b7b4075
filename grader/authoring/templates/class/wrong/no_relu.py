"""Returns what the linear layer gives. FILL IN: one typical mistake in each file."""

from utils import Linear


class ENTRY_POINT:
    def __init__(self, in_features, out_features):
        self.linear = Linear(in_features, out_features)

    def forward(self, x):
        return self.linear(x)
