"""What is missing or weak in one exercise, looked at from its files to its mutants.

A look that an earlier finding makes pointless is left out. It is meant for a process of its own: programs run here.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from exercises.authors_code import AUTHORS_FILES
from exercises.errors import AssignmentBroken
from exercises.golden_files import (
    save_golden,
    save_pairs,
    save_traces,
)
from exercises.loader import listed_exercises, load_assignment
from exercises.spec import Assignment, CheckKind, Exercise
from grader.authoring.golden_builder import (
    WeaknessKind,
    birth_certificate,
    pairs_of,
    survey,
    traces_of,
)
from grader.authoring.program_findings import (
    import_finding,
    import_findings,
    later_call_findings,
    mark_findings,
    mutant_findings,
    skeleton_findings,
    survey_findings,
)
from grader.authoring.program_imports import WHAT_IS_THERE, missing_of_file
from grader.authoring.program_marks import (
    right_programs,
)
from grader.authoring.watchdog import NO_PROGRAM, Announce
from grader.course import secret_around
from grader.finding import Finding, broken, ok, warning
from grader.variants import composed, ignored, reference_runner
from sandbox.host import check_trusted_utils
from sandbox.runner import UtilsMalformed

ENOUGH_VARIANTS = 8  # right ones, and wrong ones; the shipped exercises have 20 to 70 of each
TO_DO = "FILL IN"  # what a scaffold writes where a teacher's own words belong


def exercise_findings(
    folder: Path, name: str, made: Path, announce: Announce, *, mutants: int, all_files: bool
) -> Iterator[Finding]:
    """The findings, one by one. Golden outputs are made in ``made``: all their files, or what judging needs."""
    announce("cases.py")
    try:
        assignment = load_assignment(str(folder), exercises=(name,))
    except AssignmentBroken as error:
        yield broken("exercise.toml", error.happened, error.advice)
        return
    (exercise,) = assignment.exercises
    if name not in listed_exercises(folder):
        advice = f'Add "{name}" to the list exercises in assignment.toml, or nobody is graded for it.'
        yield broken("Listed", "not in assignment.toml", advice)
    missing = tuple(_missing_files(assignment, exercise))
    yield from missing or (ok("Files", "all there"),)
    yield from _unused_files(exercise)
    yield from _words(exercise)
    yield from _points(exercise)
    announce("utils.py")
    utils = () if missing else utils_findings(assignment.folder / "utils.py")
    yield from utils
    if missing or utils:
        return
    imports = tuple(_host_imports(exercise))
    yield from imports
    announce("cases.py")
    secret = secret_around(folder)
    try:
        runner = replace(reference_runner(assignment, exercise, secret), announce=announce)
        graded = runner.as_graded(secret)
    except AssignmentBroken as error:
        yield broken("cases.py", f"{error.happened}; expected {error.expected}", error.advice)
        return
    announce(NO_PROGRAM, steps=_steps(exercise, mutants, all_files=all_files))
    sound = True
    try:
        imports = tuple(import_findings(runner))
        yield from imports
        if imports:
            return
        yield from skeleton_findings(runner)
        found = survey(runner)
    except AssignmentBroken as error:  # a program that does not define the entry point
        yield broken("Programs", error.happened, error.advice)
        return
    yield from survey_findings(exercise, found)
    if found.golden is None:
        return
    save_golden(made, found.golden, birth_certificate(assignment, exercise, secret, made_by="make golden"))
    try:
        for finding in mark_findings(graded, found):
            sound = sound and finding.works
            yield finding
    except AssignmentBroken as error:
        yield broken("Programs", error.happened, error.advice)
        return
    if exercise.is_class:
        yield from later_call_findings(runner)
    announce(NO_PROGRAM)
    sound = sound and not any(each.kind is not WeaknessKind.SMALL_MARGIN for each in found.weaknesses)
    if sound and mutants:
        runner.announce = ignored  # each mutant has a limit of its own
        yield from mutant_findings(runner, found.golden, mutants, secret, announce)
    if all_files and sound and not found.weaknesses:

        def tell(done: int, of: int) -> None:
            announce(NO_PROGRAM, steps=of - done, doing="two mistakes made together")

        runner.announce = ignored
        save_traces(made, traces_of(assignment, exercise, secret))
        save_pairs(made, pairs_of(assignment, exercise, found.golden, secret, tell=tell))


def _steps(exercise: Exercise, mutants: int, *, all_files: bool) -> int:
    """How many programs are run: the skeleton, all others for golden outputs and again for marks, and the rest."""
    accepted, right, wrong = len(exercise.accepted), len(exercise.right_paths), len(exercise.wrong)
    programs = 1 + 2 * accepted + right + wrong + len(right_programs(exercise)) + wrong + 2 * exercise.is_class
    pairs = sum(1 for _ in composed(exercise)) if all_files else 0
    return programs + mutants + pairs


def utils_findings(path: Path) -> tuple[Finding, ...]:
    """What is wrong with an assignment's ``utils.py``."""
    try:
        check_trusted_utils(path.read_text(encoding="utf-8"))
    except UtilsMalformed as error:
        return (broken("utils.py", str(error), "docs/writing-an-exercise.md has the names that grading uses."),)
    except Exception as error:  # whatever a teacher's module can raise
        found = f"it can't be imported: {type(error).__name__}: {error}"
        advice = f"Correct it; {WHAT_IS_THERE.replace(' and utils.py', '')}, which it may import."
        if isinstance(error, OSError) or (isinstance(error, NameError) and error.name == "__file__"):
            advice = (
                "Of an assignment's files the sandbox has utils.py alone, as text. Write the numbers into it: "
                "DATA = np.array([…]); or read the file in cases.py, and hand them in as an argument."
            )
        return (broken("utils.py", found, advice),)
    missing = [each for each in missing_of_file(path, at_once=True) if each.is_here]
    return tuple(import_finding("utils.py", each) for each in missing)


