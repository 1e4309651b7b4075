"""CSV of our own making, in which no cell is a formula."""

import codecs
import csv
import io
from collections.abc import Iterable, Sequence

from grader.exports.feedback_text import one_line

# What a spreadsheet program takes for the beginning of a formula; the wide forms are read alike in some of them.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program could run the cell."""
    return text.startswith(FORMULA_SIGNS) or text.lstrip().startswith(FORMULA_SIGNS)


def neutral(text: str) -> str:
    """A text for a cell: on one line, without control characters, and never a formula."""
    clean = one_line(text)
    return f"'{clean}" if is_formula(clean) else clean


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in UTF-8, for another program. Cells are taken as they are: free text has to be ``neutral``."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def csv_for_people(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The same with the mark without which Excel takes UTF-8 for another encoding and spoils names."""
    return codecs.BOM_UTF8 + csv_bytes(header, rows)


def first_and_last(name: str) -> tuple[str, str]:
    """A name's parts: "Byron, Ada" tells them, of "Ada King Byron" the last word is taken for the last name."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.strip().rpartition(" ")
    return first.strip(), last.strip()
