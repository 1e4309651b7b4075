"""What a run and a report need of a student's file. All of it is found out in a child that may use only so much."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from exercises.spec import Assignment, Exercise
from grader.submission import (
    Format,
    Grammar,
    Passage,
    ProgramFile,
    Slice,
    TextBlock,
    parse,
    read_modules,
    slice_with_modules,
    told,
    within_limits,
)
from sandbox.system import TooCostly, in_limited_child
from sandbox.wire.messages import ModuleSource

if TYPE_CHECKING:
    from grader.diagnosis import Explanation, FailedExercise
    from grader.report.model import QuestionReport


@dataclass(frozen=True, kw_only=True)
class ReadProgram:
    """A submission's file, read for some exercises."""

    name: str  # of the .py or .ipynb file itself, not of the folder or zip around it
    sha256: str  # of that file's bytes, and of its modules where it brings some
    format: Format
    slices: tuple[Slice, ...]  # one for each exercise
    text_blocks: tuple[TextBlock, ...]  # where answers in words are looked for
    passages: tuple[Passage, ...] = ()  # that were not read or not run, as far as they are worth telling
    path: str | None = None  # inside the folder or archive that was handed in
    passed_over: tuple[tuple[str, str], ...] = ()  # files beside it, and why they are not used
    modules: tuple[ModuleSource, ...] = ()  # of the student's own, which the program may import
    module_paths: tuple[str, ...] = ()  # their files inside what was handed in


def read_program(
    program: ProgramFile,
    exercises: Sequence[Exercise],
    grammar: Grammar,
    *,
    meanwhile: Callable[[], None] | None = None,
) -> ReadProgram:
    """Read a program by the grammar of the Python that will run it, and slice it; ``meanwhile`` is called while the
    child does.

    Raises SubmissionUnreadable, SubmissionTooCostly, or SandboxUnavailable.
    """
    wanted = [(exercise.entry_point, exercise.is_class) for exercise in exercises]
    return within_limits(partial(_read, program, wanted, grammar), name=program.name, meanwhile=meanwhile)


def answers_in_words(
    assignment: Assignment, submission: ReadProgram, *, with_questions: bool = True
) -> "tuple[QuestionReport, ...]":
    """Each question with its answer. Raises AssignmentBroken, SubmissionTooCostly, or SandboxUnavailable."""
    from grader.report.free_text_answers import question_reports

    if not assignment.questions:
        return ()
    find = partial(question_reports, assignment, submission.text_blocks, with_questions=with_questions)
    return within_limits(find, name=submission.name)


def explanations(evidence: "Sequence[FailedExercise | None]") -> "tuple[Explanation, ...]":
    """Why marks were lost, of each exercise that lost any. What is too costly to explain keeps its marks."""
    from grader.diagnosis import explained

    failed = sum(each is not None for each in evidence)
    if failed == 0:
        return explained(evidence)
    if failed > 1:
        with suppress(TooCostly):
            return in_limited_child(partial(explained, evidence))
    return tuple(map(_explanation, evidence))


def _explanation(evidence: "FailedExercise | None") -> "Explanation":
    """By itself, so that one exercise costs the others nothing."""
    from grader.diagnosis import explained, unexplained

    if evidence is None:
        return explained([evidence])[0]
    try:
        return in_limited_child(partial(explained, [evidence]))[0]
    except TooCostly as error:
        return unexplained(str(error))


def _read(program: ProgramFile, wanted: Sequence[tuple[str, bool]], grammar: Grammar) -> ReadProgram:
    submission = parse(program, grammar)
    modules = read_modules(program.modules, grammar)
    slices = tuple(slice_with_modules(submission, modules, name, is_class=is_class) for name, is_class in wanted)
    refused = [
        (program.path_of(each), modules.refused[each.name])
        for each in program.modules
        if each.name in modules.refused
    ]
    needed = [passage for each in slices for passage in each.passages]
    return ReadProgram(
        name=submission.name,
        sha256=submission.sha256,
        format=submission.format,
        slices=slices,
        text_blocks=submission.text_blocks,
        path=program.path,
        passed_over=(*program.passed_over, *refused),
        modules=modules.sources,
        module_paths=tuple(
            program.path_of(each) for each in program.modules if each.name not in modules.refused and each.is_file
        ),
        passages=told(submission.passages, needed, [name for name, _ in wanted]),
    )
