"""The command ``grade``: parse, call, print, exit. Nothing here decides about a mark.

Imports of our own and of rich are inside the commands, so that ``grade --help`` is quick.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from exercises.number_range import PERCENT, NumberRange
from grader.cli.audit_commands import AUDIT_COMMANDS
from grader.cli.class_commands import CLASS_COMMANDS, course_option, fresh_option
from grader.cli.clean_commands import clean
from grader.cli.number_option import NumberOption
from grader.cli.options import acknowledged_option, backend_option, chosen_backend, sandbox_of, say
from sandbox.system import ShutdownSignals

if TYPE_CHECKING:
    from grader.course import PrivateCourse
    from grader.report.model import Report

EXIT_UNDER = 1
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
MUTANTS = NumberRange(least=0, most=100_000, whole=True)

EXAMPLES = """\b
Examples:
  grade submission.py                  grade a file and show the report
  grade notebook.ipynb --only attention
  grade submission.py --json report.json --fail-under 60
  grade report report.json             show a stored report again
  grade doctor                         what works on this machine, and what to do
"""

EXIT_CODES = """\b
Exit codes: 0 graded; 1 graded, but under --fail-under (verify, replay: not
intact, not the same); 2 usage; 3 the assignment is broken; 4 no sandbox
(nobody got a mark); 5 the submission can't be read at all; 70 a fault of
Goldgrade's own; 130 interrupted.
"""


class GradeFirst(click.Group):
    """A group whose command may be left out: ``grade FILE`` is ``grade run FILE``."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if arguments and arguments[0] not in self.commands and arguments[0] not in own:
            self._refuse_misspelt_command(context, arguments[0])
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)

    def _refuse_misspelt_command(self, context: click.Context, word: str) -> None:
        """A word like "docter" is a command, not the name of a file, unless there is such a file."""
        if not word.isalpha() or Path(word).exists():
            return
        import difflib

        near = difflib.get_close_matches(word, self.commands, n=1, cutoff=0.7)
        if near:
            raise click.UsageError(f"There is no command or file {word!r}. Did you mean {near[0]!r}?", context)


@click.group(
    cls=GradeFirst,
    invoke_without_command=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXAMPLES + "\n\n" + EXIT_CODES,
)
@click.version_option(package_name="goldgrade", prog_name="grade")
def cli() -> None:
    """Grade neural-network code that students wrote in NumPy.

    A submission runs in a locked-down container; the arrays that it computed are compared with golden
    ones outside. "grade FILE" is short for "grade run FILE".
    """


