"""``make golden``: makes every golden output anew, with its birth certificate. Nothing else writes them.

For each exercise the accepted solutions run in float64, which is what the golden arrays are. Then every right
program runs as students' programs do; their largest distance from golden, times a factor, is the tolerance.
Last every wrong variant runs; each must be told apart by some case, and be far outside the tolerance there.
"""

import argparse
import contextlib
import io
import platform
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.catalog import load_assignment, shipped_assignments
from exercises.errors import AssignmentBroken
from exercises.golden import (
    Golden,
    PairOutcomes,
    Tolerance,
    Traces,
    WrongOutcome,
    save_golden,
    save_pairs,
    save_traces,
    sources_digest,
)
from exercises.spec import Assignment, Exercise
from grader.bank import parameter_key
from grader.calls import case_calls
from grader.comparison import farthest
from grader.pairs import composed, distinct, signatures_of
from grader.secret import PUBLIC_SECRET, fingerprint
from grader.slicing import Sliced, slice_program
from grader.submission import read_submission
from sandbox.messages import CaseCall, CaseResult, ExerciseResult, ExerciseRun, NotAnArray, RunStatus
from sandbox.parameters import ParameterSource, ParameterSpec
from sandbox.trusted import run_trusted

# A right program that nobody has thought of may round this many times worse than the worst one we have.
SPREAD_FACTOR = 32.0
# Never tighter than about 30 roundings of float32, for a case whose right programs happen to agree.
SMALLEST_TOLERANCE = 2.0**-19
SMALLEST_MARGIN = 100.0
SHIPPED_UTILS = re.compile(r"^from (exercises\.\w+\.utils) import", re.MULTILINE)
# Rounding in float32 is far below this: a "right" program beyond it computes something else.
LARGEST_SPREAD = 1e-4


class RememberingSource(ParameterSource):
    """Draws a parameter once: AlexNet's 57 million numbers would otherwise be drawn for every variant."""

    def __init__(self, key: bytes) -> None:
        super().__init__(bank=None, key=key)
        self._drawn: dict[ParameterSpec, NDArray[np.float32]] = {}

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        if spec not in self._drawn:
            self._drawn[spec] = super().array(spec)
        self.asked.add(spec)
        return self._drawn[spec].copy()


class BankSource(ParameterSource):
    """What a container has: the parameters of right programs from the bank, any others from the public key."""

    def __init__(self, source: RememberingSource) -> None:
        super().__init__(bank=None)
        self._source = source
        self._banked = frozenset(source.asked)

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        return self._source.array(spec) if spec in self._banked else super().array(spec)


class DoubleSource(ParameterSource):
    """Another source's numbers in float64, so that a whole run is exact to about fifteen digits."""

    def __init__(self, source: ParameterSource) -> None:
        super().__init__(bank=None)
        self._source = source

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        exact: NDArray[Any] = self._source.array(spec).astype(np.float64)
        return exact


@dataclass
class Trial:
    """Runs programs of one exercise."""

    assignment: Assignment
    exercise: Exercise
    calls: tuple[CaseCall, ...]
    key: bytes

    def __post_init__(self) -> None:
        self.source = RememberingSource(self.key)

    def run(self, path: Path, entry_point: str, source: ParameterSource) -> ExerciseResult:
        """The results of one of our own programs."""
        double = isinstance(source, DoubleSource)
        program = slice_program(read_submission(path), entry_point, is_class=self.exercise.is_class)
        if not isinstance(program, Sliced):
            raise _broken(f"{path} does not define {entry_point}", "a program that does")
        run = ExerciseRun(
            exercise_id=self.exercise.exercise_id,
            entry_point=entry_point,
            snippets=program.snippets,
            calls=tuple(_doubled(call) for call in self.calls) if double else self.calls,
            forbidden=self.exercise.forbidden,
            future_annotations=program.future_annotations,
        )
        # The answer key imports a shipped assignment's utils by its full name; here it gets this one's.
        names = tuple(name for each in program.snippets for name in SHIPPED_UTILS.findall(each.source))
        with contextlib.redirect_stdout(io.StringIO()):  # some print, as students' programs do
            return run_trusted(run, utils_source=self.assignment.utils_source, utils_names=names, source=source)

    def right_outputs(self, path: Path, entry_point: str, *, double: bool = False) -> dict[str, CaseResult]:
        """The same for a program that must finish every case. Raises AssignmentBroken."""
        result = self.run(path, entry_point, DoubleSource(self.source) if double else self.source)
        for case in result.cases:
            if case.status is not RunStatus.FINISHED or any(isinstance(o, NotAnArray) for o in case.outputs):
                raise _broken(f"{path} fails in case {case.case_id}: {case.raised}", "a right program")
        if not result.cases:
            raise _broken(f"{path} can't be run: {result.raised}", "a right program")
        return {case.case_id: case for case in result.cases}


