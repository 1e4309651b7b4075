"""Averages over the rows. FILL IN: one typical mistake in each file."""


def ENTRY_POINT(x):
    return x - x.mean(axis=0, keepdims=True)
