"""What a batch says at its end."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.batch import BatchResult, MarkChange
from grader.report.model import printable

MOST_CHANGES = 50
MOST_TROUBLES = 20


def show_result(result: BatchResult, console: Console) -> None:
    """Counts, changes of marks, and who could not be graded."""
    counts = [f"{_students(result.filed)} with a new report", f"{result.unchanged} unchanged"]
    if result.unreadable:
        counts.append(f"{result.unreadable} handed in nothing that can be read")
    console.print(Text(", ".join(counts) + "."))
    if result.skipped:
        count = f"{result.skipped} file{'s' * (result.skipped > 1)}"
        console.print(Text(f"{count} left aside as nobody's work: class.json says why."))
    if result.applied:
        _changes("These marks changed", result.applied, console)
    if result.pending:
        _changes("These marks would change", result.pending, console)
    if result.pending or result.pending_unchanged:
        more = (
            f" {result.pending_unchanged} more would be replaced with the same marks."
            if result.pending_unchanged
            else ""
        )
        console.print(
            Text(
                f"The same work was graded again under other conditions.{more}\n"
                "Nothing has changed yet: run the same command with --apply to make it so. "
                "The new reports wait in the folder preview; remove it to forget them."
            )
        )
    if result.troubles:
        console.print(Text(f"\nNot graded, through no fault of theirs: {_students(len(result.troubles))}"))
        for trouble in result.troubles[:MOST_TROUBLES]:
            console.print(Text(f"  {printable(trouble.key)}: {printable(trouble.message).splitlines()[0]}"))
        if len(result.troubles) > MOST_TROUBLES:
            console.print(Text("  … and more, all of them in summary.json"))
        console.print(Text("They have no mark and no zero. Run the same command again to try them once more."))


def _changes(title: str, changes: tuple[MarkChange, ...], console: Console) -> None:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("Student", "Before", "After", "Why"):
        table.add_column(column, justify="right" if column in ("Before", "After") else "left")
    for change in changes[:MOST_CHANGES]:
        why = [f"{each.title}: {'; '.join(each.reasons)}" for each in change.exercises]
        why += change.questions
        why += ["another maximum"] if change.maximum else []
        why += ["what lateness costs"] if change.lateness else []
        why += ["only words should have changed"] if change.is_a_surprise else []
        table.add_row(
            Text(printable(change.name)),
            f"{change.before.points:g} / {change.before.max_points:g}",
            f"{change.after.points:g} / {change.after.max_points:g}",
            Text(printable("\n".join(why))),
        )
    console.print(table)
    if len(changes) > MOST_CHANGES:
        console.print(Text(f"… and {len(changes) - MOST_CHANGES} more."))


def _students(count: int) -> str:
    return f"{count} student{'' if count == 1 else 's'}"
