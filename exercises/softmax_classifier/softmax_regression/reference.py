"""Softmax regression, and the gradients with which it learns (Bishop 2006, section 4.3.4)."""

import numpy as np
from utils import Linear


class SoftmaxRegression:
    """A linear layer, a softmax, and the gradients of the mean cross-entropy with respect to the layer."""

    def __init__(self, n_features, n_classes):
        self.linear = Linear(n_features, n_classes)

    def forward(self, x, labels):
        """x (n, features), labels (n,) -> probabilities (n, classes), gradients (features, classes), (classes,)."""
        scores = self.linear(x)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        delta = probabilities.copy()  # (n, classes), the gradient with respect to the scores
        delta[np.arange(len(x)), labels] -= 1
        delta /= len(x)
        return probabilities, x.T @ delta, delta.sum(axis=0)
