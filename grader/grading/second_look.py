"""A second run of an exercise whose mistake was not found: what its statements compute is recorded.

It costs a sandbox more, and only where marks were lost and no cause is known. Only cases that students are shown
are run again; nothing of it decides about marks.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from exercises.spec import CheckKind
from grader.grading.exercise_run import PreparedRun
from grader.judging import Outcome
from sandbox.interface import Sandbox
from sandbox.system import SandboxUnavailable, TooCostly, in_limited_child
from sandbox.wire.messages import ExerciseRun, RunStatus

if TYPE_CHECKING:
    from grader.diagnosis import Explanation, FailedExercise

LONGEST_RUN = 3.0  # seconds that an exercise may have taken: recording takes several times as long


def second_look(
    evidence: "Sequence[FailedExercise | None]",
    explained: "Sequence[Explanation]",
    prepared: PreparedRun,
    sandbox: Sandbox,
    seconds: Mapping[str, float],
) -> "tuple[Explanation, ...]":
    """The explanations; where no cause was found, with the line at which a program leaves the right road."""
    cases = {
        each.exercise.exercise_id: case_id
        for each, explanation in zip(evidence, explained, strict=True)
        if each is not None
        and explanation.is_open
        and seconds.get(each.exercise.exercise_id, 0.0) <= LONGEST_RUN
        and (case_id := case_to_watch(each)) is not None
    }
    runs = tuple(
        _recorded(run, cases[run.exercise_id]) for run in prepared.request.runs if run.exercise_id in cases
    )
    if not runs:
        return tuple(explained)
    try:
        result = sandbox.run(replace(prepared.request, runs=runs))
    except SandboxUnavailable:  # the marks are there, and this would only have helped to explain them
        return tuple(explained)
    values = {each.exercise_id: case.values for each in result.exercises for case in each.cases if case.values}
    from grader.diagnosis import WatchedCase, with_first_difference

    told = list(explained)
    for number, each in enumerate(evidence):
        if each is not None and each.exercise.exercise_id in values:
            name = each.exercise.exercise_id
            watched = WatchedCase(case_id=cases[name], values=values[name])
            with suppress(TooCostly):
                told[number] = in_limited_child(partial(with_first_difference, told[number], each, watched))
    return tuple(told)


def _recorded(run: ExerciseRun, case_id: str) -> ExerciseRun:
    return replace(run, record=True, calls=tuple(call for call in run.calls if call.case_id == case_id))


def case_to_watch(evidence: "FailedExercise") -> str | None:
    """The first case that students are shown, that ended, and whose values are wrong."""
    visible = {case.case_id for case in evidence.exercise.cases if case.visible}
    wrong = [
        verdict.check.case_id
        for verdict in evidence.verdicts
        if verdict.outcome is Outcome.FAILED and verdict.check.kind is CheckKind.VALUES
    ]
    finished = {case.case_id for case in evidence.result.cases if case.status is RunStatus.FINISHED}
    plain = evidence.plain(frozenset(wrong))
    return next((each for each in wrong if each in visible & finished & plain), None)
