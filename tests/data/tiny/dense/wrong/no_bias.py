from utils import Linear


class Dense:
    def __init__(self, in_features, out_features):
        self.layer = Linear(in_features, out_features)

    def forward(self, x):
        return x @ self.layer.weight
