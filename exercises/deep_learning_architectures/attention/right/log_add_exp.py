"""Log-sum-exp is NumPy's logaddexp, reduced over the keys."""
import numpy as np


def student_attention(Q, K, V, mask=None):
    scores = np.einsum("bid,bjd->bij", Q, K, optimize=True) * Q.shape[-1] ** -0.5
    if mask is not None:
        scores = np.where(mask > 0.5, -1e30, scores)
    log_weights = scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    weights = np.exp(log_weights)
    output = np.einsum("bij,bjd->bid", weights, V)
    return output, weights
