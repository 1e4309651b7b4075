"""Fingerprints of answers, by the library copydetect. A *place* is where a run of so many words stands.

Three of its habits are gone around. It blanks all names, numpy's too, so it gets our words instead of the program.
Its hashes are other ones in each process and winnowing chooses among them by size, so numbers would differ from run
to run: every place is kept (a window of 1), which is affordable for answers. And its subtraction of boilerplate
also drops places that occur twice (intersect1d is told that they do not), so that is done in ``pool``.
"""

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from grader.extras import Extra, extra_missing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RUN = 8  # words in a row that are the same by chance only in what everybody writes


def places(words: str) -> "NDArray[np.int64]":
    """The different runs of words in an answer, as numbers that mean the same until this process ends."""
    import numpy as np

    hashes = _fingerprint(words).hashes
    return np.sort(np.fromiter(hashes, dtype=np.int64, count=len(hashes)))


def shared_words(left: str, right: str, counted: frozenset[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Which words of each stand in a run that both have, of the runs that count."""
    prints = _fingerprint(left), _fingerprint(right)
    for each in prints:
        each.hashes &= counted
    _, _, (left_slices, right_slices) = _library().compare_files(*prints)
    return _covered(left_slices), _covered(right_slices)


def _covered(slices: Any) -> frozenset[int]:
    if not slices.size:
        return frozenset()
    return frozenset(word for first, end in slices.T for word in range(int(first), int(end)))


def _fingerprint(words: str) -> Any:
    return _library().CodeFingerprint("answer", RUN, 1, filter=False, fp=io.StringIO(words))


@cache
def _library() -> Any:
    try:
        import copydetect
    except ImportError as error:
        raise extra_missing("Answers can't be compared: copydetect is not installed", Extra.BATCH) from error
    return copydetect