def _host_imports(exercise: Exercise) -> Iterator[Finding]:
    """What has to be on every machine that grades, besides what Goldgrade brings along."""
    for name in AUTHORS_FILES:
        for each in missing_of_file(exercise.folder / name):
            advice = "Do it with NumPy, or install it wherever somebody is graded."
            found = f"{name}, line {each.line}: {each.module} is no package that Goldgrade brings along"
            yield warning("Imports", found, advice)


def _missing_files(assignment: Assignment, exercise: Exercise) -> Iterator[Finding]:
    wanted = {
        assignment.folder / "utils.py": "what students import; it may be empty",
        exercise.folder / "statement.md": "what students read",
        exercise.folder / "skeleton.py": "the cell that students start from",
        exercise.folder / "cases.py": "the inputs",
        **({exercise.folder / "properties.py": "the code of its properties"} if exercise.properties else {}),
        **{each.path: "an accepted solution in exercise.toml" for each in exercise.accepted},
        **{each.path: "a wrong variant in exercise.toml" for each in exercise.wrong},
    }
    for path, what in wanted.items():
        if not path.is_file():
            advice = f"Write it: {what}. Or take it out of exercise.toml."
            yield broken("Files", f"{path.name} is missing", advice)
    if exercise.base is not None and not exercise.base.is_file():
        advice = "Name the right variant that the wrong ones are changes of, or take base out of exercise.toml."
        yield broken("Files", f"{exercise.base.name}, which base names, is missing", advice)
    if not exercise.accepted:
        advice = "Add [[accepted]] with id, source and entry_point: golden outputs are made from it."
        yield broken("Files", "exercise.toml has no accepted solution", advice)


def _unused_files(exercise: Exercise) -> Iterator[Finding]:
    listed = {each.path for each in exercise.wrong}
    unused = sorted(path.stem for path in (exercise.folder / "wrong").glob("*.py") if path not in listed)
    if unused:
        advice = "Add a [[wrong]] with id, title and message for each, or remove the files."
        yield warning("Files", f"in wrong/ but not in exercise.toml: {', '.join(unused)}", advice)
    counts = {"right": len(exercise.right_paths), "wrong": len(exercise.wrong)}
    for kind, count in counts.items():
        if count < ENOUGH_VARIANTS:
            found = f"{count}; {ENOUGH_VARIANTS} or more make an exercise that can be trusted"
            advice = {
                "right": "Write the solution in other ways: loops, einsum, float64, other names, other readings.",
                "wrong": "Write down the mistakes that you expect, one program each.",
            }[kind]
            yield warning(f"{kind.capitalize()} variants", found, advice)


def _words(exercise: Exercise) -> Iterator[Finding]:
    texts = [path for path in sorted(exercise.folder.rglob("*")) if path.suffix in (".toml", ".md", ".py")]
    unfinished = [path.name for path in texts if TO_DO in path.read_text(encoding="utf-8", errors="replace")]
    if unfinished:
        yield warning("Words", f"{', '.join(unfinished)} say {TO_DO}", "Put your own words there.")
    for variant in exercise.wrong:
        if not variant.title or not variant.message.endswith((".", "?", "!")):
            advice = "Say in a sentence or two what the student computes and what to do instead."
            yield warning("Words", f"wrong/{variant.variant_id} has no title, or no whole sentence", advice)


def _points(exercise: Exercise) -> Iterator[Finding]:
    checks = [check for case in exercise.cases for check in case.checks]
    if not exercise.max_points:
        yield broken("Points", "no check is worth anything", "Give points to checks under [cases.points].")
    elif not any(check.points for check in checks if check.kind is CheckKind.VALUES):
        advice = "Give points to values, or a program with the right shapes gets full marks."
        yield broken("Points", "none for values", advice)
    else:
        hidden = sum(check.points for check in checks if not check.visible)
        yield ok("Points", f"{exercise.max_points:g}, of them {hidden:g} in hidden cases")
    visible = sum(case.visible for case in exercise.cases)
    if not visible:
        advice = "Let one case be visible, so that students see numbers to compare with."
        yield warning("Cases", "all are hidden", advice)
    elif visible == len(exercise.cases):
        advice = "Hide one or more, or an answer that only knows the visible numbers is right."
        yield warning("Cases", "all are visible", advice)
    else:
        yield ok("Cases", f"{visible} visible, {len(exercise.cases) - visible} hidden")
