"""Autograders that run at Gradescope or PrairieLearn."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exercises.loader import DEFAULT_ASSIGNMENT
from grader.cli.options import assignment_option, private_option
from grader.cli.path_option import A_PATH
from grader.course import assignment_for
from grader.platforms import build_gradescope, build_prairielearn
from sandbox.system import ExitCode

if TYPE_CHECKING:
    from grader.course import PrivateAssignment


@click.group()
def gradescope() -> None:
    """Make an autograder that runs at Gradescope."""


@gradescope.command("build")
@click.argument("out", metavar="OUT.zip", type=A_PATH)
@assignment_option
@private_option
def build_for_gradescope(out: Path, assignment: str | None, private: "PrivateAssignment | None") -> int:
    """Write the autograder's zip, to be uploaded on the page "Configure Autograder".

    At Gradescope a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    name = assignment_for(private, assignment, DEFAULT_ASSIGNMENT)
    click.echo(f"Wrote {build_gradescope(name, out, private=private)}. Next: docs/gradescope.md")
    return ExitCode.DONE


@click.group()
def prairielearn() -> None:
    """Make an external grader that runs at PrairieLearn."""


@prairielearn.command("build")
@click.argument("out", type=A_PATH)
@assignment_option
@private_option
def build_for_prairielearn(out: Path, assignment: str | None, private: "PrivateAssignment | None") -> int:
    """Write the folder OUT: a Dockerfile, what it needs, and info.json for the question.

    At PrairieLearn a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    name = assignment_for(private, assignment, DEFAULT_ASSIGNMENT)
    click.echo(f"Wrote {build_prairielearn(name, out, private=private)}. Next: docs/gradescope.md")
    return ExitCode.DONE
