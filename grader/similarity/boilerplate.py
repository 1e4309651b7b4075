"""What students were given, as places: in an answer it says nothing about who wrote it."""

import ast
from typing import TYPE_CHECKING

from exercises.spec import Assignment, Exercise
from grader.similarity.answers import answer_in
from grader.similarity.fingerprints import places
from grader.similarity.tokens import Names, words_of
from grader.submission import read_submission

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def given_places(assignment: Assignment, exercise: Exercise) -> "NDArray[np.int64]":
    """The places of the skeleton, and of every part of utils.py that may have been copied into an answer."""
    import numpy as np

    skeleton = read_submission(exercise.folder / "skeleton.py")
    answer = answer_in(skeleton, exercise.entry_point, is_class=exercise.is_class)
    texts = ["" if answer is None else answer.words]
    utils = ast.parse(assignment.utils_source)
    together = Names.of([utils])
    for statement in utils.body:
        part = ast.Module(body=[statement], type_ignores=[])
        # What it calls is the student's own name where that was copied as well, and imported where it was not.
        for names in (together, Names.of([part])):
            texts.append("".join(word.sign for word in words_of(part, names)))
    return np.unique(np.concatenate([places(text) for text in texts]))
