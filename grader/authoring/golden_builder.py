"""``make golden``: makes every golden output anew, with its birth certificate. Nothing else writes them.

For each exercise the accepted solutions run in float64, which is what the golden arrays are. Then every right
program runs as students' programs do; their largest distance from golden, times a factor, is the tolerance.
Last every wrong variant runs; each must be told apart by some case, and be far outside the tolerance there.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exercises.errors import AssignmentBroken
from exercises.golden_files import (
    Golden,
    PairOutcomes,
    Tolerance,
    Traces,
    install_golden,
    load_pairs,
    save_golden,
    save_pairs,
    save_traces,
    sources_digest,
)
from exercises.loader import load_assignment, shipped_assignments
from exercises.spec import Assignment, Exercise
from grader.authoring.program_marks import verdicts_of
from grader.course import PUBLIC_SECRET, fingerprint
from grader.errors import UsageProblem
from grader.judging import Outcome, farthest
from grader.variants import (
    BankSource,
    ReferenceRunner,
    broken,
    composed,
    distinct,
    named_outputs,
    outcomes_of,
    reference_runner,
    signatures_of,
)
from sandbox.system import ExitCode, GoldgradeError, owned_folder
from sandbox.wire.messages import CaseResult, ExerciseResult

# A right program that nobody has thought of may round this many times worse than the worst one we have.
SPREAD_FACTOR = 32.0
# Never tighter than about 30 roundings of float32, for a case whose right programs happen to agree.
SMALLEST_TOLERANCE = 2.0**-19
SMALLEST_MARGIN = 100.0
# Rounding in float32 is far below this: a "right" program beyond it computes something else.
LARGEST_SPREAD = 1e-4


class WeaknessKind(Enum):
    """What can be wrong with an exercise's programs and cases."""

    PROGRAM_FAILS = "program_fails"  # a right program does not return what was asked for
    TOO_FAR = "too_far"  # a right program computes something else than every accepted solution
    SMALL_MARGIN = "small_margin"  # a mistake is hardly farther away than rounding
    NOT_TOLD_APART = "not_told_apart"  # a mistake costs nothing
    LOSES_MARKS = "loses_marks"  # a right program does not pass some check


@dataclass(frozen=True, kw_only=True)
class Weakness:
    """One reason why golden outputs can't be trusted."""

    kind: WeaknessKind
    happened: str
    expected: str


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What all the programs of an exercise compute. ``golden`` is None when an accepted solution fails."""

    golden: Golden | None
    weaknesses: tuple[Weakness, ...]


def build(assignment: Assignment, exercise: Exercise, secret: bytes) -> Golden:
    """Golden outputs, tolerances and margins of one exercise. Raises AssignmentBroken where one is weak."""
    found = survey(reference_runner(assignment, exercise, secret))
    for weakness in found.weaknesses:
        raise broken(weakness.happened, weakness.expected)
    if found.golden is None:
        raise broken(f"{exercise.exercise_id} has no accepted solution", "one at least")
    return found.golden


def survey(runner: ReferenceRunner) -> Survey:
    """Run every program of the exercise, and find all that is weak. Raises AssignmentBroken for a broken one."""
    exercise = runner.exercise
    weaknesses: list[Weakness] = []

    def outputs_of(path: Path, entry_point: str, *, double: bool = False) -> dict[str, CaseResult] | None:
        try:
            return runner.right_outputs(path, entry_point, double=double)
        except AssignmentBroken as error:
            kind = WeaknessKind.PROGRAM_FAILS
            weaknesses.append(Weakness(kind=kind, happened=error.happened, expected=error.expected))
            return None

    accepted: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    right: dict[str, dict[str, CaseResult]] = {}
    for solution in exercise.accepted:
        exact = outputs_of(solution.path, solution.entry_point, double=True)
        usual = exact and outputs_of(solution.path, solution.entry_point)
        if exact is None or usual is None:
            return Survey(golden=None, weaknesses=tuple(weaknesses))
        accepted[solution.solution_id] = named_outputs(exercise, exact)
        right[solution.solution_id] = usual
    if not accepted:
        return Survey(golden=None, weaknesses=())
    golden = Golden(accepted=accepted, wrong={}, tolerances={}, parameters=())
    for path in exercise.right_paths:
        results = outputs_of(path, exercise.entry_point)
        weakness = results and _too_far(exercise, golden, path, results)
        if weakness:
            weaknesses.append(weakness)
        elif results:
            right[f"right/{path.name}"] = results
    banked = BankSource(runner.source, runner.source.asked)
    wrong = {each.variant_id: runner.run(each.path, exercise.entry_point, banked) for each in exercise.wrong}
    golden = replace(
        golden,
        tolerances={
            case.case_id: {
                output: _tolerance(exercise, golden, case.case_id, index, right, wrong)
                for index, output in enumerate(exercise.outputs)
            }
            for case in exercise.cases
        },
        wrong={variant_id: outcomes_of(exercise, result) for variant_id, result in wrong.items()},
        parameters=tuple(sorted(runner.source.asked)),
    )
    weaknesses += [*_small_margins(exercise, golden), *_not_told_apart(runner, golden, wrong)]
    return Survey(golden=golden, weaknesses=tuple(weaknesses))


def write(
    assignment: Assignment, exercise: Exercise, golden: Golden, secret: bytes, *, keep_pairs: bool = False
) -> int:
    """Write the exercise's golden files, all at once; returns how many pairs of mistakes are known."""
    with owned_folder("golden") as made:
        write_golden(assignment, exercise, golden, secret, made_by="make golden", into=made)
        pairs = load_pairs(exercise) if keep_pairs else pairs_of(assignment, exercise, golden, secret)
        if not keep_pairs:
            save_pairs(made, pairs)
        install(made, exercise)
    return len(pairs)


