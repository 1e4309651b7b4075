"""What is found when an exercise's programs are run on this machine. They are their author's, and trusted."""

import ast
from collections.abc import Iterator, Mapping
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from exercises.errors import AssignmentBroken
from exercises.golden_files import (
    Golden,
)
from exercises.spec import Exercise
from grader.authoring.golden_builder import (
    SMALLEST_MARGIN,
    Survey,
    WeaknessKind,
)
from grader.authoring.program_imports import WHAT_IS_THERE, Import, missing_of_program
from grader.authoring.program_marks import (
    Loss,
    keeps_all,
    losses,
    right_programs,
    told_losses,
    too_large,
    verdicts_of,
)
from grader.authoring.watchdog import NO_PROGRAM, Announce
from grader.diagnosis import matching_variant
from grader.extras import Extra, how_to_install
from grader.finding import Finding, broken, ok, warning
from grader.judging import Outcome
from grader.variants import BankSource, ReferenceRunner
from sandbox.system import owned_folder
from sandbox.wire.messages import CaseResult, NotAnArray, Output

TITLES = {
    WeaknessKind.PROGRAM_FAILS: "Right programs",
    WeaknessKind.TOO_FAR: "Right programs",
    WeaknessKind.SMALL_MARGIN: "Margins",
    WeaknessKind.NOT_TOLD_APART: "Wrong variants",
    WeaknessKind.LOSES_MARKS: "Full marks",
}
ADVICE = {
    WeaknessKind.PROGRAM_FAILS: "Correct the program; run it by itself to see more.",
    WeaknessKind.TOO_FAR: "Correct the program, or add it as [[accepted]] if the statement allows it.",
    WeaknessKind.SMALL_MARGIN: "Choose inputs for which the mistake matters more, or rounding matters less.",
    WeaknessKind.NOT_TOLD_APART: "Add a case in which the mistake shows, or correct the variant.",
    WeaknessKind.LOSES_MARKS: "Correct the program, the case or the check: a right answer loses marks.",
}

# Behind an accepted solution: its class, called with zeros first or not.
ANOTHER_CALL = """

import numpy as another_numpy


class AfterAnotherCall:
    def __init__(self, *given, **named):
        self.made = {entry}(*given, **named)

    def forward(self, *given):
        forward = getattr(self.made, "forward", self.made)
        if {before}:
            forward(*[another_numpy.zeros_like(each) for each in given])
        return forward(*given)
"""


def survey_findings(exercise: Exercise, found: Survey) -> Iterator[Finding]:
    """What the survey for golden outputs found."""
    for weakness in found.weaknesses:
        happened = weakness.happened.replace(f"{exercise.folder}/", "")
        found_text = f"{happened}; expected {weakness.expected}"
        yield broken(TITLES[weakness.kind], found_text, ADVICE[weakness.kind])
    if found.golden is None:
        return
    complained = {TITLES[weakness.kind] for weakness in found.weaknesses}
    if "Right programs" not in complained:
        count = len(exercise.accepted) + len(exercise.right_paths)
        yield ok("Right programs", f"all {count} agree")
    if "Wrong variants" not in complained and exercise.wrong:
        yield ok("Wrong variants", f"all {len(exercise.wrong)} lose marks")
    margins = [
        (tolerance.margin, f"{case_id}/{output}, wrong/{tolerance.nearest_wrong_id}")
        for case_id, outputs in found.golden.tolerances.items()
        for output, tolerance in outputs.items()
        if tolerance.margin is not None
    ]
    if "Margins" not in complained and margins:
        margin, where = min(margins)
        yield ok("Margins", f"{margin:,.0f} or more ({where}); {SMALLEST_MARGIN:g} are asked for")


def skeleton_findings(runner: ReferenceRunner) -> Iterator[Finding]:
    """Whether the skeleton says that nothing was done."""
    exercise = runner.exercise
    path = exercise.folder / "skeleton.py"
    advice = f"Define {exercise.entry_point} there, and let it raise NotImplementedError."
    try:
        ast.parse(path.read_text(encoding="utf-8"))
        result = runner.run(path, exercise.entry_point, runner.source)
    except (SyntaxError, AssignmentBroken):
        yield broken("Skeleton", f"it does not define {exercise.entry_point}", advice)
        return
    raised = [case.raised for case in result.cases] or [result.raised]
    if any(each is None or each.type_name != "NotImplementedError" for each in raised):
        yield broken("Skeleton", "it does not raise NotImplementedError in every case", advice)
    else:
        yield ok("Skeleton", "not implemented, as it should be")


def mark_findings(graded: ReferenceRunner, found: Survey) -> Iterator[Finding]:
    """What each program gets with every check, run as submissions are: with further calls, from the bank.

    Raises AssignmentBroken where a property can't be asked.
    """
    exercise, golden = graded.exercise, found.golden
    assert golden is not None
    banked = BankSource(graded.source, golden.parameters)
    right: list[Loss] = []
    complained = False
    for path, entry_point in right_programs(exercise).items():
        name, result = graded.name_of(path), graded.run(path, entry_point, banked)
        right += losses(name, verdicts_of(exercise, golden, graded.calls, result))
        if large := too_large(name, result):
            complained = True
            yield broken("Full marks", large, "Use smaller inputs, or fewer cases.")
    for text in told_losses(right):
        yield broken("Full marks", text, ADVICE[WeaknessKind.LOSES_MARKS])
    if not right and not complained:
        yield ok("Full marks", f"all {len(right_programs(exercise))} right programs get {exercise.max_points:g}")
    yield from _wrong_ones(graded, found, banked)


