"""What proves that a submission made a known mistake."""

from dataclasses import replace

import numpy as np
import pytest

from exercises.loader import load_assignment
from grader.course.loaded_assignment import prepare_assignment
from grader.course.secret import PUBLIC_SECRET
from grader.diagnosis.known_mistakes import matching_variant
from grader.variants.reference_runs import reference_runner
from sandbox.wire.messages import RunStatus

CANCELLED = "bias_gradient_summed_over_classes"  # its gradients are zero, but for rounding


@pytest.fixture(scope="module")
def cancelled():
    """The exercise, its golden outputs, and what that mistake computes here."""
    assignment = load_assignment("softmax_classifier")
    exercise = next(each for each in assignment.exercises if each.exercise_id == "softmax_regression")
    variant = next(each for each in exercise.wrong if each.variant_id == CANCELLED)
    runner = reference_runner(assignment, exercise, PUBLIC_SECRET)
    result = runner.run(variant.path, exercise.entry_point, runner.source)
    return exercise, prepare_assignment("softmax_classifier", PUBLIC_SECRET).golden(exercise), result


def named(cancelled, change):
    """The mistake that is named when the bias's gradient of each case is changed."""
    exercise, golden, result = cancelled
    cases = tuple(
        replace(case, outputs=(*case.outputs[:2], change(case.outputs[2])))
        for case in result.cases
        if case.status is RunStatus.FINISHED
    )
    failed = {case.case_id for case in exercise.cases}
    found = matching_variant(exercise, golden, replace(result, cases=cases), failed)
    return found and found.variant_id


def test_another_processors_rounding_of_what_cancels_to_zero_is_the_same_mistake(cancelled):
    assert named(cancelled, lambda gradient: -3 * gradient + np.float32(1e-9)) == CANCELLED


def test_what_is_more_than_rounding_is_another_mistake(cancelled):
    assert named(cancelled, lambda gradient: gradient + np.float32(1e-3)) is None
