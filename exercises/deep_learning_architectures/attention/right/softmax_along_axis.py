"""np.apply_along_axis runs a softmax of one vector; the function is defined inside."""
import numpy as np


def student_attention(Q, K, V, mask=None):
    def softmax(vector):
        e = np.exp(vector - vector.max())
        return e / e.sum()

    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(Q.shape[-1])
    if mask is not None:
        rows, columns = np.nonzero(mask)
        for i, j in zip(rows, columns):
            scores[:, i, j] = -np.inf
    weights = np.apply_along_axis(softmax, -1, scores)
    return np.matmul(weights, V), weights