def install(made: Path, exercise: Exercise) -> None:
    """Put golden files in their place. Raises UsageProblem where that can't be written to."""
    try:
        install_golden(made, exercise.folder)
    except OSError as error:
        raise UsageProblem(
            f"The golden outputs can't be written to {exercise.folder}: {error.strerror}",
            expected="a folder where you may write, and space for them",
            advice="Make it so, and run the same command again.",
        ) from error


def write_golden(
    assignment: Assignment, exercise: Exercise, golden: Golden, secret: bytes, *, made_by: str, into: Path
) -> None:
    """Write golden outputs with their birth certificate, and traces: all but the pairs, which take minutes."""
    save_golden(into, golden, birth_certificate(assignment, exercise, secret, made_by=made_by))
    save_traces(into, traces_of(assignment, exercise, secret))


def birth_certificate(
    assignment: Assignment, exercise: Exercise, secret: bytes, *, made_by: str
) -> Mapping[str, str]:
    """Of what golden outputs are made, and where."""
    return {
        "made_by": made_by,
        "assignment": f"{assignment.assignment_id} version {assignment.version}",
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "secret_fingerprint": fingerprint(secret),
        "sources_sha256": sources_digest(assignment, exercise),
    }


def traces_of(assignment: Assignment, exercise: Exercise, secret: bytes) -> Traces:
    """Which layers each accepted solution calls in each case."""
    runner = reference_runner(assignment, exercise, secret)
    return {
        each.solution_id: {
            case_id: case.trace for case_id, case in runner.right_outputs(each.path, each.entry_point).items()
        }
        for each in exercise.accepted
    }


def nobody(done: int, of: int) -> None:
    """Who is told how many pairs are done when nobody waits for them."""


def pairs_of(
    assignment: Assignment,
    exercise: Exercise,
    golden: Golden,
    secret: bytes,
    *,
    tell: Callable[[int, int], None] = nobody,
) -> tuple[PairOutcomes, ...]:
    """What pairs of wrong variants compute, where it proves that it is this pair."""
    runner = reference_runner(assignment, exercise, secret)
    right = {each.solution_id: runner.right_outputs(each.path, each.entry_point) for each in exercise.accepted}
    singles = {name: signatures_of(exercise, cases) for name, cases in right.items()}
    banked = BankSource(runner.source, golden.parameters)

    def signatures(path: Path) -> NDArray[np.float64]:
        result = runner.run(path, exercise.entry_point, banked)
        return signatures_of(exercise, {case.case_id: case for case in result.cases})

    singles |= {f"wrong/{each.variant_id}": signatures(each.path) for each in exercise.wrong}
    pairs = []
    with owned_folder("pair") as folder:
        path = folder / "pair.py"
        programs = list(composed(exercise))
        for number, (first, second, program) in enumerate(programs):
            tell(number, len(programs))
            path.write_text(program, encoding="utf-8")
            pairs.append(
                PairOutcomes(first=first.variant_id, second=second.variant_id, signatures=signatures(path))
            )
    return distinct(exercise, golden, pairs, singles)


def _distance(golden: Golden, case_id: str, output: str, actual: object) -> float:
    """How far an output is from the nearest accepted solution's."""
    if not isinstance(actual, np.ndarray):
        return float("inf")
    return min(farthest(actual=actual, expected=cases[case_id][output]) for cases in golden.accepted.values())


