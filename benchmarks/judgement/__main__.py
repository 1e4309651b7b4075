"""``make judgement``: measures how well the grader judges, and prints a table.

Mutants run in forked processes of this one, without a container: they are changes of our own programs, and a
container each would take hours. ``--docker N`` grades N of them in the real container too, and compares.
Exits with 1 when a goal is missed.
"""

import argparse
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the container, and before NumPy is imported

from benchmarks.judgement.containers import compare_with_container
from benchmarks.judgement.measuring import (
    Fate,
    Measured,
    grade_right_ones,
    mutants_for,
    name_restyled,
    smallest_margin,
    try_mutants,
)
from benchmarks.judgement.programs import Programs, all_programs
from benchmarks.judgement.table import NAMED, kill_rate, share_named, table

SLOW = "alexnet"  # a fifth of a second and more for each mutant


def measure(programs: Programs, most: int | None, seed: int) -> Measured:
    """All numbers of one exercise."""
    exercise = programs.exercise
    measured = Measured(exercise_id=exercise.exercise_id, right=len(exercise.right_paths))
    measured.false_alarms = grade_right_ones(programs)
    name_restyled(programs, measured)
    measured.margin, measured.margin_of = smallest_margin(programs)
    measured.changes, mutants = mutants_for(programs, most, seed)
    measured.tried = try_mutants(programs, mutants)
    return measured


def missed_goals(measured: list[Measured]) -> list[str]:
    """What was promised and is not so."""
    restyled = sum(each.restyled.total() for each in measured)
    named = sum(each.named.total() for each in measured)
    goals = {
        "kill rate of at least 99%": kill_rate(measured) >= 0.99,
        "no survivor that is not listed": not any(each.count(Fate.SURVIVED) for each in measured),
        "no false alarm": not any(each.false_alarms for each in measured),
        "at least 90% of restyled wrong variants named": named >= 0.9 * restyled,
        "at least 60% of single mutants named": share_named(measured, NAMED, finished=True) >= 0.6,
        "a margin of at least 100": all(each.margin >= 100 for each in measured),
    }
    return [goal for goal, reached in goals.items() if not reached]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judgement", description=__doc__)
    parser.add_argument("--only", action="append", help="one exercise; may be repeated")
    parser.add_argument("--mutants", type=int, help="about so many of each exercise, drawn by seed; default: all")
    parser.add_argument("--slow", type=int, default=300, help=f"about so many of {SLOW}; default 300")
    parser.add_argument("--docker", type=int, default=0, help="grade so many mutants in the real container too")
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    started = time.monotonic()
    measured, of_containers = [], []
    for programs in all_programs():
        exercise_id = programs.exercise.exercise_id
        if given.only and exercise_id not in given.only:
            continue
        most = given.slow if exercise_id == SLOW else given.mutants
        measured.append(measure(programs, most, given.seed))
        of_containers += measured[-1].tried
        print(f"{exercise_id}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    docker = compare_with_container(of_containers, given.docker, given.seed) if given.docker else None
    print(table(measured, docker))
    missed = missed_goals(measured)
    print(
        f"\n{time.monotonic() - started:.0f} seconds. "
        + (f"Missed: {'; '.join(missed)}." if missed else "All goals reached.")
    )
    return 1 if missed or (docker and docker[1]) else 0


if __name__ == "__main__":
    sys.exit(main())
