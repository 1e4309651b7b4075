"""Where a report goes: to the terminal, to standard output, or into files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.course import PrivateAssignment
    from grader.report.model import Report


def load_views() -> None:
    """What ``show`` needs, in a time in which there is nothing else to do."""

    from grader.views import show  # noqa: F401


def show(report: "Report") -> None:
    """Show it on the terminal."""
    from rich.console import Console

    from grader.views import show as show_report

    show_report(report, Console(highlight=False, markup=False, emoji=False))


def write_json_report(report: "Report", file: str | None, private: "PrivateAssignment | None") -> "Report":
    """Write the report where it is wanted; returns it with the marks that a person gave before."""
    from grader.report.json_format import to_json

    if file == "-":
        click.echo(to_json(report), nl=False)
    elif file is not None:
        from grader.report.manual_marks import store
        from grader.report.signature import key_of

        return store(report, Path(file), key_of(private), option="--json")
    return report


def write_html_report(report: "Report", file: Path | None) -> None:
    """Write it as a page, where one is wanted."""
    if file is not None:
        from grader.views import write_html

        write_html(report, file)
