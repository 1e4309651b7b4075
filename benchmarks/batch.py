"""A class of 200 through ``grade batch``, beside what the same work costs otherwise.

- (a) ``grade FILE`` for one after the other, on every tenth submission;
- (b) the floor: a bare ``docker run -i`` for each submission, as many at a time as there are cores, which gets the
  very request that grading sends, and whose output nobody looks at. It has no limits but those on memory and
  processes, without which hostile programs would take the machine;
- (c) ``otter run`` of otter-grader on the attention exercise alone, without isolation, as many at a time as there
  are cores, beside ``grade batch --only attention`` on the same files. Give the Python of an environment with
  otter-grader and ipykernel in OTTER_PYTHON; without it this part is left out, and says so. To make one:
  ``python3 -m venv otter && otter/bin/pip install otter-grader==7.0.0 ipykernel numpy``.

Memory: the grader's and the containers' peaks for 200 submissions, and the grader's for 200 and 2,000 stubs.
Run alone on the machine: ``python benchmarks/batch.py [SUBMISSIONS]``.
"""

import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat
from machine import MIB, Cost

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.course.loaded_assignment import prepare_assignment
from grader.course.parameter_bank import ensure_bank
from grader.course.secret import PUBLIC_SECRET
from grader.grading.pipeline import grade_program
from grader.settings import Settings
from grader.submission.program_file import find_program
from sandbox.image.build import image_tag
from sandbox.wire.limits import Limits
from sandbox.wire.messages import RunRequest
from sandbox.wire.request_codec import encode_request

ROOT = Path(__file__).parents[1]
EXERCISES = SHIPPED / DEFAULT_ASSIGNMENT
GRADE = [sys.executable, "-c", "from grader.cli.entry import main; main()"]
CORES = len(os.sched_getaffinity(0))
# What a class hands in, of every twenty: the rest are right.
WRONG, NOTEBOOKS, UNFINISHED, HOSTILE = 8, 4, 2, 1
ATTACKS = ("fork_without_end", "allocate_without_end", "print_without_end", "os_exit", "loop_forever")
FLOOR_GOAL, OTTER_GOAL = 0.85, 5.0


def main(count: int) -> None:
    """Measure and print everything."""
    python = otter_python()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        files = write_class(folder / "class", count)
        print(f"{count} submissions, {CORES} cores")
        print(f"{'':44}{'a minute':>9}{'CPU s each':>12}{'grader MiB':>12}{'containers MiB':>16}")
        ours = measured_batch(folder / "class", folder / "reports")
        row("grade batch", count, ours)
        row("(a) grade, one after the other", len(files[::10]), sequential(files[::10]))
        floor = bare_runs(files)
        row("(b) bare docker run of the same work", count, floor)
        ratio = floor.seconds / ours.seconds
        print(f"grade batch has {ratio:.2f} of the floor's throughput (goal: {FLOOR_GOAL})")
        if python is None:
            print("(c) otter run: not measured; OTTER_PYTHON names no Python with otter-grader")
        else:
            against_otter(folder, python, count=max(20, count // 5))
        for stubs in (count, 10 * count):
            write_stubs(folder / f"stubs{stubs}", stubs)
            cost = measured_batch(folder / f"stubs{stubs}", folder / f"stub-reports{stubs}")
            row(f"{stubs:,} stubs", stubs, cost)


def row(title: str, count: int, cost: Cost) -> None:
    grader = f"{cost.grader_bytes / MIB:.0f}" if cost.grader_bytes else "-"
    containers = f"{cost.container_bytes / MIB:.0f}" if cost.container_bytes else "-"
    each = f"{60 * count / cost.seconds:9.0f}{cost.processor_seconds / count:12.2f}"
    print(f"{title:44}{each}{grader:>12}{containers:>16}", flush=True)


# --- the class


def write_class(folder: Path, count: int) -> list[Path]:
    """A class of this size: right and wrong programs, notebooks, unfinished work and attacks, each different."""
    folder.mkdir()
    right = (ROOT / "tests" / "data" / "right_submission.py").read_text(encoding="utf-8")
    mistakes = [path.read_text(encoding="utf-8") for path in sorted(EXERCISES.glob("*/wrong/*.py"))]
    attacks = [(ROOT / "tests" / "hostile" / f"{name}.py").read_text(encoding="utf-8") for name in ATTACKS]
    chosen = random.Random(8)
    files = []
    for number in range(count):
        place = number % 20
        text = f"# Submission {number}\n{right}"
        if place < WRONG:
            text += "\n\n" + "\n\n".join(chosen.sample(mistakes, 2))
        elif place < WRONG + UNFINISHED:
            text = re.sub(r"\nclass AlexNet.*?(?=\nclass |\ndef |\Z)", "\n", text, flags=re.DOTALL)
        elif place < WRONG + UNFINISHED + HOSTILE:
            text += "\n\n" + attacks[number // 20 % len(attacks)]
        notebook = place >= 20 - NOTEBOOKS
        path = folder / f"student{number:04}.{'ipynb' if notebook else 'py'}"
        if notebook:
            document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)])
            nbformat.write(document, path)
        else:
            path.write_text(text, encoding="utf-8")
        files.append(path)
    return files


