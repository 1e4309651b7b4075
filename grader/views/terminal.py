"""The report on a terminal. Every text goes through ``Text``, so that a student's brackets are no markup."""

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.report.model import (
    ExerciseReport,
    ExerciseStatus,
    PassageReport,
    ProblemReport,
    QuestionReport,
    QuestionStatus,
    Report,
)
from grader.views.ci_escape import without_commands
from grader.views.outline import (
    STATUS_WORDS,
    Tone,
    attempt_text,
    cases_of,
    depends_on_versions,
    failed_text,
    files_text,
    has_own_message,
    has_telling_checks,
    late_label,
    late_text,
    listed_questions,
    passage_place,
    passages_left,
    points_text,
    question_label,
    question_points,
    versions_text,
    waiting_text,
    withheld_texts,
)

BAD, QUIET = "red", "dim"
STYLES = {Tone.GOOD: "green", Tone.MIDDLING: "yellow", Tone.BAD: BAD, Tone.QUIET: QUIET}
STDOUT_LINES = 12
ANSWER_LINES = 4
PASSAGES = 12


def standing(report: Report) -> str:
    """The score in a line, what lateness cost and what is not in it yet."""
    return "\n".join(filter(None, (_total(report).plain, _late(report), _questions_left(report))))


def show(report: Report, console: Console) -> None:
    """Print the whole report: the overview first, then what to change."""
    with without_commands(console):
        _show(report, console)


def _show(report: Report, console: Console) -> None:
    console.print(_overview(report))
    for exercise in report.exercises:
        if exercise.status is not ExerciseStatus.PASSED:
            console.print()
            console.print(_exercise(exercise, report))
    left = passages_left(report)
    if left:
        console.print()
        console.print(_passages(left))
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
        words = STATUS_WORDS[exercise.status]
        style = STYLES[words.tone]
        table.add_row(
            Text(words.mark, style=f"bold {style}"),
            Text(exercise.title),
            Text(f"{points_text(exercise.points)} / {points_text(exercise.max_points)}"),
            Text(words.text, style=style),
        )
    for question in listed_questions(report):
        words = question_label(question)
        style = STYLES[words.tone]
        table.add_row(
            Text(words.mark, style=f"bold {style}"),
            Text(question.title),
            Text(question_points(question)),
            Text(words.text, style=style),
        )
    who = f" · {report.submission.student}" if report.submission.student else ""
    when = attempt_text(report.handed_in) if report.handed_in else ""
    late, left = _late(report), _questions_left(report)
    parts: list[RenderableType] = [table, Text()] if table.row_count else []
    if report.problem:
        parts += [_problem(report.problem), Text()]
    return Group(
        Rule(style=QUIET),
        Text(report.assignment.title, style="bold"),
        Text(f"{report.submission.name}{who}", style=QUIET),
        *([Text(files, style=QUIET)] if (files := files_text(report)) else []),
        *([Text(when, style=QUIET)] if when else []),
        Text(),
        *parts,
        _total(report),
        *([Text(late, style=STYLES[Tone.MIDDLING])] if late else []),
        *([Text(left, style=QUIET)] if left else []),
        Rule(style=QUIET),
    )


def _total(report: Report) -> Text:
    """The score; where nothing could be graded that is said, for a zero would be a mark."""
    if not report.is_graded:
        return Text("No score: there is nothing to grade", style="bold")
    score = report.score
    return Text.assemble(
        ("Score ", "bold"),
        (f"{points_text(score.points)} of {points_text(score.max_points)}", "bold"),
        (f"  ({score.percent:.0f}%)", QUIET),
        ("  provisional" if score.is_provisional else "", STYLES[Tone.MIDDLING]),
    )


def _late(report: Report) -> str:
    text = late_text(report)
    return f"{late_label(report)}: {text}" if text else ""


