"""Builds reports folders with programs in them, for tests of what compares a class's answers."""

import random
from collections.abc import Mapping
from pathlib import Path

from exercises.loader import load_assignment
from exercises.spec import Exercise
from grader.report.people import Person
from grader.report.reports_folder import ReportsFolder
from tests.support.class_reports import report, reports_folder

ATTENTION = load_assignment(exercises=("attention",)).exercises[0]

# An answer in a way of its own, which no program of the course has.
UNUSUAL = '''\
import numpy as np


def student_attention(Q, K, V, mask=None):
    """My answer."""
    batch, queries, width = Q.shape
    temperature = np.full((), width, dtype=float) ** -0.5
    logits = np.zeros((batch, queries, K.shape[1]))
    for feature in range(width):
        left = Q[:, :, feature].reshape(batch, queries, 1)
        right = K[:, :, feature].reshape(batch, 1, K.shape[1])
        logits += left * right
    logits *= temperature
    if mask is not None:
        logits[:, np.asarray(mask) > 0.5] = -1e30
    highest = np.sort(logits, axis=2)[:, :, -1:]
    powers = np.power(np.e, logits - highest)
    shares = powers / np.add.reduce(powers, 2)[:, :, None]
    answer = np.zeros((batch, queries, V.shape[2]))
    for key in range(V.shape[1]):
        answer = answer + shares[:, :, key][:, :, None] * V[:, key][:, None, :]
    return answer, shares
'''

# The same answer with other names, layout, comments, quotes and annotations.
RENAMED = """\
import numpy


def student_attention(Q: "array", K, V, mask=None) -> tuple:
    # completely different
    b, q, w = (Q.shape)
    s: float = numpy.full((), w, dtype = float)**-0.5
    scores = numpy.zeros((
        b, q, K.shape[1]))
    for i in range(w):
        one = Q[:, :, i].reshape(b, q, 1); two = K[:, :, i].reshape(b, 1, K.shape[1])
        scores += (one * two)
    scores *= s  # scaled
    if mask is not None:
        scores[:, numpy.asarray(mask) > 0.5] = -1e30
    m = numpy.sort(scores, axis=2)[:, :, -1:]

    e = numpy.power(numpy.e, scores - m)
    p = e / numpy.add.reduce(e, 2)[:, :, None]
    out = numpy.zeros((b, q, V.shape[2]))
    for j in range(V.shape[1]):
        out = out + p[:, :, j][:, :, None] * V[:, j][:, None, :]
    return out, p
"""

# The same with statements in another order, where the order does not matter, and one moved into a helper.
REORDERED = """\
import numpy as np


def weigh(powers):
    return powers / np.add.reduce(powers, 2)[:, :, None]


def student_attention(Q, K, V, mask=None):
    batch, queries, width = Q.shape
    answer = np.zeros((batch, queries, V.shape[2]))
    logits = np.zeros((batch, queries, K.shape[1]))
    for feature in range(width):
        right = K[:, :, feature].reshape(batch, 1, K.shape[1])
        left = Q[:, :, feature].reshape(batch, queries, 1)
        logits += left * right
    temperature = np.full((), width, dtype=float) ** -0.5
    logits *= temperature
    if mask is not None:
        logits[:, np.asarray(mask) > 0.5] = -1e30
    highest = np.sort(logits, axis=2)[:, :, -1:]
    powers = np.power(np.e, logits - highest)
    shares = weigh(powers)
    for key in range(V.shape[1]):
        answer = answer + shares[:, :, key][:, :, None] * V[:, key][:, None, :]
    return answer, shares
"""


def class_of(
    path: Path, programs: Mapping[str, str | bytes], *, people: Mapping[str, tuple[Person, ...]] | None = None
) -> ReportsFolder:
    """A folder as 'grade batch' leaves it, with a copy of each student's ``.py`` file."""
    people = people or {}
    folder = reports_folder(path, *(report(key, people=people.get(key, ())) for key in programs))
    for key, program in programs.items():
        data = program.encode("utf-8", "surrogatepass") if isinstance(program, str) else program
        folder.program_file(key, ".py").write_bytes(data)
    return folder


def right_programs(exercise: Exercise = ATTENTION) -> dict[str, str]:
    """The course's own right programs, as if each were a student's."""
    return {path.stem: path.read_text(encoding="utf-8") for path in exercise.right_paths}


def stub_class(count: int) -> dict[str, str]:
    """Students who each take one of the course's ways to write attention and add steps of their own."""
    chance = random.Random(7)
    ways = list(right_programs().values())
    steps = (
        "    {0} = np.{1}({2}, axis={3})\n",
        "    for {0} in range({3}):\n        {2} = {2} * {4}\n",
        "    if np.{1}({2}) > {4}:\n        {0} = {2} - {4}\n",
        "    {0} = [np.{1}({2}[{3}]), {4}]\n",
    )
    programs = {}
    for student in range(count):
        body = "".join(
            chance.choice(steps).format(
                f"v{step}",
                chance.choice(("mean", "sum", "max", "std", "ptp", "median", "prod", "cumsum")),
                chance.choice("QKV"),
                chance.randrange(4),
                chance.randrange(1000),
            )
            for step in range(chance.randrange(8))
        )
        helper = f"def check(Q, K, V):\n{body}    return Q\n\n\n"
        way = chance.choice(ways).rstrip("\n")
        programs[f"student-{student:05}"] = f"{way}\n\n\n{helper}student_attention.check = check\n"
    return programs
