import numpy as np
from utils import softmax


class DotProductAttention:
    """Scaled dot product attention, kept like a module of a book."""

    def forward(self, queries, keys, values, blocked=None):
        d = queries.shape[-1]
        scores = np.matmul(queries, np.swapaxes(keys, 1, 2)) / d ** 0.5
        self.attention_weights = self.masked_softmax(scores, blocked)
        return np.matmul(self.attention_weights, values)

    def masked_softmax(self, scores, blocked):
        if blocked is None:
            return softmax(scores, axis=-1)
        flat = scores.reshape(-1, scores.shape[-1]).copy()
        flat[np.tile(blocked, (scores.shape[0], 1)).astype(bool)] = -1e6
        return softmax(flat.reshape(scores.shape), axis=-1)


def student_attention(Q, K, V, mask=None):
    layer = DotProductAttention()
    out = layer.forward(Q, K, V, mask)
    return out, layer.attention_weights
