"""A class's results on a terminal, in short. Every text goes through ``Text``, so that brackets are no markup."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.class_results import (
    REASON_SHORT,
    ClassSummary,
    ReasonKind,
    counts_text,
    maxima_text,
    mistake_text,
    name_of,
    times_text,
    waiting_text,
)
from grader.report.model import without_controls
from grader.views import without_commands

MOST_MISTAKES = 3
MOST_NAMES = 3


def show_summary(summary: ClassSummary, console: Console, *, page: Path | None = None) -> None:
    """Counts, the middle of the scores, the most frequent mistakes, whom to look at, and where the page is."""
    with without_commands(console):
        _show(summary, console, page)


def _show(summary: ClassSummary, console: Console, page: Path | None) -> None:
    console.print(Text(without_controls(summary.assignment.title), style="bold"))
    console.print(Text(counts_text(summary)))
    if summary.percent is not None:
        spread = summary.percent
        console.print(
            Text(
                f"Median {spread.median:.0f}%, mean {spread.mean:.0f}%, "
                f"the middle half from {spread.lower_quartile:.0f}% to {spread.upper_quartile:.0f}%"
            )
        )
    for line in (*maxima_text(summary), waiting_text(summary), times_text(summary)):
        if line:
            console.print(Text(line))
    if summary.mistakes:
        console.print(Text("\nMost frequent mistakes", style="bold"))
        for mistake in summary.mistakes[:MOST_MISTAKES]:
            console.print(Text(f"  {mistake_text(mistake, summary)}"))
    if any(student.look_at for student in summary.students):
        console.print(Text("\nTo look at first", style="bold"))
        console.print(_to_look_at(summary))
    if page is not None:
        console.print(Text(f"\nThe page: {page}"), soft_wrap=True)


def _to_look_at(summary: ClassSummary) -> Table:
    """A line for each kind of reason, with how many it names and the first of them."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", width=6)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for kind in ReasonKind:
        named = [student for student in summary.students if any(each.kind is kind for each in student.look_at)]
        if named:
            names = "; ".join(name_of(student) for student in named[:MOST_NAMES])
            more = f" and {len(named) - MOST_NAMES} more" if len(named) > MOST_NAMES else ""
            table.add_row(str(len(named)), Text(REASON_SHORT[kind]), Text(f"{names}{more}"))
    return table
