"""What reading in a child with limits costs honest work, and what it saves where a program is made to be costly.

Run with ``make bench``, or alone: ``python benchmarks/limited_child.py [ROUNDS]``. Medians of several rounds; each
costly program is read once with the limits and once, in a process of its own, without.
"""

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from exercises.loader import load_assignment
from grader.grading.reading import _read
from grader.report.free_text_answers import question_reports
from grader.submission.program_file import ProgramFile, find_program
from sandbox.system.errors import GoldgradeError
from sandbox.system.limited_child import ChildLimits, TooCostly, in_limited_child

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests' costly programs

from tests.support.costly_programs import NOTEBOOKS, READING, too_many_scopes  # noqa: E402

SUBMISSION = ROOT / "tests" / "data" / "right_submission.py"
UNLIMITED = ChildLimits(memory_bytes=1 << 40, cpu_seconds=100_000, wall_seconds=3_000)


def main(rounds: int) -> None:
    assignment = load_assignment()
    wanted = [(exercise.entry_point, exercise.is_class) for exercise in assignment.exercises]
    program = find_program(SUBMISSION)
    read = partial(_read, program, wanted)
    blocks = read().text_blocks
    answers = partial(question_reports, assignment, blocks)
    answers()
    print(f"{'honest work, milliseconds':44}{'here':>10}{'in a child':>12}{'more':>8}")
    for name, work in {"reading and slicing": read, "answers in words": answers, "nothing": lambda: None}.items():
        here = _median(work, rounds)
        child = _median(partial(in_limited_child, work), rounds)
        print(f"{name:44}{here * 1000:10.1f}{child * 1000:12.1f}{(child - here) * 1000:8.1f}")
    print()
    print(f"{'costly programs':44}{'KiB':>7}{'seconds':>10}{'MiB':>6}{'without limits':>18}{'MiB':>6}  outcome")
    for name, text, form in _costly():
        data = text.encode()
        work = partial(_read, _program(data, form), wanted)
        limited, unlimited = _used(work, ChildLimits()), _used(work, UNLIMITED)
        print(
            f"{name:44}{len(data) >> 10:7}{limited[0]:10.1f}{limited[1]:6}{unlimited[0]:18.1f}{unlimited[1]:6}"
            f"  {limited[2]}",
            flush=True,
        )


def _median(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _costly() -> list[tuple[str, str, str]]:
    scripts = {**READING, "too_many_scopes": too_many_scopes}
    return [
        *((name.replace("_", " "), make(), ".py") for name, make in scripts.items()),
        *((f"notebook: {name}", make(), ".ipynb") for name, make in NOTEBOOKS.items()),
    ]


def _program(data: bytes, ending: str) -> ProgramFile:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"submission{ending}"
        file.write_bytes(data)
        return find_program(file)


def _used(work: Callable[[], object], limits: ChildLimits) -> tuple[float, int, str]:
    """Processor seconds, MiB and outcome; in a fork, whose children's usage is its own."""
    read_end, write_end = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read_end)
        outcome = "read"
        try:
            in_limited_child(work, limits)
        except TooCostly:
            outcome = "too costly"
        except GoldgradeError:
            outcome = "refused"
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write_end, f"{used.ru_utime + used.ru_stime} {used.ru_maxrss >> 10} {outcome}".encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, encoding="utf-8") as file:
        seconds, mib, outcome = file.read().split(" ", 2)
    os.waitpid(process, 0)
    return float(seconds), int(mib), outcome


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
