"""Whose marks a regrade would change, by how much and why. Nothing changes until somebody says so."""

from collections.abc import Iterator
from dataclasses import dataclass

from grader.report.model import ExerciseReport, QuestionReport, Report, Score

ROUNDING = 1e-9  # of sums in another order


@dataclass(frozen=True, kw_only=True)
class ExerciseChange:
    """One exercise's part of a change. A part that the other report does not have is None."""

    title: str
    before: float | None
    after: float | None
    reasons: tuple[str, ...]  # "now passes: values (a causal mask)"


@dataclass(frozen=True, kw_only=True)
class MarkChange:
    """What a new report would change for one student."""

    key: str
    name: str
    before: Score
    after: Score
    exercises: tuple[ExerciseChange, ...]  # those whose points or status differ
    lateness: bool  # the deduction differs
    maximum: bool = False  # what can be reached differs by more than exercises that were not graded before
    questions: tuple[str, ...] = ()  # whose marks no longer count, or count again, and why
    only_words: bool = False  # only words should have changed

    @property
    def changes_marks(self) -> bool:
        """Whether something that was given is changed; what was not graded before may be added to it."""
        return (
            self.lateness
            or self.maximum
            or bool(self.questions)
            or any(each.before is not None and each.before != each.after for each in self.exercises)
        )

    @property
    def is_a_surprise(self) -> bool:
        """Whether points or a status that nothing should have changed are others."""
        return self.only_words and any(each.before is not None for each in self.exercises)


def mark_change(before: Report, after: Report, *, only_words: bool = False) -> MarkChange:
    """Compare a stored report with the one that would replace it; ``only_words`` says what should differ."""
    old = {exercise.id: exercise for exercise in before.exercises}
    new = {exercise.id: exercise for exercise in after.exercises}
    names = [*new, *(name for name in old if name not in new)]
    changes = (_exercise_change(old.get(name), new.get(name)) for name in names)
    return MarkChange(
        key=after.handed_in.key if after.handed_in else "",
        name=after.submission.student or after.submission.name,
        before=before.score,
        after=after.score,
        exercises=tuple(change for change in changes if change is not None),
        lateness=before.score.late_deduction != after.score.late_deduction,
        maximum=_differs(before.score.max_points + _added(before, after), after.score.max_points),
        questions=tuple(_question_changes(before, after)),
        only_words=only_words,
    )


def _added(before: Report, after: Report) -> float:
    """What exercises are worth that were not graded before. They take nothing from anybody."""
    known = {exercise.id for exercise in before.exercises}
    return sum(exercise.max_points for exercise in after.exercises if exercise.id not in known)


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > ROUNDING * max(1.0, abs(one))


def _question_changes(before: Report, after: Report) -> Iterator[str]:
    """Marks of questions that count in one report only. An answer that is marked meanwhile is in both."""
    now = {question.id: question for question in after.questions}
    for question in before.questions:
        was, will_be = _counting(question), _counting(now.get(question.id))
        if was != will_be:
            yield f"{question.title}: {_in_words(will_be)} instead of {_in_words(was)}"


def _counting(question: QuestionReport | None) -> float | None:
    return None if question is None or not question.counts else question.points


def _in_words(points: float | None) -> str:
    return "no points" if points is None else f"{points:g} points"


def _exercise_change(before: ExerciseReport | None, after: ExerciseReport | None) -> ExerciseChange | None:
    one = after or before
    assert one is not None
    if before is not None and after is not None and (before.points, before.status) == (after.points, after.status):
        return None
    return ExerciseChange(
        title=one.title,
        before=None if before is None else before.points,
        after=None if after is None else after.points,
        reasons=_reasons(before, after),
    )


def _reasons(before: ExerciseReport | None, after: ExerciseReport | None) -> tuple[str, ...]:
    if before is None:
        return ("not graded before",)
    if after is None:
        return ("no longer part of the assignment",)
    old = {check.id: check for check in before.checks}
    reasons = []
    for check in after.checks:
        was = old.pop(check.id, None)
        what = f"{check.kind} ({check.case_title})"
        if was is None:
            reasons.append(f"a new check: {what}")
        elif was.passed != check.passed:
            reasons.append(f"now {'passes' if check.passed else 'fails'}: {what}")
        elif was.withheld != check.withheld:
            reasons.append(
                f"{'counts only together with right values' if check.withheld else 'counts again'}: {what}"
            )
        elif was.max_points != check.max_points:
            reasons.append(f"worth {check.max_points:g} instead of {was.max_points:g}: {what}")
    reasons += [f"no longer checked: {check.kind} ({check.case_title})" for check in old.values()]
    if not reasons:
        reasons.append(f"{after.status.value.replace('_', ' ')} instead of {before.status.value.replace('_', ' ')}")
    return tuple(reasons)
