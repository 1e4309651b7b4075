"""Slicing: an entry point's definition and, transitively, the top-level names that it uses.

What is left out is not run: demos, tests, prints and plots. What is kept makes the entry point behave as the
whole file would, run from top to bottom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from grader.submission.cells import SyntaxProblem
from grader.submission.cut_definitions import goes_on_elsewhere
from grader.submission.dependencies import Program
from grader.submission.passages import Passage, PassageKind, naming
from grader.submission.redefinitions import in_vain, without_duplicates
from grader.submission.statements import Statement, StatementKind
from grader.submission.submission import Submission
from grader.submission.unfinished import is_unfinished
from grader.wording import nearest_name
from sandbox.wire.messages import Snippet

_MOST_PASSAGES = 30
_MAX_NAMES = 200  # to compare with
_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Sliced:
    """A program that defines the entry point."""

    snippets: tuple[Snippet, ...]
    future_annotations: bool
    definition_origin: str
    definition_line: int
    unreadable: tuple[SyntaxProblem, ...] = ()  # cells that would have defined a name which it uses
    passages: tuple[Passage, ...] = ()  # that would have defined such a name, or the entry point once more
    broken_later: Passage | None = None  # the last definition, where Python can't read it and an earlier one is run
    is_unfinished: bool = False  # nothing is computed in the definition, as in the skeleton


@dataclass(frozen=True, kw_only=True)
class Missing:
    """The entry point is not defined anywhere."""

    nearest: str | None  # the most similar name among those that are
    nearest_kind: StatementKind | None
    names: tuple[str, ...]  # all classes, functions and variables, in alphabetical order
    passages: tuple[Passage, ...] = ()  # in which it stands all the same


@dataclass(frozen=True, kw_only=True)
class BrokenSyntax:
    """The entry point is defined only where Python can't read it."""

    problem: SyntaxProblem
    passages: tuple[Passage, ...] = ()  # others in which it stands


Slice: TypeAlias = Sliced | Missing | BrokenSyntax


def slice_program(submission: Submission, entry_point: str, *, is_class: bool) -> Slice:
    """The part of a submission that one exercise needs."""
    statements = [
        statement
        for cell in submission.cells
        if not isinstance(cell.content, SyntaxProblem)
        for statement in cell.content
    ]
    future_annotations = any(cell.postpones_annotations for cell in submission.cells)
    program = Program(statements, future_annotations=future_annotations)
    definition = program.definition_of(entry_point)
    if definition is None:
        problems = [problem for problem in submission.syntax_problems if entry_point in problem.names]
        passages = tuple(naming(submission.passages, [entry_point]))[:_MOST_PASSAGES]
        if problems:
            others = tuple(each for each in passages if each != problems[-1].passage)
            return BrokenSyntax(problem=problems[-1], passages=others)
        return replace(_missing(statements, entry_point, is_class=is_class), passages=passages)
    needed = program.needed_for(entry_point)
    of_needed = naming(submission.passages, needed.not_found | _imported(entry_point, definition))
    broken_later = tuple(_broken_later(submission, entry_point, definition))
    return Sliced(
        snippets=tuple(
            Snippet(
                origin=statement.origin,
                line=statement.line,
                source=statement.source,
                optional=number in needed.optional,
            )
            for number, statement in enumerate(needed.statements)
        ),
        # A name that only annotations have need not be there: no annotation is needed to run an answer.
        future_annotations=future_annotations or bool(needed.annotations_not_found),
        definition_origin=definition.origin,
        definition_line=definition.definition_line,
        unreadable=tuple(
            problem for problem in submission.syntax_problems if not needed.not_found.isdisjoint(problem.names)
        ),
        passages=without_duplicates(
            (
                *in_vain(statements, needed.statements, entry_point, definition),
                *broken_later,
                *_continued(submission, entry_point, definition),
                *of_needed,
            )
        )[:_MOST_PASSAGES],
        broken_later=broken_later[-1] if broken_later else None,
        is_unfinished=is_unfinished(definition.source),
    )


def _imported(entry_point: str, definition: Statement) -> frozenset[str]:
    """The entry point's name where another file has to define it."""
    return frozenset({entry_point} if definition.kind is StatementKind.IMPORT else ())


def _broken_later(submission: Submission, entry_point: str, definition: Statement) -> Iterator[Passage]:
    """Cells below the definition that can't be read and would have defined the entry point again."""
    is_below = False
    for cell in submission.cells:
        if isinstance(cell.content, SyntaxProblem):
            if is_below and entry_point in cell.content.names:
                yield cell.content.passage
        else:
            is_below = is_below or any(each is definition for each in cell.content)


def _continued(submission: Submission, entry_point: str, definition: Statement) -> Iterator[Passage]:
    """The cell that goes on with a definition which the cell above it ends with."""
    for cell, below in pairwise(submission.cells):
        last = cell.content[-1:] if not isinstance(cell.content, SyntaxProblem) else ()
        problem = below.content if isinstance(below.content, SyntaxProblem) else None
        if problem is None or problem.origin == cell.origin or not any(each is definition for each in last):
            continue
        if goes_on_elsewhere(definition.source, message=problem.message):
            yield replace(
                problem.passage,
                kind=PassageKind.CUT_IN_TWO,
                reason=f"It goes on with {entry_point}, which ends with {definition.origin}: put both into one "
                "cell.",
                names=(entry_point,),
            )


def _missing(statements: Sequence[Statement], entry_point: str, *, is_class: bool) -> Missing:
    """Says which of the names that are there is most like the entry point's; its own kind goes first."""
    kinds: dict[str, StatementKind] = {}
    for statement in statements:
        for name in (*statement.usage.binds, *statement.usage.may_bind):
            if statement.kind is not StatementKind.IMPORT and len(name) <= _LONGEST_NAME:
                kinds[name] = statement.kind
    kinds = dict(list(kinds.items())[:_MAX_NAMES])
    wanted = StatementKind.CLASS if is_class else StatementKind.FUNCTION
    alike = [name for name, kind in kinds.items() if kind is wanted]
    nearest = _nearest(entry_point, alike) or _nearest(entry_point, list(kinds))
    return Missing(
        nearest=nearest,
        nearest_kind=kinds[nearest] if nearest is not None else None,
        names=tuple(sorted(kinds)),
    )


def _nearest(name: str, candidates: list[str]) -> str | None:
    return nearest_name(name, candidates, cutoff=0.6, any_case=True)
