"""What a student is told where there is no page: the same words as plain text, as HTML, and as lines of a result.

Of hidden cases it is told only whether all were right, even where a report for staff knows more.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from grader.judging import Outcome
from grader.report.model import ExerciseReport, ExerciseStatus, QuestionReport, QuestionStatus, Report, printable
from grader.views import (
    STATUS_WORDS,
    cases_of,
    failed_text,
    has_own_message,
    has_telling_checks,
    points_text,
    withheld_texts,
)

LONGEST_LINE = 600  # characters of any one message; the page has all of it
MOST_LINES = 12  # of one exercise
HIDDEN_TITLE = "hidden cases"
_COUNTS_ONLY = "counts only together with right values"


@dataclass(frozen=True, kw_only=True)
class ResultLine:
    """A case, all hidden cases of an exercise, or a question. Without ``max_points`` it only tells something.

    It is ``passed`` where it has all of its points.
    """

    number: str  # "1.2": the second line of the first exercise
    exercise: str  # its title
    title: str
    points: float
    max_points: float
    passed: bool
    ran: bool
    text: str
    waits: bool = False  # for a person


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A heading and what comes under it."""

    heading: str
    lines: tuple[str, ...] = ()


def plain_feedback(report: Report) -> str:
    """The feedback as text; it may hold anything that a student wrote, but no control characters."""
    lines: list[str] = []
    for paragraph in feedback(report):
        lines += [paragraph.heading, *(f"  {line}" for line in paragraph.lines)]
    return "\n".join(lines)


def html_feedback(report: Report) -> str:
    """The feedback as a piece of HTML on one line. Whatever a student wrote is only text in it."""
    return "".join(_html(paragraph) for paragraph in feedback(report))


def html_page(report: Report) -> str:
    """A page around the feedback, for a submission in which nothing could be graded."""
    title = html.escape(one_line(report.assignment.title))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>{html_feedback(report)}</body></html>\n"
    )


def feedback(report: Report) -> tuple[Paragraph, ...]:
    """All of it: the score and what it leaves out, then each exercise, then what a person said of answers."""
    if report.problem is not None:
        problem = report.problem
        lines = (problem.happened, f"Expected: {problem.expected}.", problem.advice)
        return (Paragraph(heading="Your file could not be graded.", lines=tuple(map(_shortened, lines))),)
    return (
        Paragraph(heading=f"{score_text(report)}.", lines=tuple(remarks(report))),
        *(exercise_feedback(exercise) for exercise in report.exercises),
        *(
            _question_paragraph(question)
            for question in report.questions
            if question.counts or question.points is not None
        ),
    )


def score_text(report: Report) -> str:
    """ "Score 7.5 of 10 (75%)", and whether it is provisional."""
    score = report.score
    final = ", provisional" if score.is_provisional else ""
    return f"Score {points_text(score.points)} of {points_text(score.max_points)} ({score.percent:.0f}%){final}"


def remarks(report: Report) -> Iterator[str]:
    """What the score is not: in time, or final."""
    if report.late is not None:
        yield _shortened(report.late.message)
    waiting = answers_waiting(report)
    if waiting:
        yield (
            f"{answers_text(waiting)} not marked yet, and the score is provisional: "
            f"{points_text(report.score.waiting_points)} points wait."
        )
    if report.is_graded and report.questions and not any(question.counts for question in report.questions):
        yield "Answers in words do not count in this score."


def answers_waiting(report: Report) -> int:
    """How many answers in words wait for a person before the score is final."""
    return sum(question.waits for question in report.questions)


def answers_text(count: int) -> str:
    return "1 answer is" if count == 1 else f"{count} answers are"


def result_lines(report: Report) -> tuple[ResultLine, ...]:
    """What was judged, one line each; the points of all lines together are the score before lateness."""
    lines = [
        line
        for index, exercise in enumerate(report.exercises, start=1)
        for line in _lines_of_exercise(index, exercise)
    ]
    for index, question in enumerate(report.questions, start=len(report.exercises) + 1):
        if question.counts:
            lines.append(_line_of_question(index, question))
    return tuple(lines)


def exercise_feedback(exercise: ExerciseReport) -> Paragraph:
    """An exercise's points and status, and under them what to change."""
    words = STATUS_WORDS[exercise.status].text
    points = f"{points_text(exercise.points)} of {points_text(exercise.max_points)}"
    lines = list(explanation(exercise))
    if has_telling_checks(exercise) and exercise.status is not ExerciseStatus.PASSED:
        for case in cases_of(exercise):
            if case.visible:
                lines += [_shortened(f"{case.title}: {failed_text(check)}") for check in case.failed]
        hidden = [check for check in exercise.checks if not check.visible]
        if not all(check.passed for check in hidden):
            lines.append("Not all hidden cases are right.")
        kinds = dict.fromkeys(check.kind for check in exercise.checks if check.visible and check.withheld)
        if kinds:
            lines.append(f"What else is right ({', '.join(kinds)}) {_COUNTS_ONLY}.")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"… and {len(lines) - MOST_LINES} more lines"]
    return Paragraph(heading=one_line(f"{exercise.title}: {points}, {words}"), lines=tuple(lines))


