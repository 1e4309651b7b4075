"""The cells of a notebook. ``nbformat`` converts old versions.

Importing it takes longer than reading five exercises, and a version 4 notebook whose code cells have text
needs no more than JSON.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.errors import SubmissionUnreadable
from grader.submission.cells import Cell, read_cells
from grader.submission.left_out import in_text_cell
from grader.submission.magics import MagicRemover
from grader.submission.other_kinds import other_notebook
from grader.submission.passages import Passage, PassageKind
from grader.submission.source_text import (
    MAX_CODE_CHARACTERS,
    Grammar,
    storable,
    too_many_tokens,
    unix_lines,
    without_warnings,
)
from grader.submission.text_blocks import MAX_CHARACTERS, TextBlock, notebook_passages

MAX_CODE_CELLS = 2_000
MAX_CELLS = 10_000
MAX_JSON_PARTS = 4_000_000  # objects, lists and their items: about 64 bytes each while the notebook is read
_PLAIN_VERSION = 4
# Pictures among the outputs: JSON strings of base64 alone. They would be most of the memory.
_BASE64 = re.compile(rb'(?<!\\)"(?:[A-Za-z0-9+/=]{60,}+(?:\\n)?)++[A-Za-z0-9+/=]*+(?:\\n)?"')
_SMALLEST_PICTURE = 10_000
_TEXT_CELLS = {
    "markdown": PassageKind.MARKDOWN_CELL,
    "heading": PassageKind.MARKDOWN_CELL,
    "raw": PassageKind.RAW_CELL,
}
_EXPECTED = "a Jupyter notebook with Python code cells"


@dataclass(frozen=True, kw_only=True)
class NotebookParts:
    """A notebook's code cells, the text of all its cells, and the definitions that stand in cells of text."""

    cells: tuple[Cell, ...]
    text_blocks: tuple[TextBlock, ...]
    in_text_cells: tuple[Passage, ...]


def notebook_parts(data: bytes, *, name: str, grammar: Grammar | None = None) -> NotebookParts:
    """What an ``.ipynb`` file has. Raises SubmissionUnreadable."""
    document = _document(data, name=name)
    _check_language(document, name=name)
    sources = _code_sources(document, name=name)
    if not any(source.strip() for source in sources):
        raise SubmissionUnreadable(
            f"{name} has no code: all its code cells are empty.",
            expected=_EXPECTED,
            advice="Save the notebook in Jupyter, and hand in the saved file.",
        )
    characters = sum(map(len, sources))
    if len(sources) > MAX_CODE_CELLS or characters > MAX_CODE_CHARACTERS or too_many_tokens(sources):
        raise SubmissionUnreadable(
            f"{name} has too much code to read: {characters} characters in {len(sources)} code cells.",
            expected=f"at most {MAX_CODE_CELLS} code cells with {MAX_CODE_CHARACTERS} characters in all, and no "
            "more code than a person writes",
            advice="Leave out generated code and data that were pasted into cells.",
        )
    magics = MagicRemover(grammar=grammar)
    cells = tuple(
        cell
        for number, source in enumerate(sources, start=1)
        for cell in read_cells(unix_lines(storable(source)), origin=f"cell {number}", magics=magics)
    )
    return NotebookParts(
        cells=cells,
        text_blocks=notebook_passages(document),
        in_text_cells=tuple(_in_text_cells(document)),
    )


def _in_text_cells(document: dict[str, Any]) -> Iterator[Passage]:
    """A cell of text has no number of its own: it is named after the code cell above it."""
    number, left = 0, MAX_CHARACTERS
    for cell in document["cells"]:
        number += cell["cell_type"] == "code"
        kind = _TEXT_CELLS.get(cell["cell_type"])
        source = cell.get("source")
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if kind is None or not isinstance(source, str) or left < 0:
            continue
        left -= len(source)
        where = f"below cell {number}" if number else "above cell 1"
        words = "Markdown cell" if kind is PassageKind.MARKDOWN_CELL else "raw cell"
        yield from in_text_cell(unix_lines(storable(source[:MAX_CHARACTERS])), kind, origin=f"{words} {where}")


