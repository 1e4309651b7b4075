"""The commands for a whole class: parse, call, print, exit, as in ``cli``, which takes them in."""

from pathlib import Path

import click


@click.command("summary")
@click.argument("reports", type=click.Path(path_type=Path))
def summarise_class(reports: Path) -> int:
    """Write a class's results: index.html, summary.json, marks.csv.

    REPORTS is the folder that "grade batch" wrote. Students' pages that are missing or older than their reports
    are written too.
    """
    from rich.console import Console

    from grader.batch.reports_folder import ReportsFolder
    from grader.batch.summary import write_summary
    from grader.views.class_terminal import show_summary

    folder = ReportsFolder(path=reports)
    console = Console(highlight=False, markup=False, emoji=False)
    show_summary(write_summary(folder), console, page=folder.index_page)
    return 0


CLASS_COMMANDS: tuple[click.Command, ...] = (summarise_class,)
