"""What the grader makes of one program, as far as the rates need it; made in a child, read in the parent."""

import ast
from dataclasses import dataclass
from enum import Enum

from benchmarks.judgement.programs import Programs
from grader.diagnosis.divergence import Divergence
from grader.diagnosis.hint import HintKind
from grader.diagnosis.known_mistakes import diagnose
from grader.grading.judged_exercise import evidence_of
from grader.report.model import ExerciseReport, ExerciseStatus
from grader.settings import Settings
from sandbox.wire.messages import ExerciseResult, RunStatus


class Naming(Enum):
    """How a wrong program's mistake was named."""

    KNOWN_MISTAKE = "known mistake"  # it computes what a catalogued mistake computes
    RIGHT_PLACE = "right place"  # the first divergence points to the changed lines
    OTHER_PLACE = "other place"  # it points elsewhere
    OWN_LINE = "own line"  # no diagnosis, but an exception, shown with a line of the student's
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One program's report in short."""

    status: ExerciseStatus
    points: float
    finished: bool  # every case returned something, so that no exception helps
    diagnoses: tuple[str, ...] = ()
    known: bool = False  # one of them is a mistake of the catalogue
    pointed: tuple[range, ...] = ()  # the lines that the others speak of
    shows_line: bool = False

    @property
    def passed(self) -> bool:
        return self.status is ExerciseStatus.PASSED

    def naming(self, first_line: int, last_line: int) -> Naming:
        """How a change of these lines was named."""
        changed = range(first_line, last_line + 1)
        if self.known:
            return Naming.KNOWN_MISTAKE
        # What an exception means is help with it, and not the mistake's name.
        if {*self.diagnoses} - {HintKind.EXCEPTION.value}:
            hit = any(line in lines for lines in self.pointed for line in changed)
            return Naming.RIGHT_PLACE if hit else Naming.OTHER_PLACE
        return Naming.OWN_LINE if self.shows_line else Naming.NOTHING


def judged(programs: Programs, source: str) -> Judged:
    """Grade a program of ours."""
    report, graded = programs.graded(source)
    evidence = evidence_of(graded, Settings(), programs.rerun)
    if evidence is None:
        return Judged(status=report.status, points=report.points, finished=report.status is ExerciseStatus.PASSED)
    found = diagnose(evidence)
    catalogue = {variant.variant_id for variant in programs.exercise.wrong}
    return Judged(
        status=report.status,
        points=report.points,
        finished=_finished(evidence.result),
        diagnoses=tuple(diagnosis.id for diagnosis in report.diagnoses),
        known=any(diagnosis.id in catalogue for diagnosis in report.diagnoses),
        pointed=(
            *(_pointed(found.divergence, source) if found.divergence else ()),
            *(range(line, line + 1) for line in _marked(report)),
        ),
        shows_line=report.error is not None and bool(report.error.traceback),
    )


def _marked(report: ExerciseReport) -> tuple[int, ...]:
    """The lines that are marked in the code; where an exception's is among them, only those of diagnoses."""
    if report.error is None:
        return report.code.marked_lines if report.code and report.diagnoses else ()
    told = (each for each in report.diagnoses if each.id != HintKind.EXCEPTION.value)
    return tuple(int((each.exercise_line or "0").rpartition(" ")[2]) for each in told)


def _finished(result: ExerciseResult) -> bool:
    cases = (case.status is RunStatus.FINISHED for case in result.cases)
    return result.status is RunStatus.FINISHED and all(cases)


def _pointed(divergence: Divergence, source: str) -> tuple[range, ...]:
    """The layer where it was made and called, and the stretch of code in which the message says to look."""
    student, before, place = divergence.student, divergence.before, divergence.place
    places = [place, student.made if student else None, student.called if student else None]
    single = [range(each.line, each.line + 1) for each in places if each]
    if place is None:
        return tuple(single)
    function = _function_around(place.line, source)
    if student is None:  # behind the last layer
        stretch = range(place.line, function.stop)
    elif before and before.called and before.called.line in function:
        stretch = range(min(before.called.line, place.line), place.line + 1)
    else:
        stretch = range(function.start, place.line + 1)
    return (*single, stretch)


def _function_around(line: int, source: str) -> range:
    """The lines of the innermost function around a line."""
    around = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if len(around) == 1 or len(lines) < len(around):
                around = lines
    return around
