def row_shares(x):
    total = x.sum(axis=0, keepdims=True)
    return x / total, x.sum(axis=-1, keepdims=True)
