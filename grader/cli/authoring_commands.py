"""The commands for whoever writes a course."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from exercises.loader import DEFAULT_ASSIGNMENT
from exercises.number_range import NumberRange
from grader.authoring import (
    CheckOptions,
    ExerciseKind,
    Telling,
    check,
    make_private_assignment,
    new_assignment,
    new_exercise,
    release,
    update_private_assignment,
)
from grader.cli.number_option import NumberOption
from grader.cli.options import assignment_option, private_option
from grader.cli.path_option import A_PATH
from grader.cli.render.findings import show
from grader.cli.render.work_progress import working
from grader.course import assignment_for
from sandbox.backends import Backend, open_sandbox
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment

UNCHANGED = "Nothing was changed; run the same command again."
MUTANTS = NumberRange(least=0, most=100_000, whole=True)


@click.command("release")
@click.argument("out", type=A_PATH)
@assignment_option
@private_option
def write_release(out: Path, assignment: str | None, private: "PrivateAssignment | None") -> int:
    """Write the folder that students get: notebook, utils.py, README.

    OUT is a new folder, an empty one, or an earlier release that nobody has changed.
    """
    with stopping(f"Stopped. {UNCHANGED}"):
        files = release(assignment_for(private, assignment, DEFAULT_ASSIGNMENT), out)
    for file in files:
        click.echo(file)
    return ExitCode.DONE


@click.command("init-private")
@click.argument("folder", metavar="DIR", type=A_PATH)
@assignment_option
@click.option("--quick", is_flag=True, help="Leave out pairs of mistakes, which take minutes.")
@click.option("--update", is_flag=True, help="Take the assignment's newer files into one that is there.")
def init_private(folder: Path, assignment: str | None, quick: bool, update: bool) -> int:
    """Make an assignment with a secret of its own.

    DIR is a new folder: it gets the secret, and the assignment with golden outputs made under it, closed to other
    users. That takes some minutes. Without pairs (--quick) a submission with two mistakes at once is told less;
    --update makes them later. Stopped in the middle, the same command goes on.
    """
    with stopping("Stopped. Run the same command again to go on."), working("Making the private assignment") as now:
        telling = Telling(say=now.say, now=now.progress.step, planned=now.progress.planned)
        if not update:
            make_private_assignment(folder, assignment or DEFAULT_ASSIGNMENT, quick=quick, telling=telling)
        elif not update_private_assignment(folder, assignment, quick=quick, telling=telling):
            click.echo(f"{folder} is up to date.")
            return ExitCode.DONE
    click.echo(f"{folder} is ready. Keep a copy of it in a safe place: docs/private-assignment.md says how.")
    click.echo(f"Next: grade submission.py --private-assignment {folder}")
    return ExitCode.DONE


@contextmanager
def stopping(words: str) -> Iterator[None]:
    """Says what became of it when somebody stops the command."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(words, err=True)
        sys.exit(ExitCode.INTERRUPTED)


@click.group()
def new() -> None:
    """Write an assignment or an exercise of your own to start from."""


@new.command("assignment")
@click.argument("name")
@click.option("--into", metavar="DIR", type=A_PATH, default=Path(), help="Write NAME/ here.")
def start_assignment(name: str, into: Path) -> int:
    """Write the folder of a new assignment, still without exercises."""
    with stopping(f"Stopped. {UNCHANGED}"):
        folder = new_assignment(name, into)
    click.echo(f"Wrote {folder}. Next: grade new exercise NAME --assignment {folder}")
    return ExitCode.DONE


@new.command("exercise")
@click.argument("name")
@click.option(
    "--assignment",
    metavar="PATH",
    type=A_PATH,
    default=Path(),
    help="The assignment's folder; default: this one.",
)
@click.option("--kind", type=click.Choice(["function", "class"]), default="function", help="What students write.")
def start_exercise(name: str, assignment: Path, kind: str) -> int:
    """Write a small exercise that works, to be filled in, and list it in assignment.toml."""
    with stopping(f"Stopped. {UNCHANGED}"):
        folder = new_exercise(name, assignment, ExerciseKind(kind))
    click.echo(f"Wrote {folder}. Next: fill in what says FILL IN, and grade check-exercise {folder}")
    return ExitCode.DONE


@click.command("check-exercise")
@click.argument("path", type=A_PATH)
@click.option("--write", is_flag=True, help="Make the golden outputs where nothing else is broken.")
@click.option(
    "--mutants", metavar="N", type=NumberOption(MUTANTS), default=40, show_default=True, help="How many to try."
)
@click.option("--no-sandbox", is_flag=True, help="Leave out the run of right programs in the sandbox.")
def check_exercise(path: Path, write: bool, mutants: int, no_sandbox: bool) -> int:
    """Say what is missing or weak in an exercise, or in each of an assignment.

    PATH is an exercise's folder or an assignment's. Its programs are run without a sandbox, and where nothing is
    broken the right ones in it as well. Mutants are small changes of right programs, which some case should see.
    """
    works = True
    stopped = "Stopped. What is named above is done; run the same command again for the rest."
    with stopping(stopped), working("Looking at it") as now:
        options = CheckOptions(
            mutants=mutants,
            write_golden=write,
            open_sandbox=None if no_sandbox else partial(open_sandbox, Backend.AUTO, say=now.say),
            progress=now.progress,
        )
        for section in check(path, options):
            with now.aside():
                click.echo(section.title)
                show(
                    section.findings,
                    Console(highlight=False),
                    fine="This works.",
                    broken="This can't be used yet: see the lines marked ✗.",
                )
            works = works and section.works
    return ExitCode.DONE if works else ExitCode.ASSIGNMENT
