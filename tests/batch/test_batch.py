"""Whole batches without containers: what is graded, filed and kept, and what a fault does not do."""

import gc
import io
import json
import re
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from exercises.late_policy import LateRule
from grader.audit.verification import Standing, verified
from grader.batch import cache_keys, dispatcher, plan, run
from grader.batch.batch import BatchResult, BatchSettings
from grader.batch.job import Graded, Job, JobResult, SandboxFailure
from grader.batch.plan import Keep
from grader.batch.run import grade_folder
from grader.class_results.model import ClassSummary
from grader.class_results.write import summarise
from grader.cli.render.batch_result import show_result
from grader.errors import UsageProblem
from grader.exports.marks import read_marks
from grader.report import provenance
from grader.report.json_format import read_report
from grader.report.manual_marks import mark
from grader.report.model import SCHEMA_VERSION, ExerciseStatus, Report
from grader.report.people import IdKind
from grader.report.reports_folder import Member, MemberState
from grader.report.signature import PUBLIC_KEY
from grader.settings import Settings
from sandbox.system.errors import SandboxUnavailable
from sandbox.system.exit_code import ExitCode
from tests.support.batches import EXERCISES, Class, FakePool, Notes, grade_here, right, wrong
from tests.support.class_reports import person
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.trusted import TrustedSandbox

pytestmark = pytest.mark.slow

DUE = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)


@pytest.fixture(scope="session")
def two_exercises(tmp_path_factory) -> Path:
    """The course with its two quickest exercises."""
    folder = tmp_path_factory.mktemp("assignment") / "course"
    folder.mkdir()
    for name in ("attention", "patch_embedding"):
        copy_sources(EXERCISES / name, folder / name)
    shutil.copyfile(EXERCISES / "utils.py", folder / "utils.py")
    (folder / "assignment.toml").write_text(
        'id = "week8"\ntitle = "Week 8"\nversion = "1"\nexercises = ["attention", "patch_embedding"]\n'
    )
    return folder


@pytest.fixture
def course(tmp_path, two_exercises) -> Class:
    assignment = tmp_path / "course"
    copy_sources(two_exercises, assignment)
    return Class(path=tmp_path, assignment=assignment)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(dispatcher, "PAUSE_SECONDS", 0.0)


def jobs_of(course: Class) -> list[Job]:
    assert isinstance(course.pool, FakePool)
    return course.pool.jobs


def points(report: Report) -> dict[str, float]:
    return {exercise.id: exercise.points for exercise in report.exercises}


def test_each_student_gets_a_report_a_page_and_a_copy_of_the_program(course):
    course.hand_in("ada", right())
    course.hand_in("bob", wrong())
    result = course.grade()
    assert (result.filed, result.unchanged, result.troubles) == (2, 0, ())
    assert points(course.report("ada")) == {"attention": 20.0, "patch_embedding": 0.0}
    assert points(course.report("bob"))["attention"] == 0  # no values are right, so the shapes earn nothing
    assert course.report("bob").exercises[0].diagnoses[0].id == "not_scaled"
    assert course.report("ada").submission.student == "Ada"
    assert course.folder.program_file("ada", ".py").read_text(encoding="utf-8") == right()
    assert "Ada" in course.folder.page("ada").read_text(encoding="utf-8")
    assert [member.key for member in course.folder.class_list().members] == ["ada", "bob"]


def test_work_that_is_due_and_has_no_time_is_flagged_and_a_time_told_later_settles_it(course):
    rule = LateRule(due=DUE, percent_per_day=10)
    course.hand_in("ada", right())
    result = course.grade(late=rule)
    late = course.report("ada").late
    assert late is not None and "not judged" in late.message
    assert (result.filed, course.report("ada").score.late_deduction) == (1, 0)
    assert course.grade(late=rule).unchanged == 1
    course.works["ada"] = [replace(course.works["ada"][0], submitted_at=DUE - timedelta(hours=1))]
    course.grade(late=rule)
    assert course.report("ada").late is None
    assert jobs_of(course) == []


