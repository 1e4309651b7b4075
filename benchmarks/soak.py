"""Thousands of submissions through one ``grade batch``, a third hostile: does anything pile up, stay, or err?

A quarter attacks the sandbox, and a tenth the host that reads them.

It samples memory, descriptors, processes, containers and temporary files while the batch runs, and compares the
medians of the first and last quarter, and the machine before and after. Each distinct honest program is also
graded alone, and every copy of it in the class must have the same checks.

Run alone on the machine: ``python benchmarks/soak.py [--count 2000] [--jobs 4]``. It ends with 1 where it found
something.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from pathlib import Path

import docker
import nbformat
from batch import CORES, EXERCISES, GRADE, ROOT
from machine import MIB, tree_bytes, tree_of

sys.path.insert(0, str(ROOT))  # the tests' costly programs

from sandbox.docker.container import LABEL, OWNER_LABEL
from sandbox.docker.engine import connect
from sandbox.leftovers import find_leftovers
from sandbox.process.orphans import find_left_processes
from sandbox.system.owned_temp_dir import find_folders
from tests.support.costly_programs import EXPLAINING, READING, too_many_scopes

SAMPLE_SECONDS = 2.0
TRIES, NO_SANDBOX = 3, 4
GROWTH = 1.15  # of a median from the first quarter to the last
SLACK = 8  # descriptors, processes: as many come and go at any moment
# Those that end by themselves, or at once at a limit, and some that take as long as they may.
QUICK_ATTACKS = (
    *("at_exit", "crash_interpreter", "cyclic_result", "daemon_stays", "duck_type"),
    *("escapes_in_output", "evil_exception", "fill_tmp", "forge_cases", "forge_frames", "garbage_in_stream"),
    *("huge_exception", "kill_everyone", "kill_itself", "kill_parent", "million_results", "object_array"),
    *("os_exit", "patched_numpy", "strided_giant", "sys_exit", "threads_stay", "write_to_runner_streams"),
)
SLOW_ATTACKS = ("loop_forever", "fork_without_end", "close_pipes_and_loop")
SLOW_IN = 50  # one of so many hostile ones
# Attacks on the host, which reads and explains: a tenth of the class.
COSTLY = (*READING.values(), *EXPLAINING.values(), too_many_scopes)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The machine at one moment of the batch."""

    memory_mib: float
    descriptors: int
    processes: int
    containers: int
    temporary_files: int


@dataclass(frozen=True, kw_only=True)
class Honest:
    """One distinct program, and those of the class who handed it in."""

    text: str
    notebook: bool
    keys: tuple[str, ...]


def main(count: int, jobs: int) -> int:
    with tempfile.TemporaryDirectory(prefix="goldgrade-soak-") as name, closing(connect()) as client:
        folder = Path(name)
        honest = write_class(folder / "class", count)
        before = of_the_host(client)
        started = time.monotonic()
        samples = run_batch(folder, jobs)
        minutes = (time.monotonic() - started) / 60
        left = of_the_host(client) - before
        reports = folder / "reports" / "reports"
        graded = len(list(reports.glob("[!.]*.json")))
        print(f"{count} submissions, a third hostile, {jobs} jobs, {CORES} cores: {minutes:.1f} minutes")
        print(f"{'':24}{'first quarter':>16}{'last quarter':>16}{'most':>10}")
        troubles = list(growth(samples))
        print(f"grading {len(honest)} distinct honest programs alone ...", flush=True)
        wrong = marked_otherwise(folder / "alone", reports, honest)
    copies = sum(len(each.keys) for each in honest)
    print(f"{'reports':40}{graded} of {count}")
    print(f"{'left on the host':40}{', '.join(sorted(left)) or 'nothing'}")
    print(f"{'honest ones marked as when alone':40}{copies - len(wrong)} of {copies}")
    if graded != count:
        troubles.append(f"{count - graded} have no report")
    troubles += [f"left on the host: {thing}" for thing in sorted(left)]
    troubles += [f"{key} has other marks than when graded alone" for key in wrong]
    for trouble in troubles[:20]:
        print(f"✗ {trouble}")
    return 1 if troubles else 0


# --- the class


def write_class(folder: Path, count: int) -> tuple[Honest, ...]:
    """Right and wrong programs, notebooks and attacks in turn, each file different; returns the honest ones."""
    folder.mkdir()
    right = (ROOT / "tests" / "data" / "right_submission.py").read_text(encoding="utf-8")
    programs = [
        right,
        *(f"{right}\n\n{path.read_text('utf-8')}" for path in sorted(EXERCISES.glob("*/wrong/*.py"))),
    ]
    hostile = (ROOT / "tests" / "hostile").joinpath
    handed_in: dict[tuple[str, bool], list[str]] = {}
    for number in range(count):
        key = f"student{number:05}"
        if number % 10 == 1:
            costly = COSTLY[number // 10 % len(COSTLY)]()
            (folder / f"{key}.py").write_text(f"# {number}\n{costly}", encoding="utf-8")
            continue
        if number % 4 == 0:
            turn = number // 4
            among = SLOW_ATTACKS if turn % SLOW_IN == SLOW_IN - 1 else QUICK_ATTACKS
            text = hostile(f"{among[turn % len(among)]}.py").read_text(encoding="utf-8")
            (folder / f"{key}.py").write_text(f"# {number}\n{text}", encoding="utf-8")
            continue
        text, notebook = programs[number % len(programs)], number % 4 == 3
        handed_in.setdefault((text, notebook), []).append(key)
        write(folder / key, f"# {number}\n{text}", notebook)
    return tuple(
        Honest(text=text, notebook=notebook, keys=tuple(keys)) for (text, notebook), keys in handed_in.items()
    )


def write(path: Path, text: str, notebook: bool) -> Path:
    path = path.with_suffix(".ipynb" if notebook else ".py")
    if notebook:
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]), path)
    else:
        path.write_text(text, encoding="utf-8")
    return path


