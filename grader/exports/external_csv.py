"""A CSV file of another system, of which single cells are replaced and every other byte is kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.errors import UsageProblem

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = (b",", b";", b"\t")
MOST_BYTES = 64 << 20
_LINE_ENDS = (b"\r\n", b"\n", b"\r")


@dataclass(frozen=True, kw_only=True)
class CsvCell:
    """A cell as it stands in the file, and what it says."""

    raw: bytes
    text: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row with its line end; ``number`` is the line on which it begins."""

    number: int
    cells: tuple[CsvCell, ...]
    end: bytes

    def text(self, column: int | None) -> str:
        """What a cell says, without blanks around it; empty where the row is too short."""
        return self.cells[column].text.strip() if column is not None and column < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The whole file, in pieces that put together give it back byte for byte."""

    bom: bytes
    encoding: str
    delimiter: bytes
    header: Row
    rows: tuple[Row, ...]

    def column(self, *names: str) -> int | None:
        """The first column with one of these headers, whatever their case."""
        wanted = {name.casefold() for name in names}
        headers = (cell.text.strip().casefold() for cell in self.header.cells)
        return next((index for index, header in enumerate(headers) if header in wanted), None)

    def with_cell(self, row: Row, column: int, text: str) -> Row:
        """The row with another text in a cell, quoted where it has to be or was before."""
        raw = text.encode(self.encoding, "xmlcharrefreplace")
        while len(row.cells) <= column:
            row = replace(row, cells=(*row.cells, CsvCell(raw=b"", text="")))
        was_quoted = row.cells[column].raw.startswith(b'"')
        if was_quoted or any(sign in raw for sign in (self.delimiter, b'"', b"\r", b"\n")):
            raw = b'"' + raw.replace(b'"', b'""') + b'"'
        cells = (*row.cells[:column], CsvCell(raw=raw, text=text), *row.cells[column + 1 :])
        return replace(row, cells=cells)

    def to_bytes(self, rows: Iterable[Row]) -> bytes:
        """The file with these rows in place of its own."""
        return self.bom + b"".join(_row_bytes(row, self.delimiter) for row in (self.header, *rows))


def read_sheet(path: Path) -> Sheet:
    """A CSV file as another system exported it. Raises UsageProblem."""
    try:
        size = path.stat().st_size
        data = b"" if size > MOST_BYTES else path.read_bytes()
    except OSError as error:
        raise UsageProblem(
            f"{path} can't be read: {error.strerror}",
            expected="the CSV file that you exported from the other system",
            advice="Check the path.",
        ) from error
    try:
        if size > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 20} MiB")
        return parse_sheet(data)
    except ValueError as error:
        raise UsageProblem(
            f"{path} is not a table that can be filled in: {error}",
            expected="the CSV file as the other system exported it, in UTF-8",
            advice="Export it again, and give that file as it is, without opening it in a spreadsheet program.",
        ) from error


def parse_sheet(data: bytes) -> Sheet:
    """Raises ValueError where the bytes are no table, or could be more than one."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise ValueError("it is not in UTF-8")
    bom = _BOM if data.startswith(_BOM) else b""
    body = data[len(bom) :]
    encoding = _encoding(body)
    problem = ValueError("it is empty")
    delimiter = _delimiter(body)
    # PHP, and so Moodle, leaves a quote behind a backslash undoubled. A file is read that way only where the
    # usual way makes no table of it.
    for backslash_escapes in (False, True):
        try:
            rows = tuple(_rows(body, delimiter, encoding, backslash_escapes=backslash_escapes))
            if not rows:
                raise ValueError("it is empty")
            _check_header(rows[0])
            for row in rows[1:]:
                if any(cell.text.strip() for cell in row.cells[len(rows[0].cells) :]):
                    raise ValueError(f"the row at line {row.number} has more cells than there are columns")
            return Sheet(bom=bom, encoding=encoding, delimiter=delimiter, header=rows[0], rows=rows[1:])
        except ValueError as error:
            problem = problem if backslash_escapes else error
    raise problem


def _encoding(body: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _delimiter(body: bytes) -> bytes:
    """The one that makes most columns of the header."""

    def columns(delimiter: bytes) -> int:
        try:
            header = next(_rows(body, delimiter, "latin-1", backslash_escapes=False))
            _check_header(header)
            return len(header.cells)
        except (StopIteration, ValueError):
            return 0

    return max(_DELIMITERS, key=columns)


def _check_header(header: Row) -> None:
    """Raises ValueError where a quote lies in a cell that is not quoted.

    Under another delimiter it may open a cell that goes on below, so what is filled in there could make another
    table of the file.
    """
    if any(b'"' in cell.raw and not cell.raw.startswith(b'"') for cell in header.cells):
        raise ValueError("there is a quote in the middle of a cell of its first row")


def _rows(body: bytes, delimiter: bytes, encoding: str, *, backslash_escapes: bool) -> Iterator[Row]:
    """The rows, one at a time; delimiters, quotes and line ends are one byte each in every encoding read here."""
    position, number, cells, first_number = 0, 1, list[CsvCell](), 1
    while position < len(body) or cells:
        stop = _cell_end(body, position, delimiter, number, backslash_escapes=backslash_escapes)
        raw = body[position:stop]
        cells.append(CsvCell(raw=raw, text=_unquoted(raw).decode(encoding)))
        number += raw.count(b"\n")
        if body[stop : stop + 1] == delimiter:
            position = stop + 1
            continue
        end = next((each for each in _LINE_ENDS if body.startswith(each, stop)), b"")
        yield Row(number=first_number, cells=tuple(cells), end=end)
        position, number, cells = stop + len(end), number + 1, []
        first_number = number


def _cell_end(body: bytes, start: int, delimiter: bytes, number: int, *, backslash_escapes: bool) -> int:
    """Where the cell that begins at ``start`` ends."""
    position = start
    if body[start : start + 1] == b'"':
        position = start + 1
        while True:
            quote = body.find(b'"', position)
            if quote < 0:
                raise ValueError(f"a quote that opens at line {number} is never closed")
            if backslash_escapes and body[quote - 1 : quote] == b"\\" and quote - 1 > start:
                position = quote + 1
            elif body[quote + 1 : quote + 2] == b'"':
                position = quote + 2
            else:
                position = quote + 1
                break
        if position < len(body) and body[position : position + 1] not in (delimiter, b"\r", b"\n"):
            raise ValueError(f"there is a quote in the middle of a cell at line {number}")
        return position
    while position < len(body) and body[position : position + 1] not in (delimiter, b"\r", b"\n"):
        position += 1
    return position


def _unquoted(raw: bytes) -> bytes:
    return raw[1:-1].replace(b'""', b'"') if raw.startswith(b'"') else raw


def _row_bytes(row: Row, delimiter: bytes) -> bytes:
    return delimiter.join(cell.raw for cell in row.cells) + row.end
