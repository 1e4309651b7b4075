"""Plain Python numbers in nested loops, with the math module."""
import math

import numpy as np


def student_attention(Q, K, V, mask=None):
    B, T, d = Q.shape
    out = np.zeros((B, T, d))
    att = np.zeros((B, T, T))
    for b in range(B):
        for i in range(T):
            scores = []
            for j in range(T):
                s = 0.0
                for k in range(d):
                    s += float(Q[b, i, k]) * float(K[b, j, k])
                s /= math.sqrt(d)
                if mask is not None and mask[i, j] == 1:
                    s = float("-inf")
                scores.append(s)
            biggest = max(scores)
            exps = [math.exp(s - biggest) for s in scores]
            total = sum(exps)
            for j in range(T):
                att[b, i, j] = exps[j] / total
                for k in range(d):
                    out[b, i, k] += att[b, i, j] * V[b, j, k]
    return out, att