def test_a_second_run_grades_nothing_and_touches_nothing(course):
    course.hand_in("ada", right())
    course.hand_in("pdf", "%PDF-1.4")
    course.grade()
    before = {
        file: file.stat().st_mtime_ns for file in course.folder.path.rglob("*.json") if file.name != "class.json"
    }
    result = course.grade()
    assert jobs_of(course) == []
    assert (result.filed, result.unchanged) == (0, 2)
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_only_what_was_handed_in_anew_is_graded_and_the_earlier_report_is_kept(course):
    course.hand_in("ada", wrong())
    course.hand_in("bob", right())
    course.grade()
    earlier = course.report("ada")
    course.hand_in("ada", right())
    result = course.grade()
    assert [job.program.name for job in jobs_of(course)] == ["ada-1.py"]
    assert (result.filed, result.unchanged, result.pending) == (1, 1, ())
    assert course.report("ada").handed_in.attempt == 2
    kept = course.folder.attempt_file("ada", earlier.submission.sha256)
    assert kept.exists()


def test_the_unreadable_get_a_report_that_says_so_and_no_mark(course):
    course.hand_in("pdf", "%PDF-1.4")
    course.hand_in("empty", "")
    result = course.grade()
    assert result.unreadable == 2
    assert "PDF" in course.report("pdf").problem.happened
    assert not course.report("empty").is_graded
    assert course.report("empty").score.max_points == 0


def test_an_exercise_that_was_corrected_is_a_preview_first_and_only_it_is_graded(course):
    course.hand_in("ada", right())
    course.hand_in("bob", wrong())
    course.grade()
    before = course.folder.report_file("ada").read_bytes()
    toml = course.assignment / "attention" / "exercise.toml"
    toml.write_text(toml.read_text().replace("values = { output = 2,", "values = { output = 3,", 1))

    result = course.grade()
    assert {job.settings.only for job in jobs_of(course)} == {("attention",)}
    assert course.folder.report_file("ada").read_bytes() == before
    (change,) = (change for change in result.pending if change.key == "ada")
    assert (change.before.points, change.after.points) == (20.0, 21.0)
    assert change.exercises[0].reasons[0].startswith("worth 3 instead of 2")

    again = course.grade()
    assert jobs_of(course) == []  # what was graded for the preview serves again
    assert again.pending == result.pending

    applied = course.grade(apply=True)
    assert jobs_of(course) == []
    assert {change.key for change in applied.applied} == {change.key for change in result.pending}
    assert course.report("ada").score.points == 21.0
    assert points(course.report("ada"))["patch_embedding"] == 0.0
    assert course.grade().unchanged == 2


def test_a_regrade_that_changes_no_mark_is_told_as_that(course):
    course.hand_in("ada", right())
    course.grade()
    result = course.grade(regrade=True)
    assert len(jobs_of(course)) == 1
    assert (result.pending, result.pending_unchanged) == ((), 1)


def test_a_report_that_is_made_anew_counts_on_and_one_that_is_kept_keeps_its_number(course):
    def revisions() -> list[int]:
        return [course.report(key).run.revision for key in ("ada", "pdf")]

    course.hand_in("ada", wrong())
    course.hand_in("pdf", "%PDF-1.4")
    course.grade()
    assert revisions() == [1, 1]
    course.grade(regrade=True)
    assert revisions() == [1, 1]  # a preview takes nobody's place
    course.grade(apply=True)
    assert (jobs_of(course), revisions()) == ([], [2, 1])
    course.works["ada"] = [replace(course.works["ada"][0], submitted_at=DUE)]
    course.grade()
    assert (jobs_of(course), revisions()) == ([], [2, 1])  # another time of handing in, and nothing graded
    course.hand_in("ada", right())
    course.hand_in("pdf", "%PDF-1.5 ")
    course.grade()
    assert revisions() == [3, 2]


def test_grading_one_exercise_leaves_the_others_as_they_are(course):
    both = right() + "\n\n" + right("patch_embedding")
    course.hand_in("ada", both)
    course.grade(only=("attention",))
    assert points(course.report("ada")) == {"attention": 20.0}
    course.grade()
    assert [job.settings.only for job in jobs_of(course)] == [("patch_embedding",)]
    assert points(course.report("ada")) == {"attention": 20.0, "patch_embedding": 20.0}
    course.grade(only=("attention",), regrade=True, apply=True)
    assert points(course.report("ada")) == {"attention": 20.0, "patch_embedding": 20.0}


def test_the_best_of_several_attempts_counts_when_asked_for(course):
    course.hand_in("ada", right())
    course.hand_in("ada", wrong())
    assert course.grade().filed == 1
    assert course.report("ada").handed_in.attempt == 2
    course.grade(keep=Keep.BEST)
    assert len(jobs_of(course)) == 1  # the other one was graded before
    assert course.report("ada").handed_in.attempt == 2, "the same work: it waits"
    course.grade(keep=Keep.BEST, apply=True)
    assert (course.report("ada").handed_in.attempt, course.report("ada").score.points) == (1, 20.0)
    assert jobs_of(course) == []


