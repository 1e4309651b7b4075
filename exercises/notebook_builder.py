"""The students' notebook, put together from an assignment's pages and exercises.

``pages/*.md`` are read in the order of their names. A page is plain Markdown with four marks, each alone
on its line:

    ```python cell      opens a code cell, which ends at the next ``` (any other fence is just Markdown)
    +++                 ends a Markdown cell, so that the next one begins
    {exercise} alexnet  puts ``alexnet/statement.md`` and ``alexnet/skeleton.py`` here, as two cells
    {question} why      puts the Markdown cell here in which students answer that question; its text stands
                        above, under a heading that is the question's title

The text between marks becomes one Markdown cell; the end of a page also ends a cell. Every exercise and every
question of ``assignment.toml`` has to be placed once, in the order given there.

Cell ids come from the page's name and the cell's number in it (``20_alexnet-2``), from the exercise
(``alexnet-answer``) or from the question (``answer-why``), so that the same pages always give the same file.

    python -m exercises.notebook_builder [FOLDER ...]   writes notebook.ipynb in each of these assignments' folders,
                                                without any in each of the shipped ones'
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SHIPPED_ASSIGNMENT = Path(__file__).parent / "deep_learning_architectures"
NOTEBOOK_NAME = "notebook.ipynb"

_CODE_OPENS = "```python cell"
_CODE_CLOSES = "```"
_CELL_BREAK = "+++"
_PLACEMENT = re.compile(r"\{(exercise|question)\}\s+(\S+)")
ANSWER_PLACEHOLDER = "_Your answer: double-click here and write._"


class CellKind(Enum):
    """The two kinds of cell; the value is the notebook format's word."""

    MARKDOWN = "markdown"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class NotebookCell:
    """One cell without outputs."""

    cell_id: str
    kind: CellKind
    source: str


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook that has not been run."""

    cells: tuple[NotebookCell, ...]

    def to_json(self) -> str:
        """The notebook in format 4.5, laid out as Jupyter itself saves it."""
        document = {
            "cells": [_cell_document(cell) for cell in self.cells],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Placement:
    """A page's mark that an exercise, or the answer to a question, belongs here."""

    kind: str  # "exercise" or "question"
    name: str


def answer_cell_id(question_id: str) -> str:
    """The id of the cell in which a question is answered."""
    return f"answer-{question_id}"


def build_notebook(folder: Path, *, answers: Mapping[str, str] | None = None) -> Notebook:
    """The notebook of the assignment in ``folder``.

    ``answers`` maps exercise ids to the source that takes the place of the skeleton. Raises ValueError
    when a page is malformed or when the pages do not place the assignment's exercises and questions.
    """
    answers = answers or {}
    cells: list[NotebookCell] = []
    placed: dict[str, list[str]] = {"exercise": [], "question": []}
    for page in sorted((folder / "pages").glob("*.md")):
        for part in _read_page(page):
            if isinstance(part, NotebookCell):
                cells.append(part)
                continue
            placed[part.kind].append(part.name)
            if part.kind == "exercise":
                cells += _exercise_cells(folder, part.name, answers)
            else:
                answer = answer_cell_id(part.name)
                cells.append(NotebookCell(cell_id=answer, kind=CellKind.MARKDOWN, source=ANSWER_PLACEHOLDER))
    with (folder / "assignment.toml").open("rb") as file:
        fields = tomllib.load(file)
    listed = {"exercise": fields["exercises"], "question": [each["id"] for each in fields.get("questions", ())]}
    for kind, wanted in listed.items():
        if placed[kind] != wanted:
            raise ValueError(
                f"the pages in {folder / 'pages'} place the {kind}s {placed[kind]}, assignment.toml lists "
                f"{wanted}; write a line '{{{kind}}} <id>' for each, in that order"
            )
    if unknown := sorted(set(answers) - set(listed["exercise"])):
        raise ValueError(f"answers to {unknown}, but the exercises are {listed['exercise']}")
    return Notebook(cells=tuple(cells))


def write_notebook(folder: Path) -> Path:
    """Write the assignment's notebook into its folder; returns the file's path."""
    path = folder / NOTEBOOK_NAME
    path.write_text(build_notebook(folder).to_json(), encoding="utf-8")
    return path


def _read_page(page: Path) -> Iterator[NotebookCell | _Placement]:
    """The cells of one page and its exercises' places, from top to bottom."""
    kind = CellKind.MARKDOWN
    lines: list[str] = []
    number = 0

    def finished() -> Iterator[NotebookCell]:
        nonlocal number
        source = "\n".join(lines).strip("\n")
        lines.clear()
        if source:
            number += 1
            yield NotebookCell(cell_id=f"{page.stem}-{number}", kind=kind, source=source)

    for line in page.read_text(encoding="utf-8").splitlines():
        placement = _PLACEMENT.fullmatch(line.strip())
        if kind is CellKind.CODE:
            if line == _CODE_CLOSES:
                yield from finished()
                kind = CellKind.MARKDOWN
            else:
                lines.append(line)
        elif line == _CODE_OPENS:
            yield from finished()
            kind = CellKind.CODE
        elif line == _CELL_BREAK:
            yield from finished()
        elif placement:
            yield from finished()
            yield _Placement(kind=placement[1], name=placement[2])
        else:
            lines.append(line)
    if kind is CellKind.CODE:
        raise ValueError(f"{page}: a code cell is not closed; end it with a line {_CODE_CLOSES}")
    yield from finished()


def _exercise_cells(folder: Path, exercise_id: str, answers: Mapping[str, str]) -> Iterator[NotebookCell]:
    """An exercise's statement and the code cell in which it is answered."""
    statement = folder / exercise_id / "statement.md"
    skeleton = folder / exercise_id / "skeleton.py"
    if not statement.is_file() or not skeleton.is_file():
        raise ValueError(f"a page places exercise {exercise_id!r}, but {statement} or {skeleton} is missing")
    answer = answers[exercise_id] if exercise_id in answers else skeleton.read_text(encoding="utf-8")
    yield NotebookCell(
        cell_id=f"{exercise_id}-statement",
        kind=CellKind.MARKDOWN,
        source=statement.read_text(encoding="utf-8").strip("\n"),
    )
    yield NotebookCell(cell_id=f"{exercise_id}-answer", kind=CellKind.CODE, source=answer.strip("\n"))


def _cell_document(cell: NotebookCell) -> dict[str, object]:
    document: dict[str, object] = {
        "cell_type": cell.kind.value,
        "id": cell.cell_id,
        "metadata": {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.kind is CellKind.CODE:
        document |= {"execution_count": None, "outputs": []}
    return document


if __name__ == "__main__":
    shipped = [listing.parent for listing in sorted(Path(__file__).parent.glob("*/assignment.toml"))]
    for assignment in [Path(argument) for argument in sys.argv[1:]] or shipped:
        print(write_notebook(assignment))
