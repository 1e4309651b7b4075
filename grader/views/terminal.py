"""The report on a terminal. Every text goes through ``Text``, so that a student's brackets are no markup."""

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.judging import Outcome
from grader.report import CheckReport, ExerciseReport, ExerciseStatus, QuestionReport, QuestionStatus, Report

GOOD, MIDDLING, BAD, QUIET = "green", "yellow", "red", "dim"
STDOUT_LINES = 12
ANSWER_LINES = 4

STATUS_TEXT = {
    ExerciseStatus.PASSED: ("✓", GOOD, "passed"),
    ExerciseStatus.PARTIAL: ("~", MIDDLING, "partly right"),
    ExerciseStatus.FAILED: ("✗", BAD, "not right yet"),
    ExerciseStatus.MISSING: ("?", BAD, "not found"),
    ExerciseStatus.NOT_IMPLEMENTED: ("·", MIDDLING, "not implemented"),
    ExerciseStatus.SYNTAX_ERROR: ("✗", BAD, "syntax error"),
    ExerciseStatus.IMPORT_ERROR: ("✗", BAD, "import failed"),
    ExerciseStatus.ERROR: ("✗", BAD, "raised an exception"),
    ExerciseStatus.TIMEOUT: ("✗", BAD, "took too long"),
    ExerciseStatus.MEMORY: ("✗", BAD, "out of memory"),
    ExerciseStatus.CRASHED: ("✗", BAD, "crashed"),
    ExerciseStatus.OUTPUT_TOO_LARGE: ("✗", BAD, "too much output"),
    ExerciseStatus.FORBIDDEN: ("✗", BAD, "used a forbidden name"),
}


def points_text(points: float) -> str:
    """At most two decimals, and none where there are none."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def standing(report: Report) -> str:
    """The score in a line, and what is not in it yet."""
    score = report.score
    text = f"Score {points_text(score.points)} of {points_text(score.max_points)}  ({score.percent:.0f}%)"
    return "\n".join(filter(None, (text, _questions_left(report))))


def show(report: Report, console: Console) -> None:
    """Print the whole report: the overview first, then what to change."""
    console.print(_overview(report))
    for exercise in report.exercises:
        if exercise.status is not ExerciseStatus.PASSED:
            console.print()
            console.print(_exercise(exercise))
    for question in report.questions:
        if question.answer or question.points is not None or question.earlier is not None:
            console.print()
            console.print(_question(question))
    console.print()


def _overview(report: Report) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    for exercise in report.exercises:
        mark, style, words = STATUS_TEXT[exercise.status]
        table.add_row(
            Text(mark, style=f"bold {style}"),
            Text(exercise.title),
            Text(f"{points_text(exercise.points)} / {points_text(exercise.max_points)}"),
            Text(words, style=style),
        )
    for question in report.questions:
        if question.points is not None:
            points = f"{points_text(question.points)} / {points_text(question.max_points)}"
            table.add_row(Text("✓", style=f"bold {GOOD}"), Text(question.title), Text(points), Text("marked"))
    score = report.score
    who = f" · {report.submission.student}" if report.submission.student else ""
    total = Text.assemble(
        ("Score ", "bold"),
        (f"{points_text(score.points)} of {points_text(score.max_points)}", "bold"),
        (f"  ({score.percent:.0f}%)", QUIET),
    )
    left = _questions_left(report)
    return Group(
        Rule(style=QUIET),
        Text(report.assignment.title, style="bold"),
        Text(f"{report.submission.name}{who}", style=QUIET),
        Text(),
        table,
        Text(),
        total,
        *([Text(left, style=QUIET)] if left else []),
        Rule(style=QUIET),
    )


def _questions_left(report: Report) -> str:
    """How many answers nobody has marked, and how many are missing; empty when there are none."""
    waiting = sum(question.status is QuestionStatus.NEEDS_REVIEW for question in report.questions)
    missing = sum(question.status is QuestionStatus.UNANSWERED for question in report.questions)
    parts = []
    if waiting:
        parts.append("1 answer waits for a person" if waiting == 1 else f"{waiting} answers wait for a person")
    if missing:
        parts.append("1 question is not answered" if missing == 1 else f"{missing} questions are not answered")
    return ", ".join(parts)


def _question(question: QuestionReport) -> RenderableType:
    """An answer's first lines, and what a person said about it."""
    match question.status:
        case QuestionStatus.MARKED:
            mark, style, words = "✓", GOOD, "marked"
        case QuestionStatus.NEEDS_REVIEW:
            mark, style, words = "…", MIDDLING, "waits for a person"
        case QuestionStatus.UNANSWERED:
            mark, style, words = "·", MIDDLING, "not answered"
    worth = f"{question.id}, worth {points_text(question.max_points)}"
    if question.points is not None:
        worth = f"{question.id}, {points_text(question.points)} of {points_text(question.max_points)}"
    body: list[RenderableType] = []
    if question.comment:
        body.append(Text(question.comment))
    if question.earlier is not None:
        body.append(
            Text(f"Before it changed it had {points_text(question.earlier.points)}. {question.earlier.comment}")
        )
    if question.status is QuestionStatus.NEEDS_REVIEW:
        body.append(_first_lines(question.answer, ANSWER_LINES))
    title = Text.assemble(
        (f"{mark} {question.title}", f"bold {style}"), (f"  {words}", style), (f"  {worth}", QUIET)
    )
    return Group(title, *(Padding(part, (0, 0, 0, 2)) for part in body))