def _problem(problem: ProblemReport) -> RenderableType:
    """Why there is nothing to grade, and what to do."""
    return Group(
        Text(problem.happened, style=BAD),
        Text.assemble(("Expected: ", "bold"), problem.expected),
        Text.assemble(("What to do: ", "bold"), problem.advice),
    )


def _questions_left(report: Report) -> str:
    """How many answers nobody has marked, and how many are missing; empty when there are none."""
    missing = sum(each.counts and each.status is QuestionStatus.UNANSWERED for each in report.questions)
    without = "1 question is not answered" if missing == 1 else f"{missing} questions are not answered"
    return "; ".join(filter(None, (waiting_text(report), without if missing else "")))


def _question(question: QuestionReport) -> RenderableType:
    """An answer's first lines, and what a person said about it."""
    words = question_label(question)
    style = STYLES[words.tone]
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
        (f"{words.mark} {question.title}", f"bold {style}"), (f"  {words.text}", style), (f"  {worth}", QUIET)
    )
    return Group(title, *(Padding(part, (0, 0, 0, 2)) for part in body))


def _exercise(exercise: ExerciseReport, report: Report) -> RenderableType:
    words = STATUS_WORDS[exercise.status]
    style = STYLES[words.tone]
    parts: list[RenderableType] = [
        Text.assemble((f"{words.mark} {exercise.title}", f"bold {style}"), (f"  {words.text}", style))
    ]
    body: list[RenderableType] = []
    for diagnosis in exercise.diagnoses:
        body.append(Text.assemble((f"{diagnosis.label}: ", "bold"), diagnosis.title))
        where = f" (your {exercise.entry_point}: {diagnosis.exercise_line})" if diagnosis.exercise_line else ""
        body.append(Text.assemble(diagnosis.message, (where, QUIET)))
    if has_own_message(exercise):
        body.append(Text(exercise.message))
    if exercise.error is not None:
        body.append(_error(exercise))
        if depends_on_versions(exercise) and not has_own_message(exercise):
            body.append(Text(f"Graded with {versions_text(report)}.", style=QUIET))
    if has_telling_checks(exercise):
        body.append(_checks(exercise))
    if exercise.stdout.strip():
        body.append(_stdout(exercise.stdout))
    parts.extend(Padding(part, (0, 0, 0, 2)) for part in body)
    return Group(*parts)


def _passages(passages: tuple[PassageReport, ...]) -> RenderableType:
    """Where the file has something that played no part, and why."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for passage in passages[:PASSAGES]:
        table.add_row(Text(passage_place(passage)), Text(passage.reason))
    parts: list[RenderableType] = [Text("In your file, and not graded", style="bold"), Padding(table, (0, 0, 0, 2))]
    if len(passages) > PASSAGES:
        more = len(passages) - PASSAGES
        parts.append(Padding(Text(f"… and {more} more (all are in the JSON report)", style=QUIET), (0, 0, 0, 2)))
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


def _checks(exercise: ExerciseReport) -> RenderableType:
    """One line a case; a case with a failed check says what was found."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for case in cases_of(exercise):
        title = Text(case.title)
        if not case.visible:
            title.append("  (hidden)", style=QUIET)
        lines = [title, *(Text(failed_text(check), style=BAD) for check in case.failed)]
        lines += [Text(line, style=STYLES[Tone.MIDDLING]) for line in withheld_texts(case)]
        table.add_row(
            Text(case.words.mark, style=STYLES[case.words.tone]),
            Text("\n").join(lines),
            Text(f"{points_text(case.points)} / {points_text(case.max_points)}", style=QUIET),
        )
    return table


def _stdout(stdout: str) -> RenderableType:
    return Group(Text("It printed:", style=QUIET), Padding(_first_lines(stdout, STDOUT_LINES), (0, 0, 0, 2)))


def _first_lines(text: str, count: int) -> Text:
    lines = text.rstrip("\n").split("\n")
    shown = lines[:count]
    if len(lines) > count:
        shown.append(f"… and {len(lines) - count} more lines (all are in the JSON report)")
    return Text("\n".join(shown), style=QUIET)
