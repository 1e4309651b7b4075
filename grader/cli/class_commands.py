"""The commands for a whole class: parse, call, print, exit, as in ``cli``, which takes them in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exercises.number_range import LATE_NUMBERS, PERCENT, NumberRange
from grader.cli.export_commands import export
from grader.cli.number_option import NumberOption
from grader.cli.options import acknowledged_option, backend_option, chosen_backend

if TYPE_CHECKING:
    from rich.console import Console

    from grader.course import PrivateCourse

EXIT_NOT_ALL_GRADED = 4
EXIT_INTERRUPTED = 130
JOBS = NumberRange(least=1, most=512, whole=True)

assignment_option = click.option(
    "--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course."
)


def _read_course(context: click.Context, parameter: click.Parameter, value: Path | None) -> "PrivateCourse | None":
    from grader.course import read_course

    return None if value is None else read_course(value)


course_option = click.option(
    "--course",
    metavar="DIR",
    type=click.Path(path_type=Path),
    envvar="GOLDGRADE_COURSE",
    callback=_read_course,
    help="A course with a secret of its own, made by init-course; also $GOLDGRADE_COURSE.",
)
fresh_option = click.option(
    "--fresh-inputs", is_flag=True, help="For hidden cases make inputs that no other submission gets."
)


@click.command("batch")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", metavar="REPORTS", type=click.Path(path_type=Path), required=True, help="Where reports go.")
@assignment_option
@click.option("--layout", metavar="NAME", help="canvas, moodle, gradescope, nbgrader, github-classroom or plain.")
@click.option("--assignment-name", metavar="NAME", help="nbgrader's name of it, when the folder has several.")
@click.option("--roster", metavar="CSV", type=click.Path(path_type=Path), help="Who is in the class, with ids.")
@click.option(
    "--keep", type=click.Choice(["last", "best"]), default="last", show_default=True, help="Of several attempts."
)
@click.option("--only", metavar="EXERCISE", multiple=True, help="Grade this exercise only; may be repeated.")
@click.option("--student", metavar="KEY", multiple=True, help="Grade this student only; may be repeated.")
@click.option("--regrade", is_flag=True, help="Grade again what is graded already; a preview, unless --apply.")
@click.option("--apply", is_flag=True, help="Let a regrade change the marks of work that has marks.")
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
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://10.0.0.1:8786.")
@click.option("--tls-ca", metavar="FILE", help="For a tls:// scheduler: its authority's certificate,")
@click.option("--tls-cert", metavar="FILE", help="this client's certificate,")
@click.option("--tls-key", metavar="FILE", help="and its key.")
@click.option("--show-hidden", is_flag=True, help="For staff: reports show the numbers of hidden checks too.")
@click.option("--runtime", metavar="NAME", help='Container runtime, such as "runsc" for gVisor.')
@backend_option
@acknowledged_option
@course_option
@fresh_option
def grade_class(
    folder: Path,
    out: Path,
    assignment: str | None,
    layout: str | None,
    assignment_name: str | None,
    roster: Path | None,
    keep: str,
    only: tuple[str, ...],
    student: tuple[str, ...],
    regrade: bool,
    apply: bool,
    due: str | None,
    grace: float | None,
    penalty: float | None,
    max_penalty: float | None,
    cut_off: float | None,
    jobs: int | None,
    cluster: str | None,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    show_hidden: bool,
    runtime: str | None,
    backend: str,
    acknowledged: bool,
    course: "PrivateCourse | None",
    fresh_inputs: bool,
) -> int:
    """Grade a class: each student's submission in FOLDER, as an LMS lays it out in its download.

    FOLDER is a folder or the zip as it was downloaded. Run the same command again to go on after an
    interruption, or when more was handed in: only what changed is graded.
    """
    from rich.console import Console

    from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
    from grader.batch import BatchSettings, ClusterAddress, Keep, grade_folder
    from grader.cli.render.batch_progress import watching
    from grader.cli.render.batch_result import show_result
    from grader.cli.render.class_summary import show_summary
    from grader.course import assignment_for
    from grader.intake import Layout
    from grader.report.lateness import rule_of
    from grader.settings import Settings

    name = assignment_for(course, assignment, DEFAULT_ASSIGNMENT)
    settings = BatchSettings(
        grading=Settings(
            assignment=name,
            only=only,
            show_hidden=show_hidden,
            backend=chosen_backend(backend, runtime, acknowledged=acknowledged, course=course),
            runtime=runtime,
            course=course.folder if course else None,
            fresh_inputs=fresh_inputs,
        ),
        keep=Keep(keep),
        students=student,
        regrade=regrade,
        apply=apply,
        late=rule_of(due, grace, penalty, cut_off, load_assignment(name).late, max_penalty=max_penalty),
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
            roster=roster,
            jobs=jobs,
            cluster=None if cluster is None else ClusterAddress.of(cluster, ca=tls_ca, cert=tls_cert, key=tls_key),
            listener=listener,
            say=lambda line: notes.print(line, soft_wrap=True),
        )
    show_summary(summary, console, page=out / "index.html")
    show_result(result, console)
    return EXIT_NOT_ALL_GRADED if result.troubles else 0


@contextmanager
def _stopping_well(notes: "Console") -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        notes.print("Stopped. What was graded stays graded; run the same command again to go on.")
        sys.exit(EXIT_INTERRUPTED)


@click.command("similar")
@click.argument("reports", type=click.Path(path_type=Path))
@click.option(
    "--assignment", metavar="NAME|PATH", help="The assignment; default: the one the class was graded with."
)
@click.option("--only", metavar="EXERCISE", multiple=True, help="Compare this exercise only; may be repeated.")
@click.option(
    "--at-least",
    metavar="PCT",
    type=NumberOption(PERCENT),
    help="Show pairs from PCT percent on; default: what two independent answers do not reach.",
)
@click.option(
    "--out", metavar="FILE.html", type=click.Path(path_type=Path), help="Default: similar.html in REPORTS."
)
def show_similar(
    reports: Path, assignment: str | None, only: tuple[str, ...], at_least: float | None, out: Path | None
) -> int:
    """Show answers of a class that are similar, side by side.

    REPORTS is the folder that 'grade batch' wrote. What is similar says nothing by itself: a person has to look.
    """
    from grader.report.reports_folder import ReportsFolder
    from grader.similarity import find_similar, in_short, write_page

    findings = find_similar(ReportsFolder(path=reports), assignment=assignment, only=only, at_least=at_least)
    page = out or reports / "similar.html"
    write_page(findings, page)
    for line in in_short(findings):
        click.echo(line)
    click.echo(f"Wrote {page}. Similar answers can have many reasons: a person has to look.")
    return 0


@click.group()
def gradescope() -> None:
    """Make an autograder that runs at Gradescope."""


@gradescope.command("build")
@click.argument("out", metavar="OUT.zip", type=click.Path(path_type=Path))
@assignment_option
@course_option
def build_gradescope(out: Path, assignment: str | None, course: "PrivateCourse | None") -> int:
    """Write the autograder's zip, to be uploaded on the page "Configure Autograder".

    At Gradescope a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.course import assignment_for
    from grader.platforms import build_gradescope

    name = assignment_for(course, assignment, DEFAULT_ASSIGNMENT)
    click.echo(f"Wrote {build_gradescope(name, out, course=course)}. Next: docs/gradescope.md")
    return 0