def test_an_attempt_whose_answers_wait_may_be_the_best_until_they_are_marked(earlier):
    """Ada's first attempt has 23 points, of them 3 for an answer on paper; in the second another one waits."""
    earlier.grade(keep=Keep.BEST, apply=True)
    program = (STORED / "week8.py").read_text(encoding="utf-8")
    earlier.hand_in("ada", f"{program}\n# ### Shuffled pixels\n# The CNN.\n")
    earlier.grade(keep=Keep.BEST)
    waiting = earlier.report("ada")
    assert (waiting.handed_in.attempt, waiting.score.points, waiting.score.is_provisional) == (2, 23, True)


def test_the_best_of_several_attempts_stays_unchanged(course):
    course.hand_in("ada", right(), at=DUE - timedelta(days=2))
    course.hand_in("ada", wrong(), at=DUE - timedelta(days=1))
    assert course.grade(keep=Keep.BEST).filed == 1
    again = course.grade(keep=Keep.BEST)
    assert (again.filed, again.unchanged, jobs_of(course)) == (0, 1, [])


def test_marks_of_a_person_survive_every_regrade(tmp_path):
    course = Class(path=tmp_path, assignment=EXERCISES)
    course.hand_in("ada", right())
    course.grade(only=("attention",))
    mark(course.folder.report_file("ada"), question_id="skip_connections", points=2.0, unanswered=True)
    course.grade(only=("attention",), regrade=True, apply=True)
    (marked,) = (question for question in course.report("ada").questions if question.points is not None)
    assert marked.points == 2.0


def test_a_persons_marks_stay_when_the_roster_gives_another_name(tmp_path):
    course = Class(path=tmp_path, assignment=EXERCISES)
    course.hand_in("ada", right())
    course.grade(only=("attention",))
    mark(course.folder.report_file("ada"), question_id="skip_connections", points=2.0, unanswered=True)
    course.works["ada"] = [replace(work, people=(person("Byron, Ada"),)) for work in course.works["ada"]]
    assert course.grade(only=("attention",)).troubles == ()
    assert course.report("ada").submission.student == "Byron, Ada"
    assert course.report("ada").score.points == 22.0


def test_a_persons_marks_stay_with_the_attempt_that_they_were_given_to(tmp_path):
    course = Class(path=tmp_path, assignment=EXERCISES)
    course.hand_in("ada", wrong())
    course.grade(only=("attention",))
    mark(course.folder.report_file("ada"), question_id="skip_connections", points=2.0, unanswered=True)
    earlier = course.report("ada")
    course.hand_in("ada", right())
    course.grade(only=("attention",))
    course.grade(only=("attention",), keep=Keep.BEST, regrade=True)
    kept = read_report(course.folder.attempt_file("ada", earlier.submission.sha256))
    assert [question.points for question in kept.questions if question.points is not None] == [2.0]


# --- other words, the same marks


