"""What a report says of one exercise whose result is at hand: judged, explained and reported without a sandbox."""

from exercises.golden_files import Golden
from exercises.spec import Exercise
from grader.diagnosis.explanation import explained
from grader.grading.exercise_report import exercise_report
from grader.grading.exercise_run import Ran
from grader.grading.judged_exercise import evidence_of, judge_exercise
from grader.report.model import ExerciseReport
from grader.settings import Settings
from grader.submission.slicing import Sliced
from sandbox.wire.messages import CaseCall, ExerciseResult


def report_of(
    exercise: Exercise,
    golden: Golden,
    calls: tuple[CaseCall, ...],
    program: Sliced,
    result: ExerciseResult,
    settings: Settings,
) -> ExerciseReport:
    """The exercise's part of a report."""
    run = Ran(
        exercise=exercise,
        program=program,
        calls=calls,
        golden=golden,
        computed=result,
        show_hidden=settings.show_hidden,
    )
    judged = judge_exercise(run)
    (explanation,) = explained([evidence_of(judged, settings)])
    return exercise_report(settings, judged, explanation)