@click.group()
def prairielearn() -> None:
    """Make an external grader that runs at PrairieLearn."""


@prairielearn.command("build")
@click.argument("out", type=click.Path(path_type=Path))
@assignment_option
@course_option
def build_prairielearn(out: Path, assignment: str | None, course: "PrivateCourse | None") -> int:
    """Write the folder OUT: a Dockerfile, what it needs, and info.json for the question.

    At PrairieLearn a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.course import assignment_for
    from grader.platforms import build_prairielearn

    name = assignment_for(course, assignment, DEFAULT_ASSIGNMENT)
    click.echo(f"Wrote {build_prairielearn(name, out, course=course)}. Next: docs/gradescope.md")
    return 0


@click.command("summary")
@click.argument("reports", type=click.Path(path_type=Path))
def summarise_class(reports: Path) -> int:
    """Write a class's results: index.html, summary.json, marks.csv.

    REPORTS is the folder that "grade batch" wrote. Students' pages that are missing or older than their reports
    are written too.
    """
    from rich.console import Console

    from grader.class_results import write_summary
    from grader.cli.render.class_summary import show_summary
    from grader.report.reports_folder import ReportsFolder

    folder = ReportsFolder(path=reports)
    console = Console(highlight=False, markup=False, emoji=False)
    show_summary(write_summary(folder), console, page=folder.index_page)
    return 0


CLASS_COMMANDS: tuple[click.Command, ...] = (
    grade_class,
    summarise_class,
    export,
    show_similar,
    gradescope,
    prairielearn,
)
