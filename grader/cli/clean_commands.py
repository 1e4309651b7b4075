"""``grade clean``: parse, call, print, exit, as in ``cli``, which takes it in."""

import sys

import click

EXIT_STAYED = 4


@click.command("clean")
@click.option("--all", "everything", is_flag=True, help="Also images, banks and NumPy's wheel; asks first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
def clean(everything: bool, yes: bool, dry_run: bool) -> int:
    """Remove what killed graders and earlier versions left on this machine.

    That is containers, processes, temporary folders, half-made volumes and banks, and images of earlier versions.
    Nothing that a living grader uses, and nothing of other software. Reports and course secrets are never touched.
    """
    from contextlib import closing, nullcontext

    from grader.cli.render.cleaning import found_line, in_short, removed_line
    from grader.errors import UsageProblem
    from grader.maintenance import find_everything_left, remove_everything_found
    from sandbox.docker import connect
    from sandbox.system import SandboxUnavailable

    try:
        engine = closing(connect())
    except SandboxUnavailable as error:
        engine = nullcontext(None)  # type: ignore[assignment]
        click.echo(f"{error.happened}. Containers, volumes and images were not looked at.", err=True)
    with engine as client:
        leftovers = find_everything_left(client, everything=everything)
        if not leftovers:
            click.echo("Nothing is left over.")
            return 0
        asks = everything and not yes
        if dry_run or asks:
            for leftover in leftovers:
                click.echo(found_line(leftover))
        if dry_run:
            return 0
        if asks and not sys.stdin.isatty():
            raise UsageProblem(
                '"--all" asks before it removes, and nobody is there to answer',
                expected='"--yes" where there is no terminal',
                advice='Look at the list above, then add "--yes".',
            )
        if asks and not click.confirm("Remove all of it?"):
            click.echo("Nothing was removed.")
            return 0
        removals = []
        for removal in remove_everything_found(leftovers, client):
            removals.append(removal)
            click.echo(removed_line(removal), err=removal.trouble is not None)
    click.echo(in_short(removals))
    return EXIT_STAYED if any(removal.trouble for removal in removals) else 0
