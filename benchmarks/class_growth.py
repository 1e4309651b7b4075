"""How time and memory grow with the class: each step for 10, 100, 1,000 and 10,000 reports.

A few submissions are really graded, and their reports are copied under other keys. Each step runs in a process of
its own, so that its peak memory is its own. "ms a report" should stay the same from row to row, and "kB a report",
what memory grows by, should be far below the size of a report. Run with ``make bench``, or alone:
``python benchmarks/class_growth.py [LARGEST]``. It needs 150 kB of disk for each of the largest class's reports.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.grading.pipeline import grade
from grader.report.json_format import to_json
from grader.report.model import HandedInInfo, Report
from grader.report.people import IdKind, Person, PersonId
from grader.report.reports_folder import ClassList, Member, MemberState, ReportsFolder
from grader.settings import Settings
from sandbox.backends import Backend, open_sandbox

ROOT = Path(__file__).parents[1]
GRADED = (
    "docs/sample/submission.py",
    "tests/data/right_submission.py",
    "tests/data/messy.py",
    "tests/data/messy.ipynb",
)
CLASSES = (10, 100, 1_000, 10_000)
KEY = "the-key-of-a-student"

# What is measured, in this order: a name, and a program that has "folder".
_EXPORT = """
from grader.cli.main import cli
files = [str(folder.path), "--out", str(folder.path / "exported")]
cli(["export", {format}, *files{more}], standalone_mode=False)
"""
STEPS = {
    "summary, pages made": "from grader.class_results.write import write_summary; write_summary(folder)",
    "summary, pages there": "from grader.class_results.write import write_summary; write_summary(folder)",
    "export csv": _EXPORT.format(format='"csv"', more=""),
    "export junit": _EXPORT.format(format='"junit"', more=""),
    "export canvas": _EXPORT.format(format='"canvas"', more=', "--gradebook", str(folder.path / "gradebook.csv")'),
}
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from grader.report.reports_folder import ReportsFolder
folder = ReportsFolder(path=Path(sys.argv[1]))
started, cpu = time.perf_counter(), time.process_time()
{step}
print(json.dumps({{
    "seconds": time.perf_counter() - started,
    "cpu_seconds": time.process_time() - cpu,
    "peak_kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
}}))
"""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One step with one class."""

    seconds: float
    cpu_seconds: float
    peak_kilobytes: int


def real_reports() -> tuple[Report, ...]:
    """Reports of submissions that were graded just now, as those of a student with a stand-in for a key."""
    handed_in = HandedInInfo(
        key=KEY,
        people=(_person(KEY),),
        layout="plain",
        file=f"{KEY}.py",
        attempt=1,
        attempts=1,
        submitted_at="2026-11-20T21:00:00+00:00",
        marked_late=False,
    )
    engine = partial(open_sandbox, Backend.DOCKER)
    return tuple(replace(grade(ROOT / name, Settings(), engine), handed_in=handed_in) for name in GRADED)


def make_class(path: Path, reports: tuple[Report, ...], size: int) -> ReportsFolder:
    """A reports folder of so many students, as a batch leaves it but for the students' pages."""
    folder = ReportsFolder(path=path)
    folder.make()
    texts = [to_json(report) for report in reports]
    keys = [f"s{number:05}" for number in range(size)]
    for number, key in enumerate(keys):
        folder.report_file(key).write_text(texts[number % len(texts)].replace(KEY, key), encoding="utf-8")
    members = (Member(key=key, people=(_person(key),), state=MemberState.HANDED_IN) for key in keys)
    assignment = reports[0].assignment.id
    folder.write_class_list(ClassList(assignment=assignment, layout="plain", members=tuple(members), skipped=()))
    rows = (f"Student {key},{number},,{key},Section,\n" for number, key in enumerate(keys))
    header = "Student,ID,SIS User ID,SIS Login ID,Section,Week 8 (98765)\n"
    (path / "gradebook.csv").write_text(header + "".join(rows), encoding="utf-8")
    return folder


def measure(step: str, folder: ReportsFolder) -> Measured:
    """One step in a process of its own."""
    command = [sys.executable, "-c", MEASURED.format(step=step), str(folder.path)]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def main(largest: int) -> None:
    """Measure every step with every class up to the largest, and print a table."""
    reports = real_reports()
    sizes = [len(to_json(report).encode()) for report in reports]
    print(f"Reports of {min(sizes) // 1000} to {max(sizes) // 1000} kB")
    print(f"{'':22}{'reports':>8}{'seconds':>10}{'ms a report':>13}{'CPU ms':>9}{'peak MB':>9}{'kB a report':>13}")
    smallest: dict[str, Measured] = {}
    for size in (each for each in CLASSES if each <= largest):
        with tempfile.TemporaryDirectory() as name:
            folder = make_class(Path(name), reports, size)
            for title, step in STEPS.items():
                found = measure(step, folder)
                least = smallest.setdefault(title, found)
                grown = (found.peak_kilobytes - least.peak_kilobytes) / size
                print(
                    f"{title:22}{size:8,}{found.seconds:10.2f}{1000 * found.seconds / size:13.2f}"
                    f"{1000 * found.cpu_seconds / size:9.2f}{found.peak_kilobytes / 1000:9.0f}{grown:13.1f}"
                )


def _person(key: str) -> Person:
    return Person(name=f"Student {key}", ids=(PersonId(kind=IdKind.LOGIN, value=key),))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLASSES[-1])
