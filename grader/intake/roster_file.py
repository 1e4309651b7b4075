"""A roster as rows of cells: whatever spreadsheet programs and systems write for a CSV, or why it is none."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageProblem
from grader.intake.roster_columns import known_in_words, known_titles
from grader.report.model import printable

MOST_BYTES = 64 << 20
_FARTHEST_HEADER = 10  # rows, of which the first may say what the list is of
_MOST_SHOWN = 12  # columns, in a message
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)  # by which Excel is told the delimiter
_OTHER_KINDS = (
    (b"PK\x03\x04", "an Excel or LibreOffice workbook, or another zip"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
)
_SIGNS = "¡¢£¤¥¦§¨©¬®¯±²³¶¸¹¼½¾¿×÷€‚„†‡ˆ‰‹›•˜™"
# What no name in Western Europe has, and what names in other encodings become when they are read as if they were in
# this one: a sign or a capital within a word, or nothing but letters beyond a to z.
_FOREIGN = re.compile(
    rf"[^\W\d_][{_SIGNS}][^\W\d_]|\b[{_SIGNS}][^\W\d_]|[{_SIGNS}][a-z]|[A-Za-zß-ÿ][À-ÖØ-ÞŸŠŽŒ][a-zß-ÿ]|[À-ÿŠŽšžŸŒœ]{{4}}"
)
_HTML = re.compile(r"\s*<(!doctype html|html|table|\?xml)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """A row with the line that it begins in."""

    line: int
    cells: tuple[str, ...]

    def text(self, column: int | None) -> str:
        """What a cell says, without what can't be seen around it; empty where there is none."""
        if column is None or column >= len(self.cells):
            return ""
        return self.cells[column].strip().strip("\ufeff\u200b\u200c\u200d\u2060\xa0 ")


@dataclass(frozen=True, kw_only=True)
class RosterTable:
    """The rows below the titles, and what a teacher should know of how they were read."""

    header: tuple[str, ...]
    rows: tuple[RosterRow, ...]
    notes: tuple[str, ...] = ()


def read_table(path: Path) -> RosterTable:
    """A table with columns that are known. Raises UsageProblem."""
    try:
        size = path.stat().st_size
        data = b"" if size > MOST_BYTES else path.read_bytes()
    except OSError as error:
        raise unusable(path, error.strerror or str(error)) from error
    if size > MOST_BYTES:
        raise unusable(path, f"it is larger than {MOST_BYTES >> 20} MiB")
    kind = next((kind for sign, kind in _OTHER_KINDS if data.startswith(sign)), "")
    text, notes = ("", ()) if kind else _decoded(data, path)
    if not kind and _HTML.match(text):
        kind = "a web page"
    if kind:
        raise unusable(path, f"it is {kind}, and no CSV")
    rows = _rows_of(text, path)
    header = _header(rows, path)
    below = rows[header + 1 :]
    _check_widths(below, rows[header], path)
    return RosterTable(header=rows[header].cells, rows=tuple(below), notes=notes)


def unusable(path: Path, reason: str) -> UsageProblem:
    """The problem with a roster that can't be read at all."""
    return UsageProblem(
        f"The roster {path} can't be used: {reason}",
        expected="a CSV with a line of headings, such as name, email, student number, login",
        advice="Export it from your LMS, or write one; a spreadsheet program saves one as 'CSV UTF-8'.",
    )


def _decoded(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """The text: UTF-8, UTF-16 ("Unicode text" of Excel, Blackboard's download), else Windows' Western encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:200]:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise unusable(path, "it is neither in UTF-8 nor in UTF-16") from error
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise unusable(path, "it is in an encoding that can't be told") from error
    if (strange := _FOREIGN.search(text)) is not None:
        raise unusable(path, f"it is in an encoding that can't be told, with letters such as {strange[0]!r}")
    word = next((word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()), "")
    shown = f" as in {printable(word)!r}" if word else ""
    return text, (
        f"{path} is not in UTF-8, and was read in the encoding of Windows in Western Europe. Look at its letters"
        f"{shown}: where they are wrong, save it as 'CSV UTF-8' and grade again.",
    )


def _rows_of(text: str, path: Path) -> list[RosterRow]:
    first, _, rest = text.partition("\n")
    said = _SEPARATOR.fullmatch(first.strip("\r"))
    if said is not None:
        return _rows(rest, said[1], path, first_line=2)
    first_rows = "\n".join(text.split("\n", _FARTHEST_HEADER)[:_FARTHEST_HEADER])
    delimiter = max(_DELIMITERS, key=lambda sign: _columns(first_rows, sign))
    return _rows(text, delimiter, path, first_line=1)


def _columns(text: str, delimiter: str) -> tuple[int, int]:
    """How many known titles this delimiter makes, and how many columns."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return 0, 0
    return max(((known_titles(row), len(row)) for row in rows), default=(0, 0))


def _rows(text: str, delimiter: str, path: Path, *, first_line: int) -> list[RosterRow]:
    """Each row and the line that it begins in; a cell may have line ends, and a whole answer in words."""
    before = csv.field_size_limit(MOST_BYTES)
    begins, rows = first_line, []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for cells in reader:
            rows.append(RosterRow(line=begins, cells=tuple(cells)))
            begins = first_line + reader.line_num
    except csv.Error as error:
        raise unusable(path, f"line {begins}: {error}; a quote is not closed, or stands behind a cell") from error
    finally:
        csv.field_size_limit(before)
    return rows


def _header(rows: Sequence[RosterRow], path: Path) -> int:
    """Where the titles are. Above them some lists say what they are of."""
    if rows and known_titles(rows[0].cells):
        return 0
    for index, row in enumerate(rows[:_FARTHEST_HEADER]):
        if known_titles(row.cells) >= 2:
            return index
    shown = [printable(cell.strip()) for cell in rows[0].cells[:_MOST_SHOWN]] if rows else []
    raise unusable(
        path,
        f"no column of it is known. Its first line: {', '.join(shown) or 'nothing'}. Known are {known_in_words()}",
    )


def _check_widths(rows: Sequence[RosterRow], header: RosterRow, path: Path) -> None:
    """A comma in a name that is not quoted moves what is right of it into others' columns."""
    for row in rows:
        if any(cell.strip() for cell in row.cells[len(header.cells) :]):
            raise UsageProblem(
                f"{path}, line {row.line}: there are {len(row.cells)} cells under {len(header.cells)} titles",
                expected="a cell for each title",
                advice='Put a cell that has a comma in it into quotes, as in "Byron, Ada".',
            )
