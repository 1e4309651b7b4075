"""``grade export``: parse, call, print, exit, as in ``cli``."""

import sys
from datetime import datetime
from pathlib import Path

import click

from exercises.number_range import NumberRange
from grader.cli.number_option import NumberOption
from grader.cli.path_option import A_PATH, A_PLACE
from grader.exports import (
    Absence,
    ExportResult,
    MoodleColumnNames,
    MoodleIdentity,
    annotations,
    canvas_gradebook,
    comparable_entries,
    fill_moodle_gradebook,
    fill_moodle_worksheet,
    gradescope_results,
    job_summary,
    junit_xml,
    lti_scores,
    nbgrader_csv,
    plain_csv,
    prairielearn_results,
    read_marks,
    read_one,
    read_previous,
    read_sheet,
    told,
    told_absences,
    write_feedback,
)
from grader.output_file import append_text, open_whole, write_whole
from sandbox.system import ExitCode

MAXIMUM = NumberRange(least=0, most=1_000_000, above=True)
source_argument = click.argument("source", type=A_PATH)
report_argument = click.argument("report", type=A_PATH)
text_out_option = click.option(
    "--out",
    metavar="FILE",
    type=A_PLACE,
    default="-",
    show_default=True,
    help='Write it here; "-" is standard output.',
)
provisional_option = click.option(
    "--provisional", is_flag=True, help="Also export scores of those whose answers wait for marks; each says so."
)
names_option = click.option(
    "--match-names", is_flag=True, help="Where no id is known, take a name that only one student has."
)


@click.group()
def export() -> None:
    """Write marks and feedback in the format of another system.

    SOURCE is a folder of reports that "grade batch" wrote, or one JSON report. Who has no mark is never
    given a zero or a blank, and everybody who is left out is named on standard error: also those whose answers in
    words wait for marks, unless --provisional.
    """


@export.command("canvas")
@source_argument
@click.option("--gradebook", metavar="CSV", type=A_PATH, required=True, help="What Canvas exported.")
@click.option("--column", metavar="HEADER", help='The column to fill, such as "Week 8 (98765)".')
@names_option
@provisional_option
@text_out_option
def export_canvas(
    source: Path, gradebook: Path, column: str | None, match_names: bool, provisional: bool, out: str
) -> int:
    """Fill one column of Canvas' gradebook CSV.

    It has no place for words, so that --provisional is refused where anybody's answers wait.
    """
    _refuse_own_input(out, gradebook)
    sheet = read_sheet(gradebook)
    marks = read_marks(source, provisional=provisional)
    return _deliver(canvas_gradebook(marks, sheet, column=column, by_name=match_names), out)


@export.command("moodle")
@source_argument
@click.option("--worksheet", metavar="CSV", type=A_PATH, required=True, help="Moodle's grading worksheet.")
@click.option("--grade-column", metavar="HEADER", help="Default: found in the languages that Moodle has.")
@click.option("--maximum-column", metavar="HEADER", help="The column of maximum grades, the same.")
@click.option(
    "--lock-column", metavar="HEADER", help="The column that says whether a grade can be changed, the same."
)
@click.option("--feedback-column", metavar="HEADER", help="The column of feedback comments, the same.")
@click.option("--group-column", metavar="HEADER", help="The column of groups, where groups hand in, the same.")
@click.option(
    "--unlocked", metavar="WORD", help='What the lock\'s column says of a grade that can be changed: "Yes".'
)
@click.option(
    "--max",
    "maximum",
    metavar="NUMBER",
    type=NumberOption(MAXIMUM),
    help="The assignment's maximum grade, where the worksheet does not tell it.",
)
@click.option(
    "--without-locks", is_flag=True, help="Write grades though no column of the worksheet tells which are locked."
)
@click.option("--replace-feedback", is_flag=True, help="Also replace comments that somebody wrote by hand.")
@names_option
@provisional_option
@text_out_option
def export_moodle(
    source: Path,
    worksheet: Path,
    grade_column: str | None,
    maximum_column: str | None,
    lock_column: str | None,
    feedback_column: str | None,
    group_column: str | None,
    unlocked: str | None,
    maximum: float | None,
    without_locks: bool,
    replace_feedback: bool,
    match_names: bool,
    provisional: bool,
    out: str,
) -> int:
    """Fill grades and feedback into Moodle's offline grading worksheet.

    Its columns are found in the languages that Moodle has. Nothing is written where the maximum grade or the lock
    is not known, and locked grades stay.
    """
    _refuse_own_input(out, worksheet)
    exported = fill_moodle_worksheet(
        read_marks(source, provisional=provisional),
        read_sheet(worksheet),
        columns=MoodleColumnNames(
            grade=grade_column,
            maximum=maximum_column,
            lock=lock_column,
            feedback=feedback_column,
            group=group_column,
            unlocked=unlocked,
            best_grade=maximum,
            without_locks=without_locks,
        ),
        replace_feedback=replace_feedback,
        by_name=match_names,
    )
    return _deliver(exported, out)


