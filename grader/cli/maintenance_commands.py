"""What works on this machine, and what killed graders left on it."""

import sys
from contextlib import closing, nullcontext

import click
from rich.console import Console

from grader.cli.render.cleaning import found_line, in_short, removed_line
from grader.cli.render.findings import show
from grader.errors import UsageProblem
from grader.maintenance import examine, find_everything_left, remove_everything_found
from sandbox.docker import connect
from sandbox.system import EngineNonsense, ExitCode, SandboxUnavailable


@click.command("clean")
@click.option("--all", "everything", is_flag=True, help="Also images, banks and NumPy's wheel; asks first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
def clean(everything: bool, yes: bool, dry_run: bool) -> int:
    """Remove what killed graders and earlier versions left on this machine.

    That is containers, processes, temporary folders, half-made volumes and banks, and images of earlier versions.
    Nothing that a living grader uses, and nothing of other software. Reports and course secrets are never touched.
    """
    trouble = False
    try:
        engine = closing(connect())
    except SandboxUnavailable as error:
        trouble = isinstance(error, EngineNonsense)  # without an engine there is nothing on one
        engine = nullcontext(None)  # type: ignore[assignment]
        click.echo(f"{error.happened}. Containers, volumes and images were not looked at.", err=True)
    with engine as client:
        leftovers = find_everything_left(client, everything=everything)
        if not leftovers:
            click.echo("Nothing is left over." if not trouble else "Elsewhere nothing is left over.")
            return ExitCode.MACHINE if trouble else ExitCode.DONE
        asks = everything and not yes
        if dry_run or asks:
            for leftover in leftovers:
                click.echo(found_line(leftover))
        if dry_run:
            return ExitCode.MACHINE if trouble else ExitCode.DONE
        if asks and not sys.stdin.isatty():
            raise UsageProblem(
                '"--all" asks before it removes, and nobody is there to answer',
                expected='"--yes" where there is no terminal',
                advice='Look at the list above, then add "--yes".',
            )
        if asks and not click.confirm("Remove all of it?"):
            click.echo("Nothing was removed.")
            return ExitCode.DONE
        removals = []
        for removal in remove_everything_found(leftovers, client):
            removals.append(removal)
            click.echo(removed_line(removal), err=removal.trouble is not None)
    click.echo(in_short(removals))
    return ExitCode.MACHINE if trouble or any(removal.trouble for removal in removals) else ExitCode.DONE


@click.command()
def doctor() -> int:
    """Say what works here, and what to do about the rest."""
    findings = examine()
    show(
        findings,
        Console(highlight=False),
        fine="This machine can grade.",
        broken="This machine can't grade yet: see the lines marked ✗.",
    )
    return ExitCode.DONE if all(finding.works for finding in findings) else ExitCode.MACHINE
