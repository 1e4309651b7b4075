"""What costs far more to read than its size: read to the end within the limits, or named too costly; never a mark."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from grader.diagnosis.explanation import UNEXPLAINED_ID
from grader.errors import SubmissionTooCostly, SubmissionUnreadable
from grader.grading import reading
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, to_json
from grader.report.model import ProblemKind
from grader.settings import Settings
from grader.similarity.answers import answer_in
from grader.submission.limited_reading import within_limits
from grader.submission.program_file import Format, ProgramFile
from grader.submission.slicing import slice_program
from grader.submission.submission import parse
from sandbox.system.limited_child import ChildLimits, Resource, TooCostly, in_limited_child
from tests.support.costly_programs import EXPLAINING, NOTEBOOKS, READING, too_many_scopes
from tests.support.trusted import open_trusted

ATTENTION = Settings(only=("attention",))
# What looked at all pairs took 37 to 274, and what looks at each thing once takes a tenth of the first number; some,
# which Python's or IPython's own analysis takes longer for, a quarter of the second. A busy machine doubles it.
SECONDS, MORE_SECONDS = 12, 30
SLOWER = {
    "calls_of_setters",
    "calls_of_setters_in_try",
    "lambdas_in_a_function_of_many_names",
    "comprehensions",
    "magics",
}


def _read_and_compared(program: ProgramFile) -> int:
    submission = parse(program)
    slice_program(submission, "student_attention", is_class=False)
    answer_in(submission, "student_attention", is_class=False)
    return len(submission.cells)


@pytest.mark.slow
@pytest.mark.parametrize("kind", READING)
def test_a_program_of_thousands_of_two_kinds_of_things_is_read_and_compared(kind: str):
    program = ProgramFile(name="submission.py", format=Format.PYTHON, data=READING[kind]().encode())
    limits = ChildLimits(memory_bytes=256 << 20, cpu_seconds=MORE_SECONDS if kind in SLOWER else SECONDS)
    assert within_limits(lambda: _read_and_compared(program), name=program.name, limits=limits) > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_a_notebook_of_many_parts_is_read_or_refused(kind: str):
    program = ProgramFile(name="submission.ipynb", format=Format.NOTEBOOK, data=NOTEBOOKS[kind]().encode())
    with refused_for_what_it_is():
        within_limits(lambda: _read_and_compared(program), name=program.name)


@contextmanager
def refused_for_what_it_is() -> Iterator[None]:
    """What is read is well too."""
    try:
        yield
    except SubmissionTooCostly:
        raise
    except SubmissionUnreadable:
        return


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXPLAINING)
def test_a_wrong_program_of_many_things_is_explained(kind: str, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(
        reading, "in_limited_child", partial(in_limited_child, limits=ChildLimits(cpu_seconds=SECONDS))
    )
    file = tmp_path / "submission.py"
    file.write_text(EXPLAINING[kind](), encoding="utf-8")
    (exercise,) = grade(file, ATTENTION, open_trusted).exercises
    assert exercise.diagnoses or exercise.error
    assert UNEXPLAINED_ID not in [each.id for each in exercise.diagnoses]


def _too_costly(*_: object, **__: object) -> object:
    raise TooCostly(Resource.CPU, ChildLimits())


@pytest.fixture
def costly(tmp_path: Path) -> Path:
    file = tmp_path / "submission.py"
    file.write_text("def student_attention(Q, K, V, mask=None):\n    return Q, K\n", encoding="utf-8")
    return file


def test_what_is_too_costly_to_read_has_a_report_and_no_mark(costly, monkeypatch):
    monkeypatch.setattr("grader.submission.limited_reading.in_limited_child", _too_costly)
    report = grade(costly, Settings(student="Ada"), lambda **_: pytest.fail("a sandbox was opened"))
    assert report.problem is not None
    assert (report.problem.kind, report.is_graded) == (ProblemKind.TOO_COSTLY, False)
    assert report.problem.happened.startswith("submission.py is too costly to read: it takes more than 10 seconds")
    assert (report.submission.name, report.submission.student) == ("submission.py", "Ada")
    assert len(report.submission.sha256) == 64
    assert json.loads(to_json(report))["problem"]["kind"] == "too_costly"
    assert from_json(to_json(report)) == report


def test_what_is_too_costly_to_explain_keeps_its_marks_and_says_so(costly, monkeypatch):
    right = grade(costly, ATTENTION, open_trusted).exercises[0]
    monkeypatch.setattr(reading, "in_limited_child", _too_costly)
    (exercise,) = grade(costly, ATTENTION, open_trusted).exercises
    assert (exercise.points, exercise.status, exercise.checks) == (right.points, right.status, right.checks)
    assert [each.id for each in exercise.diagnoses] == [UNEXPLAINED_ID]
    assert "10 seconds of a processor's time" in exercise.diagnoses[0].message


def test_one_exercise_that_is_too_costly_to_explain_costs_the_others_nothing(tmp_path, monkeypatch):
    file = tmp_path / "submission.py"
    file.write_text(
        "def student_attention(Q, K, V, mask=None):\n    return Q, K\n\n\n"
        "class PatchEmbedding:\n    def __init__(self, *_): pass\n    def forward(self, x): return x\n",
        encoding="utf-8",
    )

    def all_but_attention(work):
        (evidence,) = work.args
        if any(each is not None and each.exercise.exercise_id == "attention" for each in evidence):
            raise TooCostly(Resource.MEMORY, ChildLimits())
        return work()

    monkeypatch.setattr(reading, "in_limited_child", all_but_attention)
    exercises = grade(file, Settings(only=("attention", "patch_embedding")), open_trusted).exercises
    attention, patches = ({each.id for each in exercise.diagnoses} for exercise in exercises)
    assert attention == {UNEXPLAINED_ID}
    assert patches
    assert UNEXPLAINED_ID not in patches


@pytest.mark.slow
def test_what_python_itself_looks_at_in_pairs_is_ended_after_its_time(tmp_path):
    file = tmp_path / "submission.py"
    file.write_text(too_many_scopes(), encoding="utf-8")
    report = grade(file, Settings(), lambda **_: pytest.fail("a sandbox was opened"))
    assert report.problem is not None
    assert report.problem.kind is ProblemKind.TOO_COSTLY