@export.command("moodle-feedback")
@source_argument
@click.option("--out", metavar="ZIP", type=A_PATH, required=True, help="The zip to write.")
@provisional_option
def export_moodle_feedback(source: Path, provisional: bool, out: Path) -> int:
    """Write the zip of feedback files for Moodle: each student's page."""
    with open_whole(out, option="--out") as file:
        pages, absences = write_feedback(comparable_entries(source), file, provisional=provisional)
    _say_pages(pages, absences)
    return ExitCode.DONE


@export.command("moodle-gradebook")
@source_argument
@click.option(
    "--identity",
    type=click.Choice(["email", "number", "username"]),
    default="email",
    show_default=True,
    help="By what Moodle knows a student.",
)
@click.option("--max", "maximum", metavar="N", type=NumberOption(MAXIMUM), help="The grade item's maximum.")
@provisional_option
@text_out_option
def export_moodle_gradebook(source: Path, identity: str, maximum: float | None, provisional: bool, out: str) -> int:
    """Write a CSV for Moodle's gradebook (Grades, Import)."""
    marks = read_marks(source, provisional=provisional)
    exported = fill_moodle_gradebook(marks, identity=MoodleIdentity(identity), maximum=maximum)
    return _deliver(exported, out)


@export.command("gradescope")
@report_argument
@provisional_option
@text_out_option
def export_gradescope(report: Path, provisional: bool, out: str) -> int:
    """Write Gradescope's results.json of one report."""
    _write(gradescope_results(read_one(report, provisional=provisional)).encode("utf-8"), out)
    return ExitCode.DONE


@export.command("prairielearn")
@report_argument
@provisional_option
@text_out_option
def export_prairielearn(report: Path, provisional: bool, out: str) -> int:
    """Write PrairieLearn's results.json of one report."""
    _write(prairielearn_results(read_one(report, provisional=provisional)).encode("utf-8"), out)
    return ExitCode.DONE


@export.command("nbgrader")
@source_argument
@provisional_option
@text_out_option
def export_nbgrader(source: Path, provisional: bool, out: str) -> int:
    """Write a CSV with the columns of nbgrader's."""
    return _deliver(nbgrader_csv(read_marks(source, provisional=provisional)), out)


@export.command("lti")
@source_argument
@click.option("--line-item", metavar="URL", help="The line item; says where the scores have to be sent.")
@click.option("--timestamp", metavar="TIME", help="ISO 8601 with its offset from UTC; default: now.")
@click.option("--previous", metavar="FILE", type=A_PATH, help="The scores sent last time: equal ones are left out.")
@provisional_option
@text_out_option
def export_lti(
    source: Path,
    line_item: str | None,
    timestamp: str | None,
    previous: Path | None,
    provisional: bool,
    out: str,
) -> int:
    """Write LTI 1.3 score objects, one JSON object a line."""
    exported = lti_scores(
        read_marks(source, provisional=provisional),
        timestamp=_time(timestamp),
        line_item=line_item,
        previous=None if previous is None else read_previous(previous),
    )
    return _deliver(exported, out)


@export.command("junit")
@source_argument
@provisional_option
@text_out_option
def export_junit(source: Path, provisional: bool, out: str) -> int:
    """Write JUnit XML: a suite for each report, a test for each case."""
    return _deliver(junit_xml(comparable_entries(source), provisional=provisional), out)


@export.command("github")
@report_argument
@click.option("--file", metavar="PATH", help="The submission's path in its repository; default: its name.")
@click.option(
    "--summary", metavar="FILE", type=A_PATH, help='Add a job summary to this file: "$GITHUB_STEP_SUMMARY".'
)
@provisional_option
@text_out_option
def export_github(report: Path, file: str | None, summary: Path | None, provisional: bool, out: str) -> int:
    """Write annotations for GitHub Actions, and a job summary."""
    read = read_one(report, provisional=provisional)
    if summary is not None:
        append_text(job_summary(read), summary, option="--summary")  # since other steps' lines may be there
    _write(annotations(read, file=file).encode("utf-8"), out)
    return ExitCode.DONE


@export.command("csv")
@source_argument
@provisional_option
@text_out_option
def export_csv(source: Path, provisional: bool, out: str) -> int:
    """Write a plain CSV: everybody, and the points of each exercise."""
    return _deliver(plain_csv(read_marks(source, provisional=provisional)), out)


def _deliver(exported: ExportResult, out: str) -> int:
    """Write the file, and say what is not in it."""
    _write(exported.content, out)
    for line in told(exported):
        click.echo(line, err=True)
    return ExitCode.DONE


def _say_pages(pages: int, absences: tuple[Absence, ...]) -> None:
    click.echo("1 page written." if pages == 1 else f"{pages} pages written.", err=True)
    for line in told_absences("No page for:", absences):
        click.echo(line, err=True)


def _write(content: bytes, out: str) -> None:
    if out == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_whole(content, Path(out), option="--out")


def _refuse_own_input(out: str, file: Path) -> None:
    """What the other system exported is the only record of what stood there before."""
    if out != "-" and Path(out).exists() and file.exists() and Path(out).samefile(file):
        raise click.BadParameter(f"{out} is the file that is read; give another one to --out.")


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now().astimezone()
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T10:15:30+00:00.") from error
