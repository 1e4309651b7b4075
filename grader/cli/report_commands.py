"""A stored report shown again, an answer in words marked, an assignment's exercises listed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
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
@click.option("--comment", metavar="TEXT", default="", help="What you want to say about it.")
@private_option
def mark_answer(file: Path, question: str, points: float, comment: str, private: "PrivateAssignment | None") -> int:
    """Give points to an answer in words. REPORT is what --json wrote.

    A private assignment's reports are signed, and so is a mark that is given with --private-assignment.
    """
    key = key_of(private)
    report = mark(file, question_id=question, points=points, comment=comment, key=key)
    click.echo(standing(report))
    if not is_intact(read_stored(file), key):
        say("The mark is stored and not signed: 'grade verify' tells why.")
    return ExitCode.DONE


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
    return ExitCode.DONE
