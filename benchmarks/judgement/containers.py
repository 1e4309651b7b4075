"""Whether the real container gives the verdicts that the forked processes give."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from benchmarks.judgement.measuring import Tried
from grader.grading.pipeline import grade
from grader.report.model import ExerciseReport
from grader.settings import Settings
from sandbox.backends import Backend, open_sandbox
from sandbox.interface import Sandbox
from sandbox.wire.limits import Limits


def compare_with_container(tried: Sequence[Tried], count: int, seed: int) -> tuple[int, list[str]]:
    """Grade a random sample in the container: how many, and those with another verdict, in words."""
    sample = Random(seed).sample(list(tried), min(count, len(tried)))
    different = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "submission.py"
        for each in sample:
            file.write_text(each.mutant.source, encoding="utf-8")
            (report,) = grade(file, Settings(only=(each.mutant.exercise_id,)), _open).exercises
            if not _same(each, report):
                here = f"{each.judged.status.value}, {each.judged.points:g}" if each.judged else "ended"
                there = f"{report.status.value}, {report.points:g}"
                different.append(f"{each.mutant.name}: {here} here, {there} in the container")
    return len(sample), different


def _same(tried: Tried, report: ExerciseReport) -> bool:
    if tried.judged is None:
        return report.status.value in ("timeout", "memory", "crashed")
    diagnoses = tuple(diagnosis.id for diagnosis in report.diagnoses)
    mine = (tried.judged.status, tried.judged.points, tried.judged.diagnoses)
    return mine == (report.status, report.points, diagnoses)


@contextmanager
def _open(*, bank: Path, limits: Limits) -> Iterator[Sandbox]:
    with open_sandbox(Backend.DOCKER, bank=bank, limits=limits) as sandbox:
        yield sandbox
