"""Finds the answers in words. They are carried to a person; nothing here judges them.

The released notebook has a cell of its own for each answer, with a fixed id. Ids get lost when a notebook is
converted, cells are added, merged and split, so an answer is everything that was written from its cell, or its
question's heading, to the next heading of the course, without the course's own lines.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exercises.errors import AssignmentBroken
from exercises.notebook_builder import ANSWER_PLACEHOLDER, CellKind, answer_cell_id, build_notebook
from exercises.spec import Assignment, Question
from grader.report.model import QuestionReport, QuestionStatus, printable
from grader.submission import CUT, TextBlock

MAX_ANSWER_CHARACTERS = 20_000
_NO_QUESTION = ""
_LONGEST_TITLE = 200
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*)")
_NUMBERS_AND_SIGNS = re.compile(r"^[\W\d_]+|[\W_]+$")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def question_reports(
    assignment: Assignment, text_blocks: Sequence[TextBlock], *, with_questions: bool = True
) -> tuple[QuestionReport, ...]:
    """Each question of the assignment with the submission's answer, unmarked.

    Where code alone is graded (not ``with_questions``) they are there all the same, for the answers can be read and
    marked; none counts.

    Raises AssignmentBroken when the assignment's pages do not place its questions.
    """
    if not assignment.questions:
        return ()
    answers = _answers(text_blocks, assignment.questions, _course_text(assignment))
    return tuple(
        QuestionReport(
            id=question.question_id,
            title=question.title,
            status=QuestionStatus.NEEDS_REVIEW if answers[question.question_id] else QuestionStatus.UNANSWERED,
            answer=answers[question.question_id],
            points=None,
            max_points=question.points,
            counts=question.counts and with_questions,
        )
        for question in assignment.questions
    )


@dataclass(frozen=True, kw_only=True)
class _CourseText:
    """What the released notebook says, so that it is not taken for an answer."""

    headings: Mapping[str, str]  # each heading's line, and the question that it begins, or _NO_QUESTION
    lines: frozenset[str]  # the questions' own


def _course_text(assignment: Assignment) -> _CourseText:
    if not (assignment.folder / "pages").is_dir():  # then there is no notebook whose text could be in the way
        return _CourseText(headings={}, lines=frozenset())
    try:
        cells = build_notebook(assignment.folder).cells
    except (ValueError, OSError) as error:
        raise _pages_broken(assignment, str(error)) from error
    asked = {answer_cell_id(question.question_id): question for question in assignment.questions}
    headings: dict[str, str] = {}
    lines: set[str] = set()
    heading = ""
    below: list[str] = []  # the heading
    for cell in cells:
        if question := asked.get(cell.cell_id):
            if _name(heading) != _name(question.title):
                raise _pages_broken(
                    assignment, f"the question {question.question_id!r} stands under the heading {heading!r}"
                )
            headings[heading] = question.question_id
            lines |= set(below)
        elif cell.kind is CellKind.MARKDOWN:
            for line in map(_normal, cell.source.split("\n")):
                if _HEADING.fullmatch(line):
                    headings[line] = _NO_QUESTION
                    heading, below = line, []
                elif line:
                    below.append(line)
    return _CourseText(headings=headings, lines=frozenset(lines))


def _answers(
    text_blocks: Sequence[TextBlock], questions: Sequence[Question], course: _CourseText
) -> Mapping[str, str]:
    """What stands under each question, ready to be shown; empty where nothing was written."""
    under: dict[str, list[str]] = {question.question_id: [] for question in questions}
    names = {_name(text): each.question_id for each in questions for text in (each.title, each.question_id)}
    question_of = {answer_cell_id(name): name for name in under}
    with_cell = {question_of.get(text_block.cell_id or "") for text_block in text_blocks}
    current = _NO_QUESTION
    for text_block in text_blocks:
        own = question_of.get(text_block.cell_id or "")
        if own or text_block.begins_anew:
            current = own or _NO_QUESTION
        for line in text_block.text.split("\n"):
            begun = None
            if not text_block.is_code and (heading := _HEADING.fullmatch(line)):
                begun = course.headings.get(_normal(line), names.get(_name(heading[1])))
            # Where each answer still has its cell, a question's title inside of another answer is the student's.
            if begun is not None and (own in (None, begun) or begun not in with_cell):
                current = begun
            elif current != _NO_QUESTION and _normal(line) not in course.lines:
                under[current].append(line.replace(ANSWER_PLACEHOLDER, ""))
        if current != _NO_QUESTION:
            under[current].append("")  # the next cell is a paragraph of its own
    return {name: _shown("\n".join(lines)) for name, lines in under.items()}


def _shown(answer: str) -> str:
    """The answer as data: printable, without empty edges, and not too long."""
    answer = printable(answer)
    answer = _EMPTY_LINES.sub("\n\n", answer).strip()
    return answer if len(answer) <= MAX_ANSWER_CHARACTERS else answer[:MAX_ANSWER_CHARACTERS] + CUT


def _normal(line: str) -> str:
    return " ".join(line.split())


def _name(heading: str) -> str:
    """A heading as people would retype it: without numbers and signs around it, in small letters."""
    return _NUMBERS_AND_SIGNS.sub("", _normal(heading[:_LONGEST_TITLE])).casefold()


def _pages_broken(assignment: Assignment, complaint: str) -> AssignmentBroken:
    return AssignmentBroken(
        f"The notebook of {assignment.title} can't be made: {complaint}",
        expected="pages that place every exercise, and every question under its title",
        advice="Correct the pages.",
    )
