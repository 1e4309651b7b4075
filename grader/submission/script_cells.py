"""The cells of a ``.py`` file. One that Python accepts is a single cell.

Otherwise it is cut into blocks, so that a mistake costs only the block it is in: at the marks that exported
notebooks have (``# In[3]:``, ``# %%``), and in files without marks at statements that start in column 0.
"""

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from grader.submission.cells import (
    Cell,
    CutDefinition,
    broken_cell,
    cells_of,
    pasted_signs,
    python_and_tree,
    read_cells,
)
from grader.submission.cut_definitions import cut_definition
from grader.submission.grammar import parsed_as
from grader.submission.magics import TRANSPARENT_CELL_MAGICS, MagicRemover
from grader.submission.source_text import Grammar, Unparsable

_CELL_MARK = re.compile(r"# ?(?:In ?\[[ \d*]*\]:?|%%(?:\s.*)?|<codecell>|COMMAND -+)\s*")
_STATEMENT_START = re.compile(r"\f*(?!(?:else|elif|except|finally)\b)[^\s#)\]}]")
# Colab exports a cell with magics as comments.
_COLAB_CELL = re.compile(
    r"^(# Commented out IPython magic to ensure Python compatibility\.\n# %%(\w+).*\n)((?:#.*\n?)*)",
    re.MULTILINE,
)
_COMMENT_SIGN = re.compile(r"^# ?", re.MULTILINE)
_TRIES_PER_MISTAKE = 5
_MAX_PARSED_CHARACTERS = 4_000_000  # in all, looking for the statements that are in order


def script_cells(text: str, *, origin: str, grammar: Grammar | None = None) -> tuple[Cell, ...]:
    """The cells of a ``.py`` file with this text."""
    magics = MagicRemover(grammar=grammar)
    text = _COLAB_CELL.sub(_uncommented, text)
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if _CELL_MARK.fullmatch(line)]
    python, tree = python_and_tree(text, magics)
    if isinstance(tree, ast.Module):
        return cells_of(tree, python, origin=origin, magics=magics)
    if pasted_signs(lines):  # no line of it is Python
        return (broken_cell(tree, text, magics, origin=origin, first_line=1),)
    blocks = _marked_blocks(lines, marks) if marks else _statement_blocks(python, grammar)
    return tuple(
        cell
        for block in blocks
        for cell in read_cells(block.text, origin=origin, magics=magics, first_line=block.first_line, cut=block.cut)
    )


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Some lines of a file, read by themselves."""

    first_line: int
    text: str
    cut: CutDefinition | None = None  # it begins with


def _marked_blocks(lines: list[str], marks: list[int]) -> Iterator[_Block]:
    """From each mark to the next."""
    edges = [0, *(mark for mark in marks if mark), len(lines)]
    for start, end in pairwise(edges):
        yield _Block(first_line=start + 1, text="\n".join(lines[start:end]))


def _uncommented(found: re.Match[str]) -> str:
    head, magic, body = found.groups()
    return head + (_COMMENT_SIGN.sub("", body) if magic in TRANSPARENT_CELL_MAGICS else body)


def _statement_blocks(text: str, grammar: Grammar | None) -> Iterator[_Block]:
    """Cut a text that Python does not accept; good statements stay together.

    A definition that goes on below the mistake is part of what is broken: its upper half is not the student's.
    """
    lines = text.split("\n")
    starts = list(_statement_starts(lines))
    left = _MAX_PARSED_CHARACTERS

    def try_lines(begin: int, end: int) -> ast.Module | Unparsable:
        nonlocal left
        block = "\n".join(lines[begin:end])
        left -= len(block)
        return parsed_as(block, grammar)

    begin = 0
    while begin < len(lines):
        tree = try_lines(begin, len(lines))
        if isinstance(tree, ast.Module) or left < 0:
            yield _Block(first_line=begin + 1, text="\n".join(lines[begin:]))
            return
        mistake = begin + tree.line - 1
        # The broken statement starts at or before the mistake; what stands before it is in order.
        before = starts[bisect_left(starts, begin) : bisect_right(starts, mistake)]
        broken, above = begin, None
        for start in reversed(before[-_TRIES_PER_MISTAKE:]):
            if start > begin and isinstance(good := try_lines(begin, start), ast.Module):
                broken, above = start, good
                break
        following = bisect_left(starts, max(mistake, broken + 1))
        if any(line.startswith("<<<<<<< ") for line in lines[broken : mistake + 1]):
            # Git's mark: what belongs to it ends with another one, of which IPython may have taken a prompt.
            last = next((n for n in range(mistake, len(lines)) if lines[n].startswith(">>>>")), mistake)
            following = max(following, bisect_left(starts, last + 1))
        end = starts[following] if following < len(starts) else len(lines)
        cut = None
        if above is not None:
            found = cut_definition(
                above,
                lines[broken:end],
                first_below=broken - begin + 1,
                message=tree.message,
                mistake=mistake - broken,
            )
            if found is not None:
                broken = begin + found.first_line - 1
                margin = starts[bisect_left(starts, begin + found.last_line)]
                cut = CutDefinition(name=found.name, line=margin - broken + 1)
        if broken > begin:
            yield _Block(first_line=begin + 1, text="\n".join(lines[begin:broken]))
        yield _Block(first_line=broken + 1, text="\n".join(lines[broken:end]), cut=cut)
        begin = end


def _statement_starts(lines: list[str]) -> Iterator[int]:
    """The lines on which a top-level statement may start; a decorated one starts at its first decorator."""
    decorated = False
    for number, line in enumerate(lines):
        if _STATEMENT_START.match(line):
            if not decorated:
                yield number
            decorated = line.startswith("@")