def write_stubs(folder: Path, count: int) -> None:
    """Submissions with nothing to run: they cost the grader what any does, and no container."""
    folder.mkdir()
    for number in range(count):
        (folder / f"stub{number:05}.py").write_text(f"# {number}\nx = {number}\n")


# --- what is measured


def measured_batch(folder: Path, out: Path, *options: str) -> Cost:
    command = [*GRADE, "batch", str(folder), "--out", str(out), *options]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        Cost(process.pid) as cost,
    ):
        code = process.wait()
    if code != 0:
        raise SystemExit(f"grade batch ended with exit code {code}")
    return cost


def sequential(files: list[Path]) -> Cost:
    with Cost() as cost:
        for file in files:
            subprocess.run([*GRADE, str(file)], check=True, capture_output=True)
    return cost


class _Recorded(Exception):
    """The request is known, and nothing has to be run."""


class _Recorder:
    backend = image = "none"

    def run(self, request: RunRequest, **_: object) -> None:
        raise _Recorded(request)


@contextmanager
def _recording(**_: object) -> Iterator[_Recorder]:
    yield _Recorder()


def request_of(file: Path) -> bytes:
    """What grading this file sends into its container. Nobody ends what runs too long there: it has to itself."""
    course = prepare_assignment(DEFAULT_ASSIGNMENT, PUBLIC_SECRET)
    settings = Settings(limits=Limits(wall_time_factor=1.0))
    try:
        grade_program(find_program(file), course, settings, _recording)  # type: ignore[arg-type]
    except _Recorded as recorded:
        return encode_request(recorded.args[0])
    raise SystemExit(f"{file} has nothing to run")


def bare_runs(files: list[Path]) -> Cost:
    bank = ensure_bank(prepare_assignment(DEFAULT_ASSIGNMENT, PUBLIC_SECRET).parameters, PUBLIC_SECRET)
    bounds = ["--memory", "1g", "--memory-swap", "1g", "--pids-limit", "64", "--user", "65534"]
    command = ["docker", "run", "--rm", "-i", "--init", "--network", "none", *bounds]
    command += ["-v", f"{bank}:/bank:ro", image_tag()]
    requests = [request_of(file) for file in files]

    def run(request: bytes) -> None:
        subprocess.run(command, input=request, capture_output=True)  # a hostile one may end badly

    with Cost() as cost, ThreadPoolExecutor(CORES) as pool:
        list(pool.map(run, requests))
    return cost


# --- otter-grader

