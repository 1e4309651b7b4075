"""What ``grade doctor`` or ``grade check-exercise`` found, on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.finding import Finding, State

MARKS = {State.OK: ("✓", "green"), State.WARNING: ("!", "yellow"), State.BROKEN: ("✗", "red")}


def show(findings: tuple[Finding, ...], console: Console, *, fine: str, broken: str) -> None:
    """One line a finding, under what does not work what to do about it, and last the one or the other ending."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = MARKS[finding.state]
        text = Text(finding.found)
        if finding.advice and finding.state is not State.OK:
            text.append(f"\n{finding.advice}", style=style)
        table.add_row(Text(mark, style=f"bold {style}"), Text(finding.title), text)
    console.print(table)
    if any(finding.state is State.BROKEN for finding in findings):
        console.print(Text(broken, style="bold red"))
    else:
        console.print(Text(fine, style="bold green"))
