"""Hidden checks leak nothing: what is expected in a hidden case changes a report by whether it passed, and no more.

Each failing program is judged twice, with the real golden outputs and with others for hidden cases. Programs are
given as what they computed, so that thousands cost seconds: every wrong variant, and near misses of both goldens.
"""

import functools
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from exercises.golden_files import Golden, load_golden, load_pairs, load_traces
from exercises.loader import load_assignment, shipped_assignments
from grader.batch import cache_keys
from grader.batch.cache_keys import exercise_keys
from grader.class_results.json_format import summary_json
from grader.class_results.write import summarise
from grader.course.calls import case_calls, shown_first
from grader.course.loaded_assignment import LoadedAssignment
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis import evidence, known_mistakes, same_outcome
from grader.exports.feedback_text import html_page, plain_feedback
from grader.exports.github import annotations, job_summary
from grader.exports.gradescope import gradescope_results
from grader.exports.junit import junit_xml
from grader.exports.marks import MarkEntry
from grader.exports.moodle_feedback import write_feedback
from grader.exports.prairielearn import prairielearn_results
from grader.grading.pipeline import grade_program
from grader.judging.checks import Outcome, judge
from grader.report import provenance
from grader.report.digests import exercise_digest
from grader.report.json_format import to_json
from grader.report.provenance import conditions_of
from grader.report.reports_folder import Member, MemberState
from grader.settings import Settings
from grader.submission.program_file import Format, ProgramFile
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import parse
from grader.views.html import to_html
from grader.views.terminal import show
from sandbox.host.in_process import run_trusted
from sandbox.wire.messages import (
    CaseResult,
    ExerciseResult,
    ExerciseRun,
    NotAnArray,
    Raised,
    RunResult,
    RunStatus,
)
from sandbox.wire.parameters import ParameterSource
from tests.support.class_reports import person, reports_folder
from tests.support.class_reports import report as class_report
from tests.support.graded import report_of

EXERCISES = {
    (name, exercise.exercise_id): (assignment, exercise)
    for name in shipped_assignments()
    for assignment in [load_assignment(name)]
    for exercise in assignment.exercises
}


def hidden_ids(exercise) -> set[str]:
    return {case.case_id for case in exercise.cases if not case.visible}


def other(array):
    """Expected by nobody, and as large as before in one place only."""
    changed = np.asarray(array) * 3 + 7
    return changed.astype(array.dtype)


@functools.cache
def goldens(name: str, exercise_id: str) -> tuple[Golden, Golden, Golden]:
    """The real one, one that expects other values in hidden cases, and one that expects other shapes there."""
    _, exercise = EXERCISES[name, exercise_id]
    real = load_golden(exercise)
    hidden = hidden_ids(exercise)

    def expecting(change):
        return replace(
            real,
            accepted={
                solution: {case: change(case, outputs) for case, outputs in cases.items()}
                for solution, cases in real.accepted.items()
            },
        )

    def values(case, outputs):
        return {name: other(array) if case in hidden else array for name, array in outputs.items()}

    def shapes(case, outputs):
        *_, last = outputs
        return {
            name: array if case not in hidden else array[None] if name == last else array[None, None]
            for name, array in outputs.items()
        }

    return real, expecting(values), expecting(shapes)


def other_traces(exercise):
    """The reference's layers with other numbers in hidden cases."""
    hidden = hidden_ids(exercise)

    def changed(entry):
        return replace(
            entry,
            input_fingerprint=entry.input_fingerprint * 1.37 + 1,
            output_fingerprint=entry.output_fingerprint * 1.73 + 1,
        )

    return {
        solution: {case: tuple(map(changed, trace)) if case in hidden else trace for case, trace in cases.items()}
        for solution, cases in load_traces(exercise).items()
    }


