"""A stored report shown again, an answer in words marked, an assignment's exercises listed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
from exercises.spec import Assignment
from grader.cli.options import assignment_option, html_option, private_option, say
from grader.cli.output import show, write_html_report
from grader.cli.path_option import A_PATH
from grader.course import assignment_for
from grader.report.json_format import read_report, read_stored
from grader.report.manual_marks import mark
from grader.report.signature import is_intact, key_of
from grader.views import standing
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment


@click.command("report")
@click.argument("file", type=A_PATH)
@html_option
def show_report(file: Path, html_file: Path | None) -> int:
    """Show a stored JSON report again. FILE is what --json wrote."""
    report = read_report(file)
    write_html_report(report, html_file)
    show(report)
    return ExitCode.DONE


@click.command("mark")
@click.argument("file", metavar="REPORT", type=A_PATH)
@click.option("--question", metavar="ID", required=True, help="The question; the report has its id.")
@click.option("--points", metavar="N", type=float, required=True, help="What the answer is worth.")
@click.option("--unanswered", is_flag=True, help="The answer is not in the report, but on paper, say.")
@click.option("--comment", metavar="TEXT", default="", help="What you want to say about it.")
@private_option
def mark_answer(
    file: Path,
    question: str,
    points: float,
    unanswered: bool,
    comment: str,
    private: "PrivateAssignment | None",
) -> int:
    """Give points to an answer in words. REPORT is what --json wrote.

    A private assignment's reports are signed, and so is a mark that is given with --private-assignment.
    """
    key = key_of(private)
    before = read_report(file).score.max_points if file.is_file() else None
    report = mark(file, question_id=question, points=points, comment=comment, unanswered=unanswered, key=key)
    click.echo(standing(report))
    if not next(each for each in report.questions if each.id == question).counts:
        say(f"{question} does not count in this report: the mark is stored, and the score is as it was.")
    if before is not None and before != report.score.max_points:
        say(
            f"The maximum was {before:g} and is {report.score.max_points:g} now: this report is of an earlier "
            "version, in which questions counted once they were marked. In a class 'grade batch' brings the "
            "others over."
        )
    if not is_intact(read_stored(file), key):
        say("The mark is stored and not signed: 'grade verify' tells why.")
    return ExitCode.DONE


def _of_code(loaded: Assignment) -> str:
    code = sum(exercise.max_points for exercise in loaded.exercises)
    return f" Code alone, with --without-questions: {code:g}." if code != loaded.max_points else ""


@click.command("exercises")
@assignment_option
@private_option
def list_exercises(assignment: str | None, private: "PrivateAssignment | None") -> int:
    """List the exercises of an assignment."""
    loaded = load_assignment(assignment_for(private, assignment, DEFAULT_ASSIGNMENT))
    click.echo(loaded.title)
    for exercise in loaded.exercises:
        click.echo(
            f"  {exercise.exercise_id:20} {exercise.entry_point:20} {exercise.max_points:>4g} points  "
            f"{len(exercise.cases)} cases"
        )
    for question in loaded.questions:
        click.echo(
            f"  {question.question_id:20} {'(in words)':20} {question.points:>4g} points"
            f"{'' if question.counts else '  does not count'}"
        )
    click.echo(f"Together {loaded.max_points:g} points.{_of_code(loaded)}")
    return ExitCode.DONE
