"""A class from its folder to its reports: plan, give out, file. What has ended stays, whatever comes next."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from exercises.late_policy import LateRule
from exercises.spec import Assignment
from grader.batch.cache_keys import assignment_digest
from grader.batch.dispatcher import Dispatcher, ProgressListener
from grader.batch.job import AssignmentFailure, Graded, InternalFailure, Job, Unreadable
from grader.batch.plan import Attempt, Keep, Stale, Task, attempts_of, task_of
from grader.batch.regrade_preview import MarkChange
from grader.batch.report_store import Filed, ReportStore, Settled, best_of, staleness
from grader.batch.same_class import OtherwiseAllowed, check_same_class, graded_with
from grader.batch.worker_pool import WorkerPool
from grader.course import check_secret, secret_of
from grader.errors import ReportUnreadable, SubmissionUnreadable, UsageProblem
from grader.grading import check_fresh_inputs, chosen_exercises
from grader.intake import ClassFolder
from grader.report.model import Report, printable
from grader.report.reports_folder import ClassList, Member, MemberState, ReportsFolder
from grader.report.signature import SigningKey
from grader.report.unreadable_report import problem_report
from grader.settings import Settings
from grader.submission import find_program
from grader.wording import did_you_mean, nearest_name
from sandbox.system import ExitCode


@dataclass(frozen=True, kw_only=True)
class BatchSettings:
    """What a batch is told, besides the class and where its reports go."""

    grading: Settings = field(default_factory=Settings)
    keep: Keep = Keep.LAST
    students: tuple[str, ...] = ()  # keys; empty for all
    regrade: bool = False
    apply: bool = False  # marks of the same work may change
    late: LateRule | None = None
    otherwise: OtherwiseAllowed = field(default_factory=OtherwiseAllowed)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Somebody who could not be graded, through no fault of theirs."""

    key: str
    message: str
    exit_code: ExitCode


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """How a batch went."""

    filed: int  # reports that are new
    unchanged: int
    unreadable: int
    pending: tuple[MarkChange, ...]  # marks that would change with --apply
    pending_unchanged: int  # reports that would be replaced without a change of marks
    applied: tuple[MarkChange, ...]  # marks that did
    troubles: tuple[Trouble, ...]
    skipped: int = 0  # files in the class folder that were nobody's work

    @property
    def exit_code(self) -> ExitCode:
        """That of the troubles; of several kinds the last in the table, which are the gravest."""
        return max((trouble.exit_code for trouble in self.troubles), default=ExitCode.DONE)


class BatchListener(ProgressListener):
    """Is told how a batch goes; a view shows it."""

    def planned(self, students: int, submissions: int) -> None: ...
    def ended(self, key: str, report: Report | None, trouble: str | None) -> None: ...


@dataclass(eq=False)
class _Student:
    """One student on the way: the attempts that may count, and what is known of them.

    There is one for each student of the class. Reports are large, and are here only from when they are made to when
    the last of the student's attempts has ended.
    """

    key: str
    attempts: tuple[Attempt, ...]
    stale: Stale | None  # why the report that is there is to be made anew
    stored: dict[str, Path] = field(default_factory=dict)  # where an attempt's report is, by its SHA-256
    tasks: list[Task] = field(default_factory=list)  # the attempts that are to be graded
    reports: dict[str, Report] = field(default_factory=dict)  # of those that have been, by SHA-256

    @property
    def is_finished(self) -> bool:
        return all(task.attempt.sha256 in self.reports for task in self.tasks)