def _file_only(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """A page is for a browser: "-" is refused before anything is graded, instead of making a file of that name."""
    if value == "-":
        raise click.BadParameter('the page goes to a file, not to standard output; try "--html report.html".')
    return None if value is None else Path(value)


html_option = click.option(
    "--html", "html_file", metavar="FILE", callback=_file_only, help="Also write the report as one HTML page."
)


@cli.command()
@click.argument("submission", type=click.Path(path_type=Path))
@click.option("--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course.")
@click.option("--only", metavar="EXERCISE", multiple=True, help="Grade this exercise only; may be repeated.")
@click.option("--json", "json_file", metavar="FILE", help='Also write the report as JSON; "-" prints only that.')
@html_option
@click.option(
    "--fail-under",
    metavar="PCT",
    type=NumberOption(PERCENT),
    help="Exit with 1 when the score is under PCT percent.",
)
@click.option("--student", metavar="NAME", help="Name to write in the report.")
@click.option("--show-hidden", is_flag=True, help="For staff: show the numbers of hidden checks too.")
@click.option("--runtime", metavar="NAME", help='Container runtime, such as "runsc" for gVisor.')
@backend_option
@acknowledged_option
@course_option
@fresh_option
def run(
    submission: Path,
    assignment: str | None,
    only: tuple[str, ...],
    json_file: str | None,
    html_file: Path | None,
    fail_under: float | None,
    student: str | None,
    show_hidden: bool,
    runtime: str | None,
    backend: str,
    acknowledged: bool,
    course: "PrivateCourse | None",
    fresh_inputs: bool,
) -> int:
    """Grade one submission and show its report.

    SUBMISSION is a .py file, the course's notebook (.ipynb), or a folder or zip with one of them. Without a
    container engine it runs in bubblewrap: see docs/backends.md. "--backend process" is no sandbox at all.
    """
    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.course import assignment_for
    from grader.grading import grade
    from grader.settings import Settings

    settings = Settings(
        assignment=assignment_for(course, assignment, DEFAULT_ASSIGNMENT),
        only=only,
        student=student,
        show_hidden=show_hidden,
        backend=chosen_backend(backend, runtime, acknowledged=acknowledged, course=course),
        runtime=runtime,
        course=course.folder if course else None,
        fresh_inputs=fresh_inputs,
    )
    open_sandbox = sandbox_of(settings.backend, settings.runtime)
    report = _write_json(grade(submission, settings, open_sandbox), json_file, course)
    _write_html(report, html_file)
    if json_file != "-":
        _show(report)
    return EXIT_UNDER if fail_under is not None and report.score.percent < fail_under else 0


@cli.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@html_option
def show_report(file: Path, html_file: Path | None) -> int:
    """Show a stored JSON report again. FILE is what --json wrote."""
    from grader.report.json_format import read_report

    report = read_report(file)
    _write_html(report, html_file)
    _show(report)
    return 0


@cli.command("mark")
@click.argument("file", metavar="REPORT", type=click.Path(path_type=Path))
@click.option("--question", metavar="ID", required=True, help="The question; the report has its id.")
@click.option("--points", metavar="N", type=float, required=True, help="What the answer is worth.")
@click.option("--comment", metavar="TEXT", default="", help="What you want to say about it.")
@course_option
def mark_answer(file: Path, question: str, points: float, comment: str, course: "PrivateCourse | None") -> int:
    """Give points to an answer in words. REPORT is what --json wrote.

    A private course's reports are signed, and so is a mark that is given with --course.
    """
    from grader.report.json_format import read_stored
    from grader.report.manual_marks import mark
    from grader.report.signature import is_intact, key_of
    from grader.views import standing

    key = key_of(course)
    report = mark(file, question_id=question, points=points, comment=comment, key=key)
    click.echo(standing(report))
    if not is_intact(read_stored(file), key):
        say("The mark is stored and not signed: 'grade verify' tells why.")
    return 0


@cli.command("exercises")
@click.option("--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course.")
@course_option
def list_exercises(assignment: str | None, course: "PrivateCourse | None") -> int:
    """List the exercises of an assignment."""
    from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
    from grader.course import assignment_for

    loaded = load_assignment(assignment_for(course, assignment, DEFAULT_ASSIGNMENT))
    click.echo(loaded.title)
    for exercise in loaded.exercises:
        click.echo(
            f"  {exercise.exercise_id:20} {exercise.entry_point:20} {exercise.max_points:>4g} points  "
            f"{len(exercise.cases)} cases"
        )
    return 0


@cli.command("release")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course.")
@course_option
def write_release(out: Path, assignment: str | None, course: "PrivateCourse | None") -> int:
    """Write the folder that students get: notebook, utils.py, README.

    OUT is a new folder, an empty one, or an earlier release that nobody has changed.
    """
    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.authoring import release
    from grader.course import assignment_for

    for file in release(assignment_for(course, assignment, DEFAULT_ASSIGNMENT), out):
        click.echo(file)
    return 0


@cli.command("init-course")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course.")
@click.option("--quick", is_flag=True, help="Leave out pairs of mistakes, which take minutes.")
@click.option("--update", is_flag=True, help="Take the assignment's newer files into a course that is there.")
def init_course(folder: Path, assignment: str | None, quick: bool, update: bool) -> int:
    """Make a course with a secret of its own.

    DIR is a new folder: it gets the secret, and the assignment with golden outputs made under it, closed to other
    users. That takes some minutes. Without pairs (--quick) a submission with two mistakes at once is told less;
    --update makes them later. Stopped in the middle, the same command goes on.
    """
    from rich.console import Console

    from exercises.loader import DEFAULT_ASSIGNMENT
    from grader.authoring import Telling, make_course, update_course

    notes = Console(highlight=False, markup=False, emoji=False, stderr=True)
    with _going_on_later(), notes.status("Making the course") as status:
        telling = Telling(say=lambda line: notes.print(line, soft_wrap=True), now=status.update)
        if not update:
            make_course(folder, assignment or DEFAULT_ASSIGNMENT, quick=quick, telling=telling)
        elif not update_course(folder, assignment, quick=quick, telling=telling):
            click.echo(f"{folder} is up to date.")
            return 0
    click.echo(f"{folder} is ready. Keep a copy of it in a safe place: docs/private-course.md says how.")
    click.echo(f"Next: grade submission.py --course {folder}")
    return 0


@contextmanager
def _going_on_later() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same command again to go on.", err=True)
        sys.exit(EXIT_INTERRUPTED)


@cli.group()
def new() -> None:
    """Write an assignment or an exercise of your own to start from."""


@new.command("assignment")
@click.argument("name")
@click.option("--into", metavar="DIR", type=click.Path(path_type=Path), default=Path(), help="Write NAME/ here.")
def new_assignment(name: str, into: Path) -> int:
    """Write the folder of a new assignment, still without exercises."""
    from grader.authoring import new_assignment

    folder = new_assignment(name, into)
    click.echo(f"Wrote {folder}. Next: grade new exercise NAME --assignment {folder}")
    return 0


@new.command("exercise")
@click.argument("name")
@click.option(
    "--assignment",
    metavar="PATH",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The assignment's folder; default: this one.",
)
@click.option("--kind", type=click.Choice(["function", "class"]), default="function", help="What students write.")
def new_exercise(name: str, assignment: Path, kind: str) -> int:
    """Write a small exercise that works, to be filled in, and list it in assignment.toml."""
    from grader.authoring import ExerciseKind, new_exercise

    folder = new_exercise(name, assignment, ExerciseKind(kind))
    click.echo(f"Wrote {folder}. Next: fill in what says FILL IN, and grade check-exercise {folder}")
    return 0


@cli.command("check-exercise")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Make the golden outputs where nothing else is broken.")
@click.option(
    "--mutants", metavar="N", type=NumberOption(MUTANTS), default=40, show_default=True, help="How many to try."
)
def check_exercise(path: Path, write: bool, mutants: int) -> int:
    """Say what is missing or weak in an exercise, or in each of an assignment.

    PATH is an exercise's folder or an assignment's. Its programs are run without a sandbox. Mutants are small
    changes of right programs, which some case should see.
    """
    from rich.console import Console

    from grader.authoring import check
    from grader.cli.render.findings import show

    works = True
    for section in check(path, mutants=mutants, write_golden=write):
        click.echo(section.title)
        show(
            section.findings,
            Console(highlight=False),
            fine="This works.",
            broken="This can't be used yet: see the lines marked ✗.",
        )
        works = works and section.works
    return 0 if works else 3


@cli.command()
def doctor() -> int:
    """Say what works here, and what to do about the rest."""
    from rich.console import Console

    from grader.cli.render.findings import show
    from grader.maintenance import examine

    findings = examine()
    show(
        findings,
        Console(highlight=False),
        fine="This machine can grade.",
        broken="This machine can't grade yet: see the lines marked ✗.",
    )
    return 0 if all(finding.works for finding in findings) else 4


for command in (clean, *CLASS_COMMANDS, *AUDIT_COMMANDS):
    cli.add_command(command)


def help_text() -> str:
    """What ``grade --help`` says; ``python -m grader.cli.main`` prints it into ``grader/cli/help.txt``."""
    with click.Context(cli, info_name="grade", terminal_width=80, **cli.context_settings) as context:
        return cli.get_help(context) + "\n"


def main() -> NoReturn:
    """The entry point: runs a command and turns our errors into messages and exit codes."""
    from grader.errors import exit_code_of, is_ours

    ending = ShutdownSignals()
    ending.watch()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead of failing
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except SystemExit:
        if ending.has_begun:
            _leave_nothing()
        raise
    except (click.exceptions.Abort, KeyboardInterrupt):
        _leave_nothing()
        click.echo("Interrupted: the container was removed, and no mark was recorded.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        if not is_ours(error):
            import traceback

            traceback.print_exc()
            click.echo("grade: this is a fault of Goldgrade's, not the submission's; nobody got a mark.", err=True)
            sys.exit(EXIT_BUG)
        click.echo(f"grade: {error}", err=True)
        sys.exit(exit_code_of(error))


def _leave_nothing() -> None:
    """A signal may come just where a container changes hands. What is under way ends, then all of ours are removed.

    The entry point lets the interpreter end in the usual way: it waits for the threads that start and remove.
    """
    if "docker" not in sys.modules:
        return
    import atexit
    from contextlib import suppress

    from sandbox.docker import connect
    from sandbox.leftovers import remove_containers_of
    from sandbox.system import ProcessIdentity, SandboxUnavailable

    def remove() -> None:
        with suppress(SandboxUnavailable), closing(connect()) as client:
            remove_containers_of(client, ProcessIdentity.this_process())

    atexit.register(remove)


def _show(report: "Report") -> None:
    from rich.console import Console

    from grader.views import show

    with _writing():
        show(report, Console(highlight=False, markup=False, emoji=False))


def _write_json(report: "Report", file: str | None, course: "PrivateCourse | None") -> "Report":
    """Write the report where it is wanted; returns it with the marks that a person gave before."""
    from grader.report.json_format import to_json

    if file == "-":
        with _writing():
            click.echo(to_json(report), nl=False)
    elif file is not None:
        from grader.report.manual_marks import store
        from grader.report.signature import key_of

        return store(report, Path(file), key_of(course))
    return report


def _write_html(report: "Report", file: Path | None) -> None:
    if file is not None:
        from grader.views import write_html

        write_html(report, file)


@contextmanager
def _writing() -> Iterator[None]:
    """A full disk, or a reader that went away (``grade FILE --json - | head``), is no fault of ours."""
    from grader.errors import ReportUnwritable

    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (what is left to write has no place to go)
        raise ReportUnwritable(
            f"The report can't be written to standard output: {error.strerror}",
            expected="a terminal, a file or a program that takes it",
            advice="Use --json FILE to keep the report.",
        ) from error


if __name__ == "__main__":
    sys.stdout.write(help_text())
