"""The options that several commands have, and what a command opens and says by them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.path_option import A_PATH, A_PLACE
from grader.course import FOLDER_VARIABLES, read_private_assignment
from sandbox.backends import Backend, open_sandbox

if TYPE_CHECKING:
    from grader.course import PrivateAssignment
    from sandbox.interface import OpenSandbox

backend_option = click.option(
    "--backend",
    type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
    default="auto",
    help="Where it runs; default: docker where an engine answers, else bubblewrap.",
)
acknowledged_option = click.option(
    "--i-know-this-is-not-a-sandbox", "acknowledged", is_flag=True, help='Needed for "--backend process".'
)
assignment_option = click.option(
    "--assignment", metavar="NAME|PATH", type=A_PLACE, help="The assignment; default: the shipped course."
)


def _read_private(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> "PrivateAssignment | None":
    return None if value is None else read_private_assignment(value)


private_option = click.option(
    "--private-assignment",
    "--course",  # its name before
    "private",
    metavar="DIR",
    type=A_PATH,
    envvar=list(FOLDER_VARIABLES),
    callback=_read_private,
    help="An assignment with a secret of its own, made by init-private; also $GOLDGRADE_PRIVATE_ASSIGNMENT.",
)
fresh_option = click.option(
    "--fresh-inputs", is_flag=True, help="For hidden cases make inputs that no other submission gets."
)

without_questions_option = click.option(
    "--without-questions",
    is_flag=True,
    help="Grade code alone: questions that are answered in words do not count, in the maximum neither.",
)


def _file_only(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """A page is for a browser: "-" is refused before anything is graded, instead of making a file of that name."""
    if value == "-":
        raise click.BadParameter('the page goes to a file, not to standard output; try "--html report.html".')
    return None if value is None else Path(value)


html_option = click.option(
    "--html",
    "html_file",
    metavar="FILE",
    type=A_PLACE,
    callback=_file_only,
    help="Also write the report as one HTML page.",
)


def sandbox_of(backend: Backend, runtime: str | None) -> "OpenSandbox":
    """Opens what submissions run in, and says where it is weaker than was asked for."""
    return partial(open_sandbox, backend, runtime=runtime, say=say)


def say(line: str) -> None:
    """A line for a person, beside what the command prints."""
    click.echo(line, err=True)
