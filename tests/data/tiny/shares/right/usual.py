def row_shares(x):
    total = x.sum(axis=-1, keepdims=True)
    return x / total, total
