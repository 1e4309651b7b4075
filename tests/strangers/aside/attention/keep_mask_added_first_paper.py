import numpy as np


def student_attention(Q, K, V, mask=None):
    """from my transformer project (keras)"""
    matmul_qk = np.matmul(Q, K.swapaxes(-1, -2))
    dk = float(K.shape[-1])
    logits = matmul_qk / np.sqrt(dk)
    if mask is not None:
        logits += (1.0 - mask) * -1e9
    logits -= np.max(logits, axis=-1, keepdims=True)
    attention_weights = np.exp(logits) / np.sum(np.exp(logits), axis=-1, keepdims=True)
    output = np.matmul(attention_weights, V)
    return output, attention_weights
