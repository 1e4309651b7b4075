"""Marks that a person gives to answers in words: given, kept when a submission is graded again, never lost."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.errors import ReportUnreadable, UsageProblem
from grader.output_file import open_descriptor
from grader.report.json_format import StoredReport, read_stored, stored_from_json, write_report, write_stored
from grader.report.model import (
    SCHEMA_VERSION,
    EarlierMark,
    QuestionReport,
    QuestionStatus,
    Report,
    printable,
    score_of,
)
from grader.report.signature import PUBLIC_KEY, SigningKey, doubtful, sign, signed_mark, with_doubts
from grader.submission import CUT
from grader.wording import did_you_mean, nearest_name

_VERSIONS_WITHOUT_MARKS = ("1.0", "1.1")


def mark(
    path: Path,
    *,
    question_id: str,
    points: float,
    comment: str = "",
    unanswered: bool = False,
    key: SigningKey | None = PUBLIC_KEY,
) -> Report:
    """Give points to an answer in the stored report; returns the report as it is then stored.

    A mark that is there already is replaced. ``unanswered`` says that it is meant where the report has no answer,
    for one on paper. It is signed where the key is that of the report. Raises UsageProblem, ReportUnreadable or
    ReportUnwritable, and then the file is what it was.
    """
    with _one_at_a_time(path):
        stored = read_stored(path)
        before = stored.report
        question = _question(before, question_id)
        if not 0 <= points <= question.max_points:
            raise UsageProblem(
                f"{points:g} points can't be given to {question.id}",
                expected=f"a number from 0 to {question.max_points:g}",
                advice="Give another number to --points.",
            )
        if question.status is QuestionStatus.UNANSWERED and not unanswered:
            raise UsageProblem(
                f"Nobody has answered {question.id} in this report, and no answer is worth 0 already",
                expected="a question with an answer",
                advice="Check which report and which question it is; for an answer that is elsewhere, as on "
                "paper, add --unanswered.",
            )
        marked = replace(
            question,
            status=QuestionStatus.MARKED,
            points=points,
            comment=printable(comment),
            earlier=None,
        )
        questions = tuple(marked if each is question else each for each in before.questions)
        report = replace(before, questions=questions, score=score_of(before.exercises, questions, before.late))
        now = signed_mark(stored, report, question_id, key)
        write_stored(now, path)
    return now.report


def store(report: Report, path: Path, key: SigningKey | None = PUBLIC_KEY, *, option: str | None = None) -> Report:
    """Sign and write a new report, with the marks of the one that it replaces; returns what is then stored.

    Raises ReportUnreadable when the file may hold marks that can't be carried over.
    """
    with _one_at_a_time(path):
        stored = _report_with_marks(path)
        if stored is not None:
            _check_same_student(report, stored.report, path)
            report = with_marks_of(stored, report, key)
        report = sign(report, key)
        write_report(report, path, option=option)
    return report


def _question(report: Report, question_id: str) -> QuestionReport:
    known = {question.id: question for question in report.questions}
    if question_id in known:
        return known[question_id]
    if not known:
        raise UsageProblem(
            "This report has no questions",
            expected="a report of an assignment with questions that are answered in words",
            advice="Check which report it is.",
        )
    raise UsageProblem(
        f"There is no question {question_id!r} in this report",
        expected=f"one of: {', '.join(known)}",
        advice=did_you_mean(nearest_name(question_id, known), otherwise="'grade report FILE' shows them."),
    )


def _report_with_marks(path: Path) -> StoredReport | None:
    """The report that is about to be replaced; None when no mark can be in it."""
    if open_descriptor(path) is not None or not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        fields = json.loads(text) if text.strip() else None
        return None if _is_without_marks(fields) else stored_from_json(text)
    except (OSError, ValueError, RecursionError, ReportUnreadable) as error:
        raise ReportUnreadable(
            f"{path} is there already and is not a report that can be read; it may hold marks that a person gave",
            expected=f"no file of this name, or a report of schema version {SCHEMA_VERSION} or older",
            advice="Move it away, or give another path to --json.",
        ) from error


def _is_without_marks(fields: Any) -> bool:
    """Whether this is nothing, or a report without marks: a look at these fields, for validating is slow."""
    if fields is None:
        return True
    if not isinstance(fields, dict):
        return False
    if fields.get("schema_version") in _VERSIONS_WITHOUT_MARKS:
        return True
    questions = fields.get("questions")
    return (
        fields.get("schema_version") == SCHEMA_VERSION
        and isinstance(questions, list)
        and all(
            isinstance(each, dict)
            and each.get("status") in ("needs_review", "unanswered")
            and each.get("points", 0) is None
            and each.get("earlier", 0) is None
            for each in questions
        )
    )


def _check_same_student(report: Report, stored: Report, path: Path) -> None:
    """Marks belong to one student's work on one assignment."""
    students = {stored.submission.student, report.submission.student} - {None}
    if stored.handed_in is not None and report.handed_in is not None:  # a class's roster may give another name
        students = {stored.handed_in.key, report.handed_in.key}
    if stored.assignment.id != report.assignment.id or len(students) > 1:
        whose = f"{stored.assignment.title}, {stored.submission.student or stored.submission.name}"
        raise UsageProblem(
            f"{path} holds marks that a person gave to other work: {whose}",
            expected="a report of the same assignment and student, or no file of this name",
            advice="Move it away, or give another path to --json.",
        )


