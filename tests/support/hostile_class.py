"""A class of students who write what nobody should, graded for real but for the container.

What came out of one is given, as hostile as it may be.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from grader.batch.job import Graded, Job, JobResult, Unreadable
from grader.course.loaded_assignment import prepare_assignment
from grader.course.private_assignment import secret_of
from grader.errors import SubmissionUnreadable
from grader.grading.pipeline import grade_program
from grader.report.unreadable_report import problem_report
from sandbox.wire.limits import Limits
from sandbox.wire.messages import (
    CaseResult,
    ExerciseResult,
    ExerciseRun,
    NotAnArray,
    Raised,
    RunRequest,
    RunResult,
    RunStatus,
)
from tests.support.trusted import TrustedSandbox

TEXTS = {
    "csi": "\x1b[2J\x1b[31mred\x1b[8m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http:evil\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "c1": "\x9b31m\x9d0;x\x9c\x90q\x85",
    "backspace": "wrong\x08\x08\x08\x08\x08right\x7f",
    "rich": "[link=http:evil]x[bold red]y[/]z[/link][not bold]",
    "script": "<script>alert(1)<\\script><img src=x onerror=alert(1)>",
    "attribute": "\"' onmouseover=alert(1) x='",
    "end_of_style": "<!--]]><svg onload=alert(1)><math><style>*{}",
    "entity": "&lt;b&gt;&#60;",
    "template": "{{7*7}}{% raise %}${7*7}",
    "equals": "=cmd|' C calc'!A0",
    "plus": "+1+cmd",
    "minus": "-1+cmd",
    "at": "@SUM(1)",
    "wide": "＝1+cmd",
    "tab": "\t=1+cmd",
    "return": "\r=1+cmd",
    "markdown": "[x](http:evil) ![y](http:evil) <b>|a|b| ~~~ ``` # *z* @everyone #1",
    "command": "\n::error file=x::forged\n##[error]forged\r::stop-commands::x",
    "log": "x\n2026-11-27 ERROR root: forged\r\nforged",
    "right_to_left": "\u202egnp.yp\u202c\u2066x\u2067\u061c",
    "no_width": "a\u200bb\u200dc\ufeffd\u2060e\u00ade",
    "long": "w" * 180,
}
EVERYTHING = "\n".join(TEXTS.values()) + "</style></title></script>http://evil \ud800 \x00"


class HostileSandbox(TrustedSandbox):
    """Runs nothing: gives what a submission may have made a container say."""

    def run(self, request: RunRequest, *, meanwhile: Callable[[], None] | None = None) -> RunResult:
        if meanwhile is not None:
            meanwhile()
        return RunResult(
            exercises=tuple(self._result(number, run) for number, run in enumerate(request.runs)), seconds=0.0
        )

    def _result(self, number: int, run: ExerciseRun) -> ExerciseResult:
        origin = run.snippets[-1].origin
        raised = Raised(
            type_name=EVERYTHING[:100],
            message=EVERYTHING,
            traceback=EVERYTHING,
            line=run.snippets[-1].line,
            origin=origin,
        )
        leftover = NotAnArray(type_name=EVERYTHING[100:200])
        cases = tuple(
            CaseResult(case_id=call.case_id, status=RunStatus.FINISHED, outputs=(leftover, leftover))
            if number % 2
            else CaseResult(case_id=call.case_id, status=RunStatus.RAISED, raised=raised)
            for call in run.calls
        )
        text = EVERYTHING.encode(errors="replace").decode()
        return ExerciseResult(
            exercise_id=run.exercise_id,
            status=RunStatus.FINISHED,
            cases=cases,
            stdout=text,
            stdout_cut=True,
            detail=text,
        )


class OnePool:
    """Grades at once in this process; one student's container is not there."""

    slots = 1

    def __init__(self, *_: object) -> None: ...
    def prepare(self, say: Callable[[str], None]) -> None: ...
    def renew(self) -> None: ...
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def engine_answers(self) -> bool:
        return True

    def submit(self, job: Job) -> "Future[JobResult]":
        future: Future[JobResult] = Future()
        future.set_result(_graded(job))
        return future


def _graded(job: Job) -> JobResult:
    @contextmanager
    def open_hostile(*, bank: Path, limits: Limits) -> Iterator[HostileSandbox]:
        yield HostileSandbox(bank)

    try:
        course = prepare_assignment(job.settings.assignment, secret_of(job.settings))
        return Graded(report=grade_program(job.program, course, job.settings, open_hostile))
    except SubmissionUnreadable as error:
        return Unreadable(problem=problem_report(error))
