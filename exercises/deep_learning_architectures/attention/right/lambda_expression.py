"""The entry point is a lambda."""
import numpy as np
from utils import softmax

blocked = lambda mask: 0 if mask is None else mask * -1e9
pair = lambda weights, V: (weights @ V, weights)
student_attention = lambda Q, K, V, mask=None: pair(
    softmax(Q @ K.transpose(0, 2, 1) / np.sqrt(Q.shape[-1]) + blocked(mask)), V
)
