"""Compares the answers of a graded class: reads each program once and keeps its fingerprints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from glob import escape
from pathlib import Path

from exercises.loader import load_assignment, shipped_assignments
from exercises.spec import Assignment, Exercise
from grader.errors import SubmissionUnreadable, UsageProblem
from grader.grading import chosen_exercises
from grader.report.reports_folder import Member, MemberState, ReportsFolder
from grader.similarity.answer_pool import Fingerprinted, pool_of
from grader.similarity.answers import Answer, answer_in, answer_of
from grader.similarity.boilerplate import given_places
from grader.similarity.findings import ExerciseFindings, LeftOut, SimilarityFindings
from grader.similarity.fingerprints import places
from grader.similarity.pair_scores import screen
from grader.similarity.side_by_side import group_of
from grader.submission import Format, find_program, parse, read_modules, read_submission, within_limits
from grader.wording import listed

MAX_GROUPS = 50  # of an exercise, on the page: more than a person looks at
_ENDINGS = {".py": Format.PYTHON, ".ipynb": Format.NOTEBOOK}


@dataclass(frozen=True, kw_only=True)
class _Program:
    """The copy of what a member of the class handed in."""

    who: str
    path: Path
    name: str | None = None  # of the program in a zip with its modules


def find_similar(
    folder: ReportsFolder,
    *,
    assignment: str | None = None,
    only: tuple[str, ...] = (),
    at_least: float | None = None,
) -> SimilarityFindings:
    """What is similar in a class. Raises UsageProblem, AssignmentBroken."""
    class_list = folder.class_list()
    loaded = load_assignment(assignment or _assignment_of(class_list.assignment, folder))
    exercises = chosen_exercises(loaded, only)
    places("")  # says at once when the library is missing
    programs: list[_Program] = []
    left_out: list[LeftOut] = []
    answers: dict[str, list[tuple[int, Fingerprinted]]] = {exercise.exercise_id: [] for exercise in exercises}
    for member in class_list.members:
        if member.state is not MemberState.HANDED_IN:
            continue
        who = _who(member)
        try:
            program = _program_of(member, folder)
            words = within_limits(partial(_words_of, program, exercises), name=program.path.name)
        except SubmissionUnreadable as error:
            left_out.append(LeftOut(who=who, reason=error.happened))
            continue
        for exercise_id, of_answer in words.items():
            answers[exercise_id].append((len(programs), Fingerprinted.of(of_answer)))
        programs.append(program)
    return SimilarityFindings(
        assignment_title=loaded.title,
        programs=len(programs),
        exercises=tuple(
            _compared(loaded, exercise, programs, answers.pop(exercise.exercise_id), at_least)
            for exercise in exercises
        ),
        left_out=tuple(left_out),
    )


def _assignment_of(graded_with: str, folder: ReportsFolder) -> str:
    if graded_with in shipped_assignments():
        return graded_with
    raise UsageProblem(
        f"The class in {folder.path} was graded with {graded_with!r}, which is no assignment of Goldgrade's own",
        expected="that assignment's folder, for its exercises and its own right programs",
        advice="Give it with --assignment PATH.",
    )


def _who(member: Member) -> str:
    """The people who handed it in together; the key where no system told a name."""
    return listed([person.name for person in member.people if person.name]) or member.key


def _program_of(member: Member, folder: ReportsFolder) -> _Program:
    """The copy that the batch kept. Raises SubmissionUnreadable."""
    kept = {ending: path for ending in _ENDINGS if (path := folder.program_file(member.key, ending)).exists()}
    if len(kept) == 2:  # handed in again in the other format: the report says which one counts
        report = folder.report(member.key)
        counts = [ending for ending, form in _ENDINGS.items() if report and form.value == report.submission.format]
        kept = {ending: path for ending, path in kept.items() if ending in counts}
    if not kept:
        raise SubmissionUnreadable(
            "The reports folder has no copy of the program.",
            expected="one in programs/",
            advice="Grade the class again.",
        )
    archive = folder.program_file(member.key, ".zip")
    if archive.exists() and (report := folder.report(member.key)) is not None:
        return _Program(who=_who(member), path=archive, name=report.submission.name)
    return _Program(who=_who(member), path=next(iter(kept.values())))


def _compared(
    assignment: Assignment,
    exercise: Exercise,
    programs: Sequence[_Program],
    answers: Sequence[tuple[int, Fingerprinted]],
    at_least: float | None,
) -> ExerciseFindings:
    pool = pool_of(
        answers,
        right=_own_programs(exercise, exercise.right_paths),
        wrong=_own_programs(exercise, [wrong.path for wrong in exercise.wrong]),
        given=given_places(assignment, exercise),
    )
    screening = screen(pool, at_least=at_least)
    handed_in = [answer for answer in pool if answer.students]

    @lru_cache(maxsize=32)  # one answer may be nearest to many
    def read(student: int) -> Answer:
        program = programs[student]
        return within_limits(partial(_answer_to, program, exercise), name=program.path.name) or answer_of([])

    names = [program.who for program in programs]
    return ExerciseFindings(
        exercise_id=exercise.exercise_id,
        title=exercise.title,
        answers=len(answers),
        different=len(handed_in),
        most_frequent=max((len(answer.students) for answer in handed_in), default=0),
        baseline=screening.baseline,
        groups=tuple(
            group_of(cluster, pool=pool, baseline=screening.baseline, names=names, read=read)
            for cluster in screening.clusters[:MAX_GROUPS]
        ),
        not_shown=max(len(screening.clusters) - MAX_GROUPS, 0),
    )


def _words_of(program: _Program, exercises: Sequence[Exercise]) -> dict[str, str]:
    """By exercise: the words of a program's answer, where there is one."""
    answer = _reader(program)
    answers = {each.exercise_id: answer(each) for each in exercises}
    return {exercise_id: answer.words for exercise_id, answer in answers.items() if answer is not None}


def _answer_to(program: _Program, exercise: Exercise) -> Answer | None:
    return _reader(program)(exercise)


def _reader(program: _Program) -> Callable[[Exercise], Answer | None]:
    """Gives the answers of a program that is read once, also those that stand in a module of it."""
    file = find_program(program.path, file_name=None if program.name is None else escape(program.name))
    submission, modules = parse(file), read_modules(file.modules, None)
    return lambda exercise: answer_in(submission, exercise.entry_point, is_class=exercise.is_class, modules=modules)


def _own_programs(exercise: Exercise, paths: Sequence[Path]) -> list[Fingerprinted]:
    """The course's own programs of an exercise."""
    submissions = [read_submission(path) for path in paths]
    found = [answer_in(each, exercise.entry_point, is_class=exercise.is_class) for each in submissions]
    return [Fingerprinted.of(answer.words) for answer in found if answer is not None]
