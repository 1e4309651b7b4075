# Exercise 4: Scaled dot-product attention


def student_attention(Q, K, V, mask=None):
    """
    Let every query look at every key, and mix the values accordingly.

    Args:
        Q: queries, shape (batch_size, seq_len, d_k)
        K: keys, shape (batch_size, seq_len, d_k)
        V: values, shape (batch_size, seq_len, d_k)
        mask: zeros and ones, shape (seq_len, seq_len), 1 where looking is not allowed; or None

    Returns:
        output: shape (batch_size, seq_len, d_k)
        attention_weights: shape (batch_size, seq_len, seq_len)
    """
    # TODO 1: the scores of all pairs, scaled. Of K, only the last two axes change places.
    # TODO 2: if there is a mask, lower the blocked scores as far as they can go.
    # TODO 3: softmax over the keys. Which axis is that?
    # TODO 4: mix the values, and return the mixture and the weights.
    raise NotImplementedError
