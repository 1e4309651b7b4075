import math
import numpy as np


def student_attention(Q, K, V, mask=None):
    B = len(Q); N = len(Q[0]); D = len(Q[0][0])
    output = np.zeros((B, N, D)); weights = np.zeros((B, N, N))
    for b in range(B):
        for i in range(N):
            row = [0.0] * N
            biggest = -1e300
            for j in range(N):
                if mask is not None and mask[i][j]:
                    row[j] = None
                    continue
                s = 0.0
                for k in range(D):
                    s += float(Q[b, i, k]) * float(K[b, j, k])
                row[j] = s / math.sqrt(D)
                if row[j] > biggest:
                    biggest = row[j]
            total = 0.0
            for j in range(N):
                row[j] = 0.0 if row[j] is None else math.exp(row[j] - biggest)
                total += row[j]
            for j in range(N):
                weights[b, i, j] = row[j] / total
                for k in range(D):
                    output[b, i, k] += row[j] / total * V[b, j, k]
    return output, weights
