"""FILL IN: the solution from which golden outputs are made, in float64."""


def ENTRY_POINT(x):
    """(rows, columns) -> (rows, columns), each row with mean zero."""
    return x - x.mean(axis=-1, keepdims=True)
