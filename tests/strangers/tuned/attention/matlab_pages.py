import numpy as np


def student_attention(Q, K, V, mask=None):
    [nBatch, n, d] = Q.shape
    out = np.zeros((nBatch, n, V.shape[2]), dtype=Q.dtype)
    W = np.zeros((nBatch, n, n), dtype=Q.dtype)
    for b in range(1, nBatch + 1):
        S = np.dot(Q[b - 1, :, :], K[b - 1, :, :].T) / np.sqrt(d)
        if mask is not None:
            S[mask != 0] = -np.inf
        S = S - np.tile(np.max(S, axis=1).reshape(n, 1), (1, n))
        P = np.exp(S)
        P = P / np.tile(np.sum(P, axis=1).reshape(n, 1), (1, n))
        W[b - 1, :, :] = P
        out[b - 1, :, :] = np.dot(P, V[b - 1, :, :])
    return out, W
