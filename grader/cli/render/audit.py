"""Verified and replayed reports on a terminal. Everything that a report says is only text here."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.audit import Difference, Replay, Standing, Verified
from grader.report.model import printable

MOST_ROWS = 50
MOST_PARTS = 8
LONGEST = 300
WORDS = {
    Standing.INTACT: "intact",
    Standing.UNVOUCHED: "as it was signed, but taken over from a report without a valid signature",
    Standing.CHANGED: "changed",
    Standing.MISPLACED: "in another one's place",
    Standing.OTHER_SECRET: "signed under another secret, so that nothing can be told",
    Standing.NOT_SIGNED: "not signed",
    Standing.UNREADABLE: "no report",
}
PUBLIC = (
    "Signed with the public secret, which everybody knows: nobody has changed these by accident, and more it does "
    "not prove. A private assignment ('grade init-private') has a secret, and --private-assignment names it."
)
MARKED = (
    "Only a person's marks were changed, as 'grade mark' does without --private-assignment. "
    "Giving them again with it signs them."
)


def show_verified(found: Verified, console: Console) -> None:
    """One line, and what there is to say below it."""
    well = found.standing is Standing.INTACT
    line = Text("✓ " if well else "✗ ", style="bold green" if well else "bold red")
    line.append(_one_line(str(found.path)), style="default")
    line.append(f"  {standing_text(found)}", style="green" if well else "red")
    console.print(line, soft_wrap=True)
    if found.standing is Standing.CHANGED and is_only_marked(found):
        console.print(Text(f"  {MARKED}"), soft_wrap=True)


def show_public_warning(console: Console) -> None:
    """What a signature under the public secret is worth."""
    console.print(Text(PUBLIC))


def standing_text(found: Verified) -> str:
    """In words, with the parts that it is about."""
    text = WORDS[found.standing]
    if found.parts:
        more = f", and {len(found.parts) - MOST_PARTS} more" if len(found.parts) > MOST_PARTS else ""
        text += ": " + ", ".join(_one_line(part) for part in found.parts[:MOST_PARTS]) + more
    return f"{text} ({_one_line(found.message)})" if found.message else text


def is_only_marked(found: Verified) -> bool:
    """Whether the changed parts are those that a person's mark changes."""
    return all(part == "score" or part.startswith("marks/") for part in found.parts)


def show_replay(replay: Replay, path: Path, console: Console) -> None:
    """How the stored report stands, what was not the same before, and what came out otherwise."""
    show_verified(replay.verified, console)
    if replay.conditions:
        _table("These conditions were not the same", replay.conditions, console)
    if replay.is_same:
        console.print(
            Text(f"Graded again: everything came out as {_one_line(str(path))} says.", style="bold green")
        )
        return
    _table("Graded again, this came out otherwise", replay.differences, console)


def _table(title: str, rows: tuple[Difference, ...], console: Console) -> None:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("What", "In the report", "Now"):
        table.add_column(column, overflow="fold")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(Text(_cut(value)) for value in (row.place, row.recorded, row.now)))
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(Text(f"… and {len(rows) - MOST_ROWS} more"))


def _cut(value: str | None) -> str:
    if value is None:
        return "(none)"
    text = printable(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())[:LONGEST]
