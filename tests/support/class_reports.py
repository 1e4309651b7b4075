"""Builds reports of a class without grading anything, for tests of what is made from reports."""

from dataclasses import replace
from pathlib import Path

from grader.judging.checks import Outcome
from grader.report.json_format import write_report
from grader.report.model import (
    AssignmentInfo,
    CheckReport,
    DiagnosisReport,
    ErrorReport,
    ExerciseReport,
    ExerciseStatus,
    HandedInInfo,
    LateReport,
    ProblemKind,
    ProblemReport,
    QuestionReport,
    Report,
    RunInfo,
    SubmissionInfo,
    score_of,
)
from grader.report.people import IdKind, Person, PersonId
from grader.report.reports_folder import ClassList, Member, MemberState, ReportsFolder

HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script> \x1b[31m [bold] ```"  # whatever a student may be called


def person(name: str, **ids: str) -> Person:
    """``person("Ada Byron", canvas_user="4511")``."""
    return Person(name=name, ids=tuple(PersonId(kind=IdKind(kind), value=value) for kind, value in ids.items()))


def check(
    case: str, kind: str, points: float, *, passed: bool = True, visible: bool = True, message: str = ""
) -> CheckReport:
    return CheckReport(
        id=f"{case}/{kind}",
        case=case,
        case_title=f"the case {case}",
        kind=kind,
        visible=visible,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        points=points if passed else 0.0,
        max_points=points,
        message="" if passed else message or "3 of 12 values differ",
        details={},
    )


def exercise(
    exercise_id: str,
    *checks: CheckReport,
    status: ExerciseStatus | None = None,
    diagnoses: tuple[tuple[str, str, str], ...] = (),
    message: str = "",
    error: ErrorReport | None = None,
) -> ExerciseReport:
    """``diagnoses`` are (id, title, message). Without a status it follows from the checks."""
    points, max_points = sum(each.points for each in checks), sum(each.max_points for each in checks)
    if status is None:
        status = (
            ExerciseStatus.PASSED
            if points == max_points
            else ExerciseStatus.PARTIAL
            if points
            else ExerciseStatus.FAILED
        )
    return ExerciseReport(
        id=exercise_id,
        title=exercise_id.replace("_", " ").capitalize(),
        entry_point=exercise_id,
        status=status,
        points=points,
        max_points=max_points,
        message=message or "Some checks did not pass.",
        checks=checks,
        diagnoses=tuple(
            DiagnosisReport(id=each_id, title=title, message=text, exercise_line="week8.py, line 3")
            for each_id, title, text in diagnoses
        ),
        stdout="",
        error=error,
    )


def report(
    key: str,
    *exercises: ExerciseReport,
    people: tuple[Person, ...] = (),
    questions: tuple[QuestionReport, ...] = (),
    late: LateReport | None = None,
    problem: ProblemReport | None = None,
    submitted_at: str | None = None,
    seconds: float = 0.5,
) -> Report:
    people = people or (person(key, login=key),)
    return Report(
        assignment=AssignmentInfo(id="week8", title="Week 8", version="1"),
        submission=SubmissionInfo(
            name="week8.py",
            student=", ".join(each.name for each in people),
            sha256="ab" * 32,
            format="unreadable" if problem else "python",
        ),
        score=score_of(exercises, questions, late),
        exercises=exercises,
        questions=questions,
        handed_in=HandedInInfo(
            key=key,
            people=people,
            layout="plain",
            file=f"{key}.py",
            attempt=1,
            attempts=1,
            submitted_at=submitted_at,
            marked_late=late is not None,
        ),
        late=late,
        problem=problem,
        run=RunInfo(
            started_at="2026-11-20T22:00:00+00:00",
            seconds=seconds,
            backend="docker",
            image="sha256:" + "0" * 64,
            numpy="2.4.6",
            limits={"exercise_seconds": 15.0},
        ),
    )


def unreadable(
    key: str,
    *,
    people: tuple[Person, ...] = (),
    late: LateReport | None = None,
    submitted_at: str | None = None,
) -> Report:
    """Somebody who handed in a PDF."""
    problem = ProblemReport(
        kind=ProblemKind.UNREADABLE,
        happened="week8.py is not Python: it is a PDF.",
        expected="a .py file",
        advice="Hand in the file itself.",
    )
    return report(key, people=people, late=late, problem=problem, submitted_at=submitted_at)


def nothing(key: str, *people: Person) -> Member:
    """Somebody on the roster who handed in nothing."""
    return Member(key=key, people=people or (person(key, login=key),), state=MemberState.NOTHING_HANDED_IN)


def not_graded(key: str, *people: Person) -> Member:
    """Somebody who has no report because the machine failed."""
    return Member(
        key=key,
        people=people or (person(key, login=key),),
        state=MemberState.NOT_GRADED,
        message="The container engine failed while starting a container.",
    )


def reports_folder(path: Path, *reports: Report, others: tuple[Member, ...] = ()) -> ReportsFolder:
    """A folder as 'grade batch' leaves it, with these reports and these students without one."""
    folder = ReportsFolder(path=path)
    folder.make()
    members = list(others)
    for each in reports:
        assert each.handed_in is not None
        write_report(each, folder.report_file(each.handed_in.key))
        members.append(Member(key=each.handed_in.key, people=each.handed_in.people, state=MemberState.HANDED_IN))
    folder.write_class_list(
        ClassList(
            assignment="week8",
            layout="plain",
            members=tuple(sorted(members, key=lambda member: member.key)),
            skipped=(),
        )
    )
    return folder


def small_class(path: Path) -> ReportsFolder:
    """Right, partly right with a diagnosis, crashed and late, unreadable, not graded, nothing handed in."""
    right = check("plain", "values", 8.0), check("mask", "values", 2.0, visible=False)
    part = check("plain", "values", 8.0), check("mask", "values", 2.0, passed=False, visible=False)
    unscaled = ("unscaled", "The scores are not divided by √d_k", "Divide Q Kᵀ by the square root of d_k.")
    late = LateReport(
        due="2026-11-20T23:59:00+00:00", seconds_late=7200.0, percent=10.0, message="2 hours late: 10% taken off."
    )
    crashed = exercise(
        "attention",
        replace(check("plain", "values", 10.0, passed=False), outcome=Outcome.NOT_RUN),
        status=ExerciseStatus.ERROR,
        error=ErrorReport(type="ValueError", message=HOSTILE, traceback=f"week8.py, line 3\n    {HOSTILE}"),
    )
    return reports_folder(
        path,
        report(
            "ada",
            exercise("attention", *right),
            people=(
                person(
                    "Byron, Ada",
                    login="ada",
                    canvas_user="4511",
                    moodle_participant="50123",
                    student_number="A001",
                    email="ada@example.edu",
                    lti_user="sub-1",
                ),
            ),
            submitted_at="2026-11-20T21:00:00+00:00",
        ),
        report(
            "grace",
            exercise("attention", *part, diagnoses=(unscaled,)),
            people=(
                person(
                    "Hopper, Grace",
                    login="grace",
                    canvas_user="4512",
                    moodle_participant="50124",
                    student_number="A002",
                    email="grace@example.edu",
                    lti_user="sub-2",
                ),
            ),
            late=late,
            submitted_at="2026-11-21T01:59:00+00:00",
        ),
        report(
            "mallory",
            crashed,
            people=(
                person(
                    HOSTILE,
                    login="mallory",
                    canvas_user="4513",
                    moodle_participant="50125",
                    student_number="A003",
                    email="mallory@example.edu",
                    lti_user="sub-3",
                ),
            ),
        ),
        unreadable(
            "paul",
            people=(
                person(
                    "Erdős, Paul",
                    login="paul",
                    canvas_user="4514",
                    moodle_participant="50126",
                    student_number="A004",
                    email="paul@example.edu",
                    lti_user="sub-4",
                ),
            ),
        ),
        others=(
            not_graded(
                "emmy",
                person(
                    "Noether, Emmy",
                    login="emmy",
                    canvas_user="4515",
                    moodle_participant="50127",
                    student_number="A005",
                    email="emmy@example.edu",
                    lti_user="sub-5",
                ),
            ),
            nothing(
                "zoe",
                person(
                    "Zuse, Zoe",
                    login="zoe",
                    canvas_user="4516",
                    moodle_participant="50128",
                    student_number="A006",
                    email="zoe@example.edu",
                    lti_user="sub-6",
                ),
            ),
        ),
    )
