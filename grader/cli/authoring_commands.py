"""The commands for whoever writes a course."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from exercises.loader import DEFAULT_ASSIGNMENT
from exercises.number_range import NumberRange
from grader.authoring import (
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
from grader.course import assignment_for
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment

MUTANTS = NumberRange(least=0, most=100_000, whole=True)


@click.command("release")
@click.argument("out", type=A_PATH)
@assignment_option
@private_option
def write_release(out: Path, assignment: str | None, private: "PrivateAssignment | None") -> int:
    """Write the folder that students get: notebook, utils.py, README.

    OUT is a new folder, an empty one, or an earlier release that nobody has changed.
    """
    for file in release(assignment_for(private, assignment, DEFAULT_ASSIGNMENT), out):
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
    notes = Console(highlight=False, markup=False, emoji=False, stderr=True)
    with _going_on_later(), notes.status("Making the private assignment") as status:
        telling = Telling(say=lambda line: notes.print(line, soft_wrap=True), now=status.update)
        if not update:
            make_private_assignment(folder, assignment or DEFAULT_ASSIGNMENT, quick=quick, telling=telling)
        elif not update_private_assignment(folder, assignment, quick=quick, telling=telling):
            click.echo(f"{folder} is up to date.")
            return ExitCode.DONE
    click.echo(f"{folder} is ready. Keep a copy of it in a safe place: docs/private-assignment.md says how.")
    click.echo(f"Next: grade submission.py --private-assignment {folder}")
    return ExitCode.DONE


@contextmanager
def _going_on_later() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same command again to go on.", err=True)
        sys.exit(ExitCode.INTERRUPTED)


@click.group()
def new() -> None:
    """Write an assignment or an exercise of your own to start from."""


@new.command("assignment")
@click.argument("name")
@click.option("--into", metavar="DIR", type=A_PATH, default=Path(), help="Write NAME/ here.")
def start_assignment(name: str, into: Path) -> int:
    """Write the folder of a new assignment, still without exercises."""
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
    folder = new_exercise(name, assignment, ExerciseKind(kind))
    click.echo(f"Wrote {folder}. Next: fill in what says FILL IN, and grade check-exercise {folder}")
    return ExitCode.DONE


@click.command("check-exercise")
@click.argument("path", type=A_PATH)
@click.option("--write", is_flag=True, help="Make the golden outputs where nothing else is broken.")
@click.option(
    "--mutants", metavar="N", type=NumberOption(MUTANTS), default=40, show_default=True, help="How many to try."
)
def check_exercise(path: Path, write: bool, mutants: int) -> int:
    """Say what is missing or weak in an exercise, or in each of an assignment.

    PATH is an exercise's folder or an assignment's. Its programs are run without a sandbox. Mutants are small
    changes of right programs, which some case should see.
    """
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
    return ExitCode.DONE if works else ExitCode.ASSIGNMENT
