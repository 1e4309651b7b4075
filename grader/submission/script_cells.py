"""The cells of a ``.py`` file. One that Python accepts is a single cell.

Otherwise it is cut into blocks, so that a mistake costs only the block it is in: at the marks that exported
notebooks have (``# In[3]:``, ``# %%``), and in files without marks at statements that start in column 0.
"""

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from grader.submission.cells import Cell, cells_of, python_and_tree, read_cells
from grader.submission.magics import TRANSPARENT_CELL_MAGICS, MagicRemover
from grader.submission.source_text import Unparsable, parsed

_CELL_MARK = re.compile(r"# ?(?:In ?\[[ \d*]*\]:?|%%(?:\s.*)?|<codecell>|COMMAND -+)\s*")
_STATEMENT_START = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\s#)\]}]")
# Colab exports a cell with magics as comments.
_COLAB_CELL = re.compile(
    r"^(# Commented out IPython magic to ensure Python compatibility\.\n# %%(\w+).*\n)((?:#.*\n?)*)",
    re.MULTILINE,
)
_COMMENT_SIGN = re.compile(r"^# ?", re.MULTILINE)
_TRIES_PER_MISTAKE = 5
_MAX_PARSED_CHARACTERS = 4_000_000  # in all, looking for the statements that are in order


def script_cells(text: str, *, origin: str) -> tuple[Cell, ...]:
    """The cells of a ``.py`` file with this text."""
    magics = MagicRemover()
    text = _COLAB_CELL.sub(_uncommented, text)
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if _CELL_MARK.fullmatch(line)]
    python, tree = python_and_tree(text, magics)
    if isinstance(tree, ast.Module):
        return cells_of(tree, python, origin=origin, magics=magics)
    blocks = _marked_blocks(lines, marks) if marks else _statement_blocks(python)
    return tuple(
        cell
        for first_line, block in blocks
        for cell in read_cells(block, origin=origin, magics=magics, first_line=first_line)
    )


def _marked_blocks(lines: list[str], marks: list[int]) -> Iterator[tuple[int, str]]:
    """(First line, block) from each mark to the next."""
    edges = [0, *(mark for mark in marks if mark), len(lines)]
    for start, end in pairwise(edges):
        yield start + 1, "\n".join(lines[start:end])


def _uncommented(found: re.Match[str]) -> str:
    head, magic, body = found.groups()
    return head + (_COMMENT_SIGN.sub("", body) if magic in TRANSPARENT_CELL_MAGICS else body)


def _statement_blocks(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text that Python does not accept into (first line, block); good statements stay together."""
    lines = text.split("\n")
    starts = list(_statement_starts(lines))
    left = _MAX_PARSED_CHARACTERS

    def try_lines(begin: int, end: int) -> ast.Module | Unparsable:
        nonlocal left
        block = "\n".join(lines[begin:end])
        left -= len(block)
        return parsed(block)

    begin = 0
    while begin < len(lines):
        tree = try_lines(begin, len(lines))
        if isinstance(tree, ast.Module) or left < 0:
            yield begin + 1, "\n".join(lines[begin:])
            return
        mistake = begin + tree.line - 1
        # The broken statement starts at or before the mistake; what stands before it is in order.
        before = starts[bisect_left(starts, begin) : bisect_right(starts, mistake)]
        broken = begin
        for start in reversed(before[-_TRIES_PER_MISTAKE:]):
            if start > begin and isinstance(try_lines(begin, start), ast.Module):
                broken = start
                break
        if broken > begin:
            yield begin + 1, "\n".join(lines[begin:broken])
        following = bisect_left(starts, max(mistake, broken + 1))
        end = starts[following] if following < len(starts) else len(lines)
        yield broken + 1, "\n".join(lines[broken:end])
        begin = end


def _statement_starts(lines: list[str]) -> Iterator[int]:
    """The lines on which a top-level statement may start; a decorated one starts at its first decorator."""
    decorated = False
    for number, line in enumerate(lines):
        if _STATEMENT_START.match(line):
            if not decorated:
                yield number
            decorated = line.startswith("@")