def trial_of(assignment: Assignment, exercise: Exercise, secret: bytes) -> Trial:
    """A trial with the inputs and parameters that follow from a course secret."""
    calls = case_calls(exercise, secret)[: len(exercise.cases)]  # properties are judged, and have nothing golden
    return Trial(assignment=assignment, exercise=exercise, calls=calls, key=parameter_key(secret))


def build(assignment: Assignment, exercise: Exercise, secret: bytes) -> Golden:
    """Golden outputs, tolerances and margins of one exercise. Raises AssignmentBroken where one is weak."""
    trial = trial_of(assignment, exercise, secret)
    accepted = {
        solution.solution_id: _named_outputs(
            exercise, trial.right_outputs(solution.path, solution.entry_point, double=True)
        )
        for solution in exercise.accepted
    }
    golden = Golden(accepted=accepted, wrong={}, tolerances={}, parameters=())
    right = {each.solution_id: trial.right_outputs(each.path, each.entry_point) for each in exercise.accepted}
    right |= {
        f"right/{path.name}": trial.right_outputs(path, exercise.entry_point) for path in exercise.right_paths
    }
    banked = BankSource(trial.source)
    wrong = {each.variant_id: trial.run(each.path, exercise.entry_point, banked) for each in exercise.wrong}
    golden = replace(
        golden,
        tolerances={
            case.case_id: {
                output: _tolerance(exercise, golden, case.case_id, index, right, wrong)
                for index, output in enumerate(exercise.outputs)
            }
            for case in exercise.cases
        },
        wrong={variant_id: _outcomes(exercise, result) for variant_id, result in wrong.items()},
        parameters=tuple(sorted(trial.source.asked)),
    )
    _check_that_wrong_ones_fail(exercise, golden)
    return golden


def traces_of(assignment: Assignment, exercise: Exercise, secret: bytes) -> Traces:
    """Which layers each accepted solution calls in each case."""
    trial = trial_of(assignment, exercise, secret)
    return {
        each.solution_id: {
            case_id: case.trace for case_id, case in trial.right_outputs(each.path, each.entry_point).items()
        }
        for each in exercise.accepted
    }


def pairs_of(assignment: Assignment, exercise: Exercise, golden: Golden, secret: bytes) -> tuple[PairOutcomes, ...]:
    """What pairs of wrong variants compute, where it proves that it is this pair."""
    trial = trial_of(assignment, exercise, secret)
    right = {each.solution_id: trial.right_outputs(each.path, each.entry_point) for each in exercise.accepted}
    singles = {name: signatures_of(exercise, cases) for name, cases in right.items()}
    banked = BankSource(trial.source)

    def signatures(path: Path) -> NDArray[np.float64]:
        result = trial.run(path, exercise.entry_point, banked)
        return signatures_of(exercise, {case.case_id: case for case in result.cases})

    singles |= {f"wrong/{each.variant_id}": signatures(each.path) for each in exercise.wrong}
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair.py"
        for first, second, program in composed(exercise):
            path.write_text(program, encoding="utf-8")
            pairs.append(
                PairOutcomes(first=first.variant_id, second=second.variant_id, signatures=signatures(path))
            )
    return distinct(exercise, golden, pairs, singles)