def reword(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Goldgrade said the same in another way."""
    for module in (plan, provenance):
        monkeypatch.setattr(module, "words_digest", lambda: "other words")
    monkeypatch.setattr("grader.grading.exercise_report.failure_text", lambda *args, **more: "Look once more.")


def messages(report: Report) -> set[str]:
    return {check.message for exercise in report.exercises for check in exercise.checks if not check.passed}


def test_other_words_are_filed_without_a_preview_and_a_persons_marks_stay(tmp_path, monkeypatch):
    course = Class(path=tmp_path, assignment=EXERCISES)
    course.hand_in("ada", right())
    course.hand_in("bob", wrong())
    course.grade(only=("attention",))
    mark(course.folder.report_file("bob"), question_id="skip_connections", points=2.0, unanswered=True)
    before = course.report("bob")
    reword(monkeypatch)

    result = course.grade(only=("attention",))
    assert [job.program.name for job in jobs_of(course)] == ["ada-0.py", "bob-0.py"]
    assert (result.filed, result.pending, result.pending_unchanged, result.applied) == (2, (), 0, ())
    assert not list(course.folder.path.glob("preview/*"))
    now = course.report("bob")
    assert messages(now) == {"Look once more."} != messages(before)
    assert "Look once more." in course.folder.page("bob").read_text(encoding="utf-8")
    assert (now.score, points(now)) == (before.score, points(before))
    assert [each.points for each in now.questions if each.points is not None] == [2.0]
    assert verified(course.folder.report_file("bob"), PUBLIC_KEY).standing is Standing.INTACT

    assert course.grade(only=("attention",)).unchanged == 2
    assert jobs_of(course) == []


def test_only_the_exercises_whose_words_are_old_are_graded_again(course, monkeypatch):
    course.hand_in("ada", wrong())
    course.grade()
    reword(monkeypatch)
    assert course.grade(only=("attention",)).filed == 1
    assert course.grade().filed == 1
    assert [job.settings.only for job in jobs_of(course)] == [("patch_embedding",)]


@pytest.mark.parametrize(
    "changed",
    [
        lambda exercise: replace(exercise, points=exercise.points + 1),
        lambda exercise: replace(exercise, status=ExerciseStatus.CRASHED),
    ],
)
def test_where_only_words_should_change_and_a_result_does_it_waits_and_says_why(course, monkeypatch, changed):
    course.hand_in("ada", right())
    course.hand_in("bob", wrong())
    course.grade()
    before = course.folder.report_file("bob").read_bytes()
    reword(monkeypatch)

    def other_result(job: Job) -> JobResult | None:
        if job.program.name != "bob-0.py":
            return None
        graded = grade_here(job)
        assert isinstance(graded, Graded)
        first, *others = graded.report.exercises
        return Graded(report=replace(graded.report, exercises=(changed(first), *others)))

    course.pool.faults = other_result
    for _ in range(2):
        result = course.grade()
        assert [(change.key, change.only_words) for change in result.pending] == [("bob", True)]
        assert result.pending[0].exercises[0].title == course.report("bob").exercises[0].title
        assert course.folder.report_file("bob").read_bytes() == before
        shown = io.StringIO()
        show_result(result, Console(file=shown, width=200))
        assert "only words should have changed" in shown.getvalue()
    assert jobs_of(course) == []  # what was graded for the preview serves again
    assert set(course.report("ada").run.integrity.conditions.words.values()) == {"other words"}  # nothing kept it

    assert [change.key for change in course.grade(apply=True).applied] == ["bob"]
    assert course.grade().unchanged == 2


def test_marks_that_may_change_are_a_preview_even_where_words_change_too(course, monkeypatch):
    course.hand_in("ada", right())
    course.grade()
    reword(monkeypatch)
    monkeypatch.setattr(cache_keys, "marks_digest", lambda: "other marks")
    result = course.grade()
    assert (result.filed, result.pending_unchanged) == (0, 1)


def test_a_batch_that_stopped_among_other_words_goes_on(course, monkeypatch):
    for key in ("ada", "bob", "eve"):
        course.hand_in(key, wrong())
    course.grade()
    reword(monkeypatch)

    class Stopping(Notes):
        seen = 0

        def ended(self, key, report, trouble):
            self.seen += 1
            if self.seen == 2:
                raise KeyboardInterrupt

    course.notes = Stopping()
    with pytest.raises(KeyboardInterrupt):
        course.grade()
    left = {f"{key}-0.py" for key in course.works if "Look once more." not in messages(course.report(key))}
    assert len(left) == 2
    course.notes = Notes()
    result = course.grade()
    assert {job.program.name for job in jobs_of(course)} == left
    assert (result.filed, result.unchanged, result.pending) == (2, 1, ())


def test_what_can_not_be_read_has_no_words_to_make_anew(course, monkeypatch):
    course.hand_in("empty", "")
    course.grade()
    reword(monkeypatch)
    assert course.grade().unchanged == 1
    assert jobs_of(course) == []


# --- reports that an earlier version wrote


STORED = DATA / "stored"


@pytest.fixture
def earlier(course) -> Class:
    """A class with a report of version 1.4 in its folder."""
    with (course.assignment / "assignment.toml").open("a") as toml:
        for name, title in (
            ("skip_connections", "Why skip connections help"),
            ("shuffled_pixels", "Shuffled pixels"),
        ):
            toml.write(f'\n[[questions]]\nid = "{name}"\ntitle = "{title}"\npoints = 4\n')
    course.hand_in("ada", (STORED / "week8.py").read_text(encoding="utf-8"))
    course.folder.make()
    shutil.copyfile(STORED / "1.4.json", course.folder.report_file("ada"))
    return course


def standing(file: Path) -> tuple[Standing, tuple[str, ...]]:
    found = verified(file, PUBLIC_KEY)
    return found.standing, found.parts


def version(file: Path) -> str:
    return json.loads(file.read_text(encoding="utf-8"))["schema_version"]


def test_what_is_taken_over_from_an_earlier_version_stays_vouched_for(earlier):
    file = earlier.folder.report_file("ada")
    (change,) = earlier.grade(only=("patch_embedding",)).pending
    assert (change.before.max_points, change.after.max_points, change.exercises) == (44, 48, ())
    assert version(file) == "1.4"  # it waits
    assert standing(earlier.folder.preview_file("ada")) == (Standing.INTACT, ())
    earlier.grade(only=("patch_embedding",), apply=True)
    assert version(file) == SCHEMA_VERSION
    assert standing(file) == (Standing.INTACT, ())
    assert earlier.report("ada").score.points == 23.0  # with a person's mark
    conditions = earlier.report("ada").run.integrity.conditions
    assert set(conditions.exercises) == {"attention", "patch_embedding"}
    assert set(conditions.words) == {"patch_embedding"}


def test_another_maximum_is_a_preview_that_says_so_and_is_never_mixed_in(earlier):
    """Where all that changed is what can be reached: the unanswered question is in it now."""
    before = earlier.folder.report_file("ada").read_bytes()
    earlier.hand_in("bob", right())
    result = earlier.grade()
    (change,) = result.pending
    assert (change.key, change.maximum, change.exercises, result.filed) == ("ada", True, (), 1)
    shown = io.StringIO()
    show_result(result, Console(file=shown, width=200))
    assert re.search(r"Ada +23 / 44 +23 / 48 +another maximum", shown.getvalue())
    assert earlier.folder.report_file("ada").read_bytes() == before

    summary = summarise(earlier.folder)  # bob is new, and out of 48
    assert (summary.percent, {each.maximum.points for each in summary.maxima}) == (None, {44.0, 48.0})
    with pytest.raises(UsageProblem, match="Not everybody can reach the same"):
        read_marks(earlier.folder.path)

    earlier.grade(apply=True)
    assert [each.score.max_points for each in read_marks(earlier.folder.path).marks] == [48.0, 48.0]
    assert summarise(earlier.folder).percent is not None
    assert earlier.grade().unchanged == 2


def test_code_alone_is_another_maximum_and_keeps_a_persons_marks(earlier):
    earlier.grade(apply=True)
    (change,) = earlier.grade(with_questions=False).pending
    assert (change.maximum, change.questions) == (
        True,
        ("Why skip connections help: no points instead of 3 points",),
    )
    assert (earlier.report("ada").score.points, earlier.report("ada").score.max_points) == (23, 48)
    earlier.grade(with_questions=False, apply=True)
    score = earlier.report("ada").score
    assert (score.points, score.max_points) == (20, 40)
    earlier.grade(apply=True)  # and back: the mark is still there
    assert (earlier.report("ada").score.points, earlier.report("ada").score.max_points) == (23, 48)


def test_exercises_that_were_not_graded_before_make_no_preview(course):
    course.hand_in("ada", right())
    course.grade(only=("attention",))
    result = course.grade()
    assert (result.filed, result.pending) == (1, ())
    assert course.report("ada").score.max_points == 40


def test_what_was_changed_in_an_earlier_version_is_not_vouched_for(earlier):
    file = earlier.folder.report_file("ada")
    fields = json.loads(file.read_text(encoding="utf-8"))
    fields["exercises"][0]["checks"][0]["message"] = "Well done."
    file.write_text(json.dumps(fields), encoding="utf-8")
    earlier.grade(only=("patch_embedding",), apply=True)
    assert standing(file) == (Standing.UNVOUCHED, ("exercises/attention",))


def test_an_earlier_versions_report_of_an_earlier_attempt_is_kept_and_signed(earlier):
    attempt = earlier.folder.attempt_file("ada", earlier.report("ada").submission.sha256)
    earlier.hand_in("ada", right())
    earlier.grade()
    assert standing(attempt) == (Standing.INTACT, ())
    assert [each.points for each in read_report(attempt).questions] == [3.0, None]


def test_lateness_has_its_own_line_and_the_raw_score_is_kept(course):
    rule = LateRule(due=DUE, percent_per_day=10.0)
    course.hand_in("ada", right(), at=DUE - timedelta(hours=1))
    course.hand_in("bob", right(), at=DUE + timedelta(hours=30))
    course.hand_in("eve", right(), marked_late=True)
    course.grade(late=rule)
    assert course.report("ada").late is None
    bob = course.report("bob")
    assert (bob.score.raw_points, bob.score.late_deduction, bob.score.points) == (20.0, 8.0, 12.0)
    assert course.report("eve").late.seconds_late is None
    assert course.report("eve").score.points == 20.0


def test_another_rule_for_late_work_is_a_preview_too_and_grades_nothing(course):
    course.hand_in("bob", right(), at=DUE + timedelta(hours=30))
    course.grade()
    result = course.grade(late=LateRule(due=DUE, percent_per_day=10.0))
    assert jobs_of(course) == []
    assert [change.lateness for change in result.pending] == [True]
    assert course.report("bob").score.points == 20.0
    course.grade(late=LateRule(due=DUE, percent_per_day=10.0), apply=True)
    assert course.report("bob").score.points == 12.0


def test_students_who_handed_in_nothing_are_on_the_list_without_a_report(course):
    course.hand_in("ada", right())
    course.others = (Member(key="zoe", people=(person("Zoe"),), state=MemberState.NOTHING_HANDED_IN),)
    course.grade()
    states = {member.key: member.state for member in course.folder.class_list().members}
    assert states == {"ada": MemberState.HANDED_IN, "zoe": MemberState.NOTHING_HANDED_IN}
    assert course.folder.report("zoe") is None


def test_who_is_no_longer_in_the_download_stays_with_the_report(course):
    course.hand_in("ada", right())
    course.hand_in("bob", right())
    course.grade()
    del course.works["bob"]
    course.grade()
    assert [member.key for member in course.folder.class_list().members] == ["ada", "bob"]


def test_one_student_by_name(course):
    course.hand_in("ada", right())
    course.hand_in("bob", right())
    course.grade(students=("bob",))
    assert course.folder.report("ada") is None
    assert course.folder.report("bob") is not None
    with pytest.raises(UsageProblem, match="Did you mean bob"):
        course.grade(students=("bobb",))


def test_a_folder_of_another_assignment_is_refused(course):
    course.hand_in("ada", right())
    course.grade()
    course.assignment = EXERCISES
    with pytest.raises(UsageProblem, match="another assignment: week8"):
        course.grade()


def test_two_batches_at_once_are_refused(course):
    course.hand_in("ada", right())
    course.folder.make()
    with course.folder.held(), pytest.raises(UsageProblem, match="Another batch is at work"):
        course.grade()
    assert course.grade().filed == 1


def test_a_report_that_may_hold_marks_and_is_spoilt_is_not_replaced(course):
    course.hand_in("ada", right())
    course.hand_in("bob", right())
    course.grade()
    course.folder.report_file("ada").write_text('{"schema_version": "1.5", "questions": [{"points": 3')
    result = course.grade(regrade=True, apply=True)
    assert [trouble.key for trouble in result.troubles] == ["ada"]
    assert course.folder.report_file("ada").read_text().endswith('"points": 3')
    states = {member.key: member.state for member in course.folder.class_list().members}
    assert states["ada"] is MemberState.NOT_GRADED


def failing_for(
    name: str, fault: JobResult | BaseException, *, times: int
) -> Callable[[Job], JobResult | BaseException | None]:
    left = times

    def answer(job: Job) -> JobResult | BaseException | None:
        nonlocal left
        if job.program.name.startswith(name) and left:
            left -= 1
            return fault
        return None

    return answer


def test_a_fault_of_the_engine_is_tried_again_and_is_no_zero(course):
    for key in ("ada", "bob", "cyd"):
        course.hand_in(key, right())
    course.pool.faults = failing_for("bob", SandboxFailure(message="the engine failed"), times=2)
    result = course.grade()
    assert result.troubles == ()
    assert course.report("bob").score.points == 20.0


def test_an_engine_that_is_gone_makes_the_batch_wait_until_it_is_back(course):
    for key in ("ada", "bob"):
        course.hand_in(key, right())
    course.pool.answers = False
    tries = 0

    def answer(job):
        nonlocal tries
        tries += 1
        course.pool.answers = tries > 20
        return None if tries > 20 else SandboxFailure(message="no engine answers")

    course.pool.faults = answer
    result = course.grade()
    assert course.notes.pauses == ["no engine answers"]
    assert course.notes.resumes == 1
    assert result.filed == 2
    assert course.report("ada").score.points == 20.0


def test_who_alone_makes_the_engine_fail_is_set_aside_without_a_mark(course):
    for key in ("ada", "bob", "cyd", "dan", "eve"):
        course.hand_in(key, right())
    course.pool.faults = failing_for("ada", SandboxFailure(message="the engine failed"), times=1000)
    result = course.grade()
    assert [trouble.key for trouble in result.troubles] == ["ada"]
    assert course.folder.report("ada") is None
    assert result.filed == 4
    assert {member.key: member.state for member in course.folder.class_list().members}[
        "ada"
    ] is MemberState.NOT_GRADED
    course.pool.faults = lambda job: None
    assert course.grade().filed == 1


def test_an_engine_that_always_fails_ends_the_batch_and_what_was_graded_stays(course):
    for number in range(30):
        course.hand_in(f"s{number:02}", right())
    graded = 0

    def answer(job):
        nonlocal graded
        graded += 1
        return None if graded <= 3 else SandboxFailure(message="no space left on device")

    course.pool.faults = answer
    with pytest.raises(SandboxUnavailable, match="no space left on device"):
        course.grade()
    assert course.pool.closed_at_once
    course.pool.faults = lambda job: None
    result = course.grade()
    assert (result.filed, result.unchanged) == (27, 3)


def broken_by(*keys: str):
    """As where an empty request goes through, and these submissions do not."""
    failure = SandboxFailure(message="the stream was lost", works_otherwise=True)
    return lambda job: failure if job.program.name.rpartition("-")[0] in keys else None


@pytest.mark.parametrize("keys", [("ada",), ("eve",), tuple(f"a{number:02}" for number in range(12))])
def test_submissions_that_break_the_sandbox_are_ungraded_alone_wherever_they_stand(course, keys):
    """Also where nobody was served before, and where they are more than an engine's faults in a row."""
    for key in {*keys, "ada", "bob", "eve"}:
        course.hand_in(key, right())
    course.pool.faults = broken_by(*keys)
    result = course.grade()
    assert sorted(trouble.key for trouble in result.troubles) == sorted(keys)
    assert {trouble.exit_code for trouble in result.troubles} == {ExitCode.MACHINE}
    assert "It was tried 3 times. " in result.troubles[0].message
    assert "it is this submission that it can't run" in result.troubles[0].message
    assert result.filed == len({*keys, "ada", "bob", "eve"}) - len(keys)
    assert course.notes.pauses == [], "others had to wait"
    assert all(course.folder.report(key) is None for key in keys)


def test_a_class_of_nothing_but_such_submissions_ends_with_each_of_them_named(course):
    for key in ("ada", "bob"):
        course.hand_in(key, right())
    course.pool.faults = broken_by("ada", "bob")
    assert sorted(trouble.key for trouble in course.grade().troubles) == ["ada", "bob"]


def test_one_fault_with_a_sandbox_that_works_is_tried_again(course):
    course.hand_in("ada", right())
    failure = SandboxFailure(message="the stream was lost", works_otherwise=True)
    course.pool.faults = failing_for("ada", failure, times=2)
    assert course.grade().troubles == ()
    assert course.report("ada").score.points == 20.0


def test_a_worker_that_dies_costs_nobody_a_mark(course):
    for key in ("ada", "bob", "cyd", "dan"):
        course.hand_in(key, right())
    course.pool.faults = failing_for("bob", BrokenProcessPool("a worker was killed"), times=1)
    result = course.grade()
    assert course.pool.renewed == 1
    assert (result.filed, result.troubles) == (4, ())


def test_who_kills_the_worker_each_time_is_set_aside_and_the_others_are_graded(course):
    for key in ("ada", "bob", "cyd", "dan"):
        course.hand_in(key, right())
    course.pool.faults = failing_for("bob", BrokenProcessPool("a worker was killed"), times=1000)
    result = course.grade()
    assert [trouble.key for trouble in result.troubles] == ["bob"]
    assert result.filed == 3


def test_memory_does_not_grow_with_the_class(course):
    """No more submissions are read than there is work for."""
    for number in range(20):
        course.hand_in(f"s{number:02}", right())
    pending: list[tuple[Job, Future[JobResult]]] = []
    most = 0

    def submit(job):
        nonlocal most
        future: Future[JobResult] = Future()
        pending.append((job, future))
        most = max(most, len(pending))
        if len(pending) == course.pool.slots * dispatcher.AHEAD or len(jobs_of(course)) + len(pending) == 20:
            for each, waiting in pending:
                jobs_of(course).append(each)
                waiting.set_result(grade_here(each))
            pending.clear()
        return future

    course.pool.submit = submit
    assert course.grade().filed == 20
    assert most <= course.pool.slots * dispatcher.AHEAD


def test_a_file_that_goes_away_meanwhile_is_told_and_stops_nobody(course):
    course.hand_in("ada", right())
    gone = course.hand_in("bob", right())
    course.hand_in("cyd", right())
    course.pool.slots = 1
    grade = course.pool.faults

    def answer(job):
        gone.unlink(missing_ok=True)
        return grade(job)

    dispatch_ahead = dispatcher.AHEAD
    try:
        dispatcher.AHEAD = 1
        course.pool.faults = answer
        result = course.grade()
    finally:
        dispatcher.AHEAD = dispatch_ahead
    assert result.filed == 3
    assert not course.report("bob").is_graded


# --- the whole command, from the folder to the class's results


def run_command(course: Class, **more: Any) -> tuple[BatchResult, ClassSummary]:
    options: dict[str, Any] = {
        "layout": None,
        "assignment_name": None,
        "roster": None,
        "jobs": 1,
        "cluster": None,
    } | more
    settings = BatchSettings(grading=Settings(assignment=str(course.assignment)))
    folder = course.path / "class"
    return grade_folder(
        folder, course.folder.path, settings, listener=course.notes, say=course.said.append, **options
    )


@pytest.mark.parametrize("column", ["login", "student number"])
def test_what_a_roster_told_stays_known_to_a_batch_without_one(course, monkeypatch, column):
    monkeypatch.setattr(run, "_pool", lambda jobs, cluster, grading: course.pool)
    course.hand_in("ada", right())
    course.hand_in("eve", right())
    roster = course.path / "roster.csv"
    roster.write_text(f"{column},name,email\nada-0,Ada Byron,ada@example.edu\nzoe,Zoe Zuse,zoe@example.edu\n")
    run_command(course, roster=roster)
    assert course.said == ["On the roster these are nobody, or more than one: eve-0"]
    assert course.report("ada-0").submission.student == "Ada Byron"
    result, summary = run_command(course)
    assert (result.filed, result.unchanged) == (0, 2)
    assert course.report("ada-0").handed_in.people[0].id_of(IdKind.EMAIL) == "ada@example.edu"
    states = {member.key: member.state for member in course.folder.class_list().members}
    assert states["zoe"] is MemberState.NOTHING_HANDED_IN
    assert course.folder.index_page.exists()
    assert course.folder.marks_file.exists()
    assert len(summary.students) == 3


def test_what_is_nobodys_work_is_counted_and_listed(course, monkeypatch):
    monkeypatch.setattr(run, "_pool", lambda jobs, cluster, grading: course.pool)
    file = course.hand_in("ada", right())
    (file.parent / "marks.csv").write_text("a,b\n")
    result, _ = run_command(course)
    assert result.skipped == 1
    assert course.folder.class_list().skipped == (("marks.csv", "not a kind of file that is handed in"),)


def test_how_long_each_exercise_took_is_in_the_report_and_in_the_class(course, monkeypatch):
    monkeypatch.setattr(run, "_pool", lambda jobs, cluster, grading: course.pool)
    really_run = TrustedSandbox.run
    monkeypatch.setattr(
        TrustedSandbox,
        "run",
        lambda *given, **named: replace(really_run(*given, **named), exercise_seconds=(0.25,) * 2),
    )
    course.hand_in("ada", right())  # patch embedding is missing, so nothing of it is timed
    _, summary = run_command(course)
    assert course.report("ada-0").run.exercise_seconds == {"attention": 0.25}
    assert {each.id: each.seconds and each.seconds.median for each in summary.exercises} == {
        "attention": 0.25,
        "patch_embedding": None,
    }


def test_only_the_reports_in_hand_are_in_memory(course, monkeypatch):
    """Else memory grows with the class: by 100 kB for each student, as it was."""
    alive = []

    class Counting(Notes):
        def ended(self, key, report, trouble):
            del report
            gc.collect()
            alive.append(sum(type(each) is Report for each in gc.get_objects()))

    gc.collect()
    before = sum(type(each) is Report for each in gc.get_objects())
    course.notes = Counting()
    for number in range(8):
        course.hand_in(f"student{number}", f"x = {number}\n")
    assert course.grade().filed == 8
    for number in range(8):  # and again, with what is stored and need not be graded
        course.hand_in(f"student{number}", f"y = {number}\n")
    assert course.grade(keep=Keep.BEST).filed == 8
    assert len(alive) == 16
    at_once = course.pool.slots * dispatcher.AHEAD
    assert max(alive) - before <= 2 * at_once  # each with its raw form from the worker
