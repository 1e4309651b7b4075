"""What a score is out of: the same for everybody who was asked the same, whatever they answered."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.maximum import maximum_groups, maximum_of
from grader.report.model import LateReport, QuestionReport, QuestionStatus, score_of
from tests.support.class_reports import check, exercise, report

CODE = (exercise("alpha", check("one", "values", 10.0)),)
NOTHING = (exercise("alpha", check("one", "values", 10.0, passed=False)),)


def asked(status: QuestionStatus, *, points: float | None = None, counts: bool = True, name: str = "why"):
    return QuestionReport(
        id=name, title=name, status=status, answer="", points=points, max_points=5.0, counts=counts
    )


ANSWERS = [
    asked(QuestionStatus.UNANSWERED),
    asked(QuestionStatus.NEEDS_REVIEW),
    *(asked(QuestionStatus.MARKED, points=points) for points in (0.0, 2.5, 5.0)),
]


@pytest.mark.parametrize("exercises", [CODE, NOTHING])
@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_was_answered_or_marked_the_maximum_is_one(exercises, answer):
    score = score_of(exercises, (answer,))
    assert score.max_points == 15
    assert score.points == sum(each.points for each in exercises) + (answer.points or 0)
    assert score.is_provisional == (answer.status is QuestionStatus.NEEDS_REVIEW)
    assert score.waiting_points == (5 if score.is_provisional else 0)


def test_who_answers_is_never_below_who_does_not():
    silent, *others = [score_of(CODE, (answer,)) for answer in ANSWERS]
    assert all(silent.percent <= other.percent for other in others)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_does_not_count_is_in_no_sum(answer):
    other = asked(answer.status, points=answer.points, counts=False)
    assert score_of(CODE, (other,)) == score_of(CODE, ())


def test_lateness_takes_its_share_of_the_one_maximum():
    late = LateReport(due=None, seconds_late=1.0, percent=10.0, message="")
    deductions = {score_of(CODE, (answer,), late).late_deduction for answer in ANSWERS}
    assert deductions == {1.5}


@given(st.lists(st.sampled_from(ANSWERS), max_size=4), st.floats(0, 100))
def test_marks_only_lift_a_provisional_score_and_not_above_what_was_said(answers, percent):
    late = LateReport(due=None, seconds_late=1.0, percent=percent, message="")
    before = score_of(CODE, tuple(answers), late)
    for given_points in (0.0, 5.0):
        marked = [
            asked(QuestionStatus.MARKED, points=given_points)
            if each.status is QuestionStatus.NEEDS_REVIEW
            else each
            for each in answers
        ]
        after = score_of(CODE, tuple(marked), late)
        assert not after.is_provisional
        assert before.percent <= after.percent <= before.best_percent + 1e-9


def test_everybody_who_was_asked_the_same_is_in_one_group():
    reports = [report(f"s{index}", *CODE, questions=(answer,)) for index, answer in enumerate(ANSWERS)]
    others = [
        report("less", *CODE),
        report("more", *CODE, questions=(ANSWERS[0], asked(QuestionStatus.UNANSWERED, name="how"))),
        report("other", exercise("beta", check("one", "values", 10.0)), questions=(ANSWERS[0],)),
    ]
    groups = maximum_groups(
        (each.handed_in.key, maximum_of(each)) for each in (*reports, *others) if each.handed_in
    )
    assert groups[0].keys == tuple(f"s{index}" for index in range(len(ANSWERS)))
    assert sorted(itertools.chain(*(group.keys for group in groups[1:]))) == ["less", "more", "other"]
