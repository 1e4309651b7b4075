"""Completes reports and files them. A mark that somebody may have seen is never changed without being asked."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from exercises.late_policy import LateRule
from exercises.spec import Assignment
from grader.batch.job import Graded, Unreadable
from grader.batch.plan import Attempt, Stale, Task, stored_head
from grader.batch.regrade_preview import MarkChange, mark_change
from grader.output_file import write_whole
from grader.report.json_format import plain_fields, read_stored, write_report
from grader.report.lateness import late_report
from grader.report.manual_marks import store, with_marks_of
from grader.report.model import (
    HandedInInfo,
    LateReport,
    ProblemReport,
    Report,
    printable,
    score_of,
)
from grader.report.reports_folder import PROGRAM_COPIES, ReportsFolder
from grader.report.signature import SigningKey, doubtful, examined, sign, with_doubts
from grader.report.unreadable_report import unreadable_report
from grader.settings import Settings
from grader.submission import Format, find_program, whole
from grader.views import write_html


class Filed(Enum):
    """What became of a finished report."""

    NEW = "new"  # it is the student's report now
    UNCHANGED = "unchanged"  # it was there already
    PENDING = "pending"  # it would replace marks for the same work, and waits for --apply


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How a student stands after this batch. ``change`` is what is pending, or was applied.

    There is one for each student, so the report itself, which is large, is not in it.
    """

    filed: Filed
    is_graded: bool  # and not a report that there was nothing to read
    change: MarkChange | None = None


@dataclass(frozen=True, kw_only=True)
class ReportStore:
    """Files reports of one assignment in one folder."""

    folder: ReportsFolder
    class_path: Path
    layout: str
    assignment: Assignment
    rule: LateRule | None
    apply: bool
    settings: Settings
    key: SigningKey | None = field(repr=False)

    def completed(self, task: Task, ended: Graded | Unreadable) -> Report:
        """The whole report of an attempt: what was graded now and, from the task's source, what was not."""
        match ended:
            case Unreadable():
                return self.unreadable(task.attempt, ended.problem)
            case Graded():
                report = ended.report
        keys = {name: task.attempt.keys[name] for name in task.only}
        seconds = dict(report.run.exercise_seconds)
        exercises = {exercise.id: exercise for exercise in report.exercises}
        if task.source is not None:
            stored = read_stored(task.source)
            earlier = stored.report
            kept = {f"exercises/{exercise.id}" for exercise in earlier.exercises if exercise.id not in exercises}
            report = _with_conditions_of(earlier, report)
            report = with_doubts(report, doubtful(stored, self.key) & kept)
            keys = {**earlier.run.keys, **keys}
            seconds = {**earlier.run.exercise_seconds, **seconds}
            exercises = {**{exercise.id: exercise for exercise in earlier.exercises}, **exercises}
        order = [exercise.exercise_id for exercise in self.assignment.exercises]
        known = [name for name in order if name in exercises]
        report = replace(
            report,
            exercises=tuple(exercises[name] for name in known),
            run=replace(
                report.run,
                exercise_seconds={name: seconds[name] for name in known if name in seconds},
                keys={name: keys[name] for name in known if name in keys},
                revision=self._next_revision(task.attempt),
            ),
        )
        return self.placed(report, task.attempt)

    def unreadable(self, attempt: Attempt, problem: ProblemReport) -> Report:
        """The report of an attempt in which there is nothing to grade."""
        name = attempt.handed_in.path.name
        report = unreadable_report(
            self.assignment, problem, self.settings, name=name, sha256=attempt.sha256, keys=attempt.keys
        )
        head = stored_head(self.folder.report_file(attempt.handed_in.key))
        is_there = head is not None and head.is_unreadable and head.sha256 == attempt.sha256
        revision = head.revision if head is not None and is_there else self._next_revision(attempt)
        return self.placed(replace(report, run=replace(report.run, revision=revision)), attempt)

    def _next_revision(self, attempt: Attempt) -> int:
        """Of a report that is made anew: it may take the place of the student's. What is kept keeps its number."""
        head = stored_head(self.folder.report_file(attempt.handed_in.key))
        return 1 if head is None else head.revision + 1

    def stored(self, file: Path, attempt: Attempt) -> Report:
        """The report of an attempt that is there and up to date. What is not signed in it stays so."""
        return self.placed(examined(read_stored(file), self.key), attempt)

    def placed(self, report: Report, attempt: Attempt) -> Report:
        """The report with the student's name, the attempt and what lateness costs; signed when it is filed."""
        late = self._late(attempt)
        handed_in = self._handed_in(attempt)
        names = ", ".join(person.name for person in handed_in.people if person.name)
        return replace(
            report,
            submission=replace(report.submission, student=names or handed_in.key),
            handed_in=handed_in,
            late=late,
            score=score_of(report.exercises, report.questions, late),
        )

    def is_settled(self, attempt: Attempt, only: tuple[str, ...]) -> bool:
        """Whether the student's report is this attempt's and true in every respect. Quick."""
        key = attempt.handed_in.key
        head = stored_head(self.folder.report_file(key))
        return (
            head is not None
            and not self.folder.preview_file(key).exists()
            and head.sha256 == attempt.sha256
            and (attempt.problem is not None or not head.stale(attempt, only))
            and head.handed_in == plain_fields(self._handed_in(attempt))
            and head.late == (plain_fields(late) if (late := self._late(attempt)) else None)
            and self.folder.page(key).exists()
        )

    def settle(self, report: Report, attempts: tuple[Attempt, ...], *, stale: Stale | None) -> Settled:
        """Make a report the student's, unless that would change marks which were given to the same work.

        ``attempts`` are those that may count; ``stale`` says why what was true of one was to be graded again. Where
        only words were out of date nobody needs to be asked, as long as each exercise has the points and the status
        that it had.
        """
        assert report.handed_in is not None
        key = report.handed_in.key
        file, preview = self.folder.report_file(key), self.folder.preview_file(key)
        if not file.exists():
            return self._file(report, attempts, None)
        stored = read_stored(file)
        report = with_marks_of(stored, report, self.key)
        change = mark_change(stored.report, report, only_words=stale is Stale.WORDS)
        sha256 = stored.report.submission.sha256
        same_work = sha256 in {attempt.sha256 for attempt in attempts}
        waits = stale is Stale.MARKS or change.changes_marks or change.is_a_surprise
        if same_work and not self.apply and waits:
            report = sign(report, self.key)
            write_report(report, self.folder.ready(preview))
            return Settled(filed=Filed.PENDING, is_graded=report.is_graded, change=change)
        if sha256 != report.submission.sha256:
            self._archive(examined(stored, self.key), key)
        return self._file(report, attempts, change if same_work else None)

    def keep_attempt(self, report: Report) -> None:
        """Store the report of an attempt that may count, so that it need not be graded again."""
        assert report.handed_in is not None
        self._archive(report, report.handed_in.key)

    def _file(self, report: Report, attempts: tuple[Attempt, ...], change: MarkChange | None) -> Settled:
        assert report.handed_in is not None
        key = report.handed_in.key
        file = self.folder.report_file(key)
        before = file.read_bytes() if file.exists() else None
        report = store(report, file, self.key)
        write_html(report, self.folder.page(key))
        self._copy_program(report, attempts)
        self.folder.preview_file(key).unlink(missing_ok=True)
        filed = Filed.UNCHANGED if before == file.read_bytes() else Filed.NEW
        return Settled(filed=filed, is_graded=report.is_graded, change=change)

    def _archive(self, stored: Report, key: str) -> None:
        """Keep the report of an earlier attempt, with whatever marks it has."""
        store(stored, self.folder.ready(self.folder.attempt_file(key, stored.submission.sha256)), self.key)

    def _copy_program(self, report: Report, attempts: tuple[Attempt, ...]) -> None:
        """What was graded, beside its report: the class folder may be gone when somebody asks."""
        assert report.handed_in is not None
        if not report.is_graded:
            return
        attempt = next(each for each in attempts if each.number == report.handed_in.attempt)
        program = find_program(attempt.handed_in.path, file_name=self.settings.file_name)
        ending = {Format.PYTHON: ".py", Format.NOTEBOOK: ".ipynb"}[program.format]
        copies = {ending: program.data} | ({".zip": whole(program)} if program.modules else {})
        for each in PROGRAM_COPIES:
            file = self.folder.program_file(report.handed_in.key, each)
            if each in copies:
                write_whole(copies[each], self.folder.ready(file), option=None)
            else:
                with suppress(OSError):  # what can't be removed here can't be written either, and that is told
                    file.unlink(missing_ok=True)

    def _handed_in(self, attempt: Attempt) -> HandedInInfo:
        work = attempt.handed_in
        return HandedInInfo(
            key=work.key,
            people=work.people,
            layout=self.layout,
            file=printable(str(work.path.relative_to(self.class_path))),
            attempt=attempt.number,
            attempts=attempt.count,
            submitted_at=_iso(work.submitted_at),
            marked_late=work.marked_late,
        )

    def _late(self, attempt: Attempt) -> LateReport | None:
        work = attempt.handed_in
        return late_report(self.rule, work.submitted_at, work.marked_late, time_problem=work.time_problem)


