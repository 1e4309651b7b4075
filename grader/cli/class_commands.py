"""The commands for a whole class."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
from exercises.number_range import LATE_NUMBERS, PERCENT, NumberRange
from grader.batch import BatchSettings, ClusterAddress, Keep, OtherwiseAllowed, grade_folder
from grader.class_results import write_summary
from grader.cli.number_option import NumberOption
from grader.cli.options import (
    acknowledged_option,
    assignment_option,
    backend_option,
    fresh_option,
    private_option,
    say,
    without_questions_option,
)
from grader.cli.path_option import A_PATH, A_PLACE
from grader.cli.render.batch_progress import watching
from grader.cli.render.batch_result import show_result
from grader.cli.render.class_summary import show_summary
from grader.course import assignment_for
from grader.errors import UsageProblem
from grader.intake import Layout, named_zone
from grader.report.lateness import rule_of
from grader.report.reports_folder import ReportsFolder
from grader.settings import Settings, named_backend
from grader.similarity import find_similar, in_short, write_page
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment

JOBS = NumberRange(least=1, most=512, whole=True)


@click.command("batch")
@click.argument("folder", type=A_PATH)
@click.option("--out", metavar="REPORTS", type=A_PATH, required=True, help="Where reports go.")
@click.option("--group", metavar="NAME", help="A group of assistants that may read the reports; default: only you.")
@assignment_option
@click.option(
    "--layout",
    metavar="NAME",
    help="Of which system the folder is, where that can't be seen; docs/class-folders.md.",
)
@click.option("--assignment-name", metavar="NAME", help="nbgrader's name of it, when the folder has several.")
@click.option(
    "--time-zone", metavar="NAME", help="Where the class is, for times without an offset: Europe/London, say."
)
@click.option("--roster", metavar="CSV", type=A_PATH, help="Who is in the class, with ids.")
@click.option(
    "--keep", type=click.Choice(["last", "best"]), default="last", show_default=True, help="Of several attempts."
)
@click.option("--only", metavar="EXERCISE", multiple=True, help="Grade this exercise only; may be repeated.")
@click.option(
    "--file-name", metavar="PATTERN", help='Of several files in a folder or zip the one of this name, as "week8*".'
)
@click.option("--student", metavar="KEY", multiple=True, help="Grade this student only; may be repeated.")
@click.option("--regrade", is_flag=True, help="Grade again what is graded already; a preview, unless --apply.")
@click.option("--apply", is_flag=True, help="Let a regrade change the marks of work that has marks.")
@click.option(
    "--other-layout",
    is_flag=True,
    help="Grade into reports of a class that was laid out otherwise: students may get other keys.",
)
@click.option(
    "--other-private-assignment",
    "--other-course",
    "other_private",
    is_flag=True,
    help="Grade into reports that were made with another private assignment, or with none.",
)
@click.option("--due", metavar="TIME", help="Due date, such as 2026-11-20T23:59+01:00.")
@click.option(
    "--grace", metavar="MINUTES", type=NumberOption(LATE_NUMBERS["grace_minutes"]), help="Not late until then."
)
@click.option(
    "--penalty",
    metavar="PCT",
    type=NumberOption(LATE_NUMBERS["percent_per_day"]),
    help="Of the reachable points, for each day begun.",
)
@click.option(
    "--max-penalty", metavar="PCT", type=NumberOption(LATE_NUMBERS["max_percent"]), help="The most that days take."
)
@click.option(
    "--cut-off", metavar="DAYS", type=NumberOption(LATE_NUMBERS["cut_off_days"]), help="Nothing counts after that."
)
@click.option("--jobs", metavar="N", type=NumberOption(JOBS), help="At once; default: one for each core.")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tls://head:8786.")
@click.option("--insecure", is_flag=True, help="Without TLS: for a network that nobody else can reach.")
@click.option("--tls-ca", metavar="FILE", type=A_PLACE, help="For a tls:// scheduler: its authority's certificate,")
@click.option("--tls-cert", metavar="FILE", type=A_PLACE, help="this client's certificate,")
@click.option("--tls-key", metavar="FILE", type=A_PLACE, help="and its key.")
@click.option("--show-hidden", is_flag=True, help="For staff: reports show the numbers of hidden checks too.")
@click.option("--runtime", metavar="NAME", help='Container runtime, such as "runsc" for gVisor.')
@backend_option
@acknowledged_option
@private_option
@fresh_option
@without_questions_option
def grade_class(
    folder: Path,
    out: Path,
    group: str | None,
    assignment: str | None,
    layout: str | None,
    assignment_name: str | None,
    time_zone: str | None,
    roster: Path | None,
    keep: str,
    only: tuple[str, ...],
    file_name: str | None,
    student: tuple[str, ...],
    regrade: bool,
    apply: bool,
    other_layout: bool,
    other_private: bool,
    due: str | None,
    grace: float | None,
    penalty: float | None,
    max_penalty: float | None,
    cut_off: float | None,
    jobs: int | None,
    cluster: str | None,
    insecure: bool,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    show_hidden: bool,
    runtime: str | None,
    backend: str,
    acknowledged: bool,
    private: "PrivateAssignment | None",
    fresh_inputs: bool,
    without_questions: bool,
) -> int:
    """Grade a class: each student's submission in FOLDER, as an LMS lays it out in its download.

    FOLDER is a folder or the zip as it was downloaded. Run the same command again to go on after an
    interruption, or when more was handed in: only what changed is graded.
    """
    name = assignment_for(private, assignment, DEFAULT_ASSIGNMENT)
    settings = BatchSettings(
        grading=Settings(
            assignment=name,
            only=only,
            file_name=file_name,
            show_hidden=show_hidden,
            backend=named_backend(backend),
            acknowledged=acknowledged,
            runtime=runtime,
            private_assignment=private.folder if private else None,
            fresh_inputs=fresh_inputs,
            with_questions=not without_questions,
        ),
        keep=Keep(keep),
        students=student,
        regrade=regrade,
        apply=apply,
        late=rule_of(due, grace, penalty, cut_off, load_assignment(name).late, max_penalty=max_penalty),
        otherwise=OtherwiseAllowed(layout=other_layout, private_assignment=other_private),
    )
    console = Console(highlight=False, markup=False, emoji=False)
    notes = Console(highlight=False, markup=False, emoji=False, stderr=True)
    with _stopping_well(notes), watching(notes) as listener:
        result, summary = grade_folder(
            folder,
            out,
            settings,
            layout=None if layout is None else Layout.named(layout),
            assignment_name=assignment_name,
            zone=None if time_zone is None else named_zone(time_zone),
            roster=roster,
            jobs=jobs,
            cluster=_cluster(cluster, insecure=insecure, ca=tls_ca, cert=tls_cert, key=tls_key),
            listener=listener,
            say=lambda line: notes.print(line, soft_wrap=True),
            group=group,
        )
    show_summary(summary, console, page=out / "index.html")
    show_result(result, console)
    return result.exit_code


@contextmanager
def _stopping_well(notes: "Console") -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        notes.print("Stopped. What was graded stays graded; run the same command again to go on.")
        sys.exit(ExitCode.INTERRUPTED)


def _cluster(
    address: str | None, *, insecure: bool, ca: str | None, cert: str | None, key: str | None
) -> ClusterAddress | None:
    """Raises UsageProblem."""
    if address is not None:
        return ClusterAddress.of(address, insecure=insecure, ca=ca, cert=cert, key=key)
    if insecure or ca or cert or key:
        raise UsageProblem(
            "--insecure, --tls-ca, --tls-cert and --tls-key say how a cluster is reached, and none is named",
            expected="--cluster ADDRESS beside them",
            advice="Leave them out to grade on this machine.",
        )
    return None


@click.command("similar")
@click.argument("reports", type=A_PATH)
@click.option(
    "--assignment",
    metavar="NAME|PATH",
    type=A_PLACE,
    help="The assignment; default: the one the class was graded with.",
)
@click.option("--only", metavar="EXERCISE", multiple=True, help="Compare this exercise only; may be repeated.")
@click.option(
    "--at-least",
    metavar="PCT",
    type=NumberOption(PERCENT),
    help="Show pairs from PCT percent on; default: what two independent answers do not reach.",
)
@click.option("--out", metavar="FILE.html", type=A_PATH, help="Default: similar.html in REPORTS.")
def show_similar(
    reports: Path, assignment: str | None, only: tuple[str, ...], at_least: float | None, out: Path | None
) -> int:
    """Show answers of a class that are similar, side by side.

    REPORTS is the folder that 'grade batch' wrote. What is similar says nothing by itself: a person has to look.
    """
    findings = find_similar(ReportsFolder(path=reports), assignment=assignment, only=only, at_least=at_least)
    page = out or reports / "similar.html"
    write_page(findings, page)
    for line in in_short(findings):
        click.echo(line)
    click.echo(f"Wrote {page}. Similar answers can have many reasons: a person has to look.")
    return ExitCode.DONE


@click.command("summary")
@click.argument("reports", type=A_PATH)
def summarise_class(reports: Path) -> int:
    """Write a class's results: index.html, summary.json, marks.csv.

    REPORTS is the folder that "grade batch" wrote. Students' pages that are missing or not of their reports
    are written too.
    """
    folder = ReportsFolder(path=reports)
    console = Console(highlight=False, markup=False, emoji=False)
    folder.close(say)
    show_summary(write_summary(folder), console, page=folder.index_page)
    return ExitCode.DONE
