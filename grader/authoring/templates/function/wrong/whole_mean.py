"""Averages over the whole array, and leaves one case in which nothing is wrong: there is only one row."""


def ENTRY_POINT(x):
    return x - x.mean()