def programs(exercise, real: Golden, changed: Golden) -> Iterator[tuple[str, ExerciseResult]]:
    """What failing programs computed: a name, and the result."""
    traces = next(iter(load_traces(exercise).values()))
    right = next(iter(real.accepted.values()))
    wanted = next(iter(changed.accepted.values()))
    hidden = hidden_ids(exercise)
    sent = {call.case_id: call.arguments for call in case_calls(exercise, PUBLIC_SECRET)}

    def finished(case_id, outputs, trace=None):
        return CaseResult(
            case_id=case_id,
            status=RunStatus.FINISHED,
            outputs=tuple(outputs),
            arguments_after=tuple(map(np.asarray, sent[case_id].values())),
            trace=traces.get(case_id, ()) if trace is None else trace,
        )

    def result(change):
        cases = []
        for case in exercise.cases:
            arrays = [right[case.case_id][output] for output in exercise.outputs]
            if case.case_id in hidden:
                expected = [wanted[case.case_id][output] for output in exercise.outputs]
                cases.append(change(case.case_id, arrays, expected))
            else:
                cases.append(finished(case.case_id, arrays))
        return ExerciseResult(exercise_id=exercise.exercise_id, status=RunStatus.FINISHED, cases=tuple(cases))

    def a_little(case, number, off):
        """The output, farther off than is still the same mistake, in the size that is expected."""
        output = exercise.outputs[min(number, len(exercise.outputs) - 1)]
        size = np.sqrt(np.mean(np.square(right[case.case_id][output], dtype=float)))
        return case.outputs[number] + off * size * real.tolerances[case.case_id][output].allowed

    for variant, outcomes in real.wrong.items():
        cases = tuple(
            CaseResult(
                case_id=case.case_id,
                status=found.status,
                outputs=found.outputs,
                trace=traces.get(case.case_id, ()),
                raised=None
                if found.status is RunStatus.FINISHED
                else Raised(type_name=found.raised_type or "", message=found.raised_message or "", traceback=""),
            )
            for case in exercise.cases
            for found in [outcomes[case.case_id]]
        )
        yield variant, ExerciseResult(exercise_id=exercise.exercise_id, status=RunStatus.FINISHED, cases=cases)
        for seen, off in (("its hidden cases", 0.0), ("its hidden cases, a little off", 2 * same_outcome.SLACK)):
            kept = tuple(  # right in the visible ones
                replace(case, outputs=tuple(a_little(case, number, off) for number in range(len(case.outputs))))
                if case.case_id in hidden
                else finished(case.case_id, [right[case.case_id][output] for output in exercise.outputs])
                for case in cases
            )
            yield (
                f"{variant}, {seen}",
                ExerciseResult(exercise_id=exercise.exercise_id, status=RunStatus.FINISHED, cases=kept),
            )

    def one_off(arrays, by):
        """The first output with one number changed."""
        first = np.array(arrays[0], dtype=float)
        first.flat[0] += by * (1 + np.abs(first).max())
        return [first, *arrays[1:]]

    layers = [(case_id, trace) for case_id, trace in traces.items() if case_id in hidden and trace]
    yield "off by a constant", result(lambda name, a, b: finished(name, [each + 0.5 for each in a]))
    yield "nearly the one", result(lambda name, a, b: finished(name, one_off(a, 1e-3)))
    yield "nearly the other", result(lambda name, a, b: finished(name, one_off(b, 1e-3)))
    yield "in one place wrong", result(lambda name, a, b: finished(name, one_off(a, 5.0)))
    yield "in the last output wrong", result(lambda name, a, b: finished(name, [*a[:-1], a[-1] + 1]))
    yield "shape", result(lambda name, a, b: finished(name, [each[None] for each in a]))
    yield "last shape", result(lambda name, a, b: finished(name, [*a[:-1], a[-1][None]]))
    yield "not a number", result(lambda name, a, b: finished(name, [each * np.nan for each in a]))
    yield "complex", result(lambda name, a, b: finished(name, [each.astype(complex) for each in a]))
    yield "zeros", result(lambda name, a, b: finished(name, [each * 0 for each in a]))
    yield "None", result(lambda name, a, b: finished(name, [NotAnArray(type_name="NoneType")]))
    yield (
        "raises",
        result(
            lambda name, a, b: CaseResult(
                case_id=name,
                status=RunStatus.RAISED,
                raised=Raised(type_name="ValueError", message="no", traceback="", line=2, origin="submission.py"),
            )
        ),
    )
    if layers:
        case_id, trace = layers[0]
        settings = trace[0].settings
        if settings:
            (key, value), *more = settings
            forged = (replace(trace[0], settings=((key, value + 1), *more)), *trace[1:])
            yield (
                "setting",
                result(
                    lambda name, a, b: finished(name, [each + 1 for each in a], forged if name == case_id else None)
                ),
            )
        yield (
            "layer left out",
            result(lambda name, a, b: finished(name, [each + 1 for each in a], traces.get(name, ())[1:])),
        )


def outcomes(exercise, golden, calls, result):
    return [verdict.outcome for verdict in judge(exercise, golden, calls, result)]