def best_of(reports: list[Report]) -> Report:
    """The report with the most points; of equals the latest. One that can be read before one that can't.

    Answers that wait are taken for right ones: until they are marked, nobody knows that another attempt is better.
    """

    def worth(numbered: tuple[int, Report]) -> tuple[bool, float, int]:
        number, report = numbered
        return report.is_graded, report.score.points + report.score.waiting_points, number

    return max(enumerate(reports), key=worth)[1]


def _with_conditions_of(earlier: Report, report: Report) -> Report:
    """The new report, in which the exercises that were not graded now have the digests that they had."""
    if earlier.run.integrity is None or report.run.integrity is None:
        return report
    conditions = report.run.integrity.conditions
    before = earlier.run.integrity.conditions
    conditions = replace(
        conditions,
        exercises={**before.exercises, **conditions.exercises},
        words={**before.words, **conditions.words},
    )
    integrity = replace(report.run.integrity, conditions=conditions)
    return replace(report, run=replace(report.run, integrity=integrity))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def staleness(attempts: tuple[Attempt, ...], folder: ReportsFolder, only: tuple[str, ...]) -> Stale | None:
    """What is out of date in the stored report, where it is of one of these attempts. None for nothing."""
    head = stored_head(folder.report_file(attempts[0].handed_in.key))
    if head is None:
        return None
    own = next((attempt for attempt in attempts if attempt.sha256 == head.sha256), None)
    if own is None or own.problem is not None:
        return None
    graded_before = tuple(name for name in only if name in head.exercises)
    found = head.stale(own, graded_before).values()
    return Stale.MARKS if Stale.MARKS in found else Stale.WORDS if found else None
