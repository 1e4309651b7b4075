import numpy as np


def student_attention(Q, K, V, mask=None):
    logits = np.einsum("...qd,...kd->...qk", Q / Q.shape[-1] ** 0.25, K / K.shape[-1] ** 0.25)
    if mask is not None:
        with np.errstate(divide="ignore"):
            logits = logits + np.log(1.0 - np.asarray(mask, dtype=logits.dtype))
    log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    p = np.exp(log_p)
    return np.einsum("...qk,...kv->...qv", p, V), p
