"""What ``--fresh-inputs`` costs, and whether recorded tolerances hold for inputs that nobody has seen.

    python benchmarks/fresh_inputs.py cost [--times 5] [--assignment NAME|PATH]
    python benchmarks/fresh_inputs.py survey [--inputs 200] [--only EXERCISE] [--assignment NAME|PATH]

"cost" grades the sample in which everything is right, and one with mistakes, in the real container: with recorded
inputs and with fresh ones. "survey" makes many fresh inputs of each hidden case and runs every program that we know
on them. The largest distance of a right program must stay within the tolerance that was recorded with other inputs,
and the smallest one of each mistake that the case can see must be 100 times as far. It needs no engine.
"""

import argparse
import math
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from exercises.golden_files import Golden, load_golden
from exercises.loader import DEFAULT_ASSIGNMENT, REPOSITORY, load_assignment
from exercises.spec import Assignment, Exercise
from grader.authoring.golden_builder import SMALLEST_MARGIN
from grader.course.calls import case_calls
from grader.course.secret import PUBLIC_SECRET
from grader.grading.pipeline import grade
from grader.judging.comparison import farthest
from grader.settings import Settings
from grader.variants.fresh_inputs import fresh_key
from grader.variants.outcomes import named_outputs
from grader.variants.reference_runs import BankSource, reference_runner
from sandbox.backends import Backend, open_sandbox
from sandbox.wire.messages import ExerciseResult

SAMPLES = (REPOSITORY / "tests" / "data" / "right_submission.py", REPOSITORY / "docs" / "sample" / "submission.py")


def cost(assignment: str, times: int) -> None:
    """Seconds of ``grade`` inside one process: medians, and processor time of this process."""
    in_docker = partial(open_sandbox, Backend.DOCKER)
    print(f"{'submission':28} {'inputs':9} {'median s':>9} {'slowest s':>10} {'processor s':>12}")
    for sample in SAMPLES:
        for fresh in (False, True):
            settings = Settings(assignment=assignment, fresh_inputs=fresh)
            grade(sample, settings, in_docker)  # makes the bank, and warms what can be warm
            took, worked = [], []
            for _ in range(times):
                started, before = time.perf_counter(), time.process_time()
                grade(sample, settings, in_docker)
                took.append(time.perf_counter() - started)
                worked.append(time.process_time() - before)
            print(
                f"{sample.name:28} {'fresh' if fresh else 'recorded':9} {statistics.median(took):9.2f} "
                f"{max(took):10.2f} {statistics.median(worked):12.2f}"
            )


def survey(assignment: Assignment, exercise: Exercise, inputs: int) -> bool:
    """Print a line for each output of each hidden case; returns whether all of them are sound."""
    golden = load_golden(exercise)
    hidden = tuple(replace(case, can_be_fresh=not case.visible) for case in exercise.cases)
    exercise = replace(exercise, cases=hidden)
    worst: dict[tuple[str, str], tuple[float, str]] = defaultdict(lambda: (0.0, "-"))
    nearest: dict[tuple[str, str], tuple[float, str]] = defaultdict(lambda: (math.inf, "-"))
    runner = reference_runner(assignment, exercise, PUBLIC_SECRET)
    source = runner.source
    banked = BankSource(source, golden.parameters)
    for number in range(inputs):
        print(f"{exercise.exercise_id}: {number + 1} of {inputs}", end="\r", file=sys.stderr)
        calls = case_calls(exercise, PUBLIC_SECRET, fresh=fresh_key(PUBLIC_SECRET, f"survey {number}"))
        fresh = {case.case_id for case in exercise.cases if case.can_be_fresh}
        runner.calls = tuple(call for call in calls if call.case_id in fresh)
        exact = {
            each.solution_id: named_outputs(
                exercise, runner.right_outputs(each.path, each.entry_point, double=True, source=source)
            )
            for each in exercise.accepted
        }
        expected = Golden(accepted=exact, wrong={}, tolerances=golden.tolerances, parameters=())
        for path, entry_point in _right_programs(exercise):
            for place, share in _shares(exercise, expected, runner.run(path, entry_point, source)).items():
                worst[place] = max(worst[place], (share, path.name))
        for variant in exercise.wrong:
            shares = _shares(exercise, expected, runner.run(variant.path, exercise.entry_point, banked))
            for place, share in shares.items():
                if _sees(golden, variant.variant_id, place, exercise):
                    nearest[place] = min(nearest[place], (share, variant.variant_id))
    sound = True
    for place in sorted({*worst, *nearest}):
        farthest_right, by = worst[place]
        margin, mistake = nearest[place]
        fine = farthest_right <= 1 and margin >= SMALLEST_MARGIN
        sound = sound and fine
        print(
            f"{exercise.exercise_id:20} {'/'.join(place):42} right {farthest_right:6.3f} ({by})  "
            f"wrong {margin:12,.1f} ({mistake}){'' if fine else '  <-- NOT SOUND'}",
            flush=True,
        )
    return sound


def _right_programs(exercise: Exercise) -> list[tuple[Path, str]]:
    accepted = [(each.path, each.entry_point) for each in exercise.accepted]
    return accepted + [(path, exercise.entry_point) for path in exercise.right_paths]


def _shares(exercise: Exercise, golden: Golden, result: ExerciseResult) -> dict[tuple[str, str], float]:
    """By case and output: the distance from the nearest accepted solution, in tolerances."""
    found = {}
    for case in result.cases:
        for output, actual in zip(exercise.outputs, case.outputs, strict=False):
            if isinstance(actual, np.ndarray):
                found[case.case_id, output] = (
                    min(
                        farthest(actual=actual, expected=cases[case.case_id][output])
                        for cases in golden.accepted.values()
                    )
                    / golden.tolerances[case.case_id][output].allowed
                )
    return found


def _sees(golden: Golden, variant_id: str, place: tuple[str, str], exercise: Exercise) -> bool:
    """Whether the case tells the mistake apart by this output, with the inputs that were recorded."""
    case_id, output = place
    outcome = golden.wrong[variant_id][case_id]
    index = exercise.outputs.index(output)
    if len(outcome.outputs) <= index:
        return False
    distance = min(
        farthest(actual=outcome.outputs[index], expected=cases[case_id][output])
        for cases in golden.accepted.values()
    )
    return golden.tolerances[case_id][output].allowed < distance


def main() -> int:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cost", "survey"))
    parser.add_argument("--assignment", default=DEFAULT_ASSIGNMENT)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--inputs", type=int, default=200)
    parser.add_argument("--only", action="append")
    chosen = parser.parse_args()
    if chosen.what == "cost":
        cost(chosen.assignment, chosen.times)
        return 0
    assignment = load_assignment(chosen.assignment)
    sound = True
    for exercise in assignment.exercises:
        if not chosen.only or exercise.exercise_id in chosen.only:
            sound = survey(assignment, exercise, chosen.inputs) and sound
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