class Batch:
    """Grades a class into a folder that nobody else writes to meanwhile (``ReportsFolder.held``)."""

    def __init__(
        self,
        work: ClassFolder,
        folder: ReportsFolder,
        settings: BatchSettings,
        *,
        assignment: Assignment,
        key: SigningKey | None,
        others: tuple[Member, ...] = (),
        listener: BatchListener,
    ) -> None:
        self._assignment = assignment
        chosen = chosen_exercises(self._assignment, settings.grading.only)
        check_fresh_inputs(self._assignment, settings.grading)
        self._only = tuple(exercise.exercise_id for exercise in chosen)
        self._work = work
        self._folder = folder
        self._settings = settings
        self._others = others
        self._listener = listener
        self._report_store = ReportStore(
            folder=folder,
            class_path=work.path,
            layout=work.layout.value,
            assignment=self._assignment,
            rule=settings.late or self._assignment.late,
            apply=settings.apply,
            settings=settings.grading,
            key=key,
        )
        self._graded_with = graded_with(settings.grading)
        self._settled: dict[str, Settled] = {}
        self._troubles: dict[str, Trouble] = {}
        self._unchanged = 0

    def run(self, pool: Callable[[], WorkerPool], say: Callable[[str], None]) -> BatchResult:
        """Grade what has to be graded; ``pool`` is called only when there is something to run.

        Raises SandboxUnavailable, AssignmentBroken, ReportUnwritable or UsageProblem; reports that were
        finished before are there, and the same call goes on where this one stopped.
        """
        check_same_class(
            self._folder,
            self._work,
            assignment=self._assignment.assignment_id,
            now=self._graded_with,
            allowed=self._settings.otherwise,
        )
        keys = self._chosen_keys()
        self._write_class_list()
        students = [student for key in keys if (student := self._planned(key)) is not None]
        tasks = [(student, task) for student in students for task in student.tasks]
        self._listener.planned(len(keys), len(tasks))
        try:
            for student in students:
                if not student.tasks:
                    self._settle(student)
            if tasks:
                self._work_through(tasks, pool, say)
        finally:
            self._write_class_list()
        return self._result()

    def _planned(self, key: str) -> _Student | None:
        """The student with what is to be graded; None when everything is as it should be, or can't be told."""
        attempts = attempts_of(
            self._work.attempts[key], self._assignment, self._settings.grading, self._settings.keep
        )
        if (
            len(attempts) == 1
            and not self._settings.regrade
            and self._report_store.is_settled(attempts[0], self._only)
        ):
            self._unchanged += 1
            return None
        student = _Student(
            key=key,
            attempts=attempts,
            stale=Stale.MARKS if self._settings.regrade else staleness(attempts, self._folder, self._only),
        )
        try:
            for attempt in attempts:
                self._plan_attempt(student, attempt)
        except (ReportUnreadable, SubmissionUnreadable) as error:
            self._trouble(key, str(error), error.exit_code)
            return None
        return student

    def _plan_attempt(self, student: _Student, attempt: Attempt) -> None:
        if attempt.problem is not None:
            return
        sources = (
            self._folder.preview_file(student.key),
            self._folder.report_file(student.key),
            self._folder.attempt_file(student.key, attempt.sha256),
        )
        found = task_of(attempt, sources, only=self._only, regrade=self._settings.regrade)
        match found:
            case Task():
                if all(task.attempt.sha256 != attempt.sha256 for task in student.tasks):  # handed in twice
                    student.tasks.append(found)
            case Path():
                student.stored[attempt.sha256] = found
            case None:
                raise AssertionError("an attempt without a problem has a program")

    def _work_through(
        self,
        tasks: list[tuple[_Student, Task]],
        make_pool: Callable[[], WorkerPool],
        say: Callable[[str], None],
    ) -> None:
        digest = assignment_digest(self._assignment)
        for exercise in self._assignment.exercises:
            check_secret(exercise, secret_of(self._settings.grading))  # before anything is started
        with make_pool() as pool:
            pool.prepare(say)
            dispatcher = Dispatcher[tuple[_Student, Task]](
                pool, self._listener, lambda each: self._job(each[1], digest)
            )
            for (student, task), ended in dispatcher.run(iter(tasks)):
                self._take_in(student, task, ended)

    def _job(self, task: Task, digest: str) -> Job | Unreadable:
        try:
            program = find_program(task.attempt.handed_in.path, file_name=self._settings.grading.file_name)
        except SubmissionUnreadable as error:  # it was there a moment ago
            return Unreadable(problem=problem_report(error))
        return Job(
            program=program,
            settings=replace(self._settings.grading, only=task.only),
            assignment_digest=digest,
        )

    def _take_in(
        self, student: _Student, task: Task, ended: Graded | Unreadable | InternalFailure | AssignmentFailure
    ) -> None:
        match ended:
            case Graded() | Unreadable():
                report = self._report_store.completed(task, ended)
                student.reports[task.attempt.sha256] = report
                if self._settings.keep is Keep.BEST and len(student.attempts) > 1:
                    self._report_store.keep_attempt(report)
                self._listener.ended(student.key, report, None)
                if student.is_finished:
                    self._settle(student)
            case InternalFailure():
                self._folder.write_fault(student.key, f"{ended.message}\n{ended.traceback}")
                self._trouble(student.key, ended.message, ended.exit_code)
            case AssignmentFailure():
                raise ended.error

    def _settle(self, student: _Student) -> None:
        try:
            report = best_of([self._report_of(student, attempt) for attempt in student.attempts])
            settled = self._report_store.settle(report, student.attempts, stale=student.stale)
        except (ReportUnreadable, SubmissionUnreadable) as error:
            self._trouble(student.key, str(error), error.exit_code)
            return
        finally:
            student.reports.clear()
        self._settled[student.key] = settled

    def _report_of(self, student: _Student, attempt: Attempt) -> Report:
        if attempt.problem is not None:
            return self._report_store.unreadable(attempt, attempt.problem)
        stored = student.stored.get(attempt.sha256)
        return student.reports[attempt.sha256] if stored is None else self._report_store.stored(stored, attempt)

    def _trouble(self, key: str, message: str, exit_code: ExitCode) -> None:
        self._troubles[key] = Trouble(key=key, message=message, exit_code=exit_code)
        self._listener.ended(key, None, message)

    def _chosen_keys(self) -> tuple[str, ...]:
        keys = tuple(self._work.attempts)
        wanted = self._settings.students
        unknown = [key for key in wanted if key not in self._work.attempts]
        if unknown:
            raise UsageProblem(
                f"There is no student {unknown[0]!r} in {self._work.path}",
                expected="a student's key, as in marks.csv",
                advice=did_you_mean(
                    nearest_name(unknown[0], keys), otherwise=f"There are {len(keys)}, such as {keys[0]}."
                ),
            )
        return tuple(key for key in keys if not wanted or key in wanted)

    def _write_class_list(self) -> None:
        """Everybody who handed in now or before, and those who did not: nobody is dropped."""
        members = {member.key: member for member in self._earlier_members()}
        members |= {member.key: member for member in self._others}
        for key, works in self._work.attempts.items():
            trouble = self._troubles.get(key)
            members[key] = Member(
                key=key,
                people=works[-1].people,
                state=MemberState.NOT_GRADED if trouble else MemberState.HANDED_IN,
                message=trouble.message if trouble else "",
            )
        self._folder.write_class_list(
            ClassList(
                assignment=self._assignment.assignment_id,
                layout=self._work.layout.value,
                members=tuple(members[key] for key in sorted(members)),
                skipped=tuple(
                    (printable(os.path.relpath(each.path, self._work.path)), each.reason)
                    for each in self._work.skipped
                ),
                graded_with=self._graded_with,
            )
        )

    def _earlier_members(self) -> Iterator[Member]:
        """Students of earlier batches into this folder whose reports are still there."""
        if self._folder.class_file.exists():
            for member in self._folder.class_list().members:
                if self._folder.report_file(member.key).exists():
                    yield member

    def _result(self) -> BatchResult:
        settled = self._settled.values()
        changes = [
            (self._settled[key].filed, change)
            for key in sorted(self._settled)  # and not as they happened to end
            if (change := self._settled[key].change) and _is_to_be_told(change)
        ]
        return BatchResult(
            filed=sum(each.filed is Filed.NEW for each in settled),
            unchanged=self._unchanged + sum(each.filed is Filed.UNCHANGED for each in settled),
            unreadable=sum(not each.is_graded for each in settled),
            pending=(pending := tuple(change for filed, change in changes if filed is Filed.PENDING)),
            pending_unchanged=sum(each.filed is Filed.PENDING for each in settled) - len(pending),
            applied=tuple(change for filed, change in changes if filed is not Filed.PENDING),
            skipped=len(self._work.skipped),
            troubles=tuple(self._troubles.values()),
        )


def _is_to_be_told(change: MarkChange) -> bool:
    return change.changes_marks or change.is_a_surprise