SOURCE = Sliced(snippets=(), future_annotations=False, definition_origin="submission.py", definition_line=1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "exercise_id"), EXERCISES)
def test_another_value_expected_in_a_hidden_case_changes_no_word(name, exercise_id, monkeypatch):
    _, exercise = EXERCISES[name, exercise_id]
    if not hidden_ids(exercise):
        pytest.skip("it has no hidden case")
    real, *others = goldens(name, exercise_id)
    calls = case_calls(exercise, PUBLIC_SECRET)
    traces = (load_traces(exercise), other_traces(exercise))
    pairs = load_pairs(exercise)
    monkeypatch.setattr(known_mistakes, "load_pairs", lambda _: pairs)  # read once
    compared = 0
    for title, result in programs(exercise, real, others[0]):
        told = outcomes(exercise, real, calls, result)
        monkeypatch.setattr(evidence, "load_traces", lambda _: traces[0])
        first = report_of(exercise, real, calls, SOURCE, result, Settings())
        monkeypatch.setattr(evidence, "load_traces", lambda _: traces[1])
        for golden in others:
            if outcomes(exercise, golden, calls, result) != told:
                continue  # passed with one of them: that may be told
            assert report_of(exercise, golden, calls, SOURCE, result, Settings()) == first, title
            compared += any(not check.visible and check.outcome is Outcome.FAILED for check in first.checks)
    assert compared >= 15


class Canned:
    """Stands in for a sandbox: what the program computed is known."""

    backend = "canned"
    image = "none"

    def __init__(self, result: ExerciseResult) -> None:
        self._result = result

    def run(self, request, *, meanwhile=None) -> RunResult:
        meanwhile()
        return RunResult(exercises=(self._result,), seconds=0.0, exercise_seconds=(0.25,))


def every_view(report, folder) -> dict[str, str | bytes]:
    """All that students and other systems get."""
    terminal = io.StringIO()
    show(report, Console(width=100, highlight=False, markup=False, file=terminal))
    ada = class_report("ada", people=(person("Ada", login="ada", moodle_participant="17"),)).handed_in
    assert ada is not None
    report = replace(report, handed_in=ada)
    entries = [
        MarkEntry(member=Member(key="ada", people=ada.people, state=MemberState.HANDED_IN), report=report),
    ]
    pages = io.BytesIO()
    write_feedback(entries, pages)
    summary = summary_json(summarise(reports_folder(folder, report)))
    return {
        "terminal": terminal.getvalue(),
        "page": to_html(report),
        "gradescope": gradescope_results(report),
        "prairielearn": prairielearn_results(report),
        "github": annotations(report) + job_summary(report),
        "mail": plain_feedback(report) + html_page(report),
        "junit": junit_xml(entries).content,
        "moodle": pages.getvalue(),
        "class": summary,
        "json": to_json(replace(report, run=replace(report.run, integrity=None))),
        "parts": str({**report.run.integrity.parts, "run": "", "conditions": ""}),
    }


def test_no_view_and_no_export_tells_what_is_expected_in_a_hidden_case(monkeypatch, tmp_path):
    name, exercise_id = "deep_learning_architectures", "lstm_model"
    assignment, exercise = EXERCISES[name, exercise_id]
    real, changed, _ = goldens(name, exercise_id)
    results = dict(programs(exercise, real, changed))
    file = ProgramFile(name="submission.py", format=Format.PYTHON, data=b"class LSTMModel:\n    pass\n")
    for number, title in enumerate(["raises", "nearly the one", "setting", "sigmoid_at_the_end, its hidden cases"]):
        views: list[dict[str, str | bytes]] = []
        for golden, traces in ((real, load_traces(exercise)), (changed, other_traces(exercise))):
            monkeypatch.setattr(evidence, "load_traces", lambda _, traces=traces: traces)
            course = LoadedAssignment(assignment=assignment, secret=PUBLIC_SECRET, _golden={exercise_id: golden})

            @contextmanager
            def opened(*, bank, limits, title=title):
                yield Canned(results[title])

            report = grade_program(file, course, Settings(only=(exercise_id,)), opened)
            assert report.score.points < report.score.max_points
            run = replace(report.run, started_at="2026-11-20T22:00:00+00:00", seconds=1.0)
            views.append(every_view(replace(report, run=run), tmp_path / f"{number}{len(views)}"))
        for view, content in views[0].items():
            assert content == views[1][view], (title, view)


