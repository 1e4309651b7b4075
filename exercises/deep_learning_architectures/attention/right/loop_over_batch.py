"""One sequence of the batch at a time, with np.dot and plain transposes."""
import numpy as np
import utils as u


def student_attention(Q, K, V, mask=None):
    outputs = []
    all_weights = []
    for b in range(Q.shape[0]):
        scores = np.dot(Q[b], K[b].T) / np.sqrt(K[b].shape[1])
        if mask is not None:
            scores += mask * -1e4
        weights = u.softmax(scores)
        outputs.append(np.dot(weights, V[b]))
        all_weights.append(weights)
    return np.array(outputs), np.array(all_weights)
