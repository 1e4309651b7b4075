"""Exercises test themselves: every right variant gets full marks, every wrong one loses some and is named."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from exercises.golden_files import load_golden, sources_digest
from exercises.loader import load_assignment, shipped_assignments
from exercises.notebook_builder import NOTEBOOK_NAME, CellKind, build_notebook
from exercises.spec import CheckKind, Exercise
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis.hint import HintKind
from grader.grading.pipeline import grade
from grader.judging.comparison import farthest
from grader.report.model import ExerciseReport, Report
from grader.settings import Settings
from grader.variants.reference_runs import reference_runner
from sandbox.runner.execute import load_utils
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseResult, RunRequest, RunResult
from sandbox.wire.request_codec import encode_request
from tests.support.paths import DATA
from tests.support.trusted import TrustedSandbox

ASSIGNMENTS = {name: load_assignment(name) for name in shipped_assignments()}
EXERCISES = [exercise for assignment in ASSIGNMENTS.values() for exercise in assignment.exercises]
RIGHT_SUBMISSIONS = {
    "deep_learning_architectures": (DATA / "right_submission.py").read_text(encoding="utf-8"),
    "softmax_classifier": (DATA / "right_softmax_classifier.py").read_text(encoding="utf-8"),
}


# The networks of the large course take a few minutes; the small one is for "make quick" too.
LARGE = ASSIGNMENTS["deep_learning_architectures"]


def slow_where(takes_long: bool):
    return pytest.mark.slow if takes_long else ()


def named(items):
    return [
        pytest.param(
            exercise,
            item,
            id=f"{exercise.exercise_id}-{name}",
            marks=slow_where(exercise in LARGE.exercises),
        )
        for exercise, item, name in items
    ]


RIGHT = named((exercise, path, path.stem) for exercise in EXERCISES for path in exercise.right_paths)
SLIPS = {"no_return", "dropped_result", "return_in_loop", "shared_layer"}
HAVE_A_SLIP = {
    "first_image_only": "return_in_loop",
    "first_sequence_only": "return_in_loop",
    "first_batch_norm_used_twice": "shared_layer",
    "first_batch_norm_used_twice_plain_shortcut": "shared_layer",
    "one_batch_norm_for_all": "shared_layer",
    "first_convolution_used_twice": "shared_layer",
}
WRONG = named((exercise, each, each.variant_id) for exercise in EXERCISES for each in exercise.wrong)


def assignment_of(exercise: Exercise) -> str:
    return exercise.folder.parent.name


def graded(assignment: str, source: str, folder: Path, *only: str) -> Report:
    file = folder / "submission.py"
    file.write_text(source, encoding="utf-8")
    return grade(file, Settings(assignment=assignment, only=only), open_remembering)


class Remembering(TrustedSandbox):
    """Runs what it has not run before. Beside each wrong variant stand the same right answers to the other exercises;
    where a variant changes what one of them uses, that is another program and is run."""

    known: ClassVar[dict[bytes, ExerciseResult]] = {}

    def run(self, request, *, meanwhile=None) -> RunResult:
        if meanwhile is not None:
            meanwhile()
        results = [self._known(replace(request, runs=(run,))) for run in request.runs]
        return RunResult(exercises=tuple(results), seconds=0.0)

    def _known(self, request: RunRequest) -> ExerciseResult:
        key = sha256(encode_request(request)).digest()
        if key not in self.known:
            (self.known[key],) = super().run(request).exercises
        return self.known[key]


@contextmanager
def open_remembering(*, bank: Path, limits: Limits) -> Iterator[Remembering]:
    yield Remembering(bank)


def failed_checks(report: ExerciseReport) -> list[str]:
    return [f"{check.id}: {check.message}" for check in report.checks if not check.passed]


@pytest.mark.parametrize(
    "assignment", [pytest.param(name, marks=slow_where(ASSIGNMENTS[name] is LARGE)) for name in ASSIGNMENTS]
)
def test_the_submission_that_the_other_tests_build_on_is_right(assignment, tmp_path):
    report = graded(assignment, RIGHT_SUBMISSIONS[assignment], tmp_path)
    assert {exercise.status.value for exercise in report.exercises} == {"passed"}
    assert len(report.exercises) == len(ASSIGNMENTS[assignment].exercises)
    assert sum(exercise.points for exercise in report.exercises) == 100
    assert report.score.max_points == ASSIGNMENTS[assignment].max_points


@pytest.mark.parametrize(("exercise", "path"), RIGHT)
def test_a_right_variant_gets_full_marks(exercise, path, tmp_path):
    (report,) = graded(
        assignment_of(exercise), path.read_text(encoding="utf-8"), tmp_path, exercise.exercise_id
    ).exercises
    assert failed_checks(report) == []
    assert report.status.value == "passed"
    assert report.points == exercise.max_points


@pytest.mark.parametrize(("exercise", "variant"), WRONG)
def test_a_wrong_variant_loses_marks_in_its_exercise_only_and_is_named(exercise, variant, tmp_path):
    source = RIGHT_SUBMISSIONS[assignment_of(exercise)] + "\n\n" + variant.path.read_text(encoding="utf-8")
    report = graded(assignment_of(exercise), source, tmp_path)
    for each in report.exercises:
        if each.id == exercise.exercise_id:
            assert each.status.value != "passed"
            assert each.points < exercise.max_points
            hints = {kind.value for kind in HintKind}  # lines of the program's own may be told before it
            first, *more = [diagnosis.id for diagnosis in each.diagnoses if diagnosis.id not in hints]
            assert first == variant.variant_id
            # Of our own wrong programs only those are told of a slip in their source that have one.
            told = {diagnosis.id for diagnosis in each.diagnoses} & SLIPS
            assert told == {HAVE_A_SLIP[name] for name in [variant.variant_id] if name in HAVE_A_SLIP}
            assert more in ([], ["first_divergence"])  # where an exception alone names the mistake
        else:
            assert each.status.value == "passed", failed_checks(each)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.exercise_id)
def test_the_skeleton_is_not_implemented(exercise, tmp_path):
    skeleton = (exercise.folder / "skeleton.py").read_text(encoding="utf-8")
    source = "import numpy as np\nfrom utils import *\n\n" + skeleton
    (report,) = graded(assignment_of(exercise), source, tmp_path, exercise.exercise_id).exercises
    assert report.status.value == "not_implemented"
    assert report.points == 0


@pytest.mark.parametrize(
    "exercise",
    [pytest.param(each, id=each.exercise_id, marks=slow_where(each in LARGE.exercises)) for each in EXERCISES],
)
def test_golden_outputs_are_what_the_reference_computes_now(exercise):
    """Regenerated and compared, never refreshed: 'make golden' is the only way to change them."""
    certificate = json.loads((exercise.folder / "golden.json").read_text(encoding="utf-8"))
    assert certificate["sources_sha256"] == sources_digest(ASSIGNMENTS[assignment_of(exercise)], exercise), (
        "run 'make golden'"
    )
    golden = load_golden(exercise)
    runner = reference_runner(ASSIGNMENTS[assignment_of(exercise)], exercise, PUBLIC_SECRET)
    for solution in exercise.accepted:
        results = runner.right_outputs(solution.path, solution.entry_point, double=True)
        for case_id, outputs in golden.accepted[solution.solution_id].items():
            for output, stored in zip(results[case_id].outputs, outputs.values(), strict=True):
                assert isinstance(output, np.ndarray)
                assert farthest(actual=output, expected=stored) < 1e-6


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.exercise_id)
def test_every_mistake_a_case_can_see_is_a_hundred_tolerances_away(exercise):
    golden = load_golden(exercise)
    margins = [
        tolerance.margin
        for outputs in golden.tolerances.values()
        for tolerance in outputs.values()
        if tolerance.margin is not None
    ]
    assert margins
    assert min(margins) >= 100


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.exercise_id)
def test_an_exercise_has_enough_of_everything(exercise: Exercise):
    assert exercise.max_points >= 20
    assert len(exercise.cases) >= 3  # AlexNet has three, for each costs a tenth of a second
    assert len(exercise.right_paths) >= 10
    assert len(exercise.wrong) >= 12
    assert {variant.path for variant in exercise.wrong} == set((exercise.folder / "wrong").glob("*.py"))
    assert any(case.visible for case in exercise.cases)
    assert any(not case.visible for case in exercise.cases)
    kinds = {check.kind for case in exercise.cases for check in case.checks if check.points > 0}
    assert {CheckKind.SHAPE, CheckKind.VALUES} <= kinds
    for variant in exercise.wrong:
        assert variant.title
        assert variant.message.endswith((".", "?", "!"))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.exercise_id)
def test_every_right_and_wrong_file_says_what_it_is(exercise):
    for path in [*exercise.right_paths, *(variant.path for variant in exercise.wrong)]:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


@pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=ASSIGNMENTS)
def test_the_committed_notebook_is_the_generated_one(assignment):
    committed = (assignment.folder / NOTEBOOK_NAME).read_text(encoding="utf-8")
    assert committed == build_notebook(assignment.folder).to_json(), "run 'make notebook'"


def test_the_softmax_classifiers_notebook_works_before_and_after_the_exercises_are_done(capsys, monkeypatch):
    folder = ASSIGNMENTS["softmax_classifier"].folder
    answers = {
        path.parent.parent.name: path.read_text(encoding="utf-8") for path in folder.glob("*/right/as_taught.py")
    }
    for given in ({}, answers):
        monkeypatch.setitem(sys.modules, "utils", load_utils((folder / "utils.py").read_text(encoding="utf-8")))
        namespace = {"__name__": "notebook"}
        for cell in build_notebook(folder, answers=given).cells:
            if cell.kind is CellKind.CODE:
                exec(cell.source, namespace)
        printed = capsys.readouterr().out
        assert ("exercise 4 comes first" in printed) is (given == {})
        assert len(re.findall(r"^\[PASS\] Exercise \d – ", printed, re.MULTILINE)) == len(given)
        assert printed.count(" | Not implemented yet.\n") == 4 - len(given)
    share = re.search(r"share of right answers: (.+)", printed)
    assert share is not None
    assert float(share[1]) > 0.95


def test_a_wrong_answer_does_not_end_the_softmax_classifiers_notebook(capsys, monkeypatch):
    folder = ASSIGNMENTS["softmax_classifier"].folder
    answers = {
        "cross_entropy": "def cross_entropy(scores, labels): return scores",
        "softmax_regression": "class SoftmaxRegression:\n    def __init__(self, *sizes): pass",
        "k_means_step": "def k_means_step(points, centres): return centres",
    }
    monkeypatch.setitem(sys.modules, "utils", load_utils((folder / "utils.py").read_text(encoding="utf-8")))
    namespace = {"__name__": "notebook"}
    for cell in build_notebook(folder, answers=answers).cells:
        if cell.kind is CellKind.CODE:
            exec(cell.source, namespace)
    assert capsys.readouterr().out.count("not right yet: see what the check above says") == 3


def test_golden_files_stay_small():
    sizes = [(exercise.folder / "golden.npz").stat().st_size for exercise in EXERCISES]
    assert sum(sizes) < 4_000_000


def test_every_shipped_assignment_loads():
    for name in shipped_assignments():
        for exercise in load_assignment(name).exercises:
            assert exercise.inputs