def with_marks_of(stored: StoredReport, report: Report, key: SigningKey | None) -> Report:
    """The new report with the marks that a person gave in the stored one; it is not signed yet.

    What is not signed in the stored one is not vouched for in the new one either.
    """
    earlier = stored.report
    same_file = earlier.submission.sha256 == report.submission.sha256
    before = {question.id: question for question in earlier.questions}
    questions = [
        _carried_over(before.pop(question.id), question, same_file=same_file) if question.id in before else question
        for question in report.questions
    ]
    # A question that the assignment no longer asks counts no longer; what a person wrote about it stays.
    questions += [_unmarked(old) for old in before.values() if _latest_mark(old)]
    report = replace(
        report, questions=tuple(questions), score=score_of(report.exercises, tuple(questions), report.late)
    )
    carried = {each.id for each in questions if _latest_mark(each)} & {each.id for each in earlier.questions}
    if not carried:
        return report
    names = {f"marks/{question_id}" for question_id in carried}
    names |= {f"questions/{question_id}" for question_id in before}
    return with_doubts(report, doubtful(stored, key) & names)


def _carried_over(old: QuestionReport, new: QuestionReport, *, same_file: bool) -> QuestionReport:
    """The new answer with its mark, which counts only while neither answer nor worth has changed."""
    # Where the text was cut, the change may be in what is missing.
    same_answer = old.answer == new.answer and (same_file or not new.answer.endswith(CUT))
    if old.status is QuestionStatus.MARKED and same_answer and old.max_points == new.max_points:
        return replace(new, status=old.status, points=old.points, comment=old.comment)
    return replace(new, earlier=_latest_mark(old))


def _latest_mark(question: QuestionReport) -> EarlierMark | None:
    if question.points is None:
        return question.earlier
    return EarlierMark(points=question.points, comment=question.comment)


def _unmarked(question: QuestionReport) -> QuestionReport:
    """What the assignment no longer asks: it is kept, and no longer part of the maximum."""
    return replace(
        question,
        status=QuestionStatus.NEEDS_REVIEW if question.answer else QuestionStatus.UNANSWERED,
        points=None,
        comment="",
        earlier=_latest_mark(question),
        counts=False,
    )


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Nobody else marks or grades into this folder meanwhile: of two marks given at once, none is lost.

    Some network drives have no locks; there it goes without.
    """
    descriptor: int | None = None
    with suppress(OSError):
        descriptor = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