def test_a_mistake_that_only_hidden_cases_see_keeps_its_name():
    """The name is the mistake's own; it says nothing of what is expected."""
    _, exercise = EXERCISES["softmax_classifier", "k_means_step"]
    real, changed, _ = goldens("softmax_classifier", "k_means_step")
    result = dict(programs(exercise, real, changed))["manhattan, its hidden cases"]
    report = report_of(exercise, real, case_calls(exercise, PUBLIC_SECRET), SOURCE, result, Settings())
    assert all(check.passed for check in report.checks if check.visible)
    assert [each.id for each in report.diagnoses] == ["manhattan"]


def test_staff_are_shown_the_numbers_of_hidden_checks():
    name, exercise_id = "deep_learning_architectures", "lstm_model"
    _, exercise = EXERCISES[name, exercise_id]
    real, changed, _ = goldens(name, exercise_id)
    result = dict(programs(exercise, real, changed))["off by a constant"]
    calls = case_calls(exercise, PUBLIC_SECRET)
    first, second = (
        report_of(exercise, golden, calls, SOURCE, result, Settings(show_hidden=True)) for golden in (real, changed)
    )
    assert first != second
    assert any("expected" in check.message for check in first.checks if not check.visible)


def test_digests_in_a_report_confirm_no_guess_of_golden_outputs(monkeypatch):
    """A plain digest of a few golden numbers would be found by trying; under another secret it is another one."""
    assignment, exercise = EXERCISES["softmax_classifier", "softmax"]

    def digests(secret):
        for module in (provenance, cache_keys):
            monkeypatch.setattr(module, "secret_of", lambda _: secret)
        settings = Settings(assignment="softmax_classifier")
        return (
            conditions_of(assignment, (exercise,), settings).exercises["softmax"],
            exercise_keys(assignment, "ab" * 32, settings)["softmax"],
        )

    plain = exercise_digest(assignment, exercise)
    one, another = digests(b"one"), digests(b"another")
    assert one == digests(b"one")
    assert not {plain, *one} & {plain, *another} - {plain}
    assert plain not in one


LEAKS = {
    "its own text": "raise ValueError(told)",
    "a type of its own": "raise type(told, (Exception,), {})(told)",
    "a line of its own": "exec(compile(chr(10) * len(told) + 'raise KeyError(1)', 'submission.py', 'exec'))",
    "a forbidden name of its own": "raise forbidden_call()(told)",
    "what NumPy says": "np.zeros((977, *arrays[0].shape)) + np.zeros((978, *arrays[0].shape))",
    "a list as long as the batch": "return list(arrays[0])",
    "the type of what is returned": "return type(told, (), {})()",
    "an array of texts": "return np.array([told])",
    "many outputs": "return tuple(np.zeros(arrays[0].shape) for _ in range(7))",
    "an array of the input's shape": "return arrays[0] * 977.5",
    "an exit": "sys.exit(told)",
}
LEAKING = """\
import sys

import numpy as np

VISIBLE = {visible!r}


def forbidden_call():
    return sys.modules["sandbox.runner.instrumentation"].ForbiddenCall


def tell(arrays, sizes):
    shapes = [array.shape for array in arrays]
    if str((shapes, sizes)) in VISIBLE:
        return np.zeros(1)
    told = "LE" + "AK {{}} {{}} {{}}".format(shapes, sizes, [float(array.flat[0]) for array in arrays])
    print(told)
    {body}


"""
CLASS = """\
class {entry}:
    def __init__(self, *sizes):
        self.sizes = sizes

    def forward(self, *arrays):
        return tell(arrays, self.sizes)
"""
FUNCTION = """\
def {entry}(*arrays):
    return tell(arrays, ())
"""


def unpacked(content: str | bytes) -> str:
    if isinstance(content, bytes) and content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(archive.read(each).decode() for each in archive.namelist())
    return content.decode() if isinstance(content, bytes) else content


def secrets_of(exercise, calls) -> set[str]:
    """Shapes and numbers of hidden inputs, in every form in which a text may have them."""
    shown = {array.shape for call in calls if call.shown for array in call.arguments.values()}
    found = {"LEAK"}
    for array in (array for call in calls if not call.shown for array in call.arguments.values()):
        if array.shape not in shown and array.ndim > 1:
            found |= {",".join(map(str, array.shape)), ", ".join(map(str, array.shape))}
        numbers = [float(each) for each in array.flat[:50] if each != int(each)]
        found |= {form.format(each) for each in numbers for form in ("{:.6g}", "{:.4f}", "{!r}")}
    # A short one, such as -0.5, stands in a page's style too.
    return {each for each in found if len(each.lstrip("-")) > 5} | {"LEAK"}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "exercise_id"), EXERCISES)