OTTER_TEST = '''
OK_FORMAT = True
test = {"name": "attention%d", "points": 20, "suites": [{"cases": [
    {"code": """>>> import numpy as np
>>> rng = np.random.default_rng(%d)
>>> Q, K, V = (rng.standard_normal((2, 4, 8)) for _ in range(3))
>>> scores = Q @ K.transpose(0, 2, 1) / np.sqrt(8)
>>> weights = np.exp(scores - scores.max(-1, keepdims=True))
>>> weights /= weights.sum(-1, keepdims=True)
>>> output, given = student_attention(Q, K, V)[:2]
>>> bool(np.allclose(output, weights @ V))
True
""", "hidden": False, "locked": False}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}]}
'''


def otter_python() -> str | None:
    """OTTER_PYTHON, if it is set; ends the benchmark before it measures anything when that one would fail later."""
    python = os.environ.get("OTTER_PYTHON")
    if python is None:
        return None
    # otter asks for no kernel, but runs notebooks with one: "otter run" fails without ipykernel.
    needed = {"otter": "otter-grader==7.0.0", "ipykernel": "ipykernel", "numpy": "numpy"}
    look = f"import importlib.util as u; print(*[n for n in {list(needed)} if u.find_spec(n) is None])"
    try:
        done = subprocess.run([python, "-c", look], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"OTTER_PYTHON={python} does not run: {error}\nExpected: a Python with otter-grader and ipykernel.\n"
            "Correct the path, or unset OTTER_PYTHON to leave otter out."
        ) from error
    if missing := done.stdout.split():
        raise SystemExit(
            f"OTTER_PYTHON={python} lacks {' and '.join(missing)}\nExpected: all that 'otter run' needs.\n"
            f"Run: {shlex.join([python, '-m', 'pip', 'install', *(needed[name] for name in missing)])}"
        )
    return python


def against_otter(folder: Path, python: str, count: int) -> None:
    """The attention exercise alone, on both graders, the same files."""
    files = write_attention_class(folder / "attention", count)
    ours = measured_batch(folder / "attention", folder / "attention-reports", "--only", "attention")
    row(f"grade batch --only attention, {count}", count, ours)
    autograder = otter_autograder(folder / "otter", python)

    def run(file: Path) -> None:
        out = folder / "otter-out" / file.stem
        out.mkdir(parents=True)
        command = [python, "-m", "otter", "run", str(file), "-a", str(autograder), "-o", str(out), "--no-logo"]
        subprocess.run(command, check=True, capture_output=True, cwd=out)
        json.loads((out / "results.json").read_text())

    with Cost() as otter, ThreadPoolExecutor(CORES) as pool:
        list(pool.map(run, files))
    row(f"(c) otter run, no isolation, {count}", count, otter)
    print(f"grade batch is {otter.seconds / ours.seconds:.1f} times as fast as otter run (goal: {OTTER_GOAL:g})")


def write_attention_class(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    attention = EXERCISES / "attention"
    programs = [*sorted(attention.glob("right/*.py")), *sorted(attention.glob("wrong/*.py"))]
    files = []
    for number in range(count):
        text = f"# Submission {number}\n" + programs[number % len(programs)].read_text(encoding="utf-8")
        document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)])
        nbformat.write(document, folder / f"student{number:04}.ipynb")
        files.append(folder / f"student{number:04}.ipynb")
    return files


def otter_autograder(folder: Path, python: str) -> Path:
    """Its zip with three tests of the attention exercise, and the course's utils."""
    (folder / "tests").mkdir(parents=True)
    for number in range(3):
        (folder / "tests" / f"attention{number}.py").write_text(OTTER_TEST % (number, number))
    shutil.copyfile(EXERCISES / "utils.py", folder / "utils.py")
    (folder / "requirements.txt").write_text("numpy\n")
    parts = ["-t", "tests", "-r", "requirements.txt", "-o", "autograder.zip", "utils.py"]
    command = [python, "-m", "otter", "generate", *parts]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    assert zipfile.is_zipfile(folder / "autograder.zip")
    return folder / "autograder.zip"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
