"""``grade check-exercise``: what is missing or weak in an exercise that somebody writes.

A teacher's own programs are trusted, so they run without a sandbox; but each has a limited time. Each look gives
one finding or more; a look that an earlier finding makes pointless is left out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from exercises.errors import AssignmentBroken
from exercises.golden_files import Golden, load_golden, sources_digest, stored_digest
from exercises.loader import listed_exercises, load_assignment
from exercises.notebook_builder import build_notebook
from exercises.spec import Assignment, CheckKind, Exercise
from grader.authoring.golden_builder import SMALLEST_MARGIN, Survey, WeaknessKind, survey, write
from grader.authoring.watchdog import NO_PROGRAM, Announce, watched
from grader.course import secret_around
from grader.diagnosis import matching_variant
from grader.errors import UsageProblem
from grader.extras import Extra, how_to_install
from grader.finding import Finding, State
from grader.judging import Outcome, farthest, judge
from grader.variants import BankSource, ReferenceRunner, ignored, reference_runner
from sandbox.host import check_trusted_utils
from sandbox.runner import UtilsMalformed
from sandbox.wire.messages import ExerciseResult

ENOUGH_VARIANTS = 8  # right ones, and wrong ones; the shipped exercises have 20 to 70 of each
DEFAULT_MUTANTS = 40
TO_DO = "FILL IN"  # what a scaffold writes where a teacher's own words belong
GOLDEN_DRIFT = 1e-6  # golden arrays of another NumPy differ by less


@dataclass(frozen=True, kw_only=True)
class Section:
    """What was found about one exercise, or about the assignment around it."""

    title: str
    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        return all(finding.works for finding in self.findings)


def check(path: Path, *, mutants: int = DEFAULT_MUTANTS, write_golden: bool = False) -> Iterator[Section]:
    """Look at one exercise, or at an assignment with all of them. Raises AssignmentBroken, UsageProblem."""
    folder = path.resolve()
    if (folder / "assignment.toml").is_file():
        yield Section(title="Assignment", findings=tuple(_assignment_findings(folder)))
        names = listed_exercises(folder)
    elif (folder / "exercise.toml").is_file():
        folder, names = folder.parent, (folder.name,)
    else:
        raise UsageProblem(
            f"{path} is neither an exercise nor an assignment",
            expected="a folder with an exercise.toml or an assignment.toml",
            advice="'grade new assignment NAME' and 'grade new exercise NAME' write such folders.",
        )
    if not (folder / "assignment.toml").is_file():
        raise UsageProblem(
            f"{path} lies in no assignment",
            expected=f"an assignment.toml in {folder}",
            advice="Move the exercise's folder into an assignment's: 'grade new assignment NAME' writes one.",
        )
    secret_around(folder)  # raises here where it can't be read
    for name in names:
        look = partial(_exercise_findings, folder, name, mutants, write_golden)
        yield Section(title=name, findings=tuple(watched(look)))


def _ok(title: str, found: str) -> Finding:
    return Finding(title=title, state=State.OK, found=found)


def _warning(title: str, found: str, advice: str) -> Finding:
    return Finding(title=title, state=State.WARNING, found=found, advice=advice)


def _broken(title: str, found: str, advice: str) -> Finding:
    return Finding(title=title, state=State.BROKEN, found=found, advice=advice)


# --- the assignment


def _assignment_findings(folder: Path) -> Iterator[Finding]:
    names = listed_exercises(folder)
    unlisted = sorted({path.parent.name for path in folder.glob("*/exercise.toml")} - set(names))
    if unlisted:
        advice = "Add them to the list in assignment.toml, or move them away."
        yield _warning("Exercises", f"not in assignment.toml: {', '.join(unlisted)}", advice)
    elif not names:
        yield _warning("Exercises", "none yet", f"grade new exercise NAME --assignment {folder}")
    else:
        yield _ok("Exercises", ", ".join(names))
    if not (folder / "utils.py").is_file():
        yield _broken("utils.py", "missing", "Write one; it may be empty when students need nothing from it.")
    else:
        yield from _utils(folder / "utils.py") or (_ok("utils.py", "can be used for grading"),)
    try:
        cells = len(build_notebook(folder).cells)
    except ValueError as error:
        yield _broken("Notebook", str(error), "Correct the pages; students' notebook is made from them.")
    else:
        yield _ok("Notebook", f"{cells} cells")


def _utils(path: Path) -> tuple[Finding, ...]:
    try:
        check_trusted_utils(path.read_text(encoding="utf-8"))
    except UtilsMalformed as error:
        return (_broken("utils.py", str(error), "docs/writing-an-exercise.md has the names that grading uses."),)
    except Exception as error:  # whatever a teacher's module can raise
        found = f"it can't be imported: {type(error).__name__}: {error}"
        return (_broken("utils.py", found, "Correct it; it may import NumPy and the standard library."),)
    return ()


# --- one exercise


def _exercise_findings(
    folder: Path, name: str, mutants: int, write_golden: bool, announce: Announce
) -> Iterator[Finding]:
    announce("cases.py")
    try:
        assignment = load_assignment(str(folder), exercises=(name,))
    except AssignmentBroken as error:
        yield _broken("exercise.toml", error.happened, error.advice)
        return
    (exercise,) = assignment.exercises
    if name not in listed_exercises(folder):
        advice = f'Add "{name}" to the list exercises in assignment.toml, or nobody is graded for it.'
        yield _broken("Listed", "not in assignment.toml", advice)
    missing = tuple(_missing_files(assignment, exercise))
    yield from missing or (_ok("Files", "all there"),)
    yield from _unused_files(exercise)
    yield from _words(exercise)
    yield from _points(exercise)
    announce("utils.py")
    utils = () if missing else _utils(assignment.folder / "utils.py")
    yield from utils
    if missing or utils:
        return
    announce("cases.py")
    secret = secret_around(folder)
    try:
        runner = replace(reference_runner(assignment, exercise, secret), announce=announce)
    except AssignmentBroken as error:
        yield _broken("cases.py", error.happened, error.advice)
        return
    except Exception as error:  # whatever a teacher's program can raise
        advice = "Run the file by itself to see where: each case's arguments get a source of random numbers."
        yield _broken("cases.py", f"it can't be run: {type(error).__name__}: {error}", advice)
        return
    try:
        yield from _skeleton(runner)
        found = survey(runner)
    except AssignmentBroken as error:  # a program that does not define the entry point
        yield _broken("Programs", error.happened, error.advice)
        return
    yield from _programs(exercise, found)
    if found.golden is None:
        return
    yield from _confusions(runner.as_graded(secret), found.golden)
    announce(NO_PROGRAM)
    sound = not any(each.kind is not WeaknessKind.SMALL_MARGIN for each in found.weaknesses)
    if write_golden and not found.weaknesses:
        write(assignment, exercise, found.golden, secret)
    yield _golden_files(assignment, exercise, found.golden)
    if sound and mutants:
        runner.announce = ignored  # each mutant has a limit of its own
        yield from _mutants(runner, found.golden, mutants, secret)


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
            yield _broken("Files", f"{path.name} is missing", advice)
    if not exercise.accepted:
        advice = "Add [[accepted]] with id, source and entry_point: golden outputs are made from it."
        yield _broken("Files", "exercise.toml has no accepted solution", advice)


def _unused_files(exercise: Exercise) -> Iterator[Finding]:
    listed = {each.path for each in exercise.wrong}
    unused = sorted(path.stem for path in (exercise.folder / "wrong").glob("*.py") if path not in listed)
    if unused:
        advice = "Add a [[wrong]] with id, title and message for each, or remove the files."
        yield _warning("Files", f"in wrong/ but not in exercise.toml: {', '.join(unused)}", advice)
    counts = {"right": len(exercise.right_paths), "wrong": len(exercise.wrong)}
    for kind, count in counts.items():
        if count < ENOUGH_VARIANTS:
            found = f"{count}; {ENOUGH_VARIANTS} or more make an exercise that can be trusted"
            advice = {
                "right": "Write the solution in other ways: loops, einsum, float64, other names, other readings.",
                "wrong": "Write down the mistakes that you expect, one program each.",
            }[kind]
            yield _warning(f"{kind.capitalize()} variants", found, advice)


def _words(exercise: Exercise) -> Iterator[Finding]:
    texts = [path for path in sorted(exercise.folder.rglob("*")) if path.suffix in (".toml", ".md", ".py")]
    unfinished = [path.name for path in texts if TO_DO in path.read_text(encoding="utf-8", errors="replace")]
    if unfinished:
        yield _warning("Words", f"{', '.join(unfinished)} say {TO_DO}", "Put your own words there.")
    for variant in exercise.wrong:
        if not variant.title or not variant.message.endswith((".", "?", "!")):
            advice = "Say in a sentence or two what the student computes and what to do instead."
            yield _warning("Words", f"wrong/{variant.variant_id} has no title, or no whole sentence", advice)


def _points(exercise: Exercise) -> Iterator[Finding]:
    checks = [check for case in exercise.cases for check in case.checks]
    if not exercise.max_points:
        yield _broken("Points", "no check is worth anything", "Give points to checks under [cases.points].")
    elif not any(check.points for check in checks if check.kind is CheckKind.VALUES):
        advice = "Give points to values, or a program with the right shapes gets full marks."
        yield _broken("Points", "none for values", advice)
    else:
        hidden = sum(check.points for check in checks if not check.visible)
        yield _ok("Points", f"{exercise.max_points:g}, of them {hidden:g} in hidden cases")
    visible = sum(case.visible for case in exercise.cases)
    if not visible:
        advice = "Let one case be visible, so that students see numbers to compare with."
        yield _warning("Cases", "all are hidden", advice)
    elif visible == len(exercise.cases):
        advice = "Hide one or more, or an answer that only knows the visible numbers is right."
        yield _warning("Cases", "all are visible", advice)
    else:
        yield _ok("Cases", f"{visible} visible, {len(exercise.cases) - visible} hidden")


def _skeleton(runner: ReferenceRunner) -> Iterator[Finding]:
    exercise = runner.exercise
    path = exercise.folder / "skeleton.py"
    advice = f"Define {exercise.entry_point} there, and let it raise NotImplementedError."
    try:
        ast.parse(path.read_text(encoding="utf-8"))
        result = runner.run(path, exercise.entry_point, runner.source)
    except (SyntaxError, AssignmentBroken):
        yield _broken("Skeleton", f"it does not define {exercise.entry_point}", advice)
        return
    raised = [case.raised for case in result.cases] or [result.raised]
    if any(each is None or each.type_name != "NotImplementedError" for each in raised):
        yield _broken("Skeleton", "it does not raise NotImplementedError in every case", advice)
    else:
        yield _ok("Skeleton", "not implemented, as it should be")


TITLES = {
    WeaknessKind.PROGRAM_FAILS: "Right programs",
    WeaknessKind.TOO_FAR: "Right programs",
    WeaknessKind.SMALL_MARGIN: "Margins",
    WeaknessKind.NOT_TOLD_APART: "Wrong variants",
}
ADVICE = {
    WeaknessKind.PROGRAM_FAILS: "Correct the program; run it by itself to see more.",
    WeaknessKind.TOO_FAR: "Correct the program, or add it as [[accepted]] if the statement allows it.",
    WeaknessKind.SMALL_MARGIN: "Choose inputs for which the mistake matters more, or rounding matters less.",
    WeaknessKind.NOT_TOLD_APART: "Add a case in which the mistake shows, or correct the variant.",
}


def _programs(exercise: Exercise, found: Survey) -> Iterator[Finding]:
    for weakness in found.weaknesses:
        happened = weakness.happened.replace(f"{exercise.folder}/", "")
        found_text = f"{happened}; expected {weakness.expected}"
        yield _broken(TITLES[weakness.kind], found_text, ADVICE[weakness.kind])
    if found.golden is None:
        return
    complained = {TITLES[weakness.kind] for weakness in found.weaknesses}
    if "Right programs" not in complained:
        count = len(exercise.accepted) + len(exercise.right_paths)
        yield _ok("Right programs", f"all {count} agree")
    if "Wrong variants" not in complained and exercise.wrong:
        yield _ok("Wrong variants", f"all {len(exercise.wrong)} lose marks")
    margins = [
        (tolerance.margin, f"{case_id}/{output}, wrong/{tolerance.nearest_wrong_id}")
        for case_id, outputs in found.golden.tolerances.items()
        for output, tolerance in outputs.items()
        if tolerance.margin is not None
    ]
    if "Margins" not in complained and margins:
        margin, where = min(margins)
        yield _ok("Margins", f"{margin:,.0f} or more ({where}); {SMALLEST_MARGIN:g} are asked for")


def _confusions(runner: ReferenceRunner, golden: Golden) -> Iterator[Finding]:
    """Wrong variants that, run again, are taken for another one, or for none."""
    exercise = runner.exercise
    banked = BankSource(runner.source, golden.parameters)
    confused = False
    for variant in exercise.wrong:
        variant_id = variant.variant_id
        result = runner.run(variant.path, exercise.entry_point, banked)
        failed = _failed_cases(runner, golden, result)
        match = matching_variant(exercise, golden, result, failed) if failed else None
        if not failed or (match is not None and match.variant_id == variant_id):
            continue
        confused = True
        if match is None:
            advice = "It does not do the same each time, or returns no arrays. Let it be a function of its inputs."
            yield _broken("Diagnoses", f"wrong/{variant_id} is not known again", advice)
        else:
            advice = "Add a case in which the two differ, or keep one of them and let its message cover both."
            yield _broken("Diagnoses", f"wrong/{variant_id} is taken for wrong/{match.variant_id}", advice)
    if exercise.wrong and not confused:
        yield _ok("Diagnoses", "each wrong variant is told from the others")


def _failed_cases(runner: ReferenceRunner, golden: Golden, result: ExerciseResult) -> set[str]:
    verdicts = judge(runner.exercise, golden, runner.calls, result)
    return {verdict.check.case_id for verdict in verdicts if verdict.outcome is Outcome.FAILED}


def _golden_files(assignment: Assignment, exercise: Exercise, golden: Golden) -> Finding:
    title, advice = "Golden outputs", "Run the same command with --write."
    try:
        stored = load_golden(exercise)
    except (AssignmentBroken, KeyError):
        return _broken(title, "missing, or made of other cases", advice)
    if stored_digest(exercise) != sources_digest(assignment, exercise):
        return _broken(title, "out of date: a program, cases.py or utils.py has changed since", advice)
    drift = max(
        farthest(actual=golden.accepted[solution][case_id][output], expected=array)
        for solution, cases in stored.accepted.items()
        for case_id, outputs in cases.items()
        for output, array in outputs.items()
    )
    if drift > GOLDEN_DRIFT:
        return _broken(title, f"{drift:.2g} away from what the accepted solutions compute now", advice)
    return _ok(title, f"up to date (NumPy {np.__version__})")


def _mutants(runner: ReferenceRunner, golden: Golden, count: int, secret: bytes) -> Iterator[Finding]:
    if find_spec("libcst") is None:
        yield _warning("Mutants", "not tried: libcst is not installed", how_to_install(*Extra.AUTHORING.value))
        return
    from grader.authoring.mutant_runs import MutantStatus, mutant_status
    from grader.authoring.mutants import chosen

    exercise = runner.exercise
    entry_points = {each.path: each.entry_point for each in exercise.accepted}
    programs = [*entry_points, *(path for path in exercise.right_paths if path not in entry_points)]
    fates = {
        mutant: mutant_status(mutant, entry_points.get(mutant.path, exercise.entry_point), runner, golden, secret)
        for mutant in chosen(programs, count)
    }
    survivors = [mutant for mutant, fate in fates.items() if fate is MutantStatus.SURVIVED]
    equivalent = sum(fate is MutantStatus.EQUIVALENT for fate in fates.values())
    told = f"{len(fates) - len(survivors) - equivalent} of {len(fates)} caught, {equivalent} change nothing"
    if not survivors:
        yield _ok("Mutants", told)
        return
    for mutant in survivors:
        where = f"{mutant.path.parent.name}/{mutant.path.name}, line {mutant.line}"
        advice = "A program with this change gets full marks. Add a case that shows it, unless it is right too."
        yield _warning("Mutants", f"{where}: {mutant.change}", advice)
    yield _warning("Mutants", told + f", {len(survivors)} survive", "")
