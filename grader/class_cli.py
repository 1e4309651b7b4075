"""The commands for a whole class: parse, call, print, exit, as in ``cli``, which takes them in."""

from pathlib import Path

import click

assignment_option = click.option(
    "--assignment", metavar="NAME|PATH", help="The assignment; default: the shipped course."
)


@click.group()
def gradescope() -> None:
    """Make an autograder that runs at Gradescope."""


@gradescope.command("build")
@click.argument("out", metavar="OUT.zip", type=click.Path(path_type=Path))
@assignment_option
def build_gradescope(out: Path, assignment: str | None) -> int:
    """Write the autograder's zip, to be uploaded on the page "Configure Autograder".

    At Gradescope a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    from exercises.catalog import DEFAULT_ASSIGNMENT
    from grader.bundle import build_gradescope

    click.echo(f"Wrote {build_gradescope(assignment or DEFAULT_ASSIGNMENT, out)}. Next: docs/gradescope.md")
    return 0


@click.group()
def prairielearn() -> None:
    """Make an external grader that runs at PrairieLearn."""


@prairielearn.command("build")
@click.argument("out", type=click.Path(path_type=Path))
@assignment_option
def build_prairielearn(out: Path, assignment: str | None) -> int:
    """Write the folder OUT: a Dockerfile, what it needs, and info.json for the question.

    At PrairieLearn a submission runs as a plain process, which is no sandbox: docs/gradescope.md.
    """
    from exercises.catalog import DEFAULT_ASSIGNMENT
    from grader.bundle import build_prairielearn

    click.echo(f"Wrote {build_prairielearn(assignment or DEFAULT_ASSIGNMENT, out)}. Next: docs/gradescope.md")
    return 0


CLASS_COMMANDS: tuple[click.Command, ...] = (gradescope, prairielearn)
