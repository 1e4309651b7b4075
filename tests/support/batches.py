"""Whole batches without containers: a class to hand in to, and a pool that grades in this process."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED, load_assignment
from grader.batch.batch import Batch, BatchListener, BatchResult, BatchSettings
from grader.batch.job import Graded, Job, JobResult, Unreadable
from grader.batch.worker_pool import WorkerPool
from grader.course.loaded_assignment import prepare_assignment
from grader.course.private_assignment import secret_of
from grader.errors import SubmissionUnreadable
from grader.grading.pipeline import grade_program
from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout
from grader.report.model import Report
from grader.report.reports_folder import Member, ReportsFolder
from grader.report.signature import key_at
from grader.report.unreadable_report import problem_report
from grader.settings import Settings
from tests.support.class_reports import person
from tests.support.trusted import open_trusted

EXERCISES = SHIPPED / DEFAULT_ASSIGNMENT


@dataclass
class FakePool:
    """Grades at once in this process. ``faults`` may answer in its place."""

    faults: Callable[[Job], JobResult | BaseException | None] = lambda job: None
    slots: int = 2
    answers: bool = True
    jobs: list[Job] = field(default_factory=list)
    renewed: int = 0
    closed_at_once: bool | None = None

    def prepare(self, say: Callable[[str], None]) -> None:
        pass

    def submit(self, job: Job) -> "Future[JobResult]":
        self.jobs.append(job)
        future: Future[JobResult] = Future()
        outcome = self.faults(job)
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome or grade_here(job))
        return future

    def engine_answers(self) -> bool:
        return self.answers

    def renew(self) -> None:
        self.renewed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.closed_at_once = kind is not None


def grade_here(job: Job) -> JobResult:
    try:
        return Graded(
            report=grade_program(
                job.program,
                prepare_assignment(job.settings.assignment, secret_of(job.settings)),
                job.settings,
                open_trusted,
            )
        )
    except SubmissionUnreadable as error:
        return Unreadable(problem=problem_report(error))


class Notes(BatchListener):
    """A listener that remembers."""

    def __init__(self) -> None:
        self.pauses: list[str] = []
        self.resumes = 0
        self.troubles: dict[str, str] = {}
        self.numbers: tuple[int, int] | None = None

    def planned(self, students: int, submissions: int) -> None:
        self.numbers = students, submissions

    def ended(self, key: str, report: Report | None, trouble: str | None) -> None:
        if trouble:
            self.troubles[key] = trouble

    def paused(self, why: str) -> None:
        self.pauses.append(why)

    def resumed(self) -> None:
        self.resumes += 1

    def time_passes(self) -> None:
        pass


@dataclass
class Class:
    """A class folder with one file for each attempt, and where its reports go."""

    path: Path
    assignment: Path
    works: dict[str, list[ClassSubmission]] = field(default_factory=dict)
    others: tuple[Member, ...] = ()
    pool: WorkerPool = field(default_factory=FakePool)
    notes: Notes = field(default_factory=Notes)
    said: list[str] = field(default_factory=list)

    @property
    def folder(self) -> ReportsFolder:
        return ReportsFolder(path=self.path / "reports")

    def hand_in(self, key: str, program: str, *, at: datetime | None = None, marked_late: bool = False) -> Path:
        works = self.works.setdefault(key, [])
        file = self.path / "class" / f"{key}-{len(works)}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(program, encoding="utf-8")
        works.append(
            ClassSubmission(
                key=key,
                people=(person(key.title(), login=key),),
                path=file,
                submitted_at=at,
                marked_late=marked_late,
            )
        )
        return file

    def grade(self, **settings: Any) -> BatchResult:
        grading = Settings(
            assignment=str(self.assignment),
            only=settings.pop("only", ()),
            with_questions=settings.pop("with_questions", True),
        )
        attempts = {key: tuple(works) for key, works in sorted(self.works.items())}
        work = ClassFolder(path=self.path / "class", layout=Layout.PLAIN, attempts=attempts)
        self.folder.make()
        if isinstance(self.pool, FakePool):
            self.pool.jobs.clear()
        with self.folder.held():
            batch = Batch(
                work,
                self.folder,
                BatchSettings(grading=grading, **settings),
                assignment=load_assignment(str(self.assignment)),
                key=key_at(None),
                others=self.others,
                listener=self.notes,
            )
            return batch.run(lambda: self.pool, lambda line: None)

    def report(self, key: str) -> Report:
        report = self.folder.report(key)
        assert report is not None
        return report


def right(exercise: str = "attention") -> str:
    return (EXERCISES / exercise / "right" / "as_taught.py").read_text(encoding="utf-8")


def wrong(variant: str = "not_scaled", exercise: str = "attention") -> str:
    return (EXERCISES / exercise / "wrong" / f"{variant}.py").read_text(encoding="utf-8")