def explanation(exercise: ExerciseReport) -> tuple[str, ...]:
    """What to change, before any case: the named mistakes, the exception, or the status in a sentence."""
    lines = [f"{each.label}: {each.title}. {each.message}" for each in exercise.diagnoses]
    if has_own_message(exercise) and exercise.status is not ExerciseStatus.PASSED:
        lines.append(exercise.message)
    if exercise.error is not None:
        lines.append(": ".join(filter(None, (exercise.error.type, exercise.error.message))))
        lines += exercise.error.traceback.rstrip("\n").split("\n")[-MOST_LINES:] if exercise.error.traceback else []
    return tuple(_shortened(line) for line in lines)


def one_line(text: str) -> str:
    """A student's text for a name or a heading: no control characters, and no line ends or tabs either."""
    return " ".join(printable(text).split())


def _lines_of_exercise(index: int, exercise: ExerciseReport) -> Iterator[ResultLine]:
    told = explanation(exercise)
    if not has_telling_checks(exercise):  # every case ended alike: one line says it
        yield ResultLine(
            number=str(index),
            exercise=exercise.title,
            title=STATUS_WORDS[exercise.status].text,
            points=exercise.points,
            max_points=exercise.max_points,
            passed=exercise.status is ExerciseStatus.PASSED,
            ran=exercise.status in (ExerciseStatus.PASSED, ExerciseStatus.PARTIAL, ExerciseStatus.FAILED),
            text="\n".join(told) or _shortened(exercise.message),
        )
        return
    if told:
        yield ResultLine(
            number=str(index),
            exercise=exercise.title,
            title=STATUS_WORDS[exercise.status].text,
            points=0.0,
            max_points=0.0,
            passed=False,
            ran=True,
            text="\n".join(told),
        )
    cases = cases_of(exercise)
    hidden = [check for case in cases if not case.visible for check in case.checks]
    visible = [case for case in cases if case.visible]
    for position, case in enumerate(visible, start=1):
        yield ResultLine(
            number=f"{index}.{position}",
            exercise=exercise.title,
            title=case.title,
            points=case.points,
            max_points=case.max_points,
            passed=all(check.passed and not check.withheld for check in case.checks),
            ran=any(check.outcome is not Outcome.NOT_RUN for check in case.checks),
            text="\n".join(_shortened(each) for each in (*map(failed_text, case.failed), *withheld_texts(case))),
        )
    if hidden:
        right = all(check.passed for check in hidden)
        passed = right and not any(check.withheld for check in hidden)
        yield ResultLine(
            number=f"{index}.{len(visible) + 1}",
            exercise=exercise.title,
            title=HIDDEN_TITLE,
            points=sum(check.points for check in hidden),
            max_points=sum(check.max_points for check in hidden),
            passed=passed,
            ran=any(check.outcome is not Outcome.NOT_RUN for check in hidden),
            text="" if passed else f"Right, but {_COUNTS_ONLY}." if right else "Not all hidden cases are right.",
        )


def _line_of_question(index: int, question: QuestionReport) -> ResultLine:
    points = question.points or 0.0
    texts = {
        QuestionStatus.MARKED: _shortened(question.comment),
        QuestionStatus.NEEDS_REVIEW: "Not marked yet: a person has to read it.",
        QuestionStatus.UNANSWERED: "Not answered.",
    }
    return ResultLine(
        number=str(index),
        exercise=question.title,
        title="answer in words",
        points=points,
        max_points=question.max_points,
        passed=points >= question.max_points,
        ran=True,
        text=texts[question.status],
        waits=question.waits,
    )


def _question_paragraph(question: QuestionReport) -> Paragraph:
    points = f"{points_text(question.points or 0.0)} of {points_text(question.max_points)}"
    if question.waits:
        points = f"worth {points_text(question.max_points)}, not marked yet"
    elif question.status is QuestionStatus.UNANSWERED:
        points += ", not answered"
    elif not question.counts:
        points += ", which do not count"
    lines = (_shortened(question.comment),) if question.comment else ()
    return Paragraph(heading=one_line(f"{question.title}: {points}"), lines=lines)


def _shortened(text: str) -> str:
    clean = printable(text)
    return clean if len(clean) <= LONGEST_LINE else f"{clean[:LONGEST_LINE]} …"


def _html(paragraph: Paragraph) -> str:
    lines = [f"<strong>{html.escape(paragraph.heading)}</strong>"]
    lines += [html.escape(line).replace("\n", "<br>").replace("\t", " ") for line in paragraph.lines]
    return f"<p>{'<br>'.join(lines)}</p>"
