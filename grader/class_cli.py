"""The commands for a whole class: parse, call, print, exit, as in ``cli``, which takes them in."""

from pathlib import Path

import click


@click.command("similar")
@click.argument("reports", type=click.Path(path_type=Path))
@click.option(
    "--assignment", metavar="NAME|PATH", help="The assignment; default: the one the class was graded with."
)
@click.option("--only", metavar="EXERCISE", multiple=True, help="Compare this exercise only; may be repeated.")
@click.option(
    "--at-least",
    metavar="PCT",
    type=click.FloatRange(0, 100),
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
    from grader.batch.reports_folder import ReportsFolder
    from grader.similar.comparing import find_similar
    from grader.views.similar_page import in_short, write_page

    findings = find_similar(ReportsFolder(path=reports), assignment=assignment, only=only, at_least=at_least)
    page = out or reports / "similar.html"
    write_page(findings, page)
    for line in in_short(findings):
        click.echo(line)
    click.echo(f"Wrote {page}. Similar answers can have many reasons: a person has to look.")
    return 0


CLASS_COMMANDS: tuple[click.Command, ...] = (show_similar,)
