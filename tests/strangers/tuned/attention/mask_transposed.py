import numpy as np


def student_attention(Q, K, V, mask=None):
    n = Q.shape[1]
    out, A = [], []
    for q, k, v in zip(Q, K, V):
        S = q @ k.T / np.sqrt(q.shape[-1])
        if mask is not None:
            for i in range(n):
                for j in range(n):
                    if mask[j, i]:
                        S[i, j] = -1e9
        S = np.exp(S - S.max(1, keepdims=True))
        S = S / S.sum(1, keepdims=True)
        A.append(S); out.append(S @ v)
    return np.stack(out), np.stack(A)
