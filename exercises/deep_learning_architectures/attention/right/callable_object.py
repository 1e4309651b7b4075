"""The entry point is an object with __call__."""
import numpy as np
from utils import Layer, softmax


class Attention(Layer):
    def __init__(self, blocked_score=-1e9):
        self.blocked_score = blocked_score
        self.weights = None

    def forward(self, Q, K, V, mask=None):
        scores = Q @ K.swapaxes(-2, -1) / np.sqrt(Q.shape[-1])
        if mask is not None:
            scores = np.where(mask.astype(bool), self.blocked_score, scores)
        self.weights = softmax(scores)
        return self.weights @ V, self.weights


student_attention = Attention()
