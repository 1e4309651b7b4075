"""How long a whole ``grade submission.py`` takes, beside the least that the same work can cost.

The floor is a bare ``docker run`` of the same image that imports NumPy and makes the same forward passes
once: no grader, no limits beyond Docker's defaults, no comparison, no report. Both are measured in turn, and
the table shows medians. Run with ``make bench``, or alone: ``python benchmarks/grade_command.py [ROUNDS]``.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from exercises.golden_files import recorded_parameters
from exercises.loader import load_assignment
from grader.course.calls import case_calls
from grader.course.parameter_bank import ensure_bank
from grader.course.secret import PUBLIC_SECRET
from grader.submission.slicing import Sliced, slice_program
from grader.submission.submission import read_submission
from sandbox.image.build import image_tag
from sandbox.wire.messages import ExerciseRun, RunRequest
from sandbox.wire.request_codec import encode_request

SUBMISSION = Path(__file__).parents[1] / "tests" / "data" / "right_submission.py"
FORWARD_PASSES = """
import sys
sys.path[:0] = ['/opt/goldgrade', '/opt/goldgrade/site-packages']
from pathlib import Path
from sandbox.wire.framing import FrameDecoder
from sandbox.wire.parameters import ParameterSource
from sandbox.runner.execute import compiled, run_program, utils_module
from sandbox.wire.request_codec import decode_call, decode_plan, decode_program, decode_utils
decoder = FrameDecoder(cap_bytes=2**32, total_bytes=2**32)
frames = (frame.payload for frame in decoder.feed(open('/request', 'rb').read()))
plan = decode_plan(next(frames))
parts, future, _ = decode_utils(next(frames))
codes = [compiled(part, future) for part in parts]  # nothing is forbidden: it is all of utils
for calls, _ in plan.calls:
    run, own = decode_program(next(frames))
    called = [decode_call(next(frames), frames) for _ in range(calls)]
    for case in run_program(run, called, utils_module(codes), ParameterSource(bank=Path('/bank')), plan.limits):
        assert case.status.value == 'finished', case
"""


def request_file(folder: Path) -> Path:
    """The request that grading sends, as a file for the bare container."""
    assignment = load_assignment()
    submission = read_submission(SUBMISSION)
    runs = []
    for exercise in assignment.exercises:
        program = slice_program(submission, exercise.entry_point, is_class=exercise.is_class)
        assert isinstance(program, Sliced)
        runs.append(
            ExerciseRun(
                exercise_id=exercise.exercise_id,
                entry_point=exercise.entry_point,
                snippets=program.snippets,
                calls=case_calls(exercise, PUBLIC_SECRET),
            )
        )
    path = folder / "request"
    path.write_bytes(encode_request(RunRequest(utils_source=assignment.utils_source, runs=tuple(runs))))
    path.chmod(0o644)
    folder.chmod(0o755)
    return path


def commands(folder: Path) -> dict[str, list[str]]:
    """What is measured, by the name it has in the table."""
    specs = (spec for exercise in load_assignment().exercises for spec in recorded_parameters(exercise))
    bank = ensure_bank(specs, PUBLIC_SECRET)
    mounts = ["-v", f"{bank}:/bank:ro", "-v", f"{request_file(folder)}:/request:ro"]
    bare = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python3", *mounts]
    grade = str(Path(sys.executable).parent / "grade")
    return {
        "docker run, same forward passes": [*bare, image_tag(), "-P", "-s", "-S", "-c", FORWARD_PASSES],
        "docker run, import numpy only": [
            *bare,
            image_tag(),
            *(
                "-P",
                "-s",
                "-S",
                "-c",
                "import sys; sys.path.insert(0, '/opt/goldgrade/site-packages'); import numpy",
            ),
        ],
        "grade submission.py": [grade, str(SUBMISSION)],
        "grade --help": [grade, "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }


def main(rounds: int) -> None:
    """Measure every command in turn, ``rounds`` times, and print the medians."""
    with tempfile.TemporaryDirectory() as name:
        measured = commands(Path(name))
        seconds: dict[str, list[float]] = {title: [] for title in measured}
        for _ in range(rounds + 1):  # the first round warms the page cache and is dropped
            for title, command in measured.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                seconds[title].append(time.perf_counter() - started)
    medians = {title: statistics.median(each[1:]) for title, each in seconds.items()}
    print(f"{'':34}{'median':>9}{'least':>9}{'most':>9}   ({rounds} rounds)")
    for title, each in seconds.items():
        print(f"{title:34}{medians[title]:8.3f}s{min(each[1:]):8.3f}s{max(each[1:]):8.3f}s")
    whole = medians["grade submission.py"] / medians["docker run, same forward passes"]
    print(f"grade submission.py is {whole:.2f} times the bare container with the same work (goal: 1.5)")
    print(
        f"grade --help is {medians['grade --help'] / medians['python -c pass']:.1f} times python -c pass (goal: 3)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