def _document(data: bytes, *, name: str) -> dict[str, Any]:
    """The notebook as a JSON object of format version 4."""
    data = _BASE64.sub(lambda found: b'""' if len(found[0]) >= _SMALLEST_PICTURE else found[0], data)
    if sum(data.count(sign) for sign in (b"{", b"[", b",")) > MAX_JSON_PARTS:
        raise SubmissionUnreadable(
            f"{name} has more than {MAX_JSON_PARTS} parts.",
            expected=_EXPECTED,
            advice="Clear the outputs (in Jupyter: Edit > Clear Outputs of All Cells) and save it again.",
        )
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        other = other_notebook(data)
        if other is not None:
            raise SubmissionUnreadable(
                f"{name} is not a notebook that can be read: it is {other.what}.",
                expected=_EXPECTED,
                advice=other.advice,
            ) from error
        raise SubmissionUnreadable(
            f"{name} is not a notebook: its JSON is broken ({problem}).",
            expected=_EXPECTED,
            advice="Open it in Jupyter and save it again; if it is plain Python, let its name end in .py.",
        ) from error
    version = document.get("nbformat") if isinstance(document, dict) else None
    if not isinstance(version, int) or not 1 <= version <= _PLAIN_VERSION:
        kind = "JSON, but not a notebook" if version is None else f"a notebook of version {version!r:.20}"
        raise SubmissionUnreadable(
            f"{name} is {kind}.",
            expected=f"{_EXPECTED}, of format version {_PLAIN_VERSION} or older",
            advice="Open it in Jupyter and save it again.",
        )
    return document if version == _PLAIN_VERSION else _upgraded(document, name=name)


def _upgraded(document: dict[str, Any], *, name: str) -> dict[str, Any]:
    import nbformat

    _check_old_cells(document, name=name)
    try:
        with without_warnings():
            node = nbformat.from_dict(document)  # type: ignore[no-untyped-call]
            upgraded: dict[str, Any] = nbformat.convert(node, _PLAIN_VERSION)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat raises whatever a missing or mistyped field leads to
        raise _invalid(name, f"it can't be converted to version {_PLAIN_VERSION} ({error!r:.200})") from error
    return upgraded


def _check_old_cells(document: dict[str, Any], *, name: str) -> None:
    """Takes the outputs out of a notebook of an old version: nbformat looks at each, and nobody needs them."""
    worksheets = document.get("worksheets", [document])
    cells = [
        cell
        for sheet in (worksheets if isinstance(worksheets, list) else ())
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]
    _check_count(len(cells), name=name)
    for cell in cells:
        if isinstance(cell, dict) and "outputs" in cell:
            cell["outputs"] = []


def _check_count(cells: int, *, name: str) -> None:
    if cells > MAX_CELLS:
        raise SubmissionUnreadable(
            f"{name} has {cells} cells.",
            expected=f"at most {MAX_CELLS}",
            advice="Leave out what was generated or pasted in.",
        )


def _code_sources(document: dict[str, Any], *, name: str) -> list[str]:
    """The texts of all code cells, from top to bottom. What is not as it should be is told by its place."""
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise _invalid(name, "it has no list of cells")
    _check_count(len(cells), name=name)
    sources = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            raise _invalid(name, f"cell {number} of {len(cells)} does not say what kind of cell it is")
        source = cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if cell["cell_type"] == "code":
            if not isinstance(source, str):
                raise _invalid(name, f"cell {number} of {len(cells)} has no text")
            sources.append(source)
    return sources


def _check_language(document: dict[str, Any], *, name: str) -> None:
    metadata = document.get("metadata")
    for place, key in (("kernelspec", "language"), ("language_info", "name")):
        described = metadata.get(place) if isinstance(metadata, dict) else None
        language = described.get(key) if isinstance(described, dict) else None
        if isinstance(language, str) and language:
            if language.lower() not in ("python", "ipython", "python3"):
                raise SubmissionUnreadable(
                    f"{name} is a notebook in {storable(language)!a:.40}, not in Python.",
                    expected=_EXPECTED,
                    advice="Choose a Python kernel (in Jupyter: Kernel > Change Kernel), and save it again.",
                )
            return


def _invalid(name: str, complaint: str) -> SubmissionUnreadable:
    return SubmissionUnreadable(
        f"{name} is not a valid notebook: {complaint}.",
        expected=_EXPECTED,
        advice="Open it in Jupyter and save it again.",
    )
