"""``grade FILE``. Loaded here is what comes before the container; what the report needs comes while that starts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exercises.loader import DEFAULT_ASSIGNMENT
from exercises.number_range import PERCENT
from grader.cli.number_option import NumberOption
from grader.cli.options import (
    acknowledged_option,
    assignment_option,
    backend_option,
    fresh_option,
    html_option,
    private_option,
    sandbox_of,
    say,
    without_questions_option,
)
from grader.cli.output import load_views, show, write_html_report, write_json_report
from grader.cli.path_option import A_PATH, A_PLACE
from grader.course import assignment_for
from grader.grading import grade
from grader.settings import Settings, named_backend
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment


@click.command()
@click.argument("submission", type=A_PATH)
@assignment_option
@click.option("--only", metavar="EXERCISE", multiple=True, help="Grade this exercise only; may be repeated.")
@click.option(
    "--file-name", metavar="PATTERN", help='Of several files in a folder or zip the one of this name, as "week8*".'
)
@click.option(
    "--json", "json_file", metavar="FILE", type=A_PLACE, help='Also write the report as JSON; "-" prints only that.'
)
@html_option
@click.option(
    "--fail-under",
    metavar="PCT",
    type=NumberOption(PERCENT),
    help="Exit with 1 when the score, as far as it is known, is under PCT percent.",
)
@click.option("--student", metavar="NAME", help="Name to write in the report.")
@click.option("--show-hidden", is_flag=True, help="For staff: show the numbers of hidden checks too.")
@click.option("--runtime", metavar="NAME", help='Container runtime, such as "runsc" for gVisor.')
@backend_option
@acknowledged_option
@private_option
@fresh_option
@without_questions_option
def run(
    submission: Path,
    assignment: str | None,
    only: tuple[str, ...],
    file_name: str | None,
    json_file: str | None,
    html_file: Path | None,
    fail_under: float | None,
    student: str | None,
    show_hidden: bool,
    runtime: str | None,
    backend: str,
    acknowledged: bool,
    private: "PrivateAssignment | None",
    fresh_inputs: bool,
    without_questions: bool,
) -> int:
    """Grade one submission and show its report.

    SUBMISSION is a .py file, the course's notebook (.ipynb), or a folder or zip with one of them. Without a
    container engine it runs in bubblewrap: see docs/backends.md. "--backend process" is no sandbox at all.
    """
    settings = Settings(
        assignment=assignment_for(private, assignment, DEFAULT_ASSIGNMENT),
        only=only,
        file_name=file_name,
        student=student,
        show_hidden=show_hidden,
        backend=named_backend(backend),
        acknowledged=acknowledged,
        runtime=runtime,
        private_assignment=private.folder if private else None,
        fresh_inputs=fresh_inputs,
        with_questions=not without_questions,
    )
    open_sandbox = sandbox_of(settings.backend, settings.runtime)
    meanwhile = load_views if json_file != "-" else None
    report = grade(submission, settings, open_sandbox, meanwhile=meanwhile)
    report = write_json_report(report, json_file, private)
    write_html_report(report, html_file)
    if json_file != "-":
        show(report)
    if not report.is_graded:
        return ExitCode.SUBMISSION
    if fail_under is None or report.score.percent >= fail_under:
        return ExitCode.DONE
    if report.score.best_percent >= fail_under:
        say(
            f"The score is under {fail_under:g} percent so far, and provisional: what waits for a person could "
            f"lift it to {report.score.best_percent:.0f} percent. --without-questions asks about code alone."
        )
    return ExitCode.BELOW
