"""What is known of a failed exercise is found out once, and grading goes one road whether or not anything ran."""

from collections import Counter

import pytest

from exercises import golden_files
from grader.diagnosis import evidence as evidence_module
from grader.diagnosis.relevant_lines import RelevantLines
from grader.diagnosis.student_source import StudentSource
from grader.grading import reading
from grader.grading.pipeline import grade
from grader.settings import Settings
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

RIGHT_SUBMISSION = (DATA / "right_submission.py").read_text(encoding="utf-8")
LAST = "return self.fc(output[:, -1, :])"
MISSPELT = "class Dence:\n    pass\n\n\n"
RIGHT_SHARES = "def row_shares(x):\n    total = x.sum(axis=-1, keepdims=True)\n    return x / total, total\n"


@pytest.fixture
def counted(monkeypatch) -> Counter[str]:
    """How often what takes time was done."""
    counts: Counter[str] = Counter()

    def count(owner: object, name: str, called: str) -> None:
        real = getattr(owner, name)

        def counting(*given, **named):
            counts[called] += 1
            return real(*given, **named)

        monkeypatch.setattr(owner, name, counting)

    # What a child counts this process does not see.
    monkeypatch.setattr(reading, "in_limited_child", lambda work, limits=None: work())
    count(evidence_module, "load_traces", "traces")
    count(golden_files, "load_traces", "traces elsewhere")
    count(StudentSource, "__init__", "source")
    count(RelevantLines, "__init__", "lines")
    return counts


@pytest.mark.parametrize(
    ("exercise", "right", "wrong", "told"),
    [
        ("lstm_model", LAST, "return self.fc(output[:, -1, :]) * 1.5", "first_divergence"),
        ("lstm_model", LAST, "self.fc(output[:, -1, :])", "no_return"),
        ("lstm_model", LAST, "return self.fc(output)", "whole_sequence"),
        ("lstm_model", LAST, "return x", "what_is_returned"),
        ("attention", "scores + mask * -1e9", "scores + mask * -3.0", "wrong_with_a_mask"),
    ],
)
def test_of_a_failed_exercise_everything_is_found_out_once(exercise, right, wrong, told, counted, tmp_path):
    assert RIGHT_SUBMISSION.count(right) == 1
    file = tmp_path / "submission.py"
    file.write_text(RIGHT_SUBMISSION.replace(right, wrong), encoding="utf-8")
    (report,) = grade(file, Settings(only=(exercise,)), open_trusted).exercises
    assert told in [each.id for each in report.diagnoses]
    assert counted["lines"] <= 1
    assert {name: number for name, number in counted.items() if name != "lines"} == {"traces": 1, "source": 1}


def test_of_a_right_exercise_nothing_is_found_out(counted, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text(RIGHT_SUBMISSION, encoding="utf-8")
    (report,) = grade(file, Settings(only=("lstm_model",)), open_trusted).exercises
    assert report.status.value == "passed"
    assert not counted


def test_what_did_not_run_is_told_in_the_same_way_whether_or_not_anything_else_ran(tiny, tmp_path):
    def no_sandbox(**_):
        raise AssertionError("a sandbox was opened")

    def graded(source: str, open_sandbox):
        file = tmp_path / "submission.py"
        file.write_text(source, encoding="utf-8")
        return grade(file, Settings(assignment=str(tiny), student="Ada"), open_sandbox)

    nothing, something = graded(MISSPELT, no_sandbox), graded(MISSPELT + RIGHT_SHARES, open_trusted)
    assert [each.status.value for each in nothing.exercises] == ["missing", "missing"]
    assert [each.status.value for each in something.exercises] == ["missing", "passed"]
    assert nothing.exercises[0] == something.exercises[0]
    assert nothing.submission.student == something.submission.student == "Ada"
    assert (nothing.run.backend, nothing.run.image, nothing.run.exercise_seconds) == ("none", None, {})
    assert nothing.run.integrity.conditions == something.run.integrity.conditions


def test_a_program_that_python_can_not_read_starts_nothing_either(tiny, tmp_path):
    file = tmp_path / "submission.py"
    file.write_text("class Dense:\n    def forward(self, x:\n", encoding="utf-8")
    report = grade(file, Settings(assignment=str(tiny)), lambda **_: pytest.fail("a sandbox was opened"))
    assert [each.status.value for each in report.exercises] == ["syntax_error", "missing"]
    assert report.exercises[0].error is not None
    assert report.exercises[0].error.type == "SyntaxError"
