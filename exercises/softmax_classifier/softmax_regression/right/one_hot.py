"""The labels as rows of an identity matrix."""

import numpy as np
from utils import Linear


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.k = n_classes
        self.fc = Linear(in_features=n_features, out_features=n_classes)

    def forward(self, x, labels):
        z = self.fc(x)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        y = np.eye(self.k)[labels]
        return p, x.T @ (p - y) / len(x), (p - y).mean(axis=0)
