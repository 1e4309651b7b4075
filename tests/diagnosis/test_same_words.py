"""A student reads the same sentence in the notebook and in the report, wherever both speak of the same thing."""

import re
import runpy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from exercises.deep_learning_architectures import utils
from exercises.golden_files import load_golden
from exercises.loader import load_assignment, shipped_assignments
from grader.course.calls import case_calls
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis.check_messages import failure_text
from grader.judging.checks import DidNotReturn, judge
from reference.attention import student_attention
from reference.lstm import LSTMModel
from sandbox.runner.execute import _outputs, load_utils
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, Output, Raised, RunStatus

ASSIGNMENTS = {name: load_assignment(name) for name in shipped_assignments()}
EXERCISES = {each.exercise_id: each for assignment in ASSIGNMENTS.values() for each in assignment.exercises}
FORMS = ("runs", "shape", "dtype", "finite", "rows_sum_to_one", "input_unchanged")  # values need the real weights
NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")

ONE_ARRAY = {
    "none": (lambda y: None, "It returned None; expected output. Is there a return statement?"),
    "shape": (lambda y: y[:, :, None], "The shape of output is (#, #, #), expected (#, #)."),
    "scalar": (lambda y: y.sum(), "The shape of output is (), expected (#, #)."),
    "ints": (lambda y: y.astype(int), "output holds numbers of type int#; expected real floating point numbers"),
    "complex": (lambda y: y.astype(complex), "output holds numbers of type complex#; expected real"),
    "nan": (lambda y: y * np.nan, "# of # numbers are not finite, first at [#, #]: nan."),
    "infinity": (lambda y: y * 0 - np.inf, "# of # numbers are not finite, first at [#, #]: -inf."),
}
TWO_ARRAYS = {
    "none": (lambda o, w: None, "It returned None; expected output and weights. Is there a return statement?"),
    "one": (lambda o, w: o, "It returned an array; expected # arrays: output and weights."),
    "text": (lambda o, w: ("o", w), "It returned # things (str, array); expected # arrays: output and weights."),
    "empty": (lambda o, w: (), "It returned an empty sequence; expected # arrays: output and weights."),
    "shape": (lambda o, w: (o, w[:, :, 1:]), "The shape of weights is (#, #, #), expected (#, #, #)."),
    "nan": (lambda o, w: (o, w * np.nan), "# of # numbers are not finite, first at [#, #, #]: nan."),
    "rows": (lambda o, w: (o * 1.5, w * 1.5), "Each row along the last axis must sum to #; row [#, #] sums to #."),
}
# The exercise, what becomes of the right outputs, and the words.
SOFTMAX_CLASSIFIER: dict[str, tuple[str, Callable[..., Any], str]] = {
    "none": ("softmax", lambda p: None, "It returned None; expected probabilities. Is there a return statement?"),
    "shape": ("softmax", lambda p: p[:, 1:], "The shape of probabilities is (#, #), expected (#, #)."),
    "rows": ("softmax", lambda p: p * 1.5, "Each row along the last axis must sum to #; row [#] sums to #."),
    "one": ("cross_entropy", lambda loss, g: float(loss), "It returned an array; expected # arrays: loss and"),
    "text": ("cross_entropy", lambda loss, g: ("0", g), "It returned # things (str, array); expected # arrays:"),
    "each row": ("cross_entropy", lambda loss, g: (g[:, 0], g), "The shape of loss is (#,), expected ()."),
    "loss": ("cross_entropy", lambda loss, g: (float("nan"), g), "The number is not finite: nan."),
    "gradient": ("cross_entropy", lambda loss, g: (loss, g * np.nan), "# of # numbers are not finite, first at ["),
    "ints": ("softmax_regression", lambda p, w, b: (p, w.astype(int), b), "weight_gradient holds numbers of type"),
    "two": (
        "softmax_regression",
        lambda p, w, b: (w, b),
        "expected # arrays: probabilities and weight_gradient and",
    ),
    "labels": ("k_means_step", lambda k, c: (k.astype(complex), c), "labels holds numbers of type complex#;"),
    "centres": ("k_means_step", lambda k, c: (k, c[1:]), "The shape of centres is (#, #), expected (#, #)."),
}


@pytest.fixture
def right_answers() -> Iterator[dict[str, Any]]:
    """The softmax classifier as it is taught, by exercise; its ``utils`` under the name that programs import."""
    assignment = ASSIGNMENTS["softmax_classifier"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "utils", sys)  # so that the patch removes what is loaded next
        load_utils(assignment.utils_source)
        yield {
            each.exercise_id: runpy.run_path(str(each.folder / "right" / "as_taught.py"))[each.entry_point]
            for each in assignment.exercises
        }


