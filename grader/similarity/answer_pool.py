"""All different answers to one exercise, the class's and the course's own, and which of their places are unusual.

Answers that are the same word for word are one. A place is *usual*, and counts for nothing, when it is in what
students were given (the skeleton, ``utils.py``), in many answers of the class, or in several of the course's own
programs, right and wrong, which show what is written by people who do not know of each other. So a place that some
students and one of those programs have in common is usual too: the program's author did not know of them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.similarity.fingerprints import places

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_SHARE = 0.1  # of the class's answers, or of the course's own programs
USUAL_STUDENTS = 10  # and more students than this; these alone, where one of the course's programs has it too
USUAL_PROGRAMS = 2


@dataclass(frozen=True, kw_only=True)
class Fingerprinted:
    """One answer without its text: this is all that is kept of 3,000 of them."""

    digest: bytes  # of the words
    places: "NDArray[np.int64]"

    @classmethod
    def of(cls, words: str) -> "Fingerprinted":
        digest = hashlib.blake2b(words.encode("utf-8"), digest_size=16).digest()
        return cls(digest=digest, places=places(words))


@dataclass(frozen=True, kw_only=True)
class Distinct:
    """Answers that are the same word for word."""

    students: tuple[int, ...]  # who handed it in, as indices of the class
    right: bool  # it is one of the course's own right programs
    unusual: "NDArray[np.int64]"  # its unusual places


def pool_of(
    answers: Sequence[tuple[int, Fingerprinted]],
    *,
    right: Sequence[Fingerprinted],
    wrong: Sequence[Fingerprinted],
    given: "NDArray[np.int64]",
) -> tuple[Distinct, ...]:
    """The different answers, the class's first in the order in which they come."""
    import numpy as np

    students: dict[bytes, list[int]] = {}
    for student, answer in answers:
        students.setdefault(answer.digest, []).append(student)
    own = {each.digest: each for each in (*right, *wrong)}
    every = {each.digest: each for each in (*(answer for _, answer in answers), *own.values())}
    if not every:
        return ()
    place, where = np.unique(np.concatenate([each.places for each in every.values()]), return_inverse=True)
    by_answer = np.split(where, np.cumsum([len(each.places) for each in every.values()])[:-1])
    in_class = np.zeros(len(place), dtype=np.int64)
    in_course = np.zeros(len(place), dtype=np.int64)
    for digest, its in zip(every, by_answer, strict=True):
        in_class[its] += len(students.get(digest, ()))
        in_course[its] += digest in own
    unusual = (
        (in_class <= max(USUAL_STUDENTS, USUAL_SHARE * len(answers)))
        & (in_course <= max(USUAL_PROGRAMS, USUAL_SHARE * len(own)))
        & ((in_class <= USUAL_STUDENTS) | (in_course == 0))
        & ~np.isin(place, given)
    )
    rights = {each.digest for each in right}
    return tuple(
        Distinct(students=tuple(students.get(digest, ())), right=digest in rights, unusual=place[its[unusual[its]]])
        for digest, its in zip(every, by_answer, strict=True)
    )
