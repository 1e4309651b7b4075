"""What a submission says besides its program: the cells of a notebook, or the comments of a script, as text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.submission.source_text import storable, unix_lines

MAX_CHARACTERS = 1_000_000  # of all blocks: far more than a person writes, and read in a second
CUT = "\n… (cut)"
_PICTURE = re.compile(r"data:image/[\w.+-]{1,30};base64,[A-Za-z0-9+/=]*")
_COMMENT = re.compile(r"# ?(.*)")
_CELL_MARK = re.compile(r"# ?(?:In ?\[[ \d*]*\]:?|%%.*)\s*")


@dataclass(frozen=True, kw_only=True)
class TextBlock:
    """A cell's text as it was written; of a script, comments without their signs."""

    text: str
    cell_id: str | None = None  # as the notebook has it, if it has one
    is_code: bool = False
    begins_anew: bool = False  # what came before does not go on here


def notebook_passages(document: dict[str, Any]) -> tuple[TextBlock, ...]:
    """The text of every cell of a notebook of format version 4, from top to bottom."""
    text_blocks = []
    left = MAX_CHARACTERS
    for cell in document["cells"]:
        source, cell_id = cell.get("source"), cell.get("id")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if isinstance(source, str) and left > 0:
            text = _PICTURE.sub("(picture)", unix_lines(storable(source)))
            text, left = (text if len(text) <= left else text[:left] + CUT), left - len(text)
            text_blocks.append(
                TextBlock(
                    text=text,
                    cell_id=cell_id if isinstance(cell_id, str) else None,
                    is_code=cell["cell_type"] == "code",
                )
            )
    return tuple(text_blocks)


def script_passages(text: str) -> tuple[TextBlock, ...]:
    """The comments that start in column 0; code ends a block, empty lines and the marks of cells do not."""
    return tuple(TextBlock(text="\n".join(lines), begins_anew=True) for lines in _comment_blocks(text))


def _comment_blocks(text: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in text.split("\n"):
        comment = _COMMENT.fullmatch(line)
        if not line.strip() or _CELL_MARK.fullmatch(line):
            lines.append("")
        elif comment:
            lines.append(comment[1])
        elif any(lines):
            yield lines
            lines = []
    if any(lines):
        yield lines
