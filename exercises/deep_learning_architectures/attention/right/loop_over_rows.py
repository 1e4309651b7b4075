"""One query at a time, with a softmax of one row."""
import numpy as np


def softmax_row(row):
    shifted = row - row.max()
    e = np.exp(shifted)
    return e / e.sum()


def student_attention(Q, K, V, mask=None):
    batch_size, seq_len, d_k = Q.shape
    output = np.zeros((batch_size, seq_len, V.shape[2]), dtype=np.float32)
    attention_weights = np.zeros((batch_size, seq_len, seq_len), dtype=np.float32)
    for b in range(batch_size):
        for i in range(seq_len):
            row = K[b].dot(Q[b, i]) / np.sqrt(d_k)
            if mask is not None:
                row[mask[i] > 0] = -np.inf
            attention_weights[b, i] = softmax_row(row)
            output[b, i] = attention_weights[b, i].dot(V[b])
    return output, attention_weights
