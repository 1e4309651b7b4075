"""What a student hands in, read into cells. Everything in it is data, and none of it runs here."""

from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionUnreadable
from grader.submission.cells import Cell, SyntaxProblem
from grader.submission.other_kinds import other_kind
from grader.submission.passages import Passage
from grader.submission.program_file import EXPECTED, Format, ProgramFile
from grader.submission.program_on_disk import find_program
from grader.submission.script_cells import script_cells
from grader.submission.source_text import Grammar, UndecodableText, decoded, too_many_tokens
from grader.submission.text_blocks import TextBlock, script_passages


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One program as it was handed in."""

    name: str  # of the .py or .ipynb file itself, not of the folder or zip around it
    sha256: str  # of that file's bytes, and of its modules where it brings some
    format: Format
    cells: tuple[Cell, ...]
    text_blocks: tuple[TextBlock, ...]  # where answers in words are looked for
    in_text_cells: tuple[Passage, ...] = ()  # definitions that stand in cells of text

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All that was not read, and all that could be an answer and is not run, whether it matters or not."""
        in_cells = (
            (*([cell.content.passage] if isinstance(cell.content, SyntaxProblem) else []), *cell.left_out)
            for cell in self.cells
        )
        return (*(passage for cell in in_cells for passage in cell), *self.in_text_cells)

    @property
    def names(self) -> frozenset[str]:
        """What the cells that can be read may bind at the top level."""
        return frozenset(
            name
            for cell in self.cells
            if not isinstance(cell.content, SyntaxProblem)
            for statement in cell.content
            for name in (*statement.usage.binds, *statement.usage.may_bind, *statement.usage.sets_globals)
        )

    @property
    def syntax_problems(self) -> tuple[SyntaxProblem, ...]:
        """The cells that can't be read."""
        return tuple(cell.content for cell in self.cells if isinstance(cell.content, SyntaxProblem))


def read_submission(path: Path) -> Submission:
    """Read a ``.py`` file, a notebook, or a folder or zip with one of them.

    Raises SubmissionUnreadable when there is not one program in it. A program with mistakes is one.
    """
    return parse(find_program(path))


def parse(program: ProgramFile, grammar: Grammar | None = None) -> Submission:
    """Read one file into cells by the grammar of the Python that will run it, by default of the one that runs here.

    Raises SubmissionUnreadable when it is no program at all.
    """
    in_text_cells: tuple[Passage, ...] = ()
    if not program.data or program.data.isspace():
        raise _empty(program)
    other = other_kind(program.data)
    if other is not None:
        what = "Python" if program.format is Format.PYTHON else "a notebook"
        raise SubmissionUnreadable(
            f"{program.name} is not {what}: it is {other.what}.", expected=EXPECTED, advice=other.advice
        )
    match program.format:
        case Format.PYTHON:
            text = _script_text(program)
            cells = script_cells(text, origin=program.name, grammar=grammar)
            text_blocks = script_passages(text)
        case Format.NOTEBOOK:
            from grader.submission.notebook_cells import notebook_parts

            parts = notebook_parts(program.data, name=program.name, grammar=grammar)
            cells, text_blocks, in_text_cells = parts.cells, parts.text_blocks, parts.in_text_cells
    return Submission(
        name=program.name,
        sha256=program.sha256,
        format=program.format,
        cells=cells,
        text_blocks=text_blocks,
        in_text_cells=in_text_cells,
    )


def _script_text(program: ProgramFile) -> str:
    """The text of a ``.py`` file."""
    try:
        text = decoded(program.data)
    except UndecodableText as error:
        raise SubmissionUnreadable(
            f"{program.name} is not Python text: {error}.",
            expected="text in UTF-8, or in the encoding that the file's first line names",
            advice="Save it in your editor with the encoding UTF-8.",
        ) from error
    if not text.strip("\ufeff \t\n\f"):
        raise _empty(program)
    if text.lstrip().startswith("{") and '"nbformat"' in text:
        raise SubmissionUnreadable(
            f"{program.name} is a notebook with the ending of a Python file.",
            expected=EXPECTED,
            advice="Give its name the ending .ipynb.",
        )
    if too_many_tokens([text]):
        raise SubmissionUnreadable(
            f"{program.name} has too much code to read: {len(text)} characters.",
            expected="no more code than a person writes",
            advice="Leave out generated code and data.",
        )
    return text


def _empty(program: ProgramFile) -> SubmissionUnreadable:
    return SubmissionUnreadable(
        f"{program.name} is empty.",
        expected=EXPECTED,
        advice="Save your work in the editor, and hand in the saved file.",
    )