def _wrong_ones(graded: ReferenceRunner, found: Survey, banked: BankSource) -> Iterator[Finding]:
    """Wrong variants that lose nothing, and those that are taken for another one, or for none."""
    exercise, golden = graded.exercise, found.golden
    assert golden is not None
    confused = False
    for variant in exercise.wrong:
        variant_id = variant.variant_id
        result = graded.run(variant.path, exercise.entry_point, banked)
        verdicts = verdicts_of(exercise, golden, graded.calls, result)
        failed = {verdict.check.case_id for verdict in verdicts if verdict.outcome is Outcome.FAILED}
        kept = keeps_all(variant, verdicts)
        if kept and (failed or variant.fails):  # one that no case tells apart has been named
            advice = "Give points to a check that it fails, or add a case in which it does."
            yield broken("Wrong variants", kept, advice)
        wrong = {verdict.check.case_id for verdict in verdicts if verdict.has_wrong_numbers}
        match = matching_variant(exercise, golden, result, wrong) if wrong else None
        if not wrong or (match is not None and match.variant_id == variant_id):  # else it is known by its "fails"
            continue
        confused = True
        if match is None:
            advice = "It does not do the same each time, or returns no arrays. Let it be a function of its inputs."
            yield broken("Diagnoses", f"wrong/{variant_id} is not known again", advice)
        else:
            advice = "Add a case in which the two differ, or keep one of them and let its message cover both."
            yield broken("Diagnoses", f"wrong/{variant_id} is taken for wrong/{match.variant_id}", advice)
    if exercise.wrong and not confused:
        yield ok("Diagnoses", "each wrong variant is told from the others")


def later_call_findings(runner: ReferenceRunner) -> Iterator[Finding]:
    """Whether an object does something else after another call, of which no case asks anything."""
    exercise = runner.exercise
    solution = exercise.accepted[0]
    text = solution.path.read_text(encoding="utf-8")
    called: list[Mapping[str, CaseResult]] = []
    with owned_folder("again") as folder:
        path = folder / "later_calls" / solution.path.name  # as it is announced
        path.parent.mkdir()
        for before in (False, True):
            path.write_text(text + ANOTHER_CALL.format(entry=solution.entry_point, before=before), encoding="utf-8")
            try:
                called.append(runner.right_outputs(path, "AfterAnotherCall"))
            except AssignmentBroken:  # zeros are not for everything
                return
    once, again = called
    for case_id, case in once.items():
        pairs = zip(case.outputs, again[case_id].outputs, strict=True)
        if not all(np.array_equal(one, other, equal_nan=True) for one, other in map(_as_arrays, pairs)):
            found = f"{runner.name_of(solution.path)} gives something else after another call ({case_id})"
            advice = (
                "Each case makes an object of its own and calls it once, so nothing of later calls is checked. If "
                "they matter, let forward take all steps at once, as an axis of its argument."
            )
            yield warning("Later calls", found, advice)
            return


def _as_arrays(pair: tuple[Output, Output]) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    one, other = pair
    assert not isinstance(one, NotAnArray)
    assert not isinstance(other, NotAnArray)
    return one, other


def import_findings(runner: ReferenceRunner) -> Iterator[Finding]:
    """Imports of programs that the sandbox has not: there a right one fails, and a wrong one in another way."""
    exercise = runner.exercise
    right = right_programs(exercise)
    wrong = {each.path: exercise.entry_point for each in exercise.wrong}
    for path, entry_point in {**right, **wrong}.items():
        for each in missing_of_program(runner.exercise_run(path, entry_point)):
            if path in right or each.is_here:
                yield import_finding(runner.name_of(path), each)


def import_finding(file: str, found: Import) -> Finding:
    """An import that can't be, with what is there."""
    advice = "Do it with NumPy; or compute it in cases.py, and hand it in as an argument."
    return broken("Imports", f"{file}, line {found.line}: {found.module} is not there; {WHAT_IS_THERE}", advice)


def mutant_findings(
    runner: ReferenceRunner, golden: Golden, count: int, secret: bytes, announce: Announce
) -> Iterator[Finding]:
    """Small changes of right programs that no check sees."""
    if find_spec("libcst") is None:
        yield warning("Mutants", "not tried: libcst is not installed", how_to_install(*Extra.AUTHORING.value))
        return
    from grader.authoring.mutant_runs import MutantStatus, mutant_status
    from grader.authoring.mutants import chosen

    programs = right_programs(runner.exercise)
    fates = {}
    mutants = chosen(list(programs), count)
    for number, mutant in enumerate(mutants):
        announce(NO_PROGRAM, steps=len(mutants) - number, doing="mutants")
        fates[mutant] = mutant_status(mutant, programs[mutant.path], runner, golden, secret)
    survivors = [mutant for mutant, fate in fates.items() if fate is MutantStatus.SURVIVED]
    equivalent = sum(fate is MutantStatus.EQUIVALENT for fate in fates.values())
    told = f"{len(fates) - len(survivors) - equivalent} of {len(fates)} caught, {equivalent} change nothing"
    if not survivors:
        yield ok("Mutants", told)
        return
    for mutant in survivors:
        where = f"{mutant.path.parent.name}/{mutant.path.name}, line {mutant.line}"
        advice = "A program with this change gets full marks. Add a case that shows it, unless it is right too."
        yield warning("Mutants", f"{where}: {mutant.change}", advice)
    yield warning("Mutants", told + f", {len(survivors)} survive", "")
