"""Answers to the tiny assignment in ``data/tiny``."""

DENSE = "from utils import Linear\nclass Dense:\n    def __init__(self, in_features, out_features):\n        self.layer = Linear(in_features, out_features)\n    def forward(self, x):\n        return {}\n"
RIGHT_DENSE = DENSE.format("self.layer.forward(x)")
RIGHT_SHARES = "def row_shares(x):\n    total = x.sum(axis=-1, keepdims=True)\n    return x / total, total\n"