# --- the batch


def run_batch(folder: Path, jobs: int) -> list[Sample]:
    command = [*GRADE, "batch", str(folder / "class"), "--out", str(folder / "reports"), "--jobs", str(jobs)]
    samples: list[Sample] = []
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen(command, stdout=said, stderr=said) as process,
        closing(connect()) as client,
    ):
        ended = threading.Event()

        def sample() -> None:
            while not ended.wait(SAMPLE_SECONDS):
                tree = tree_of(process.pid)
                samples.append(
                    Sample(
                        memory_mib=tree_bytes(process.pid) / MIB,
                        descriptors=sum(map(descriptors, tree)),
                        processes=len(tree),
                        containers=len(owned_containers(client, tree)),
                        temporary_files=sum(each.owner.process in tree for each in find_folders()),
                    )
                )

        sampler = threading.Thread(target=sample)
        sampler.start()
        code = process.wait()
        ended.set()
        sampler.join()
    if code != 0:
        raise SystemExit(f"grade batch ended with {code}:\n{(folder / 'said').read_text()[-2000:]}")
    return samples


def owned_containers(client: docker.APIClient, tree: Sequence[int]) -> list[str]:
    found = client.containers(all=True, filters={"label": f"{LABEL}=container"})
    return [each["Id"] for each in found if int(each["Labels"].get(OWNER_LABEL, 0)) in tree]


def descriptors(process: int) -> int:
    with suppress(OSError):
        return len(os.listdir(f"/proc/{process}/fd"))
    return 0


def growth(samples: Sequence[Sample]) -> Iterator[str]:
    """Prints each measure; yields those that grew."""
    part = max(1, len(samples) // 4)
    for each in fields(Sample):
        values = [getattr(sample, each.name) for sample in samples]
        # The first tenth starts the workers.
        first, last = (statistics.median(some) for some in (values[len(values) // 10 :][:part], values[-part:]))
        print(f"{each.name.replace('_', ' '):24}{first:16.0f}{last:16.0f}{max(values):10.0f}")
        if last > first * GROWTH and last > first + SLACK:
            yield f"{each.name.replace('_', ' ')} grew from {first:.0f} to {last:.0f}"


# --- what is left


def of_the_host(client: docker.APIClient) -> set[str]:
    """What nobody alive owns: as the batch is over, all that it left is among it."""
    found = {f"container {each[:12]}" for each in find_leftovers(client)}
    found |= {f"process {each}" for each in find_left_processes()}
    found |= {f"folder {each.path}" for each in find_folders() if each.is_left}
    return found | {f"file {path}" for path in Path("/dev/shm").iterdir() if path.name.startswith("sem.mp-")}


# --- the marks


def marked_otherwise(folder: Path, reports: Path, honest: Sequence[Honest]) -> list[str]:
    """The keys of those whose report says something else than that of the same program graded alone."""
    folder.mkdir()

    def alone(numbered: tuple[int, Honest]) -> list[str]:
        number, each = numbered
        file = write(folder / f"alone{number}", each.text, each.notebook)
        out = folder / f"alone{number}.json"
        for _ in range(TRIES):
            done = subprocess.run([*GRADE, str(file), "--json", str(out)], capture_output=True, text=True)
            if done.returncode != NO_SANDBOX:  # a batch tries again too, and nobody has a mark yet
                break
        if done.returncode != 0:
            raise SystemExit(f"grade ended with {done.returncode}: {done.stderr}")
        expected = marks(out)
        return [key for key in each.keys if marks(reports / f"{key}.json") != expected]

    with ThreadPoolExecutor(CORES) as pool:
        return [key for keys in pool.map(alone, enumerate(honest)) for key in keys]


def marks(report: Path) -> object:
    """Points and what each check said."""
    if not report.exists():
        return None
    found = json.loads(report.read_text(encoding="utf-8"))
    checks = [
        (exercise["id"], exercise["status"], check["id"], check["case"], check["passed"], check["points"])
        for exercise in found["exercises"]
        for check in exercise["checks"]
    ]
    return found["score"], checks


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="submissions")
    parser.add_argument("--jobs", type=int, default=4, help="at once")
    options = parser.parse_args()
    sys.exit(main(options.count, options.jobs))