def _exercise(exercise: ExerciseReport) -> RenderableType:
    mark, style, words = STATUS_TEXT[exercise.status]
    parts: list[RenderableType] = [
        Text.assemble((f"{mark} {exercise.title}", f"bold {style}"), (f"  {words}", style))
    ]
    body: list[RenderableType] = []
    for diagnosis in exercise.diagnoses:
        body.append(Text.assemble(("What to change: ", "bold"), diagnosis.title))
        where = f" (your {exercise.entry_point}: {diagnosis.exercise_line})" if diagnosis.exercise_line else ""
        body.append(Text.assemble(diagnosis.message, (where, QUIET)))
    told_otherwise = (ExerciseStatus.PARTIAL, ExerciseStatus.FAILED, ExerciseStatus.ERROR)
    if not exercise.diagnoses and exercise.status not in told_otherwise:
        body.append(Text(exercise.message))
    if exercise.error is not None:
        body.append(_error(exercise))
    # Where every case ended as it says above, a table would only repeat it.
    unfinished = exercise.error is not None or exercise.status is ExerciseStatus.NOT_IMPLEMENTED
    looked = not unfinished or any(check.passed for check in exercise.checks)
    if looked and any(check.outcome is not Outcome.NOT_RUN for check in exercise.checks):
        body.append(_checks(exercise.checks))
    if exercise.stdout.strip():
        body.append(_stdout(exercise.stdout))
    parts.extend(Padding(part, (0, 0, 0, 2)) for part in body)
    return Group(*parts)


def _error(exercise: ExerciseReport) -> RenderableType:
    assert exercise.error is not None
    error = exercise.error
    text = Text(style=BAD)
    text.append(error.type, style="bold")
    if error.message:
        text.append(f": {error.message}")
    lines: list[RenderableType] = [text]
    if error.traceback:
        lines.append(Padding(Text(error.traceback, style=QUIET), (0, 0, 0, 2)))
    return Group(*lines)


def _checks(checks: tuple[CheckReport, ...]) -> RenderableType:
    """One line a case; a case with a failed check says what was found."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    cases: dict[str, list[CheckReport]] = {}
    for check in checks:
        cases.setdefault(check.case, []).append(check)
    for members in cases.values():
        failed = [check for check in members if check.outcome is Outcome.FAILED]
        skipped = all(check.outcome is Outcome.NOT_RUN for check in members)
        mark, style = ("✗", BAD) if failed else ("·", QUIET) if skipped else ("✓", GOOD)
        title = Text(members[0].case_title)
        if not members[0].visible:
            title.append("  (hidden)", style=QUIET)
        lines = [title, *(_failed(check) for check in failed)]
        points = sum(check.points for check in members)
        reachable = sum(check.max_points for check in members)
        table.add_row(
            Text(mark, style=style),
            Text("\n").join(lines),
            Text(f"{points_text(points)} / {points_text(reachable)}", style=QUIET),
        )
    return table


def _failed(check: CheckReport) -> Text:
    output = check.id.split("/")[2] + ": " if check.id.count("/") == 2 else ""
    return Text(f"{output}{check.message}", style=BAD)


def _stdout(stdout: str) -> RenderableType:
    return Group(Text("It printed:", style=QUIET), Padding(_first_lines(stdout, STDOUT_LINES), (0, 0, 0, 2)))


def _first_lines(text: str, count: int) -> Text:
    lines = text.rstrip("\n").splitlines()
    shown = lines[:count]
    if len(lines) > count:
        shown.append(f"… and {len(lines) - count} more lines (all are in the JSON report)")
    return Text("\n".join(shown), style=QUIET)