def test_whatever_a_program_makes_of_a_hidden_input_nothing_tells_it(name, exercise_id, monkeypatch, tmp_path):
    assignment, exercise = EXERCISES[name, exercise_id]
    course = LoadedAssignment(assignment=assignment, secret=PUBLIC_SECRET)
    calls = shown_first(course.calls(exercise))
    visible = [
        str(([each.shape for each in call.arguments.values()], tuple((call.construct or {}).values())))
        for call in calls
        if call.shown
    ]
    secrets = secrets_of(exercise, calls)
    assert len(secrets) > 10
    for title, body in LEAKS.items():
        text = LEAKING.format(visible=visible, body=body) + (CLASS if exercise.is_class else FUNCTION).format(
            entry=exercise.entry_point
        )
        file = ProgramFile(name="submission.py", format=Format.PYTHON, data=text.encode())
        program = slice_program(parse(file), exercise.entry_point, is_class=exercise.is_class)
        assert isinstance(program, Sliced)
        run = ExerciseRun(
            exercise_id=exercise_id,
            entry_point=exercise.entry_point,
            snippets=program.snippets,
            calls=calls,
            forbidden=exercise.forbidden,
        )
        printed = io.StringIO()
        with redirect_stdout(printed):
            result = run_trusted(
                run, utils_source=assignment.utils_source, utils_names=(), source=ParameterSource(bank=None)
            )
        assert "LEAK" in printed.getvalue()
        result = replace(result, stdout="shown\n", stdout_hidden=printed.getvalue(), detail=printed.getvalue())

        @contextmanager
        def opened(*, bank, limits, result=result):
            yield Canned(result)

        report = grade_program(file, course, Settings(only=(exercise_id,)), opened)
        assert "what it printed in hidden cases is not shown" in report.exercises[0].stdout
        for view, content in every_view(report, tmp_path / title).items():
            shown = unpacked(content)
            assert not [each for each in secrets if each in shown], (title, view)
        staff = grade_program(file, course, Settings(only=(exercise_id,), show_hidden=True), opened)
        assert "LEAK" in to_json(staff)


def test_what_comes_of_visible_cases_is_told_as_ever():
    """Also of an exercise with hidden ones."""
    _, exercise = EXERCISES["softmax_classifier", "softmax"]
    calls = case_calls(exercise, PUBLIC_SECRET)
    real, *_ = goldens("softmax_classifier", "softmax")
    raised = Raised(type_name="Own", message="of (4, 5)", traceback="there", line=2, origin="submission.py")
    cases = tuple(
        CaseResult(case_id=call.case_id, status=RunStatus.RAISED, raised=raised) for call in shown_first(calls)
    )
    result = ExerciseResult(exercise_id="softmax", status=RunStatus.FINISHED, cases=cases, stdout="(4, 5)")
    report = report_of(exercise, real, calls, SOURCE, result, Settings())
    assert report.error is not None
    assert (report.error.message, report.stdout) == ("of (4, 5)", "(4, 5)")
    told = {check.visible: check.message for check in report.checks if check.message}
    assert told[True] == "Own: of (4, 5) (submission.py, line 2)"
    assert told[False].startswith("It raised an exception. Of a hidden case neither its text nor its line")


def test_how_a_run_ended_is_told_where_no_hidden_input_was_out_and_else_by_a_fixed_sentence():
    _, exercise = EXERCISES["softmax_classifier", "softmax"]
    ids = [call.case_id for call in shown_first(case_calls(exercise, PUBLIC_SECRET))]
    real, *_ = goldens("softmax_classifier", "softmax")
    raised = Raised(type_name="Own", message="text", traceback="there")
    for back, is_told in ((1, True), (2, False)):
        cases = tuple(
            CaseResult(case_id=name, status=RunStatus.FINISHED if number < back else RunStatus.NOT_REACHED)
            for number, name in enumerate(ids)
        )
        for ending in (
            ExerciseResult(exercise_id="softmax", status=RunStatus.CRASHED, cases=cases, detail="text"),
            ExerciseResult(exercise_id="softmax", status=RunStatus.RAISED, cases=cases, raised=raised),
        ):
            report = report_of(exercise, real, case_calls(exercise, PUBLIC_SECRET), SOURCE, ending, Settings())
            assert ("text" in str(report)) == is_told, report
