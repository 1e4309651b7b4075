"""FILL IN: the solution from which golden outputs are made, in float64."""


def k_means_step(x):
    """(rows, columns) -> (rows, columns), each row with mean zero."""
    return x - x.mean(axis=-1, keepdims=True)