def _tolerance(
    exercise: Exercise,
    golden: Golden,
    case_id: str,
    index: int,
    right: dict[str, dict[str, CaseResult]],
    wrong: dict[str, ExerciseResult],
) -> Tolerance:
    output = exercise.outputs[index]
    spread = max(_distance(golden, case_id, output, results[case_id].outputs[index]) for results in right.values())
    allowed = max(SPREAD_FACTOR * spread, SMALLEST_TOLERANCE)
    far: list[tuple[float, str]] = []
    for variant_id, result in wrong.items():
        for case in result.cases:
            if case.case_id == case_id and len(case.outputs) > index:
                distance = _distance(golden, case_id, output, case.outputs[index])
                if allowed < distance < float("inf"):
                    far.append((distance, variant_id))
    nearest, nearest_id = min(far, default=(None, None))
    return Tolerance(allowed=allowed, spread=spread, nearest_wrong=nearest, nearest_wrong_id=nearest_id)


def _too_far(exercise: Exercise, golden: Golden, path: Path, results: dict[str, CaseResult]) -> Weakness | None:
    """Where a right program is farther from every accepted solution than rounding takes it."""
    spread, case_id, output = max(
        (_distance(golden, case.case_id, output, results[case.case_id].outputs[index]), case.case_id, output)
        for case in exercise.cases
        for index, output in enumerate(exercise.outputs)
    )
    if spread <= LARGEST_SPREAD:
        return None
    return Weakness(
        kind=WeaknessKind.TOO_FAR,
        happened=f"{exercise.exercise_id}/{case_id}/{output}: right/{path.name} is {spread:.2g} away from every "
        "accepted solution",
        expected=f"right programs that agree to {LARGEST_SPREAD:g}",
    )


def _small_margins(exercise: Exercise, golden: Golden) -> Iterator[Weakness]:
    for case_id, outputs in golden.tolerances.items():
        for output, tolerance in outputs.items():
            if tolerance.margin is not None and tolerance.margin < SMALLEST_MARGIN:
                yield Weakness(
                    kind=WeaknessKind.SMALL_MARGIN,
                    happened=f"{exercise.exercise_id}/{case_id}/{output}: wrong/{tolerance.nearest_wrong_id} is "
                    f"only {tolerance.margin:.1f} tolerances away (spread {tolerance.spread:.2g})",
                    expected=f"a margin of at least {SMALLEST_MARGIN:g}",
                )


def _not_told_apart(
    runner: ReferenceRunner, golden: Golden, wrong: Mapping[str, ExerciseResult]
) -> Iterator[Weakness]:
    exercise = runner.exercise
    for variant_id, result in wrong.items():
        verdicts = verdicts_of(exercise, golden, runner.calls, result)
        # A property is judged by a further call, which no golden output is made from.
        if not any(each.outcome is Outcome.FAILED and not each.check.needs_further_call for each in verdicts):
            yield Weakness(
                kind=WeaknessKind.NOT_TOLD_APART,
                happened=f"{exercise.exercise_id}: no case tells wrong/{variant_id}.py from a right program",
                expected="a case in which it fails",
            )


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the golden files of the named assignments; of all that are shipped when there are none."""
    parser = argparse.ArgumentParser(prog="python -m grader.authoring.golden_builder", description=__doc__)
    parser.add_argument("assignments", nargs="*", default=shipped_assignments())
    parser.add_argument("--only", action="append", metavar="EXERCISE", help="this exercise only; may be repeated")
    parser.add_argument(
        "--keep-pairs",
        action="store_true",
        help="leave out the pairs of wrong variants, which take minutes, after a change that no program sees",
    )
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    try:
        return _make(chosen)
    except GoldgradeError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped. The exercises named above are made; of the others nothing was changed.", file=sys.stderr)
        return ExitCode.INTERRUPTED


def _make(chosen: argparse.Namespace) -> int:
    for name in chosen.assignments:
        assignment = load_assignment(name)
        for exercise in assignment.exercises:
            if chosen.only and exercise.exercise_id not in chosen.only:
                continue
            golden = build(assignment, exercise, PUBLIC_SECRET)
            pairs = write(assignment, exercise, golden, PUBLIC_SECRET, keep_pairs=chosen.keep_pairs)
            print(_table(exercise, golden))
            print(f"  {pairs} pairs of wrong variants are known")
    return ExitCode.DONE


def _table(exercise: Exercise, golden: Golden) -> str:
    lines = [f"{exercise.exercise_id}: {len(golden.wrong)} wrong variants"]
    for case_id, outputs in golden.tolerances.items():
        for output, tolerance in outputs.items():
            margin = "-" if tolerance.margin is None else f"{tolerance.margin:,.0f}"
            lines.append(
                f"  {case_id + '/' + output:40} spread {tolerance.spread:.1e}  tolerance "
                f"{tolerance.allowed:.1e}  margin {margin:>9} ({tolerance.nearest_wrong_id})"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