def _named_outputs(exercise: Exercise, results: dict[str, CaseResult]) -> dict[str, dict[str, np.ndarray]]:
    return {
        case_id: {
            name: output
            for name, output in zip(exercise.outputs, result.outputs, strict=True)
            if not isinstance(output, NotAnArray)
        }
        for case_id, result in results.items()
    }


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
    spread, farthest_right = max(
        (_distance(golden, case_id, output, results[case_id].outputs[index]), name)
        for name, results in right.items()
    )
    if spread > LARGEST_SPREAD:
        raise _broken(
            f"{exercise.exercise_id}/{case_id}/{output}: {farthest_right} is {spread:.2g} away from every "
            "accepted solution",
            f"right programs that agree to {LARGEST_SPREAD:g}",
        )
    allowed = max(SPREAD_FACTOR * spread, SMALLEST_TOLERANCE)
    far: list[tuple[float, str]] = []
    for variant_id, result in wrong.items():
        for case in result.cases:
            if case.case_id == case_id and len(case.outputs) > index:
                distance = _distance(golden, case_id, output, case.outputs[index])
                if allowed < distance < float("inf"):
                    far.append((distance, variant_id))
    nearest, nearest_id = min(far, default=(None, None))
    tolerance = Tolerance(allowed=allowed, spread=spread, nearest_wrong=nearest, nearest_wrong_id=nearest_id)
    if tolerance.margin is not None and tolerance.margin < SMALLEST_MARGIN:
        raise _broken(
            f"{exercise.exercise_id}/{case_id}/{output}: wrong/{nearest_id} is only {tolerance.margin:.1f} "
            f"tolerances away (spread {spread:.2g})",
            f"a margin of at least {SMALLEST_MARGIN:g}",
        )
    return tolerance


def _outcomes(exercise: Exercise, result: ExerciseResult) -> dict[str, WrongOutcome]:
    """What a wrong variant does in each case; one that can't even be defined does the same in all of them."""
    if not result.cases:
        raised = result.raised
        outcome = WrongOutcome(
            status=result.status,
            raised_type=raised.type_name if raised else None,
            raised_message=raised.message if raised else None,
        )
        return {case.case_id: outcome for case in exercise.cases}
    return {
        case.case_id: WrongOutcome(
            status=case.status,
            outputs=tuple(output for output in case.outputs if not isinstance(output, NotAnArray)),
            raised_type=case.raised.type_name if case.raised else None,
            raised_message=case.raised.message if case.raised else None,
        )
        for case in result.cases
    }


def _check_that_wrong_ones_fail(exercise: Exercise, golden: Golden) -> None:
    for variant_id, outcomes in golden.wrong.items():
        told_apart = any(
            len(outcome.outputs) != len(exercise.outputs)
            or any(
                _distance(golden, case_id, output, actual) > golden.tolerances[case_id][output].allowed
                for output, actual in zip(exercise.outputs, outcome.outputs, strict=True)
            )
            for case_id, outcome in outcomes.items()
        )
        if not told_apart:
            raise _broken(
                f"{exercise.exercise_id}: no case tells wrong/{variant_id}.py from a right program",
                "a case in which it fails",
            )


def _doubled(call: CaseCall) -> CaseCall:
    arguments = {
        name: array.astype(np.float64) if array.dtype.kind == "f" else array
        for name, array in call.arguments.items()
    }
    return replace(call, arguments=arguments)


def _broken(happened: str, expected: str) -> AssignmentBroken:
    return AssignmentBroken(happened, expected=expected, advice="Correct the program, or the case.")


def main(arguments: Iterable[str] | None = None) -> int:
    """Write the golden files of the named assignments; of all that are shipped when there are none."""
    parser = argparse.ArgumentParser(prog="python -m grader.golden_builder", description=__doc__)
    parser.add_argument("assignments", nargs="*", default=shipped_assignments())
    parser.add_argument(
        "--keep-pairs",
        action="store_true",
        help="leave out the pairs of wrong variants, which take minutes, after a change that no program sees",
    )
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    for name in chosen.assignments:
        assignment = load_assignment(name)
        for exercise in assignment.exercises:
            try:
                golden = build(assignment, exercise, PUBLIC_SECRET)
            except AssignmentBroken as error:
                print(error, file=sys.stderr)
                return 3
            certificate = {
                "made_by": "make golden",
                "assignment": f"{assignment.assignment_id} version {assignment.version}",
                "numpy": np.__version__,
                "python": platform.python_version(),
                "machine": platform.machine(),
                "secret_fingerprint": fingerprint(PUBLIC_SECRET),
                "sources_sha256": sources_digest(assignment, exercise),
            }
            save_golden(exercise.folder, golden, certificate)
            save_traces(exercise.folder, traces_of(assignment, exercise, PUBLIC_SECRET))
            print(_table(exercise, golden))
            if not chosen.keep_pairs:
                pairs = pairs_of(assignment, exercise, golden, PUBLIC_SECRET)
                save_pairs(exercise.folder, pairs)
                print(f"  {len(pairs)} pairs of wrong variants are known")
    return 0


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
