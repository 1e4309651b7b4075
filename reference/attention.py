"""Scaled dot-product attention and the encoder layer around it (Vaswani et al. 2017, sections 3.1 to 3.3)."""

import numpy as np

from exercises.deep_learning_architectures.utils import Array, Dropout, Linear, MultiHeadAttention, ReLU


def student_attention(Q: Array, K: Array, V: Array, mask: Array | None = None) -> tuple[Array, Array]:
    """softmax(Q K^T / sqrt(d_k)) V, equation 1.

    Q (B, T, d_k), K (B, S, d_k), V (B, S, d_v) -> output (B, T, d_v) and weights (B, T, S). Where the mask,
    which broadcasts to the weights' shape, is 1, that query may not look at that key.
    """
    d_k = Q.shape[-1]
    scores = np.matmul(Q, K.transpose(0, 2, 1)) / np.sqrt(d_k).astype(Q.dtype)  # (B, T, S)
    if mask is not None:
        scores = scores + (mask * -1e9).astype(Q.dtype)
    # exp of a large score overflows; the largest becomes 0, and the quotient stays the same
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)  # (B, T, S), rows sum to one
    return np.matmul(weights, V), weights


class TransformerEncoder:
    """Self-attention and a feed-forward network, each with a residual connection; no layer normalisation."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.1) -> None:
        self.attention = MultiHeadAttention(d_model, num_heads)
        self.ffn_1 = Linear(d_model, d_ff)
        self.ffn_2 = Linear(d_ff, d_model)
        self.relu = ReLU()
        self.dropout = Dropout(dropout)

    def forward(self, x: Array, mask: Array | None = None) -> Array:
        """(B, T, d_model) -> (B, T, d_model)."""
        x = x + self.dropout(self.attention.forward(x, x, x, mask))
        x = x + self.dropout(self.ffn_2(self.relu(self.ffn_1(x))))
        return x