def that_returns(right: Any, spoil: Callable[..., Any]) -> Any:
    """A right answer with other outputs."""

    def spoilt(outputs: Any) -> Any:
        return spoil(*outputs) if isinstance(outputs, tuple) else spoil(outputs)

    if not isinstance(right, type):
        return lambda *arguments, **named: spoilt(right(*arguments, **named))

    class Spoilt(right):
        def forward(self, x, labels):
            return spoilt(super().forward(x, labels))

    return Spoilt


def lstm_that_returns(spoil: Callable[[Any], Any]) -> type:
    class Spoilt(LSTMModel):
        def forward(self, x):
            return spoil(super().forward(x))

    return Spoilt


def attention_that_returns(spoil: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda Q, K, V, mask=None: spoil(*student_attention(Q, K, V, mask))


def graders_sentence(exercise_id: str, answer: Any) -> str:
    """What the report says of the first visible case."""
    exercise = EXERCISES[exercise_id]
    calls = case_calls(exercise, PUBLIC_SECRET)
    results = tuple(result_of(answer, call) for call in calls)
    verdicts = judge(
        exercise,
        load_golden(exercise),
        calls,
        ExerciseResult(exercise_id=exercise_id, status=RunStatus.FINISHED, cases=results),
    )
    failed = (verdict for verdict in verdicts if verdict.failure is not None and verdict.check.kind_name in FORMS)
    failure = next(failed).failure
    assert failure is not None
    return failure_text(failure, visible=True, limits=Limits())


def result_of(answer: Any, call: CaseCall) -> CaseResult:
    """What the sandbox would have reported."""
    arguments = {name: array.copy() for name, array in call.arguments.items()}
    returned = answer(**arguments) if call.construct is None else answer(**call.construct).forward(**arguments)
    after: tuple[Output, ...] = tuple(map(np.asarray, arguments.values())) if call.return_arguments else ()
    return CaseResult(
        case_id=call.case_id,
        status=RunStatus.FINISHED,
        outputs=_outputs(returned, Limits()),
        arguments_after=after,
    )


def without_numbers(sentence: str) -> str:
    """The visible checks and the cases have inputs of different sizes."""
    return NUMBER.sub("#", sentence)


@pytest.mark.parametrize("name", ONE_ARRAY)
def test_one_array_that_is_not_in_order_is_told_in_the_same_words(name):
    spoil, words = ONE_ARRAY[name]
    answer = lstm_that_returns(spoil)
    said = without_numbers(graders_sentence("lstm_model", answer))
    assert words in said
    assert said in without_numbers(utils.test_lstm_forward(answer)["message"])


@pytest.mark.parametrize("name", TWO_ARRAYS)
def test_two_arrays_that_are_not_in_order_are_told_in_the_same_words(name):
    spoil, words = TWO_ARRAYS[name]
    answer = attention_that_returns(spoil)
    said = without_numbers(graders_sentence("attention", answer))
    assert words in said
    assert said in without_numbers(utils.test_transformer_attention(answer)["message"])


@pytest.mark.parametrize("name", SOFTMAX_CLASSIFIER)
def test_the_softmax_classifiers_checks_use_the_same_words(name, right_answers):
    exercise_id, spoil, words = SOFTMAX_CLASSIFIER[name]
    answer = that_returns(right_answers[exercise_id], spoil)
    said = without_numbers(graders_sentence(exercise_id, answer))
    assert words in said
    check = getattr(sys.modules["utils"], f"test_{exercise_id}")
    assert said in without_numbers(check(answer)["message"])


@pytest.mark.parametrize("name", ["points", "centres"])
def test_a_changed_argument_is_told_in_the_same_words_by_the_softmax_classifier(name, right_answers):
    def answer(points, centres):
        result = right_answers["k_means_step"](points, centres)
        {"points": points, "centres": centres}[name][0] += 1
        return result

    said = graders_sentence("k_means_step", answer)
    assert said.startswith(f"The call changed its argument {name}.")
    assert sys.modules["utils"].test_k_means_step(answer)["message"] == said


def test_an_argument_that_was_changed_is_told_in_the_same_words():
    def answer(Q, K, V, mask=None):
        result = student_attention(Q, K, V, mask)
        K += 1
        return result

    said = graders_sentence("attention", answer)
    assert said.startswith("The call changed its argument K.")
    assert utils.test_transformer_attention(answer)["message"] == said


def test_what_is_not_implemented_is_told_in_the_same_words():
    """``grader.diagnosis.check_messages`` says it of an exercise that raised NotImplementedError."""

    def answer(*_):
        raise NotImplementedError

    raised = Raised(type_name="NotImplementedError", message="", traceback="")
    said = failure_text(DidNotReturn(status=RunStatus.RAISED, raised=raised), visible=True, limits=Limits())
    assert utils.test_transformer_attention(answer)["message"] == said
